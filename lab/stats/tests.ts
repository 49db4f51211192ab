import { mean, sampleVariance } from "./descriptive.ts";
import { studentQuantile, studentUpperTail } from "./student.ts";

/** An estimate with its Student-t interval, and how surprising the data would be if the true value were 0. */
export interface Estimate {
  readonly estimate: number;
  readonly standardError: number;
  /** Need not be whole (Welch and Satterthwaite). */
  readonly degreesOfFreedom: number;
  /** Two-sided interval at the asked confidence. */
  readonly low: number;
  readonly high: number;
  /** One-sided p-value against "not above 0". */
  readonly pAbove: number;
  /** One-sided p-value against "not below 0". */
  readonly pBelow: number;
  readonly pTwoSided: number;
}

/** One independent sample in a weighted sum of means. */
export interface Group {
  readonly weight: number;
  /** At least two values. */
  readonly values: ArrayLike<number>;
}

/**
 * Weighted sum of the means of independent samples, plus a constant, with Welch's standard error and Satterthwaite's
 * degrees of freedom: the sample's variances need not be equal. One group of weight 1 is the one-sample t interval;
 * weights 1 and -1 are Welch's test. Throws a RangeError without groups or for a group with fewer than two values.
 */
export function contrast(groups: readonly Group[], constant = 0, confidence = 0.95): Estimate {
  if (groups.length === 0) throw new RangeError("a contrast needs at least one group");
  let estimate = constant;
  let variance = 0;
  let denominator = 0;
  let pooledDegrees = 0;
  for (const { weight, values } of groups) {
    const n = values.length;
    if (n < 2) throw new RangeError(`an interval needs at least two values in each group, not ${n}`);
    estimate += weight * mean(values);
    const share = (weight * weight * sampleVariance(values)) / n;
    variance += share;
    denominator += (share * share) / (n - 1);
    pooledDegrees += n - 1;
  }
  const standardError = Math.sqrt(variance);
  if (variance === 0) {
    // Samples without any spread: the interval is a point and every difference from 0 is certain.
    return {
      estimate,
      standardError,
      degreesOfFreedom: pooledDegrees,
      low: estimate,
      high: estimate,
      pAbove: estimate > 0 ? 0 : 1,
      pBelow: estimate < 0 ? 0 : 1,
      pTwoSided: estimate === 0 ? 1 : 0,
    };
  }
  const degreesOfFreedom = denominator > 0 ? (variance * variance) / denominator : pooledDegrees;
  const reach = studentQuantile(0.5 + confidence / 2, degreesOfFreedom) * standardError;
  const t = estimate / standardError;
  return {
    estimate,
    standardError,
    degreesOfFreedom,
    low: estimate - reach,
    high: estimate + reach,
    pAbove: studentUpperTail(t, degreesOfFreedom),
    pBelow: studentUpperTail(-t, degreesOfFreedom),
    pTwoSided: 2 * studentUpperTail(Math.abs(t), degreesOfFreedom),
  };
}

/** Student-t interval of a mean. */
export function meanInterval(values: ArrayLike<number>, confidence = 0.95): Estimate {
  return contrast([{ weight: 1, values }], 0, confidence);
}

/** Mean of `a[i] - b[i]` with its t interval: for two policies that met the same worlds. */
export function pairedDifference(a: ArrayLike<number>, b: ArrayLike<number>, confidence = 0.95): Estimate {
  if (a.length !== b.length) throw new RangeError(`paired samples have equal lengths, not ${a.length} and ${b.length}`);
  return meanInterval(
    Array.from({ length: a.length }, (_, i) => a[i]! - b[i]!),
    confidence,
  );
}

/** Mean of `a` minus mean of `b`, independent samples (Welch): for two algorithms over their training seeds. */
export function welch(a: ArrayLike<number>, b: ArrayLike<number>, confidence = 0.95): Estimate {
  return contrast(
    [
      { weight: 1, values: a },
      { weight: -1, values: b },
    ],
    0,
    confidence,
  );
}

/** Holm's step-down adjustment: p-values of one family, to be compared with the level as they are; in the given order. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = new Array<number>(pValues.length).fill(0);
  let greatest = 0;
  order.forEach((index, rank) => {
    greatest = Math.max(greatest, Math.min(1, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = greatest;
  });
  return adjusted;
}
