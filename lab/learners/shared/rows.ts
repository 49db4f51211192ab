import type { Numbers } from "../../nn/workspace.ts";

// One function a kind of source: V8 makes tight loops only where it has met a single kind of array.

/** Copies `count` consecutive rows of `width` numbers, from row `first` on, to the start of `target`. */
export function copyRows(target: Numbers, source: Float32Array, width: number, first: number, count: number): void {
  const offset = first * width;
  for (let i = 0; i < count * width; i++) target[i] = source[offset + i] as number;
}

/** Copies the rows `order[start .. start + count)` of `width` numbers each to the start of `target`. */
export function gatherRows(
  target: Numbers,
  source: Float32Array,
  width: number,
  order: Int32Array,
  start: number,
  count: number,
): void {
  let to = 0;
  for (let i = 0; i < count; i++) {
    const from = (order[start + i] as number) * width;
    for (let j = 0; j < width; j++) target[to++] = source[from + j] as number;
  }
}

/** Copies the values `order[start .. start + count)` to the start of `target`. */
export function gatherValues(
  target: Numbers,
  source: Float64Array,
  order: Int32Array,
  start: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) target[i] = source[order[start + i] as number] as number;
}
