/** Arithmetic mean. Throws a RangeError without values. */
export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RangeError("a mean needs at least one value");
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/**
 * Sample variance (n - 1 in the denominator), two passes; 0 for a single value, whose spread is unknown: results travel
 * as JSON, which knows no NaN. Throws a RangeError without values.
 */
export function sampleVariance(values: ArrayLike<number>): number {
  const centre = mean(values);
  if (values.length === 1) return 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2;
  return sum / (values.length - 1);
}

/** Square root of {@link sampleVariance}. */
export function sampleDeviation(values: ArrayLike<number>): number {
  return Math.sqrt(sampleVariance(values));
}
