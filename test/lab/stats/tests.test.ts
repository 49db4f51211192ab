import { describe, expect, it } from "vitest";
import { RandomStream } from "../../../lab/random.ts";
import { mean, sampleDeviation, sampleVariance } from "../../../lab/stats/descriptive.ts";
import { contrast, holm, meanInterval, pairedDifference, welch } from "../../../lab/stats/tests.ts";

// Reference results: SciPy's ttest_1samp, ttest_rel and ttest_ind (equal_var=False).
const a = [27.5, 21, 19, 23.6, 17, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19, 21.7, 21.4];
const b = [27.1, 22, 20.8, 23.4, 23.4, 23.5, 25.8, 22, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 23.1];

describe("descriptive statistics", () => {
  it("computes mean and sample deviation, n - 1 in the denominator", () => {
    expect(mean([1, 2, 3, 6])).toBe(3);
    expect(sampleVariance([1, 2, 3, 6])).toBeCloseTo(14 / 3, 14);
    expect(sampleDeviation([1e9 + 1, 1e9 + 2, 1e9 + 3])).toBeCloseTo(1, 12);
  });

  it("gives a single value the deviation 0 and refuses none", () => {
    expect(sampleDeviation([4])).toBe(0);
    expect(() => mean([])).toThrow(RangeError);
    expect(() => sampleDeviation([])).toThrow(RangeError);
  });
});

describe("intervals and tests", () => {
  it("agrees with SciPy on a mean's interval", () => {
    const interval = meanInterval(a.slice(0, 5));
    expect(interval.low).toBeCloseTo(16.534934915564026, 9);
    expect(interval.high).toBeCloseTo(26.70506508443597, 9);
    expect(contrast([{ weight: 1, values: a.slice(0, 5) }], -20).pTwoSided).toBeCloseTo(0.4263804834225569, 11);
  });

  it("agrees with SciPy on paired samples", () => {
    const difference = pairedDifference(a, b);
    expect(difference.estimate).toBeCloseTo(-2.746666666666667, 12);
    expect(difference.pTwoSided).toBeCloseTo(0.007681041414781711, 12);
    expect(difference.low).toBeCloseTo(-4.640991201221391, 9);
    expect(difference.high).toBeCloseTo(-0.8523421321119429, 9);
  });

  it("agrees with SciPy on Welch's test", () => {
    const difference = welch(a, b.slice(0, 9));
    expect(difference.degreesOfFreedom).toBeCloseTo(21.229610191132636, 9);
    expect(difference.pTwoSided).toBeCloseTo(0.008929836466237332, 12);
    expect(difference.pBelow).toBeCloseTo(0.008929836466237332 / 2, 12);
    expect(difference.pAbove).toBeCloseTo(1 - 0.008929836466237332 / 2, 12);
    expect(difference.low).toBeCloseTo(-4.8637308353930155, 9);
    expect(difference.high).toBeCloseTo(-0.7851580534958824, 9);
  });

  it("scales with weights and shifts with the constant", () => {
    const plain = welch(a, b);
    const scaled = contrast(
      [
        { weight: 3, values: a },
        { weight: -3, values: b },
      ],
      5,
    );
    expect(scaled.estimate).toBeCloseTo(3 * plain.estimate + 5, 10);
    expect(scaled.standardError).toBeCloseTo(3 * plain.standardError, 10);
    expect(scaled.degreesOfFreedom).toBeCloseTo(plain.degreesOfFreedom, 8);
  });

  it("stays finite when samples have no spread", () => {
    expect(welch([2, 2, 2], [1, 1])).toMatchObject({
      estimate: 1,
      low: 1,
      high: 1,
      pAbove: 0,
      pBelow: 1,
      pTwoSided: 0,
    });
    expect(welch([1, 1], [1, 1])).toMatchObject({ estimate: 0, pAbove: 1, pBelow: 1, pTwoSided: 1 });
    for (const value of Object.values(meanInterval([3, 3, 3]))) expect(value).not.toBeNaN();
  });

  it("refuses samples too small for an interval and pairs of unequal length", () => {
    expect(() => meanInterval([1])).toThrow(RangeError);
    expect(() => welch([1, 2], [])).toThrow(RangeError);
    expect(() => contrast([])).toThrow(RangeError);
    expect(() => pairedDifference([1, 2], [1])).toThrow(/2 and 1/);
  });

  it("adjusts p-values by Holm, in the given order, never above 1", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(10)))).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe("coverage by simulation", () => {
  const repeats = 4000;
  const tolerance = 4 * Math.sqrt((0.95 * 0.05) / repeats);
  const sample = (stream: RandomStream, n: number, centre: number, deviation: number) =>
    Array.from({ length: n }, () => centre + deviation * stream.normal());

  it("covers the mean of five normal values in 95% of cases, where a z interval would not", () => {
    const stream = new RandomStream(1, "coverage");
    let covered = 0;
    let coveredByZ = 0;
    for (let i = 0; i < repeats; i++) {
      const interval = meanInterval(sample(stream, 5, -100, 7));
      if (interval.low <= -100 && -100 <= interval.high) covered++;
      if (Math.abs(interval.estimate + 100) <= 1.96 * interval.standardError) coveredByZ++;
    }
    expect(Math.abs(covered / repeats - 0.95)).toBeLessThan(tolerance);
    expect(coveredByZ / repeats).toBeLessThan(0.9);
  });

  it("keeps Welch's one-sided level when variances and sizes differ", () => {
    const stream = new RandomStream(2, "coverage");
    let rejected = 0;
    for (let i = 0; i < repeats; i++) {
      if (welch(sample(stream, 5, 0, 10), sample(stream, 10, 0, 1)).pAbove < 0.05) rejected++;
    }
    expect(Math.abs(rejected / repeats - 0.05)).toBeLessThan(tolerance + 0.005);
  });
});
