/**
 * What surrounds a learner during a run: the parameters of the training itself, the parsing of all parameters of a run,
 * and the loop that collects, updates and evaluates. No I/O and no clock: the trainer writes what the loop reports.
 */
import { z } from "zod";
import { playEpisodes } from "./evaluation.ts";
import type { Learner, LearnerDefinition, Report, SavedLearner, WorldObserver } from "./learners/learner.ts";
import { requireNumbers } from "./learners/shared/state.ts";
import type { Workspace } from "./nn/workspace.ts";
import type { ParameterSchema, ParameterValue, ParameterValues } from "./parameters.ts";
import { defaults, parameter } from "./parameters.ts";
import type { Policy, Scenario, World } from "./scenarios/scenario.ts";

const evaluationGroup = "Evaluation";
const runGroup = "Run";

/** Parameters that every run has, whatever its scenario and learner. */
export const trainingParameters = z.object({
  steps: parameter(z.number().int().min(1).max(1e10).default(300_000), {
    title: "Training steps",
    unit: "steps",
    source: "paper",
    reason: "HMPPO paper, section VI-A: 3e5 training steps",
    help: "Environment steps over all parallel worlds; rounded up to whole rollouts.",
    group: runGroup,
  }),
  evaluationEvery: parameter(z.number().int().min(0).max(1e10).default(500), {
    title: "Evaluation interval",
    unit: "steps",
    source: "paper",
    reason: "HMPPO paper, section VI-A: every 500 training steps",
    help: "Greedy evaluation at every multiple of this and at the end; 0 = never.",
    group: evaluationGroup,
  }),
  evaluationEpisodes: parameter(z.number().int().min(1).max(100_000).default(10), {
    title: "Evaluation episodes",
    unit: "episodes",
    source: "assumed",
    reason: "not printed; few enough to cost little, the same worlds every time",
    help: "Episodes of each evaluation during training.",
    group: evaluationGroup,
  }),
  evaluationSeed: parameter(z.number().int().min(0).max(4_000_000_000).default(1_000_000), {
    title: "Evaluation seed",
    unit: "",
    source: "assumed",
    reason: "far from the small numbers that people type; training episodes use world seeds from 2^32 on",
    help: "Episode i meets the world of seed + i, in every evaluation and whatever the policy.",
    group: evaluationGroup,
  }),
  checkpointEvery: parameter(z.number().int().min(1).max(1e10).default(20_480), {
    title: "Checkpoint interval",
    unit: "steps",
    source: "assumed",
    reason: "ten rollouts of 2048 steps",
    help: "A checkpoint is written at the end of the rollout that reaches a multiple of this.",
    group: runGroup,
  }),
  keepCheckpoints: parameter(z.number().int().min(0).max(1_000_000).default(5), {
    title: "Checkpoints kept",
    unit: "checkpoints",
    source: "assumed",
    reason: "enough to go back a little without filling the disk",
    help: "The most recent ones that are kept, beside the best; 0 = all.",
    group: runGroup,
  }),
  keepEvery: parameter(z.number().int().min(0).max(1e10).default(0), {
    title: "Checkpoints kept for good",
    unit: "steps",
    source: "assumed",
    reason: "the last and the best are enough for most runs",
    help: "Keeps the first checkpoint at or after every multiple of this, beside the last and the best; 0 = none.",
    group: runGroup,
  }),
  device: parameter(z.enum(["auto", "kernels", "tensorflow-cpu", "tensorflow-gpu"]).default("auto"), {
    title: "Device",
    unit: "",
    source: "assumed",
    reason: "small networks are many times faster on the built-in kernels than on TensorFlow",
    help: "What computes the networks: built-in kernels, or TensorFlow where it is set up; auto = built-in kernels.",
    group: runGroup,
  }),
  kernels: parameter(z.enum(["auto", "relaxed", "plain"]).default("auto"), {
    title: "Kernels",
    unit: "",
    source: "assumed",
    reason: "relaxed SIMD is faster, plain SIMD gives the same bits on every processor",
    help: "Build of the built-in kernels; auto = relaxed where the processor and Node have it.",
    group: runGroup,
  }),
  threads: parameter(z.number().int().min(1).max(16).default(1), {
    title: "Threads",
    unit: "threads",
    source: "assumed",
    reason: "several runs side by side use the processor better than one run on several threads",
    help: "Threads that share the network's arithmetic; the numbers do not depend on it.",
    group: runGroup,
  }),
});

