import type { ParameterSchema, ParameterValues } from "../parameters.ts";
import type { Picture } from "./picture.ts";

/** A named stretch of an agent's observation vector. */
export interface ObservationPart {
  readonly name: string;
  readonly size: number;
  /** True when the values are the action that an earlier agent chose within the same step. */
  readonly earlierAction?: boolean;
}

/** One choice a head; `choices[i]` is the number of options of head i. Actions are written as option indices. */
export interface DiscreteActions {
  readonly kind: "discrete";
  readonly choices: readonly number[];
  /** True when {@link World.mask} must be asked before each decision. */
  readonly masked: boolean;
}

/** Real actions. The world itself maps and clips a raw action; a learner stores the raw one. */
export interface ContinuousActions {
  readonly kind: "continuous";
  readonly size: number;
}

/** Choices and reals decided together: an action is the option indices, then the raw reals. */
export interface HybridActions {
  readonly kind: "hybrid";
  readonly choices: readonly number[];
  readonly masked: boolean;
  readonly size: number;
}

export type ActionSpace = DiscreteActions | ContinuousActions | HybridActions;

export interface AgentSpace {
  readonly id: string;
  /** Agents of one kind have equal spaces and may share a network; the agent's own id where it is absent. */
  readonly kind?: string;
  readonly observation: readonly ObservationPart[];
  readonly action: ActionSpace;
}

/** A number that one finished episode yields; reported as `eval/<id>` and `rollout/<id>`. */
export interface EpisodeMetric {
  /** Unit in the name where it has one: `delay_minutes`. */
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: "higher" | "lower" | "neither";
}

/**
 * One simulated world: pure, no clock, no I/O, no allocation in a step. Within a step the agents decide in the order of
 * `agents`: `observe(k)` then `act(k)` for k = 0, 1, ...; a later agent may see what an earlier one chose. `advance()`
 * then moves time by one step.
 */
export interface World {
  readonly agents: readonly AgentSpace[];
  /** Starts an episode; everything random in it follows from the seed and never from the actions. */
  reset(seed: number): void;
  /** Writes agent k's observation at `offset`. */
  observe(agent: number, out: Float32Array, offset: number): void;
  /** Writes 1 for each allowed option and 0 for each forbidden one, all heads of agent k one after another. */
  mask?(agent: number, out: Float32Array, offset: number): void;
  /** Takes agent k's action: option indices (discrete) or raw reals (continuous), read from `offset`. */
  act(agent: number, actions: Float32Array, offset: number): void;
  /** Moves one step; afterwards `reward`, `terminated`, `truncated` describe it. */
  advance(): void;
  readonly reward: number;
  /** Agent k's own reward of this step, in worlds where rewards differ; otherwise all agents share {@link reward}. */
  agentReward?(agent: number): number;
  /** What the step cost, in worlds with a constraint on the mean cost a step. */
  readonly cost?: number;
  /** The task ended: no value beyond. */
  readonly terminated: boolean;
  /** Only cut off: the value of the last observation is bootstrapped. */
  readonly truncated: boolean;
  /** Fraction of a fixed-length episode gone, t/T in [0, 1]; 0 where the task has no fixed end. */
  readonly elapsed: number;
  /** Writes the metrics of the episode so far, in the order of the scenario's `metrics`. */
  readMetrics(out: Float64Array): void;
  /** Numbers that {@link saveState} writes. */
  readonly stateSize: number;
  saveState(out: Float64Array, offset: number): void;
  loadState(from: Float64Array, offset: number): void;
  /**
   * Writes one number for each channel of the scenario's picture, as the world is after a reset or an advance; what a
   * step did is not part of the saved state. Without effect on the world and without allocation.
   */
  writePicture?(out: Float64Array, offset: number): void;
}

/** Something that decides in a world. */
export interface Policy {
  /** Called before each episode; `seed` is the world's seed, from which a random policy draws its own stream. */
  reset(seed: number): void;
  /** Lets every agent of the world observe and act, in order; does not advance. */
  decide(world: World): void;
}

export interface Scenario {
  /** `emulator-tuning`, `sanity/cartpole`. */
  readonly id: string;
  /** Raised whenever the same parameters and seed would give other numbers. */
  readonly version: number;
  readonly title: string;
  readonly summary: string;
  readonly parameters: ParameterSchema;
  /** The first is the headline metric, `reward`. */
  readonly metrics: readonly EpisodeMetric[];
  /** Throws a RangeError where parameters that are each in range do not fit together. */
  create(parameters: ParameterValues): World;
  /** Policies that need no training: random, heuristics, bounds. */
  readonly policies: Readonly<Record<string, (parameters: ParameterValues) => Policy>>;
  /** What the app draws of such a world; the worlds then have `writePicture`. */
  picture?(parameters: ParameterValues): Picture;
}
