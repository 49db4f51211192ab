import { describe, expect, it } from "vitest";
import { RANDOM_STATE_SIZE, RandomStream } from "../../lab/random.ts";
import { mean, sampleVariance } from "../../lab/stats/descriptive.ts";

const draw = (n: number, next: () => number) => Float64Array.from({ length: n }, next);

describe("random streams", () => {
  it("gives the reference outputs of xoshiro128++ for the state 1, 2, 3, 4", () => {
    const stream = new RandomStream(0, "any");
    stream.load(Float64Array.of(1, 2, 3, 4), 0);
    const expected = [641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295];
    expect(expected.map(() => stream.uint32())).toEqual(expected);
  });

  it("repeats itself for the same seed, purpose and index, also when reseeded", () => {
    const first = new RandomStream(7, "fading", 2);
    const values = draw(50, () => first.uniform());
    const second = new RandomStream(1, "other");
    second.reseed(7, "fading", 2);
    expect(draw(50, () => second.uniform())).toEqual(values);
  });

  it("differs by seed (beyond 32 bits too), purpose and index", () => {
    const starts = [
      new RandomStream(1, "fading"),
      new RandomStream(2, "fading"),
      new RandomStream(1 + 2 ** 32, "fading"),
      new RandomStream(1, "data"),
      new RandomStream(1, "fadin"),
      new RandomStream(1, "fading", 1),
    ].map((stream) => stream.uint32());
    expect(new Set(starts).size).toBe(starts.length);
  });

  it("has unrelated streams for neighbouring seeds", () => {
    const first = draw(2000, () => 0).map((_, seed) => new RandomStream(seed, "distance").uniform());
    const second = draw(2000, () => 0).map((_, seed) => new RandomStream(seed, "power").uniform());
    let lagged = 0;
    let crossed = 0;
    for (let i = 0; i < 1999; i++) {
      lagged += (first[i]! - 0.5) * (first[i + 1]! - 0.5) * 12;
      crossed += (first[i]! - 0.5) * (second[i]! - 0.5) * 12;
    }
    expect(Math.abs(mean(first) - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 2000));
    expect(Math.abs(lagged / 1999)).toBeLessThan(4 / Math.sqrt(1999));
    expect(Math.abs(crossed / 1999)).toBeLessThan(4 / Math.sqrt(1999));
  });

  it("draws uniform, integer, normal and exponential numbers with their moments", () => {
    const n = 200_000;
    const stream = new RandomStream(3, "moments");
    const uniform = draw(n, () => stream.uniform(2, 6));
    expect(Math.abs(mean(uniform) - 4)).toBeLessThan(0.011);
    expect(Math.abs(sampleVariance(uniform) - 16 / 12)).toBeLessThan(0.012);
    expect(Math.min(...uniform.subarray(0, 10_000))).toBeGreaterThan(2);
    expect(Math.max(...uniform.subarray(0, 10_000))).toBeLessThan(6);
    const normal = draw(n, () => stream.normal());
    expect(Math.abs(mean(normal))).toBeLessThan(0.01);
    expect(Math.abs(sampleVariance(normal) - 1)).toBeLessThan(0.015);
    const exponential = draw(n, () => stream.exponential(3));
    expect(Math.abs(mean(exponential) - 3)).toBeLessThan(0.03);
    expect(Math.abs(sampleVariance(exponential) - 9)).toBeLessThan(0.3);
    const counts = new Float64Array(7);
    for (let i = 0; i < n; i++) counts[stream.integer(7)]! += 1;
    let chiSquared = 0;
    for (const count of counts) chiSquared += (count - n / 7) ** 2 / (n / 7);
    expect(chiSquared).toBeLessThan(22.5); // 0.1% point of chi-squared with 6 degrees of freedom
  });

  it("shuffles into a permutation", () => {
    const values = Int32Array.from({ length: 100 }, (_, i) => i);
    new RandomStream(1, "shuffle").shuffle(values);
    expect([...values]).not.toEqual([...values].sort((a, b) => a - b));
    expect([...values].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it("continues bit for bit from a saved state", () => {
    const stream = new RandomStream(11, "data");
    for (let i = 0; i < 13; i++) stream.uniform();
    const state = new Float64Array(RANDOM_STATE_SIZE + 1);
    expect(stream.save(state, 1)).toBe(RANDOM_STATE_SIZE + 1);
    const copy = new RandomStream(0, "elsewhere");
    expect(copy.load(state, 1)).toBe(RANDOM_STATE_SIZE + 1);
    expect(draw(100, () => copy.normal())).toEqual(draw(100, () => stream.normal()));
  });

  it("refuses seeds that are not whole numbers from 0", () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => new RandomStream(seed, "any")).toThrow(RangeError);
    }
  });
});