export type TrainingValues = z.output<typeof trainingParameters>;

/** The parameters of one run, each group complete. */
export interface ResolvedParameters {
  readonly scenario: ParameterValues;
  readonly learner: ParameterValues;
  readonly training: TrainingValues;
}

/** A parameter that does not exist, has a wrong value, or does not fit the others. */
export class ParameterError extends Error {
  /** Name of the parameter; "" when several do not fit together and none of them alone is to blame. */
  readonly field: string;
  readonly reason: "unknown" | "invalid";
  /** All names that this run has, for a hint. */
  readonly known: readonly string[];

  constructor(reason: "unknown" | "invalid", field: string, message: string, known: readonly string[]) {
    super(message);
    this.name = "ParameterError";
    this.reason = reason;
    this.field = field;
    this.known = known;
  }
}

type Schemas = readonly [scenario: ParameterSchema, learner: ParameterSchema, training: ParameterSchema];

function schemasOf(scenario: Scenario, learner: LearnerDefinition): Schemas {
  return [scenario.parameters, learner.parameters, trainingParameters];
}

/** Names of all parameters that a run of this pair has: the scenario's, the learner's, then the training's. */
export function parameterNames(scenario: Scenario, learner: LearnerDefinition): string[] {
  return schemasOf(scenario, learner).flatMap((schema) => Object.keys(schema.shape));
}

/**
 * Sorts a flat set of named values into scenario, learner and training parameters, reads numbers and booleans that come
 * as text (a command line), and fills in the defaults.
 *
 * @throws ParameterError for an unknown name, a value out of range, values that do not fit together, and a learner that
 *   cannot train in this world.
 */
export function resolveParameters(
  scenario: Scenario,
  learner: LearnerDefinition,
  set: Readonly<Record<string, ParameterValue>>,
): ResolvedParameters {
  const known = parameterNames(scenario, learner);
  requireKnown(set, known, `${scenario.id}/${learner.id}`);
  const [scenarioValues, learnerValues, trainingValues] = schemasOf(scenario, learner).map((schema) =>
    resolveSchema(schema, set, known),
  ) as [ParameterValues, ParameterValues, ParameterValues];

  const unfit = learner.unfit(createWorld(scenario, scenarioValues, known));
  if (unfit !== undefined) throw new ParameterError("invalid", "", unfit, known);
  return { scenario: scenarioValues, learner: learnerValues, training: trainingValues as TrainingValues };
}

/** The scenario's part of {@link resolveParameters}, for an evaluation, which needs no learner. */
export function resolveScenarioParameters(
  scenario: Scenario,
  set: Readonly<Record<string, ParameterValue>>,
): ParameterValues {
  const known = Object.keys(scenario.parameters.shape);
  requireKnown(set, known, scenario.id);
  const values = resolveSchema(scenario.parameters, set, known);
  createWorld(scenario, values, known);
  return values;
}

function requireKnown(set: Readonly<Record<string, ParameterValue>>, known: readonly string[], where: string): void {
  for (const name of Object.keys(set)) {
    if (!known.includes(name)) {
      throw new ParameterError("unknown", name, `${where} has no parameter "${name}"`, known);
    }
  }
}

function createWorld(scenario: Scenario, values: ParameterValues, known: readonly string[]): World {
  try {
    return scenario.create(values);
  } catch (error) {
    if (error instanceof RangeError) throw new ParameterError("invalid", "", error.message, known);
    throw error;
  }
}

