import { describe, expect, it } from "vitest";
import { spread } from "../../../../lab/scenarios/sanity/spread.ts";
import recorded from "../../../fixtures/mpe2/simple-spread.json" with { type: "json" };
import { largestDifference, scores, seenBy, setState, stateOf, step } from "./support.ts";

const AGENTS = [0, 1, 2];

describe("simple spread against trajectories recorded with mpe2", () => {
  it.each(recorded.episodes.map((episode, index) => [index, episode] as const))(
    "moves every step of episode %i to the same state and pays each agent the same",
    (_, {
      localRatio,
      landmarks,
      positions,
      velocities,
      actions,
      rewards,
      terminated,
      truncated,
      lastObservations,
    }) => {
      const world = spread.create({ localRatio });
      actions.forEach((chosen, t) => {
        setState(world, [...positions[t]!, ...velocities[t]!, ...landmarks]);
        step(world, ...chosen);
        expect(
          largestDifference(stateOf(world, 18), [...positions[t + 1]!, ...velocities[t + 1]!, ...landmarks]),
        ).toBeLessThan(1e-12);
        const paid = AGENTS.map((agent) => world.agentReward!(agent));
        expect(largestDifference(paid, rewards[t]!)).toBeLessThan(1e-12);
        expect(world.reward).toBeCloseTo(paid.reduce((sum, value) => sum + value, 0) / 3, 12);
        const last = t === actions.length - 1;
        expect([world.terminated, world.truncated]).toEqual([last && terminated, last && truncated]);
      });
      for (const agent of AGENTS) {
        expect(largestDifference(seenBy(world, agent), lastObservations[agent]!)).toBeLessThan(1e-6);
      }
    },
  );

  it("follows a whole episode without contacts from its start alone", () => {
    const { landmarks, positions, actions } = recorded.episodes[7]!;
    const world = spread.create({});
    setState(world, [...positions[0]!, 0, 0, 0, 0, 0, 0, ...landmarks]);
    for (const chosen of actions) step(world, ...chosen);
    expect(largestDifference(stateOf(world, 6), positions.at(-1)!)).toBeLessThan(1e-9);
  });

  it("has agents that touch among those recorded, paid differently", () => {
    const steps = recorded.episodes.flatMap(({ rewards }) => rewards);
    expect(steps.filter((paid) => new Set(paid).size > 1).length).toBeGreaterThan(10);
    expect(steps.filter((paid) => new Set(paid).size === 1).length).toBeGreaterThan(10);
  });

  it.each(["random", "assignment"] as const)("pays the %s policy what the package pays it", (policy) => {
    const { mean, standardError } = scores(spread, policy, 2000).reward!;
    const theirs = recorded.means[policy];
    expect(Math.abs(mean - theirs.mean)).toBeLessThan(4 * Math.hypot(standardError, theirs.standardError));
  });
});

describe("simple spread", () => {
  it("pays the random policy -26.5 and the scripted one more than -9.9, the figures of the learning checks", () => {
    const random = scores(spread, "random", 2000).reward!;
    expect(Math.abs(random.mean + 26.5)).toBeLessThan(4 * random.standardError);
    const assigned = scores(spread, "assignment", 2000).reward!;
    expect(assigned.mean).toBeGreaterThan(-9.9 + 4 * assigned.standardError);
  });

  it("starts everything uniformly in the square, at rest", () => {
    const world = spread.create({});
    const starts = Array.from({ length: 1000 }, (_, seed) => {
      world.reset(seed);
      return stateOf(world, 18);
    });
    expect(starts.every((start) => start.slice(6, 12).every((velocity) => velocity === 0))).toBe(true);
    const places = starts.flatMap((start) => [...start.slice(0, 6), ...start.slice(12)]);
    expect([Math.min(...places) > -1, Math.max(...places) < 1]).toEqual([true, true]);
    const square = places.reduce((sum, place) => sum + place * place, 0) / places.length;
    expect(Math.abs(square - 1 / 3)).toBeLessThan((4 * Math.sqrt(4 / 45)) / Math.sqrt(places.length));
  });

  it("has three agents of one kind, none of which sees what another chooses", () => {
    const world = spread.create({});
    expect(new Set(world.agents.map(({ kind }) => kind))).toEqual(new Set(["agent"]));
    world.reset(1);
    const before = seenBy(world, 2);
    world.act(0, Float32Array.of(2), 0);
    world.act(1, Float32Array.of(3), 0);
    expect(seenBy(world, 2)).toEqual(before);
  });
});
