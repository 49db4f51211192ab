import type { LearnerDefinition } from "../../lab/learners/learner.ts";
import { findLearner } from "../../lab/learners/registry.ts";
import { findScenario } from "../../lab/scenarios/registry.ts";
import type { Scenario } from "../../lab/scenarios/scenario.ts";
import { ParameterError, type ResolvedParameters, resolveParameters } from "../../lab/training.ts";
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
 * Parses parameters that were stored, as a whole: a name that this program does not know is an error.
 * @throws UserError `parameter-unknown`, `parameter-invalid`
 */
export function requireParameters(
  scenario: Scenario,
  learner: LearnerDefinition,
  stored: RunFile["parameters"],
): ResolvedParameters {
  try {
    return resolveParameters(scenario, learner, { ...stored.scenario, ...stored.learner, ...stored.training });
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new UserError(`parameter-${error.reason}`, `${error.message}.`, "", error.field || undefined);
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
