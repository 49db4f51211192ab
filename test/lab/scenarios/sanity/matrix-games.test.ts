import { describe, expect, it } from "vitest";
import { climbing, penalty } from "../../../../lab/scenarios/sanity/matrix-games.ts";
import { scores, seenBy, step } from "./support.ts";

/** What each pair of options pays, by row. */
function payoffs(scenario: typeof climbing, set: { k?: number } = {}): number[][] {
  const world = scenario.create(set);
  return [0, 1, 2].map((row) =>
    [0, 1, 2].map((column) => {
      world.reset(0);
      step(world, row, column);
      return world.reward;
    }),
  );
}

describe("matrix games", () => {
  it("pay what Claus and Boutilier print", () => {
    expect(payoffs(climbing)).toEqual([
      [11, -30, 0],
      [-30, 7, 6],
      [0, 0, 5],
    ]);
    for (const k of [0, -100]) {
      expect(payoffs(penalty, { k })).toEqual([
        [k, 0, 10],
        [0, 2, 0],
        [10, 0, k],
      ]);
    }
  });

  it("are cut off, not ended, after 25 rounds, and report the sum and the mean", () => {
    const world = climbing.create({});
    const metrics = new Float64Array(2);
    for (let t = 0; t < 25; t++) {
      expect([world.terminated, world.truncated, world.elapsed]).toEqual([false, false, 0]);
      step(world, t < 5 ? 0 : 1, t < 5 ? 0 : 1);
    }
    expect([world.terminated, world.truncated]).toEqual([false, true]);
    world.readMetrics(metrics);
    expect([...metrics]).toEqual([5 * 11 + 20 * 7, (5 * 11 + 20 * 7) / 25]);
  });

  it("show nothing: not the other's choice within a step, not the last round", () => {
    const world = penalty.create({});
    world.act(0, Float32Array.of(2), 0);
    expect(seenBy(world, 1)).toEqual([1]);
    world.act(1, Float32Array.of(1), 0);
    world.advance();
    expect([seenBy(world, 0), seenBy(world, 1)]).toEqual([[1], [1]]);
  });

  it("keep the first agent's choice in the state saved between the two decisions", () => {
    const world = climbing.create({});
    const other = climbing.create({});
    world.act(0, Float32Array.of(1), 0);
    const saved = new Float64Array(world.stateSize);
    world.saveState(saved, 0);
    other.loadState(saved, 0);
    other.act(1, Float32Array.of(2), 0);
    other.advance();
    expect(other.reward).toBe(6);
  });

  it("pay the best pair 11 and 10 a step, and chance the mean of the table", () => {
    expect(scores(climbing, "optimal", 1).reward_per_step!.mean).toBe(11);
    expect(scores(penalty, "optimal", 1).reward_per_step!.mean).toBe(10);
    const random = scores(climbing, "random", 1000).reward_per_step!;
    expect(Math.abs(random.mean - -31 / 9)).toBeLessThan(4 * random.standardError);
    const punished = scores(penalty, "random", 1000, { k: -100 }).reward_per_step!;
    expect(Math.abs(punished.mean - -178 / 9)).toBeLessThan(4 * punished.standardError);
  });

  it("refuse a reward where the penalty should be", () => {
    expect(() => penalty.create({ k: 1 })).toThrow(/k/);
  });
});
