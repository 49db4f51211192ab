import { closest } from "fastest-levenshtein";
import type { LearnerDefinition } from "../../lab/learners/learner.ts";
import { findLearner, learners } from "../../lab/learners/registry.ts";
import { findScenario, scenarios } from "../../lab/scenarios/registry.ts";
import type { Scenario } from "../../lab/scenarios/scenario.ts";
import { UserError } from "../platform/user-error.ts";

/** The error for a name that does not exist, with the nearest one that does. */
export function unknownName(what: string, name: string, known: readonly string[], field?: string): UserError {
  const hint = known.length === 0 ? "" : `Did you mean "${closest(name, known)}"? Known: ${abbreviate(known)}.`;
  return new UserError(`${what}-unknown`, `There is no ${what} "${name}".`, hint, field);
}

function abbreviate(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(", ");
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}

/** @throws UserError `scenario-unknown` */
export function requireScenario(id: string): Scenario {
  const scenario = findScenario(id);
  if (scenario !== undefined) return scenario;
  throw unknownName(
    "scenario",
    id,
    scenarios.map((known) => known.id),
    "scenario",
  );
}

/** @throws UserError `learner-unknown` */
export function requireLearner(id: string): LearnerDefinition {
  const learner = findLearner(id);
  if (learner !== undefined) return learner;
  throw unknownName(
    "learner",
    id,
    learners.map((known) => known.id),
    "learner",
  );
}
