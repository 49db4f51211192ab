import type { LearnerDefinition } from "../../lab/learners/learner.ts";
import { findLearner } from "../../lab/learners/registry.ts";
import type { ParameterValues } from "../../lab/parameters.ts";
import { findScenario } from "../../lab/scenarios/registry.ts";
import type { Scenario } from "../../lab/scenarios/scenario.ts";
import {
  ParameterError,
  type ResolvedParameters,
  resolveParameters,
  resolveScenarioParameters,
} from "../../lab/training.ts";
import { UserError } from "../platform/user-error.ts";
import type { RunFile } from "../runs/run-file.ts";

/** @throws UserError `scenario-unknown` */
export function requireScenario(id: string): Scenario {
  const scenario = findScenario(id);
  if (scenario === undefined) throw new UserError("scenario-unknown", `This program has no scenario ${id}.`);
  return scenario;
}

/** @throws UserError `learner-unknown` */
export function requireLearner(id: string): LearnerDefinition {
  const learner = findLearner(id);
  if (learner === undefined) throw new UserError("learner-unknown", `This program has no learner ${id}.`);
  return learner;
}

/**
 * The parameters of a run, parsed again by this program's schemas.
 * @throws UserError `parameter-unknown`, `parameter-invalid`
 */
export function requireParameters(
  scenario: Scenario,
  learner: LearnerDefinition,
  { scenario: world, learner: learning, training }: RunFile["parameters"],
): ResolvedParameters {
  return explained(() => resolveParameters(scenario, learner, { ...world, ...learning, ...training }));
}

/**
 * The parameters of the world that a policy is evaluated in.
 * @throws UserError `parameter-unknown`, `parameter-invalid`
 */
export function requireScenarioParameters(scenario: Scenario, set: ParameterValues): ParameterValues {
  return explained(() => resolveScenarioParameters(scenario, set));
}

function explained<T>(resolve: () => T): T {
  try {
    return resolve();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    const hint = error.reason === "unknown" ? `It has: ${error.known.join(", ")}.` : "";
    throw new UserError(`parameter-${error.reason}`, `${error.message}.`, hint, error.field || undefined);
  }
}

/**
 * Refuses a run whose scenario or learner this program has in another version: the same parameters and seed would give
 * other numbers under the run's name.
 * @returns marks for the journal: what `force` let pass
 * @throws UserError `version-differs`
 */
export function checkVersions(run: RunFile, scenario: Scenario, learner: LearnerDefinition, force: boolean): string[] {
  const marks: string[] = [];
  for (const [kind, asked, here] of [
    ["scenario", run.scenario, scenario],
    ["learner", run.learner, learner],
  ] as const) {
    if (asked.version === here.version) continue;
    const text = `${kind} ${here.id} version ${asked.version} -> ${here.version}`;
    if (!force) {
      const message = `The run was made for the ${kind} ${here.id} in version ${asked.version}; this program has version ${here.version}.`;
      throw new UserError("version-differs", message, "Go on with --force to mark the run, or make a new one.");
    }
    marks.push(`trained with another version: ${text}`);
  }
  return marks;
}
