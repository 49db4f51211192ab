import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { learners } from "../../../lab/learners/registry.ts";
import { defaults } from "../../../lab/parameters.ts";
import { scenarios } from "../../../lab/scenarios/registry.ts";
import { resolveParameters } from "../../../lab/training.ts";

const folder = new URL("../../../resources/presets/", import.meta.url);
const presetsSchema = z.record(
  z.string(),
  z.strictObject({
    help: z.string().min(1),
    set: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
  }),
);
const fileOf = (scenario: string) => `${scenario.replaceAll("/", "-")}.json`;

describe("presets", () => {
  it("exist for every scenario and no other", () => {
    expect(readdirSync(folder).sort()).toEqual(scenarios.map((scenario) => fileOf(scenario.id)).sort());
  });

  describe.each(scenarios.map((scenario) => [scenario.id, scenario] as const))("of %s", (id, scenario) => {
    const presets = presetsSchema.parse(JSON.parse(readFileSync(new URL(fileOf(id), folder), "utf8")));
    const world = scenario.create(defaults(scenario.parameters));
    const fit = learners.filter((learner) => learner.unfit(world) === undefined);

    it("have every size", () => {
      const sizes = ["smoke", "small", "report", ...(id.startsWith("sanity/") ? [] : ["paper"])];
      expect(Object.keys(presets)).toEqual(sizes);
    });

    it("are accepted by every learner fit for the scenario", () => {
      expect(fit.length).toBeGreaterThan(0);
      for (const { set } of Object.values(presets)) {
        for (const learner of fit) resolveParameters(scenario, learner, set);
      }
    });

    it("make two updates and one evaluation at smoke size", () => {
      const { set } = presets.smoke!;
      for (const learner of fit) {
        const { learner: values, training } = resolveParameters(scenario, learner, set);
        expect(training.steps).toBe(2 * Number(values.worlds) * Number(values.rolloutSteps));
        expect(training.evaluationEvery).toBe(training.steps);
      }
    });
  });
});
