import { describe, expect, it } from "vitest";
import { likeliestOptions, sampleGaussians, sampleOptions } from "../../../lab/learners/shared/sampling.ts";
import { RandomStream } from "../../../lab/random.ts";

const choices = [2, 3];
const logits = Float64Array.from([9, Math.log(1), Math.log(3), Math.log(1), Math.log(2), Math.log(5)]);

function frequencies(mask: Float32Array | undefined, draws: number): number[] {
  const stream = new RandomStream(3, "sampling test");
  const counts = [0, 0, 0, 0, 0];
  const action = new Float32Array(2);
  for (let i = 0; i < draws; i++) {
    sampleOptions(logits, 1, choices, mask, 0, stream, action, 0);
    for (const at of [action[0] as number, 2 + (action[1] as number)]) counts[at] = (counts[at] as number) + 1;
  }
  return counts.map((count) => count / draws);
}

describe("sampled options", () => {
  it("follow the softmax of each head", () => {
    const found = frequencies(undefined, 40_000);
    const expected = [1 / 4, 3 / 4, 1 / 8, 2 / 8, 5 / 8];
    expected.forEach((p, i) => {
      expect(Math.abs((found[i] as number) - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 40_000));
    });
  });

  it("are never forbidden ones, and the others keep their proportions", () => {
    const found = frequencies(Float32Array.from([1, 0, 1, 1, 0]), 20_000);
    expect(found[0]).toBe(1);
    expect(found[4]).toBe(0);
    expect(Math.abs((found[2] as number) - 1 / 3)).toBeLessThan(0.015);
  });

  it("are refused when a head has none that is allowed", () => {
    expect(() => frequencies(Float32Array.from([1, 1, 0, 0, 0]), 1)).toThrow(/head 1/);
  });
});

describe("likeliest options", () => {
  it("are the largest allowed logit of each head", () => {
    const action = new Float32Array(3);
    likeliestOptions(logits, 1, choices, undefined, 0, action, 1);
    expect([...action]).toEqual([0, 1, 2]);
    likeliestOptions(logits, 1, choices, Float32Array.from([1, 0, 1, 1, 0]), 0, action, 1);
    expect([...action]).toEqual([0, 0, 1]);
  });

  it("are refused when a head has none that is allowed", () => {
    const none = Float32Array.from([0, 0, 1, 1, 1]);
    expect(() => likeliestOptions(logits, 1, choices, none, 0, new Float32Array(2), 0)).toThrow(/head 0/);
  });
});

describe("sampled Gaussians", () => {
  it("have the given means and standard deviations", () => {
    const stream = new RandomStream(4, "sampling test");
    const draws = 20_000;
    const action = new Float32Array(2);
    const sums = [0, 0];
    const squares = [0, 0];
    for (let i = 0; i < draws; i++) {
      sampleGaussians(Float64Array.from([0, 1, -2]), 1, Float64Array.from([0, Math.log(3)]), stream, action, 0);
      for (const a of [0, 1]) {
        sums[a] = (sums[a] as number) + (action[a] as number);
        squares[a] = (squares[a] as number) + (action[a] as number) ** 2;
      }
    }
    [1, -2].forEach((mean, a) => {
      const std = [1, 3][a] as number;
      const found = (sums[a] as number) / draws;
      expect(Math.abs(found - mean)).toBeLessThan((4 * std) / Math.sqrt(draws));
      expect(Math.abs(Math.sqrt((squares[a] as number) / draws - found ** 2) / std - 1)).toBeLessThan(0.03);
    });
  });
});
