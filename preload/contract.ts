/**
 * The one contract between the engine and its equal clients (shell, command line), and between window and shell: method
 * names, parameters, results and events. Both sides parse what they receive with these schemas.
 */
import { z } from "zod";
import { deskEvents, deskMethods } from "./contract/desk.ts";
import { prioritySchema, queueEvents, queueMethods, runOrderSchema } from "./contract/queue.ts";
import { seriesEvents, seriesMethods } from "./contract/series.ts";
import { none, parameterValueSchema, parameterValuesSchema } from "./contract/values.ts";
import { worldEvents, worldMethods } from "./contract/world.ts";

export { channels } from "./contract/channels.ts";
export * from "./contract/desk.ts";
export * from "./contract/queue.ts";
export * from "./contract/series.ts";
export * from "./contract/shell.ts";
export { type ParameterValue, type ParameterValues, parameterValueSchema } from "./contract/values.ts";
export * from "./contract/world.ts";

/** Raised with every change that an older peer would misread; peers of another version are refused by name. */
export const PROTOCOL_VERSION = 2;

/** An error that a person can act on. Anything else that goes wrong is a bug. */
export const userErrorSchema = z.object({
  /** `parameter-unknown`, `checkpoint-corrupt`, ... */
  code: z.string(),
  /** What happened, and to which field, file or row. */
  message: z.string(),
  /** What to do about it; "" when there is nothing. */
  hint: z.string(),
  /** Path of the offending field of a form, when it is one. */
  field: z.string().optional(),
});
export type UserErrorValue = z.infer<typeof userErrorSchema>;

export const runStateSchema = z.enum([
  "queued",
  "starting",
  "running",
  "pausing",
  "paused",
  "finished",
  "failed",
  "cancelled",
]);
export type RunState = z.infer<typeof runStateSchema>;