/** The values of one schema: those in `set` that it names, defaults for the others. */
function resolveSchema(
  schema: ParameterSchema,
  set: Readonly<Record<string, ParameterValue>>,
  known: readonly string[],
): ParameterValues {
  const standard = defaults(schema);
  const values: Record<string, ParameterValue> = {};
  for (const name of Object.keys(schema.shape)) {
    const raw = set[name];
    if (raw !== undefined) values[name] = readAs(standard[name] as ParameterValue, raw);
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data as ParameterValues;

  const [issue] = parsed.error.issues as [z.core.$ZodIssue];
  const field = String(issue.path[0] ?? "");
  // A check over several fields explains itself; a single field's fault is told with its range and unit.
  const message = issue.code === "custom" ? issue.message : faultOf(field, values[field], schema, issue.message);
  throw new ParameterError("invalid", field, message, known);
}

/** Text as a value of the kind of `standard`; what cannot be read stays as it is and fails in the schema. */
function readAs(standard: ParameterValue, raw: ParameterValue): ParameterValue {
  if (typeof raw !== "string" || typeof standard === "string") return raw;
  const text = raw.trim();
  if (typeof standard === "boolean") return text === "true" ? true : text === "false" ? false : raw;
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? raw : number;
}

/** `users is 100, it has to be a whole number at least 1 and at most 64`, from the field's own schema. */
function faultOf(field: string, value: ParameterValue | undefined, schema: ParameterSchema, message: string): string {
  const described = z.toJSONSchema(schema.shape[field] as z.ZodType) as JsonField;
  const unit = described.unit ? ` ${described.unit}` : "";
  return `${field} is ${JSON.stringify(value)}, it has to be ${expectation(described, message)}${unit}`;
}

/** The members of a field's JSON Schema that tell what it accepts. */
interface JsonField {
  readonly type?: string;
  readonly enum?: readonly ParameterValue[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly unit?: string;
}

function expectation(field: JsonField, message: string): string {
  if (field.enum) return `one of ${field.enum.join(", ")}`;
  if (field.type === "boolean") return "true or false";
  if (field.type !== "number" && field.type !== "integer") return `right: ${message}`;
  const bounds: string[] = [];
  if (field.minimum !== undefined) bounds.push(`at least ${field.minimum}`);
  if (field.exclusiveMinimum !== undefined) bounds.push(`greater than ${field.exclusiveMinimum}`);
  if (field.maximum !== undefined) bounds.push(`at most ${field.maximum}`);
  if (field.exclusiveMaximum !== undefined) bounds.push(`less than ${field.exclusiveMaximum}`);
  return [field.type === "integer" ? "a whole number" : "a number", bounds.join(" and ")].join(" ").trim();
}

/** Greedy evaluation of the weights that a learner had after `step` steps. */
export interface Evaluation {
  readonly step: number;
  /** Mean of the headline metric. */
  readonly reward: number;
  /** Means of all metrics, in the order of the scenario's. */
  readonly means: readonly number[];
}

/** Receives one number: a metric's value at a step. */
export type StepReport = (metric: string, step: number, value: number) => void;

/** Name of the last evaluation in a saved state, and the step that stands for none. */
const EVALUATION = "evaluation";
const NO_EVALUATION = -1;

export interface TrainingSetting {
  readonly scenario: Scenario;
  readonly learner: LearnerDefinition;
  readonly parameters: ResolvedParameters;
  readonly seed: number;
  /** Used by this loop alone. */
  readonly workspace: Workspace;
}

/**
 * One run of training, iteration by iteration. All numbers follow from the setting: the same seed on the same kernel
 * build gives the same bytes, and a loop that was saved and loaded between two iterations goes on bit for bit.
 */
export class TrainingLoop {
  /** The learner's policy of the present weights; it stays live as they change. */
  readonly policy: Policy;
  private readonly scenario: Scenario;
  private readonly parameters: ParameterValues;
  private readonly values: TrainingValues;
  private readonly learner: Learner;
  private readonly world: World;
  private readonly evaluationMetrics: readonly string[];
  private latest: Evaluation | null = null;
  /** Steps behind the weights that {@link latest} is known to hold for; none after a load, which may be a fork. */
  private evaluatedStep = NO_EVALUATION;

  constructor({ scenario, learner, parameters, seed, workspace }: TrainingSetting) {
    this.scenario = scenario;
    this.parameters = parameters.scenario;
    this.values = parameters.training;
    this.learner = learner.create({
      scenario,
      scenarioParameters: parameters.scenario,
      parameters: parameters.learner,
      seed,
      workspace,
      plannedSteps: parameters.training.steps,
    });
    this.policy = this.learner.policy();
    this.world = scenario.create(parameters.scenario);
    this.evaluationMetrics = scenario.metrics.map((metric) => `eval/${metric.id}`);
  }

  /** Environment steps taken so far. */
  get steps(): number {
    return this.learner.steps;
  }

  /** Iterations finished so far. */
  get iteration(): number {
    return this.learner.iteration;
  }

  /** True once at least the planned steps are done: a run ends with a whole rollout. */
  get finished(): boolean {
    return this.steps >= this.values.steps;
  }

  /** The last evaluation made, null when there was none yet. It is of the present weights if its step is {@link steps}. */
  get lastEvaluation(): Evaluation | null {
    return this.latest;
  }

  /**
   * The evaluation of the present weights, for a checkpoint between two iterations; made now unless it is known, and
   * then used again by the next {@link step}. null when the run has no evaluations.
   */
  evaluate(): Evaluation | null {
    return this.values.evaluationEvery > 0 ? this.evaluateAs(this.learner.steps) : null;
  }

  /**
   * One iteration: collect, evaluate, update. The weights do not change within a rollout, so that they are evaluated
   * once for all multiples m of `evaluationEvery` with (steps before) <= m < (steps after), and reported at each m. The
   * last iteration ends with an evaluation of the final weights at the final step.
   *
   * @throws TrainingDiverged when a loss is not finite.
   */
  step(report: StepReport): void {
    const { learner } = this;
    const { evaluationEvery } = this.values;
    const before = learner.steps;
    const reportNow: Report = (metric, value) => report(metric, learner.steps, value);
    learner.collect(reportNow);
    if (evaluationEvery > 0) {
      for (let m = Math.ceil(before / evaluationEvery) * evaluationEvery; m < learner.steps; m += evaluationEvery) {
        this.reportEvaluation(report, m, this.evaluateAs(before));
      }
    }
    learner.update(reportNow);
    if (evaluationEvery > 0 && this.finished) {
      this.reportEvaluation(report, learner.steps, this.evaluateAs(learner.steps));
    }
  }

  /** Numbers of a frame of this run's picture; 0 where its scenario has none. */
  get pictureChannels(): number {
    return this.scenario.picture?.(this.parameters).channels.length ?? 0;
  }

  /** Shows the first world that the learner collects in, until `undefined` is given; changes nothing. */
  watch(observer: WorldObserver | undefined): void {
    this.learner.watch(observer);
  }

  /** Everything that must survive a kill. */
  save(): SavedLearner {
    const { weights, state } = this.learner.save();
    const data = new Float64Array(1 + this.evaluationMetrics.length);
    data.set(this.latest ? [this.latest.step, ...this.latest.means] : [NO_EVALUATION]);
    return { weights, state: { ...state, [EVALUATION]: { shape: [data.length], data } } };
  }

  /** @throws RangeError naming the first tensor that does not fit; the loop is then not to be used. */
  load(saved: SavedLearner): void {
    const [step, ...means] = requireNumbers(saved.state, EVALUATION, 1 + this.evaluationMetrics.length);
    this.learner.load(saved);
    this.evaluatedStep = NO_EVALUATION;
    this.latest = step === NO_EVALUATION ? null : { step: step as number, reward: means[0] as number, means };
  }

  /** Evaluates the weights learned from `step` steps: the present ones. */
  private evaluateAs(step: number): Evaluation {
    if (this.latest && this.evaluatedStep === step) return this.latest;
    const { evaluationEpisodes, evaluationSeed } = this.values;
    const means = this.evaluationMetrics.map(() => 0);
    playEpisodes(this.scenario, this.world, this.policy, evaluationSeed, evaluationEpisodes, (_episode, metrics) => {
      for (let i = 0; i < means.length; i++)
        means[i] = (means[i] as number) + (metrics[i] as number) / evaluationEpisodes;
    });
    this.latest = { step, reward: means[0] as number, means };
    this.evaluatedStep = step;
    return this.latest;
  }

  private reportEvaluation(report: StepReport, step: number, { means }: Evaluation): void {
    for (let i = 0; i < means.length; i++) report(this.evaluationMetrics[i] as string, step, means[i] as number);
  }
}
