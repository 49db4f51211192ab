import { mean } from "./descriptive.ts";
import { studentQuantile } from "./student.ts";

/** Ranks from 1; equal values share the mean of their ranks. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const result = new Float64Array(values.length);
  for (let first = 0; first < order.length; ) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1]!] === values[order[first]!]) last++;
    for (let i = first; i <= last; i++) result[order[i]!] = (first + last) / 2 + 1;
    first = last + 1;
  }
  return result;
}

/** Pearson's correlation; 0 where one side does not vary. Throws a RangeError for unequal lengths or no values. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`columns have equal lengths, not ${a.length} and ${b.length}`);
  const meanA = mean(a);
  const meanB = mean(b);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const da = a[i]! - meanA;
    const db = b[i]! - meanB;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))) : 0;
}

export interface RankCorrelation {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Spearman's rank correlation with an interval: Fisher's z with the variance of Bonett and Wright (2000),
 * (1 + rho^2 / 2) / (n - 3). Fewer than four pairs say nothing: the interval is all of [-1, 1].
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>, confidence = 0.95): RankCorrelation {
  const estimate = correlation(ranks(a), ranks(b));
  const n = a.length;
  if (n < 4) return { estimate, low: -1, high: 1 };
  // The normal quantile, as Student's with very many degrees of freedom.
  const quantile = studentQuantile(0.5 + confidence / 2, 1e7);
  const reach = quantile * Math.sqrt((1 + estimate ** 2 / 2) / (n - 3));
  const z = Math.atanh(Math.max(-1 + 1e-12, Math.min(1 - 1e-12, estimate)));
  return { estimate, low: Math.tanh(z - reach), high: Math.tanh(z + reach) };
}