export const runSummarySchema = z.object({
  id: z.string(),
  /** Its experiment's name. */
  name: z.string(),
  /** What a person called this very run; "" without a name of its own. */
  label: z.string(),
  experiment: z.string(),
  tags: z.array(z.string()),
  /** Whether there are notes; they come with the run's details. */
  noted: z.boolean(),
  archived: z.boolean(),
  /** When it was put into the trash itself; null when it was not (its experiment or project may be there). */
  trashedAt: z.number().nullable(),
  priority: prioritySchema,
  scenario: z.string(),
  learner: z.string(),
  preset: z.string(),
  seed: z.number(),
  state: runStateSchema,
  /** Environment steps done and planned. */
  step: z.number(),
  steps: z.number(),
  iteration: z.number(),
  attempt: z.number(),
  /** Its number among all runs, given when it was made and never changed; it decides the run's colour. */
  ordinal: z.number().int().nonnegative(),
  /** Milliseconds since 1970; null until it happened. */
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
  /** Running time in seconds, pauses left out. */
  wallSeconds: z.number(),
  stepsPerSecond: z.number(),
  /** Last `eval/reward`, null before the first evaluation. */
  reward: z.number().nullable(),
  kernelBuild: z.string(),
  /** Checkpoint id this run was forked from. */
  parent: z.string().nullable(),
  /** Marks such as `resumed on another kernel build`. */
  marks: z.array(z.string()),
  error: userErrorSchema.nullable(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

export const checkpointSummarySchema = z.object({
  /** `<run>:<step>` */
  id: z.string(),
  run: z.string(),
  step: z.number(),
  iteration: z.number(),
  attempt: z.number(),
  bytes: z.number(),
  createdAt: z.number(),
  path: z.string(),
  /** Greedy evaluation reward when it was written; null when there was none. */
  reward: z.number().nullable(),
  isLast: z.boolean(),
  isBest: z.boolean(),
  /** Kept by every retention rule. */
  pinned: z.boolean(),
  /** What a person called it; "" without a name. */
  label: z.string(),
  tags: z.array(z.string()),
  notes: z.string(),
  trashedAt: z.number().nullable(),
  /** SHA-256 over the manifest of its parts. */
  sha256: z.string(),
});
export type CheckpointSummary = z.infer<typeof checkpointSummarySchema>;

/** A JSON Schema whose fields carry title, unit, source, reason, help and group. */
const jsonSchema = z.record(z.string(), z.unknown());

const metricSchema = z.object({
  id: z.string(),
  title: z.string(),
  unit: z.string(),
  better: z.enum(["higher", "lower", "neither"]),
});

export const scenarioSummarySchema = z.object({
  id: z.string(),
  version: z.number(),
  title: z.string(),
  summary: z.string(),
  parameters: jsonSchema,
  metrics: z.array(metricSchema),
  policies: z.array(z.string()),
  learners: z.array(z.string()),
  /** Preset name -> what it is for and the values it sets. */
  presets: z.record(
    z.string(),
    z.object({
      help: z.string(),
      set: parameterValuesSchema,
      /** Learner id -> what it gets beside or instead of `set`. */
      learners: z.record(z.string(), parameterValuesSchema),
    }),
  ),
});
export type ScenarioSummary = z.infer<typeof scenarioSummarySchema>;

export const learnerSummarySchema = z.object({
  id: z.string(),
  version: z.number(),
  title: z.string(),
  summary: z.string(),
  parameters: jsonSchema,
});
export type LearnerSummary = z.infer<typeof learnerSummarySchema>;

export const metricResultSchema = z.object({
  mean: z.number(),
  /** Sample standard deviation (n - 1). */
  std: z.number(),
  n: z.number(),
  values: z.array(z.number()),
});

export const evaluationResultSchema = z.object({
  policy: z.string(),
  scenario: z.string(),
  episodes: z.number(),
  metrics: z.record(z.string(), metricResultSchema),
  /** Kernel builds that met here: the checkpoint's and the evaluator's. */
  kernelBuilds: z.array(z.string()),
  /** `greedy` (most likely choice, mean of a Gaussian) or `sampled`. */
  actions: z.enum(["greedy", "sampled"]),
});
export type EvaluationResult = z.infer<typeof evaluationResultSchema>;

export const parameterRowSchema = z.object({
  key: z.string(),
  value: parameterValueSchema,
  default: parameterValueSchema,
  unit: z.string(),
  source: z.enum(["paper", "derived", "assumed"]),
  reason: z.string(),
  title: z.string(),
  group: z.string(),
});

export const runDetailSchema = z.object({
  summary: runSummarySchema,
  /** Markdown. */
  notes: z.string(),
  folder: z.string(),
  /** What its folder takes on the disk. */
  bytes: z.number(),
  parameters: z.array(parameterRowSchema),
  environment: z.record(z.string(), z.string()),
  metrics: z.array(z.string()),
  checkpoints: z.array(checkpointSummarySchema),
});
export type RunDetail = z.infer<typeof runDetailSchema>;

export const doctorLineSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  text: z.string(),
  hint: z.string(),
});
export type DoctorLine = z.infer<typeof doctorLineSchema>;

/** Something that can compute networks. */
export const deviceSummarySchema = z.object({
  /** As the training parameter `device` names it. */
  id: z.enum(["kernels", "tensorflow-cpu", "tensorflow-gpu"]),
  title: z.string(),
  available: z.boolean(),
  /** Whether `device=auto` takes it. */
  chosen: z.boolean(),
  /** Its build and what it is good for, or why it is not available. */
  reason: z.string(),
  /** What has to be there, and the command that sets it up. */
  needs: z.string(),
});
export type DeviceSummary = z.infer<typeof deviceSummarySchema>;

/** Method name -> parameters and result. */
export const methods = {
  "engine.info": {
    params: none,
    result: z.object({
      protocol: z.number(),
      version: z.string(),
      pid: z.number(),
      dataFolder: z.string(),
      node: z.string(),
      parallel: z.number(),
      kernelBuild: z.string(),
      /** Resident memory of the engine's own process. */
      memoryBytes: z.number(),
      /** Free on the data folder's disk. */
      diskFreeBytes: z.number(),
      /** Share of all cores, 0 to 100, that the whole computer used since the last call; 0 in the first. */
      cpuPercent: z.number(),
      /** Main memory of the computer. */
      memoryTotalBytes: z.number(),
      memoryFreeBytes: z.number(),
    }),
  },
  "engine.stop": { params: none, result: none },
  "engine.setParallel": { params: z.object({ parallel: z.number().int().min(1).max(256) }), result: none },
  doctor: { params: none, result: z.array(doctorLineSchema) },
  /** The built-in kernels first. Trying TensorFlow out takes a second or two, once. */
  devices: { params: none, result: z.array(deviceSummarySchema) },
  "catalog.scenarios": { params: none, result: z.array(scenarioSummarySchema) },
  "catalog.learners": { params: none, result: z.array(learnerSummarySchema) },
  "runs.create": {
    params: runOrderSchema,
    result: z.array(runSummarySchema),
  },
  "runs.list": { params: none, result: z.array(runSummarySchema) },
  "runs.get": { params: z.object({ run: z.string() }), result: runDetailSchema },
  "runs.command": {
    params: z.object({
      run: z.string(),
      command: z.enum(["pause", "resume", "stop", "checkpoint"]),
      /** Resume on another kernel build; marks the run. */
      force: z.boolean().optional(),
    }),
    result: runSummarySchema,
  },
  "runs.fork": {
    params: z.object({
      checkpoint: z.string(),
      set: parameterValuesSchema,
      name: z.string().max(200).optional(),
      /** Project of the new experiment; the parent's without one. */
      project: z.string().optional(),
      /** Adds the run to this experiment instead of making one. */
      experiment: z.string().optional(),
    }),
    result: runSummarySchema,
  },
  /** The same errors as `runs.fork` for these values, and nothing is made. */
  "runs.checkFork": { params: z.object({ checkpoint: z.string(), set: parameterValuesSchema }), result: none },
  "checkpoints.list": {
    params: z.object({ run: z.string().optional() }),
    result: z.array(checkpointSummarySchema),
  },
  /** Answers when the evaluation's own process is done; `evaluation` events tell the progress. */
  evaluate: {
    params: z.object({
      /** Checkpoints (id, path, `<run>:last|best|<step>`) or `<scenario>/<policy>`. */
      subjects: z.array(z.string()).min(1),
      episodes: z.number().int().positive(),
      seed: z.number().int().nonnegative(),
      set: parameterValuesSchema,
      sample: z.boolean(),
    }),
    result: z.array(evaluationResultSchema),
  },
  /** Writes one row file a run or built-in policy; answers the files' paths. */
  "rows.write": {
    params: z.object({ subjects: z.array(z.string()).min(1), out: z.string(), set: parameterValuesSchema }),
    result: z.array(z.string()),
  },
  "store.rebuild": {
    params: none,
    result: z.object({ runs: z.number(), points: z.number(), seconds: z.number() }),
  },
  /** Replaces the set of events that this connection receives. */
  subscribe: {
    params: z.object({
      runs: z.boolean(),
      /** Live points of these run and metric pairs. */
      points: z.array(z.object({ run: z.string(), metric: z.string() })),
    }),
    result: none,
  },
  ...deskMethods,
  ...queueMethods,
  ...seriesMethods,
  ...worldMethods,
} as const;

export type MethodName = keyof typeof methods;
export type MethodParams<M extends MethodName> = z.input<(typeof methods)[M]["params"]>;
export type MethodResult<M extends MethodName> = z.output<(typeof methods)[M]["result"]>;

export const events = {
  /** A run changed (or was added). */
  run: runSummarySchema,
  evaluation: z.object({ done: z.number(), total: z.number(), subject: z.string() }),
  rebuild: z.object({ done: z.number(), total: z.number() }),
  ...deskEvents,
  ...queueEvents,
  ...seriesEvents,
  ...worldEvents,
} as const;

export type EventName = keyof typeof events;
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]>;

/** A call's answer: the result, or an error a person can act on. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: UserErrorValue };
