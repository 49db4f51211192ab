import type { LearnerDefinition } from "../../lab/learners/learner.ts";
import { createReferenceWorkspace } from "../../lab/nn/reference/workspace.ts";
import type { ParameterValues } from "../../lab/parameters.ts";
import type { Scenario } from "../../lab/scenarios/scenario.ts";
import { type ResolvedParameters, resolveParameters, TrainingLoop } from "../../lab/training.ts";
import { UserError } from "../platform/user-error.ts";
import { type Checkpoint, type CheckpointManifest, readCheckpoint } from "../runs/checkpoint.ts";
import { requireDevice } from "./devices.ts";
import type { Library } from "./library.ts";
import { requireLearner, requireScenario } from "./names.ts";
import { resolveCheckpoint } from "./subjects.ts";

/** A fork that can be made. */
export interface PossibleFork {
  /** The checkpoint's folder; its content has been verified whole. */
  readonly folder: string;
  readonly manifest: CheckpointManifest;
  readonly scenario: Scenario;
  readonly learner: LearnerDefinition;
  readonly parameters: ResolvedParameters;
}

/**
 * Everything a fork needs, checked before anything is made: the checkpoint is whole, the values are right, steps are
 * left, the device is there, and what was learned fits the changed scenario and networks.
 *
 * @throws UserError `checkpoint-unknown`, `checkpoint-damaged`, `fork-unfit` and what parameters are refused for; fields
 *   are `set.<name>`
 */
export async function checkFork(library: Library, checkpoint: string, set: ParameterValues): Promise<PossibleFork> {
  const { folder, manifest: head } = resolveCheckpoint(library, checkpoint);
  const saved = readCheckpoint(folder);
  const { manifest } = saved;
  const scenario = requireScenario(head.scenario.id);
  const learner = requireLearner(head.learner.id);
  const inherited = { ...manifest.scenario.parameters, ...manifest.learner.parameters, ...manifest.training };
  const parameters = resolveParameters(scenario, learner, { ...inherited, ...set });
  if (parameters.training.steps <= manifest.step) {
    throw new UserError(
      "parameter-range",
      `steps is ${parameters.training.steps}, but the checkpoint already has ${manifest.step} steps behind it.`,
      `Set steps to more than ${manifest.step}.`,
      "set.steps",
    );
  }
  await requireDevice(parameters.training.device);
  requireFit(scenario, learner, inherited, set, saved);
  return { folder, manifest, scenario, learner, parameters };
}

/** Loads the checkpoint into a learner with the changed values, as the trainer will. */
function requireFit(
  scenario: Scenario,
  learner: LearnerDefinition,
  inherited: ParameterValues,
  set: ParameterValues,
  saved: Checkpoint,
): void {
  const misfit = (changes: ParameterValues) => {
    const parameters = resolveParameters(scenario, learner, { ...inherited, ...changes });
    return loadProblem(scenario, learner, parameters, saved);
  };
  // How training goes on (steps, evaluation, device) is not part of what was learned.
  const shaping = Object.entries(set).filter(([name]) => !Object.hasOwn(saved.manifest.training, name));
  const changed = Object.fromEntries(shaping.filter(([name, value]) => String(inherited[name]) !== String(value)));
  if (Object.keys(changed).length === 0) return;
  const problem = misfit(changed);
  if (problem === undefined) return;
  const guilty = Object.entries(changed).filter(([name, value]) => {
    try {
      return misfit({ [name]: value }) !== undefined;
    } catch {
      return false; // alone it does not go with the other values, which says nothing about the checkpoint
    }
  });
  const names = guilty.length === 0 ? Object.keys(changed) : guilty.map(([name]) => name);
  throw new UserError(
    "fork-unfit",
    `What the checkpoint has learned does not fit another ${names.join(", ")}: ${problem}.`,
    `Keep ${names.map((name) => `${name} at ${inherited[name]}`).join(", ")}, or start a new run instead.`,
    `set.${names[0]}`,
  );
}

function loadProblem(
  scenario: Scenario,
  learner: LearnerDefinition,
  parameters: ResolvedParameters,
  { manifest, weights, state }: Checkpoint,
): string | undefined {
  const workspace = createReferenceWorkspace();
  try {
    new TrainingLoop({ scenario, learner, parameters, seed: manifest.seed, workspace }).load({ weights, state });
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
