import { z } from "zod";
import { findLearner } from "../../lab/learners/registry.ts";
import type { ParameterSchema, ParameterValues } from "../../lab/parameters.ts";
import { findScenario } from "../../lab/scenarios/registry.ts";
import { trainingParameters } from "../../lab/training.ts";
import type { RunFile } from "../runs/run-file.ts";

/** What a run's speed, memory and files depend on. Runs with the same `key` cost the same. */
export interface RunProfile {
  readonly scenario: string;
  readonly learner: string;
  /** Counts, shapes, choices and switches. Real numbers, such as a learning rate, change results but no cost. */
  readonly values: ParameterValues;
  readonly key: string;
  readonly threads: number;
  readonly tensorflow: boolean;
}

/** Whole numbers that cost nothing, or whose cost is reckoned by itself. */
const without = ["steps", "checkpointEvery", "keepCheckpoints", "keepEvery", "evaluationSeed"];

type Described = Pick<RunFile, "scenario" | "learner" | "parameters">;

export function runProfile({ scenario, learner, parameters }: Described): RunProfile {
  const real = new Set([
    ...realFields(findScenario(scenario.id)?.parameters),
    ...realFields(findLearner(learner.id)?.parameters),
    ...realFields(trainingParameters as unknown as ParameterSchema),
  ]);
  const all = { ...parameters.scenario, ...parameters.learner, ...parameters.training };
  const counted = Object.entries(all).filter(([name]) => !real.has(name) && !without.includes(name));
  const values = Object.fromEntries(counted.sort(([a], [b]) => (a < b ? -1 : 1)));
  const { device } = all;
  return {
    scenario: scenario.id,
    learner: learner.id,
    values,
    key: JSON.stringify([scenario.id, learner.id, values]),
    threads: Number(all.threads ?? 1),
    tensorflow: device === "tensorflow-cpu" || device === "tensorflow-gpu",
  };
}

const known = new WeakMap<ParameterSchema, readonly string[]>();

/** Names of the parameters that may have a fraction. */
function realFields(schema: ParameterSchema | undefined): readonly string[] {
  if (schema === undefined) return [];
  let names = known.get(schema);
  if (names === undefined) {
    const { properties } = z.toJSONSchema(schema, { io: "input" }) as {
      properties?: Record<string, { type?: string }>;
    };
    names = Object.entries(properties ?? {}).flatMap(([name, { type }]) => (type === "number" ? [name] : []));
    known.set(schema, names);
  }
  return names;
}
