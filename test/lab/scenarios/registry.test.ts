import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { evaluate } from "../../../lab/evaluation.ts";
import { defaults } from "../../../lab/parameters.ts";
import { findScenario, scenarios } from "../../../lab/scenarios/registry.ts";
import type { Policy, World } from "../../../lab/scenarios/scenario.ts";

describe("the registry of scenarios", () => {
  it("finds each by its id and nothing else", () => {
    expect(scenarios.map((scenario) => scenario.id)).toEqual([
      "emulator-tuning",
      "sanity/cartpole",
      "sanity/cartpole-positions",
      "sanity/acrobot",
      "sanity/mountain-car",
      "sanity/pendulum",
      "sanity/identity-discrete",
      "sanity/identity-multi-discrete",
      "sanity/identity-box",
      "sanity/identity-masked",
      "sanity/identity-hybrid",
      "sanity/recall",
      "sanity/climbing",
      "sanity/penalty",
      "sanity/spread",
      "sanity/constrained-bandit",
      "sanity/constrained-mdp",
    ]);
    for (const scenario of scenarios) expect(findScenario(scenario.id)).toBe(scenario);
    expect(findScenario("sanity")).toBeUndefined();
  });
});

describe.each(scenarios.map((scenario) => [scenario.id, scenario] as const))("%s", (_, scenario) => {
  const parameters = defaults(scenario.parameters);

  it("has reward first, unique metrics, a random policy, and parameters that say what they are", () => {
    const ids = scenario.metrics.map((metric) => metric.id);
    expect(ids[0]).toBe("reward");
    expect(new Set(ids).size).toBe(ids.length);
    expect(Object.keys(scenario.policies)).toContain("random");
    for (const field of Object.values(z.toJSONSchema(scenario.parameters).properties ?? {})) {
      expect(field).toMatchObject({ title: expect.any(String), reason: expect.stringMatching(/./), help: /./ });
    }
  });

  it("plays the same episodes again for the same seeds, whatever was played before", () => {
    const policy = scenario.policies.random!(parameters);
    const first = evaluate(scenario, parameters, policy, 3, 50);
    evaluate(scenario, parameters, policy, 2, 900);
    expect(evaluate(scenario, parameters, policy, 3, 50)).toEqual(first);
  });

  it("continues bit for bit from a state saved at any moment", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7 }), fc.nat(), (steps, seed) => {
        const original = scenario.create(parameters);
        const copy = scenario.create(parameters);
        const policy = scenario.policies.random!(parameters);
        const other = scenario.policies.random!(parameters);
        original.reset(seed);
        policy.reset(seed);
        for (let t = 0; t < steps; t++) step(original, policy, seed + 1);

        const saved = new Float64Array(original.stateSize);
        original.saveState(saved, 0);
        copy.loadState(saved, 0);
        expect(facesOf(copy)).toEqual(facesOf(original));
        policy.reset(seed + 2);
        other.reset(seed + 2);
        step(original, policy, seed + 3);
        step(copy, other, seed + 3);
        expect(facesOf(copy)).toEqual(facesOf(original));
      }),
      { numRuns: 30 },
    );
  });

  it("throws when it is moved on after its end", () => {
    const world = scenario.create(parameters);
    const policy = scenario.policies.random!(parameters);
    world.reset(1);
    policy.reset(1);
    while (!world.terminated && !world.truncated) {
      policy.decide(world);
      world.advance();
    }
    expect(() => world.advance()).toThrow(/reset/);
  });
});

/** One step, in a new episode where the present one is over. */
function step(world: World, policy: Policy, seed: number): void {
  if (world.terminated || world.truncated) world.reset(seed);
  policy.decide(world);
  world.advance();
}

/** Everything that a world shows, its saved state included. */
function facesOf(world: World) {
  const state = new Float64Array(world.stateSize);
  world.saveState(state, 0);
  const agents = world.agents.map(({ observation, action }, agent) => {
    const seen = new Float32Array(observation.reduce((sum, part) => sum + part.size, 0));
    world.observe(agent, seen, 0);
    const mask = new Float32Array(action.kind === "continuous" ? 0 : action.choices.reduce((a, b) => a + b, 0));
    if (action.kind !== "continuous" && action.masked) world.mask?.(agent, mask, 0);
    return { seen, mask, reward: world.agentReward?.(agent) };
  });
  const { reward, cost, terminated, truncated, elapsed } = world;
  return { state, agents, reward, cost, terminated, truncated, elapsed };
}
