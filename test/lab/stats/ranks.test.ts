import { describe, expect, it } from "vitest";
import { correlation, rankCorrelation, ranks } from "../../../lab/stats/ranks.ts";

describe("ranks", () => {
  it("gives equal values the mean of their ranks", () => {
    expect([...ranks([30, 10, 20, 10])]).toEqual([4, 1.5, 3, 1.5]);
  });

  it("correlates as by hand", () => {
    // Squared rank differences 16, 0, 4, 0, 4 and n = 5: 1 - 6 x 24 / 120 = -0.2.
    const { estimate } = rankCorrelation([1, 2, 3, 4, 5], [50, 20, 10, 40, 30]);
    expect(estimate).toBeCloseTo(-0.2, 12);
    expect(correlation([1, 2, 3], [2, 4, 6])).toBe(1);
    expect(correlation([1, 2, 3], [5, 5, 5])).toBe(0);
    expect(() => correlation([1], [1, 2])).toThrow("equal lengths");
  });

  it("has an interval by Fisher's z, and none for three pairs", () => {
    const a = Array.from({ length: 28 }, (_, i) => i);
    const b = a.map((i) => (i * 11) % 28);
    const { estimate, low, high } = rankCorrelation(a, b);
    const reach = 1.959964 * Math.sqrt((1 + estimate ** 2 / 2) / 25);
    expect(low).toBeCloseTo(Math.tanh(Math.atanh(estimate) - reach), 6);
    expect(high).toBeCloseTo(Math.tanh(Math.atanh(estimate) + reach), 6);
    expect(rankCorrelation([1, 2, 3], [1, 2, 3])).toEqual({ estimate: 1, low: -1, high: 1 });
  });
});
