import type { Workspace } from "../nn/workspace.ts";
import type { ParameterSchema, ParameterValues } from "../parameters.ts";
import type { Policy, Scenario, World } from "../scenarios/scenario.ts";
import type { TensorMap } from "../tensors.ts";

/** Receives one number of the current iteration: `rollout/reward`, `train/approx_kl`. */
export type Report = (metric: string, value: number) => void;

/** Looks at a world that a learner collects in, `steps` environment steps into the run; must not change it. */
export type WorldObserver = (world: World, steps: number) => void;

/** Everything that must survive a kill. The two parts together restore a learner bit for bit. */
export interface SavedLearner {
  /** The networks' parameters: all that a policy needs. */
  readonly weights: TensorMap;
  /** Optimiser moments, normalisers, buffers, world states, random streams, counters. */
  readonly state: TensorMap;
}

/** A training process at the edge between two iterations. */
export interface Learner {
  /** Environment steps taken so far, over all parallel worlds. */
  readonly steps: number;
  /** Iterations (collect + update) finished so far. */
  readonly iteration: number;
  /** Plays one rollout with sampled actions. */
  collect(report: Report): void;
  /** Learns from it. Throws {@link TrainingDiverged} when a loss is not finite. */
  update(report: Report): void;
  /** The greedy policy of the present weights (most likely choice, mean of a Gaussian); stays live as they change. */
  policy(): Policy;
  /** Shows the first of the worlds after each step and each new beginning, until `undefined` is given. */
  watch(observer: WorldObserver | undefined): void;
  save(): SavedLearner;
  /** Throws a RangeError naming the first tensor that does not fit. */
  load(saved: SavedLearner): void;
}

/** What it takes to rebuild a policy from stored weights. */
export interface PolicySetting {
  readonly scenario: Scenario;
  readonly scenarioParameters: ParameterValues;
  readonly parameters: ParameterValues;
  readonly seed: number;
  /** Holds the networks; its executor (WASM kernels or float64 reference) does the arithmetic. */
  readonly workspace: Workspace;
}

export interface LearnerSetting extends PolicySetting {
  /** Environment steps that the run is to make: what schedules count against. A run may end a little later. */
  readonly plannedSteps: number;
}

export interface LearnerDefinition {
  readonly id: string;
  /** Raised whenever the same parameters and seed would give other numbers. */
  readonly version: number;
  readonly title: string;
  readonly summary: string;
  readonly parameters: ParameterSchema;
  /** undefined when the learner can train in this world, else the reason why not. */
  unfit(world: World): string | undefined;
  create(setting: LearnerSetting): Learner;
  /** A policy from a checkpoint's weights alone; `sample` = draw actions instead of the most likely ones. */
  restorePolicy(setting: PolicySetting, weights: TensorMap, sample: boolean): Policy;
}

/** A loss or gradient became NaN or infinite; the run stops and keeps its last good checkpoint. */
export class TrainingDiverged extends Error {
  /** The term that was not finite first: `policy loss`, `value loss`, `gradient norm`. */
  readonly term: string;
  readonly iteration: number;

  /** `cause` = where the first bad value was met: `its input agent/observation is NaN in row 17, column 3`. */
  constructor(term: string, iteration: number, cause = "") {
    super(`${term} is not finite in iteration ${iteration}${cause === "" ? "" : `: ${cause}`}`);
    this.term = term;
    this.iteration = iteration;
  }
}
