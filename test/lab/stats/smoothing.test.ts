import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MovingAverage } from "../../../lab/stats/smoothing.ts";

/** The weighted mean as its definition says it, one sum a point. */
function plain(values: readonly number[], halfLife: number): number[] {
  return values.map((_, end) => {
    let sum = 0;
    let weight = 0;
    for (let i = 0; i <= end; i++) {
      const share = 0.5 ** ((end - i) / halfLife);
      sum += share * values[i]!;
      weight += share;
    }
    return sum / weight;
  });
}

describe("the moving average", () => {
  it("is the mean whose weights halve after the half-life", () => {
    const value = fc.double({ min: -1000, max: 1000, noNaN: true });
    const halfLife = fc.double({ min: 0.5, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), halfLife, (values, half) => {
        const average = new MovingAverage(half).over(Float64Array.from(values));
        plain(values, half).forEach((expected, i) => {
          expect(average[i]).toBeCloseTo(expected, 8);
        });
      }),
    );
  });

  it("does not lean towards 0 at the beginning", () => {
    expect([...new MovingAverage(50).over(Float64Array.of(7, 7, 7))].map((v) => Math.round(v * 1e9) / 1e9)).toEqual([
      7, 7, 7,
    ]);
  });

  it("goes on from its state as if it had never stopped", () => {
    const values = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i));
    const first = new MovingAverage(8);
    const begin = first.over(values.subarray(0, 15));
    const rest = new MovingAverage(8, first.state).over(values.subarray(15));
    expect([...begin, ...rest]).toEqual([...new MovingAverage(8).over(values)]);
  });

  it("passes over values that are not finite", () => {
    const [first, gap, last] = new MovingAverage(1).over(Float64Array.of(1, Number.NaN, 4));
    expect([first, gap, last]).toEqual([1, Number.NaN, new MovingAverage(1).over(Float64Array.of(1, 4))[1]]);
  });

  it("refuses a half-life that is none", () => {
    expect(() => new MovingAverage(0)).toThrow("half-life above 0");
  });
});
