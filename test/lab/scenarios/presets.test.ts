import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { LearnerDefinition } from "../../../lab/learners/learner.ts";
import { learners } from "../../../lab/learners/registry.ts";
import { defaults } from "../../../lab/parameters.ts";
import { scenarios } from "../../../lab/scenarios/registry.ts";
import { parameterNames, resolveParameters } from "../../../lab/training.ts";

const folder = new URL("../../../resources/presets/", import.meta.url);
const values = z.record(z.string(), z.union([z.number(), z.boolean(), z.string()]));
const presetsSchema = z.record(
  z.string(),
  z.strictObject({ help: z.string().min(1), set: values, learners: z.record(z.string(), values).default({}) }),
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

    /** What a run of this preset and learner is given: names that the learner does not have are left out. */
    const given = ({ set, learners: own }: z.infer<typeof presetsSchema>[string], learner: LearnerDefinition) => {
      const known = parameterNames(scenario, learner);
      return Object.fromEntries(
        Object.entries({ ...set, ...own[learner.id] }).filter(([name]) => known.includes(name)),
      );
    };

    it("are accepted by every learner fit for the scenario", () => {
      expect(fit.length).toBeGreaterThan(0);
      for (const preset of Object.values(presets)) {
        for (const learner of fit) resolveParameters(scenario, learner, given(preset, learner));
      }
    });

    it("name no parameter that nobody has, and no learner that does not fit", () => {
      const known = new Set(fit.flatMap((learner) => parameterNames(scenario, learner)));
      for (const { set, learners: own } of Object.values(presets)) {
        expect(Object.keys(set).filter((name) => !known.has(name))).toEqual([]);
        for (const [id, values] of Object.entries(own)) {
          const learner = fit.find((each) => each.id === id);
          expect(learner, id).toBeDefined();
          const names = parameterNames(scenario, learner!);
          expect(Object.keys(values).filter((name) => !names.includes(name))).toEqual([]);
        }
      }
    });

    it("make two updates and one evaluation at smoke size", () => {
      for (const learner of fit) {
        const { learner: own, training } = resolveParameters(scenario, learner, given(presets.smoke!, learner));
        if ("rolloutSteps" in own) expect(training.steps).toBe(2 * Number(own.worlds) * Number(own.rolloutSteps));
        expect(training.evaluationEvery).toBe(training.steps);
      }
    });
  });
});
