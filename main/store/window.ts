import type { XAxis } from "../../preload/contract.ts";
import type { Points } from "./points.ts";

/** A stretch of the x axis, ends included. */
export interface Window {
  readonly axis: XAxis;
  readonly from: number;
  readonly to: number;
}

/** The column of an axis; every axis ascends in the stored order, equal values included. */
export function axisColumn(points: Points, axis: XAxis): Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
  if (axis === "step") return points.steps;
  return axis === "wall" ? points.wallSeconds : points.iterations;
}

/**
 * How many values of an ascending column lie before `x` or, with `inclusive`, at it.
 * @param end looks at the first `end` values only
 */
export function countBelow(column: ArrayLike<number>, x: number, inclusive: boolean, end = column.length): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = column[middle]!;
    if (value < x || (inclusive && value === x)) low = middle + 1;
    else high = middle;
  }
  return low;
}
