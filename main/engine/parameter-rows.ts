import { findLearner } from "../../lab/learners/registry.ts";
import { defaults, type ParameterMeta, type ParameterSchema } from "../../lab/parameters.ts";
import { findScenario } from "../../lab/scenarios/registry.ts";
import { trainingParameters } from "../../lab/training.ts";
import type { RunDetail } from "../../preload/contract.ts";
import type { RunFile, RunParameterValues } from "../runs/run-file.ts";

type Row = RunDetail["parameters"][number];

/** Every parameter of a run with its value, its default, and what its schema says of it. */
export function parameterRows({ scenario, learner, parameters }: RunFile): Row[] {
  return [
    ...rows(parameters.scenario, findScenario(scenario.id)?.parameters),
    ...rows(parameters.learner, findLearner(learner.id)?.parameters),
    ...rows(parameters.training, trainingParameters),
  ];
}

/** A parameter that this program does not know any more is shown with its value alone. */
function rows(values: RunParameterValues, schema: ParameterSchema | undefined): Row[] {
  const standard = schema === undefined ? {} : defaults(schema);
  return Object.entries(values).map(([key, value]) => {
    const meta = schema?.shape[key] === undefined ? undefined : metaOf(schema, key);
    return {
      key,
      value,
      default: standard[key] ?? value,
      unit: meta?.unit ?? "",
      source: meta?.source ?? "assumed",
      reason: meta?.reason ?? "",
      title: meta?.title ?? key,
      group: meta?.group ?? "",
    };
  });
}

function metaOf(schema: ParameterSchema, key: string): ParameterMeta | undefined {
  const field: unknown = schema.shape[key];
  if (typeof field !== "object" || field === null || !("meta" in field) || typeof field.meta !== "function") {
    return undefined;
  }
  return field.meta() as ParameterMeta | undefined;
}
