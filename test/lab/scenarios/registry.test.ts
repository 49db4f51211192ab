import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { evaluate } from "../../../lab/evaluation.ts";
import { defaults } from "../../../lab/parameters.ts";
import { findScenario, scenarios } from "../../../lab/scenarios/registry.ts";

describe("the registry of scenarios", () => {
  it("finds each by its id and nothing else", () => {
    expect(scenarios.map((scenario) => scenario.id)).toEqual([
      "emulator-tuning",
      "sanity/cartpole",
      "sanity/identity-discrete",
      "sanity/identity-multi-discrete",
      "sanity/identity-box",
      "sanity/identity-masked",
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
        original.reset(seed);
        policy.reset(seed);
        for (let t = 0; t < steps; t++) {
          policy.decide(original);
          original.advance();
        }
        const saved = new Float64Array(original.stateSize);
        original.saveState(saved, 0);
        copy.loadState(saved, 0);
        const other = scenario.policies.random!(parameters);
        other.reset(seed + 1);
        policy.reset(seed + 1);
        policy.decide(original);
        other.decide(copy);
        original.advance();
        copy.advance();
        const again = new Float64Array(copy.stateSize);
        original.saveState(saved, 0);
        copy.saveState(again, 0);
        expect(again).toEqual(saved);
        expect([copy.reward, copy.terminated, copy.truncated]).toEqual([
          original.reward,
          original.terminated,
          original.truncated,
        ]);
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
