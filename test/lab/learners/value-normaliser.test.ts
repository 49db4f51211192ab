import { describe, expect, it } from "vitest";
import { ValueNormaliser } from "../../../lab/learners/shared/value-normaliser.ts";

const batches = [Float64Array.of(3, 5, 13), Float64Array.of(-20, 40), Float64Array.of(100, 101, 102, 103)];

/** Mean and deviation after all batches, from the weights (1 - beta) beta^age of each batch's means, over their sum. */
function byHand() {
  const beta = 0.99999;
  let weights = 0;
  let mean = 0;
  let square = 0;
  batches.forEach((batch, i) => {
    const weight = (1 - beta) * beta ** (batches.length - 1 - i);
    weights += weight;
    mean += weight * (batch.reduce((sum, x) => sum + x, 0) / batch.length);
    square += weight * (batch.reduce((sum, x) => sum + x * x, 0) / batch.length);
  });
  return { mean: mean / weights, deviation: Math.sqrt(square / weights - (mean / weights) ** 2) };
}

describe("the value normaliser", () => {
  it("has the debiased exponential means of the batches' means, whatever their sizes", () => {
    const normaliser = new ValueNormaliser();
    for (const batch of batches) normaliser.update(batch);
    const { mean, deviation } = byHand();
    expect(normaliser.mean).toBeCloseTo(mean, 8);
    expect(normaliser.deviation).toBeCloseTo(deviation, 8);
  });

  it("knows one batch at once, without a bias towards 0", () => {
    const normaliser = new ValueNormaliser();
    normaliser.update(Float64Array.of(998, 1002));
    expect(normaliser.mean).toBeCloseTo(1000, 6);
    expect(normaliser.deviation).toBeCloseTo(2, 6);
  });

  it("does not blow up targets that hardly vary: the variance is at least 0.01", () => {
    const normaliser = new ValueNormaliser();
    expect(normaliser.mean).toBe(0);
    expect(normaliser.deviation).toBeCloseTo(0.1, 12);
    normaliser.update(Float64Array.of(7, 7, 7));
    expect(normaliser.mean).toBeCloseTo(7, 8);
    expect(normaliser.deviation).toBeCloseTo(0.1, 12);
  });

  it("gives back what it normalised", () => {
    const normaliser = new ValueNormaliser();
    normaliser.update(Float64Array.of(2, 4));
    const values = Float64Array.of(-1, 3, 4, 1000);
    const normalised = new Float64Array(4);
    normaliser.normalise(values, normalised);
    [-4, 0, 1, 997].forEach((expected, i) => {
      expect(normalised[i]).toBeCloseTo(expected, 6);
    });
    normaliser.restore(normalised);
    values.forEach((value, i) => {
      expect(normalised[i]).toBeCloseTo(value, 9);
    });
  });

  it("goes on where it was saved", () => {
    const whole = new ValueNormaliser();
    const resumed = new ValueNormaliser();
    whole.update(batches[0] as Float64Array);
    const state = new Float64Array(whole.stateSize + 1);
    whole.saveState(state, 1);
    resumed.loadState(state, 1);
    for (const normaliser of [whole, resumed]) normaliser.update(batches[1] as Float64Array);
    expect([resumed.mean, resumed.deviation]).toEqual([whole.mean, whole.deviation]);
  });
});
