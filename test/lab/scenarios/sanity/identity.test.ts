import { describe, expect, it } from "vitest";
import { evaluate } from "../../../../lab/evaluation.ts";
import { defaults } from "../../../../lab/parameters.ts";
import { findScenario } from "../../../../lab/scenarios/registry.ts";
import type { Policy, Scenario, World } from "../../../../lab/scenarios/scenario.ts";
import { mean } from "../../../../lab/stats/descriptive.ts";

const named = (id: string): Scenario => findScenario(`sanity/${id}`)!;
const create = (id: string, set: Record<string, number> = {}) =>
  named(id).create({ ...defaults(named(id).parameters), ...set });

/** Observes and answers with `answer(observation)`. */
function answering(answer: (seen: Float32Array) => number[]): Policy {
  return {
    reset() {},
    decide(world) {
      const seen = new Float32Array(world.agents[0]!.observation.reduce((total, { size }) => total + size, 0));
      world.observe(0, seen, 0);
      world.act(0, Float32Array.from(answer(seen)), 0);
    },
  };
}
const score = (id: string, policy: Policy, episodes = 20, set = {}) =>
  mean(evaluate(named(id), { ...defaults(named(id).parameters), ...set }, policy, episodes, 0).values[0]!);

describe("identity tasks", () => {
  it("pay 100 an episode to the one who repeats what it sees", () => {
    const shown = (seen: Float32Array) => seen.indexOf(1);
    expect(
      score(
        "identity-discrete",
        answering((seen) => [shown(seen)]),
      ),
    ).toBe(100);
    expect(
      score(
        "identity-masked",
        answering((seen) => [shown(seen)]),
      ),
    ).toBe(100);
    expect(
      score(
        "identity-box",
        answering((seen) => [seen[0]!]),
      ),
    ).toBe(100);
    const heads = answering((seen) => [seen.subarray(0, 4).indexOf(1), seen.subarray(4).indexOf(1)]);
    expect(score("identity-multi-discrete", heads)).toBe(100);
    const both = answering((seen) => [seen.subarray(0, 4).indexOf(1), seen[4]!]);
    expect(score("identity-hybrid", both, 20, { tolerance: 0.01 })).toBe(100);
  });

  it("pay nothing for a wrong answer, in any head", () => {
    expect(
      score(
        "identity-discrete",
        answering((seen) => [(seen.indexOf(1) + 1) % 4]),
      ),
    ).toBe(0);
    const oneWrong = answering((seen) => [seen.subarray(0, 4).indexOf(1), (seen.subarray(4).indexOf(1) + 1) % 4]);
    expect(score("identity-multi-discrete", oneWrong)).toBe(0);
    const wrongOption = answering((seen) => [(seen.subarray(0, 4).indexOf(1) + 1) % 4, seen[4]!]);
    expect(score("identity-hybrid", wrongOption)).toBe(0);
    for (const [distance, expected] of [
      [0.51, 0],
      [0.49, 100],
    ] as const) {
      const off = answering((seen) => [seen.indexOf(1), seen[4]! + (seen[4]! > 0 ? -distance : distance)]);
      expect(score("identity-hybrid", off)).toBe(expected);
    }
    expect(
      score(
        "identity-box",
        answering((seen) => [seen[0]! + (seen[0]! > 0 ? -0.051 : 0.051)]),
      ),
    ).toBe(0);
    expect(
      score(
        "identity-box",
        answering((seen) => [seen[0]! + (seen[0]! > 0 ? -0.049 : 0.049)]),
      ),
    ).toBe(100);
  });

  it("pay chance to the random policy", () => {
    const random = (id: string) => score(id, named(id).policies.random!({}), 200);
    expect(Math.abs(random("identity-discrete") - 25)).toBeLessThan(1.3);
    expect(Math.abs(random("identity-multi-discrete") - 100 / 16)).toBeLessThan(0.7);
    // 1 of 4 options, and two numbers on (-1, 1) that are at most 0.5 apart.
    expect(Math.abs(random("identity-hybrid") - 25 * (1 - 0.75 ** 2))).toBeLessThan(0.9);
    expect(Math.abs(random("identity-masked") - 100 / 15)).toBeLessThan(0.75); // one of the 15 options allowed
    expect(Math.abs(random("identity-box") - 4.9)).toBeLessThan(0.65); // 5, less at the range's ends
  });

  it("clip a raw box action to [-1, 1]", () => {
    const world = create("identity-box", { tolerance: 0.2 });
    const seen = new Float32Array(1);
    let near = 0;
    for (let t = 0; t < 100; t++) {
      world.observe(0, seen, 0);
      world.act(0, Float32Array.of(50), 0);
      world.advance();
      expect(world.reward).toBe(seen[0]! >= 0.8 ? 1 : 0);
      near += world.reward;
    }
    expect(near).toBeGreaterThan(0);
  });

  it("are cut off, not ended, after 100 steps, with no sense of time", () => {
    const world = create("identity-discrete");
    const ends: [boolean, boolean, number][] = [];
    for (let t = 0; t < 100; t++) {
      world.act(0, Float32Array.of(0), 0);
      world.advance();
      ends.push([world.terminated, world.truncated, world.elapsed]);
    }
    expect(ends.slice(0, 99).every(([terminated, truncated]) => !terminated && !truncated)).toBe(true);
    expect(ends[99]).toEqual([false, true, 0]);
  });

  it("forbid 55 of 70 options anew each step, never the right one, whatever the actions", () => {
    const play = (world: World, action: number) => {
      const masks: Float32Array[] = [];
      const seen = new Float32Array(70);
      world.reset(3);
      for (let t = 0; t < 50; t++) {
        const mask = new Float32Array(72).fill(9);
        world.mask!(0, mask, 1);
        world.observe(0, seen, 0);
        expect([mask[0], mask[71]]).toEqual([9, 9]);
        expect(mask.subarray(1, 71).reduce((sum, value) => sum + value, 0)).toBe(15);
        expect(mask[1 + seen.indexOf(1)]).toBe(1);
        masks.push(mask);
        world.act(0, Float32Array.of(action), 0);
        world.advance();
      }
      return masks;
    };
    const masks = play(create("identity-masked"), 0);
    expect(play(create("identity-masked"), 33)).toEqual(masks);
    expect(new Set(masks.map(String)).size).toBe(50);
    const allowed = new Float64Array(70);
    for (const mask of masks) for (let option = 0; option < 70; option++) allowed[option]! += mask[option + 1]!;
    expect(Math.max(...allowed)).toBeLessThan(27); // 50 * 15 / 70 = 10.7 expected
  });

  it("refuse more forbidden options than wrong ones", () => {
    expect(() => create("identity-masked", { invalid: 70 })).toThrow(/invalid \(70\).*options \(70\)/);
    expect(() => create("identity-masked", { invalid: 69 })).not.toThrow();
  });
});
