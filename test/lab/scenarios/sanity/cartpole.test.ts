import { describe, expect, it } from "vitest";
import { cartPole } from "../../../../lab/scenarios/sanity/cartpole.ts";
import type { World } from "../../../../lab/scenarios/scenario.ts";
import recorded from "../../../fixtures/gymnasium/cartpole.json" with { type: "json" };

/** Position, velocity, angle, angular velocity: the first numbers of the saved state. */
function stateOf(world: World): number[] {
  const saved = new Float64Array(world.stateSize);
  world.saveState(saved, 0);
  return [...saved.subarray(0, 4)];
}

function setState(world: World, state: readonly number[], t: number): void {
  const saved = new Float64Array(world.stateSize);
  world.saveState(saved, 0);
  saved.set(state, 0);
  saved.set([t, 0, 0, 0], 4);
  world.loadState(saved, 0);
}

function push(world: World, action: number): void {
  world.act(0, Float32Array.of(action), 0);
  world.advance();
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

describe("CartPole against trajectories recorded with Gymnasium", () => {
  it.each(recorded.episodes.map((episode, index) => [index, episode] as const))(
    "moves every step of episode %i to the same state",
    (_, { states, actions, terminated, truncated, reward }) => {
      const world = cartPole.create({});
      actions.forEach((action, t) => {
        setState(world, states[t]!, t);
        push(world, action);
        expect(largestDifference(stateOf(world), states[t + 1]!)).toBeLessThan(1e-12);
        const last = t === actions.length - 1;
        expect([world.terminated, world.truncated]).toEqual([last && terminated, last && truncated]);
        expect(world.reward).toBe(1);
      });
      const metrics = new Float64Array(1);
      world.readMetrics(metrics);
      expect(metrics[0]).toBe(reward);
    },
  );

  it("follows whole short episodes from their start alone", () => {
    for (const { states, actions } of recorded.episodes.filter((episode) => episode.actions.length < 100)) {
      const world = cartPole.create({});
      setState(world, states[0]!, 0);
      for (const action of actions) push(world, action);
      expect(world.terminated).toBe(true);
      expect(largestDifference(stateOf(world), states.at(-1)!)).toBeLessThan(1e-12);
    }
  });

  it("has episodes that fall, leave the track and reach the step limit among those recorded", () => {
    const ends = recorded.episodes.map(({ states, truncated }) =>
      truncated ? "limit" : Math.abs(states.at(-1)![0]!) > 2.4 ? "track" : "fell",
    );
    expect(new Set(ends)).toEqual(new Set(["limit", "track", "fell"]));
  });
});

describe("CartPole", () => {
  it("starts uniformly within 0.05 of upright and still", () => {
    const world = cartPole.create({});
    const starts = Array.from({ length: 4000 }, (_, seed) => {
      world.reset(seed);
      return stateOf(world);
    });
    for (let i = 0; i < 4; i++) {
      const column = starts.map((start) => start[i]!);
      expect(Math.max(...column.map(Math.abs))).toBeLessThanOrEqual(0.05);
      expect(Math.max(...column)).toBeGreaterThan(0.0495);
      expect(Math.min(...column)).toBeLessThan(-0.0495);
      const average = column.reduce((sum, value) => sum + value, 0) / column.length;
      expect(Math.abs(average)).toBeLessThan((4 * 0.05) / Math.sqrt(3 * 4000));
    }
  });

  it("ends, rather than being cut off, when it falls in the last step allowed", () => {
    const world = cartPole.create({});
    setState(world, [0, 0, 0.209, 1], 499);
    push(world, 0);
    expect([world.terminated, world.truncated]).toEqual([true, false]);
  });

  it("observes its state", () => {
    const world = cartPole.create({});
    setState(world, [1, -2, 0.125, 0.5], 0);
    const seen = new Float32Array(5);
    world.observe(0, seen, 1);
    expect([...seen]).toEqual([0, 1, -2, 0.125, 0.5]);
  });

  it("takes another step limit", () => {
    const world = cartPole.create({ stepLimit: 2 });
    world.reset(0);
    push(world, 1);
    push(world, 0);
    expect(world.truncated).toBe(true);
  });
});
