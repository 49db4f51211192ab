import { makePoints, type Points } from "./points.ts";

/**
 * Min/max decimation for drawing: of each of `buckets` equal stretches the points with the least and the greatest value,
 * in their order. Never for statistics.
 * @param count looks at the first `count` points, at least 2 a bucket
 */
export function decimate(points: Points, count: number, buckets: number): Points {
  const kept = extremes(points.values, 0, count, buckets);
  const result = makePoints(kept.length);
  for (let i = 0; i < kept.length; i++) {
    const from = kept[i]!;
    result.steps[i] = points.steps[from]!;
    result.values[i] = points.values[from]!;
    result.wallSeconds[i] = points.wallSeconds[from]!;
    result.iterations[i] = points.iterations[from]!;
  }
  return result;
}

/** Indices of the least and the greatest value of each of `buckets` equal stretches of `begin`..`end` (exclusive). */
export function extremes(values: Float64Array, begin: number, end: number, buckets: number): Uint32Array {
  const count = end - begin;
  const kept = new Uint32Array(buckets * 2);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = begin + Math.floor((bucket * count) / buckets);
    const to = begin + Math.floor(((bucket + 1) * count) / buckets);
    let least = from;
    let greatest = from;
    for (let i = from + 1; i < to; i++) {
      const value = values[i]!;
      // The second test lets any number replace a leading NaN.
      if (value < values[least]! || Number.isNaN(values[least]!)) least = i;
      if (value > values[greatest]! || Number.isNaN(values[greatest]!)) greatest = i;
    }
    // A flat stretch is told by its ends.
    if (least === greatest) {
      least = from;
      greatest = to - 1;
    }
    kept[bucket * 2] = Math.min(least, greatest);
    kept[bucket * 2 + 1] = Math.max(least, greatest);
  }
  return kept;
}
