import { z } from "zod";
import { learners } from "../../../lab/learners/registry.ts";
import { defaults, type ParameterSchema } from "../../../lab/parameters.ts";
import { scenarios } from "../../../lab/scenarios/registry.ts";
import { trainingParameters } from "../../../lab/training.ts";
import type { MethodHandlers } from "../../link/server.ts";
import { readPresets } from "../presets.ts";
import { policyNames } from "../subjects.ts";

type Catalog = Pick<MethodHandlers, "catalog.scenarios" | "catalog.learners">;

/** What can be trained, and how it is described to a form. */
export const catalogMethods: Catalog = {
  "catalog.scenarios": () =>
    scenarios.map((scenario) => {
      const world = scenario.create(defaults(scenario.parameters));
      return {
        id: scenario.id,
        version: scenario.version,
        title: scenario.title,
        summary: scenario.summary,
        parameters: jsonSchema(scenario.parameters),
        metrics: scenario.metrics.map((metric) => ({ ...metric })),
        policies: policyNames(scenario),
        learners: learners.filter((learner) => learner.unfit(world) === undefined).map((learner) => learner.id),
        presets: readPresets(scenario.id),
      };
    }),

  "catalog.learners": () =>
    learners.map((learner) => ({
      id: learner.id,
      version: learner.version,
      title: learner.title,
      summary: learner.summary,
      parameters: withTraining(jsonSchema(learner.parameters)),
    })),
};

function jsonSchema(schema: ParameterSchema): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: "input" });
}

/** A form asks for the learner's parameters and those that every training has. */
function withTraining(learner: Record<string, unknown>): Record<string, unknown> {
  const { properties } = jsonSchema(trainingParameters as unknown as ParameterSchema);
  return { ...learner, properties: { ...asObject(learner.properties), ...asObject(properties) } };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
