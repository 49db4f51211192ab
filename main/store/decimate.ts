import { makePoints, type Points } from "./points.ts";

/**
 * Min/max decimation for drawing: of each of `buckets` equal stretches the points with the least and the greatest value,
 * in their order. Never for statistics.
 */
export function decimate(points: Points, count: number, buckets: number): Points {
  const result = makePoints(buckets * 2);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * count) / buckets);
    const to = Math.floor(((bucket + 1) * count) / buckets);
    let least = from;
    let greatest = from;
    for (let i = from + 1; i < to; i++) {
      const value = points.values[i]!;
      // The second test lets any number replace a leading NaN.
      if (value < points.values[least]! || Number.isNaN(points.values[least]!)) least = i;
      if (value > points.values[greatest]! || Number.isNaN(points.values[greatest]!)) greatest = i;
    }
    // A flat stretch is told by its ends.
    if (least === greatest) {
      least = from;
      greatest = to - 1;
    }
    copyPoint(points, Math.min(least, greatest), result, bucket * 2);
    copyPoint(points, Math.max(least, greatest), result, bucket * 2 + 1);
  }
  return result;
}

function copyPoint(source: Points, from: number, target: Points, to: number): void {
  target.steps[to] = source.steps[from]!;
  target.values[to] = source.values[from]!;
  target.wallSeconds[to] = source.wallSeconds[from]!;
  target.iterations[to] = source.iterations[from]!;
}
