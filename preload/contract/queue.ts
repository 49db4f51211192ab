/** The queue, what runs will cost, and the settings of a data folder. */
import { z } from "zod";
import { none, parameterValuesSchema } from "./values.ts";

export const prioritySchema = z.enum(["low", "normal", "high"]);
export type Priority = z.infer<typeof prioritySchema>;

/** A run that trains or waits, in the order in which runs start. */
export const queueEntrySchema = z.object({
  run: z.string(),
  /** 0 = training now. 1 = the next to start. */
  position: z.number(),
  priority: prioritySchema,
  /** Seconds from now; null when it cannot be told (no measured speed yet). */
  startsInSeconds: z.number().nullable(),
  endsInSeconds: z.number().nullable(),
  /** Main memory: measured for a training run, estimated for a waiting one. */
  memoryBytes: z.number(),
  /** Why the first waiting run does not start though it is its turn; "" when nothing keeps it. */
  waitsFor: z.string(),
});
export type QueueEntry = z.infer<typeof queueEntrySchema>;

export const queueSchema = z.object({
  entries: z.array(queueEntrySchema),
  /** True when no waiting run is started until the queue is let go again. */
  held: z.boolean(),
  /** Seconds until all are done; null when it cannot be told. */
  endsInSeconds: z.number().nullable(),
  /** Runs at once that the settings and this machine allow. */
  parallel: z.number(),
});
export type Queue = z.infer<typeof queueSchema>;

/** Settings of a data folder, shared by all of its windows and the command line. */
export const settingsSchema = z.object({
  /** Runs at once; null = one a core. */
  parallel: z.number().int().min(1).max(256).nullable(),
  /** Main memory that runs leave to everything else. */
  memoryKeptFreeBytes: z.number().min(0),
  /** With less free than this on the disk, no run is started and running ones are paused at a checkpoint. */
  diskKeptFreeBytes: z.number().min(0),
});
export type Settings = z.infer<typeof settingsSchema>;

export const estimateSchema = z.object({
  runs: z.number(),
  /** Until the last one is done, with as many at once as are allowed now, after what already waits. */
  seconds: z.number().nullable(),
  secondsEach: z.number().nullable(),
  diskBytes: z.number(),
  memoryBytesEach: z.number(),
  diskFreeBytes: z.number(),
  /** What the figures rest on: "speed measured on 4 runs of this scenario and learner", "no run measured yet: ...". */
  basis: z.string(),
  /** The checkpoints that one run leaves: how many at once at most, and their bytes. */
  checkpoints: z.number(),
  checkpointBytes: z.number(),
});
export type Estimate = z.infer<typeof estimateSchema>;

/** Runs that a form asks for: one a combination of the varied values and a seed. */
export const runOrderSchema = z.object({
  scenario: z.string(),
  learner: z.string(),
  preset: z.string(),
  /** Raw values as typed; the engine parses them by the parameter's schema and names the field that is wrong. */
  set: parameterValuesSchema,
  seeds: z.array(z.number().int().nonnegative()).min(1).max(10_000),
  /** Several values of a parameter. `grid`: every combination; `list`: the first values together, the second, ... */
  vary: z
    .record(
      z.string(),
      z
        .array(z.union([z.number(), z.string(), z.boolean()]))
        .min(1)
        .max(1000),
    )
    .optional(),
  combine: z.enum(["grid", "list"]).optional(),
  /** Name of the new experiment. */
  name: z.string().max(200).optional(),
  /** Project of the new experiment; the first project without one. */
  project: z.string().optional(),
  /** Adds the runs to this experiment instead of making one. */
  experiment: z.string().optional(),
  priority: prioritySchema.optional(),
});

/** Most runs that one order makes. */
export const MOST_RUNS = 10_000;

export const queueMethods = {
  "queue.get": { params: none, result: queueSchema },
  /** Moves waiting runs, together and in their order, to a place among those of their priority. */
  "queue.move": {
    params: z.object({ runs: z.array(z.string()).min(1), to: z.enum(["first", "earlier", "later", "last"]) }),
    result: none,
  },
  "queue.priority": { params: z.object({ runs: z.array(z.string()).min(1), priority: prioritySchema }), result: none },
  "queue.hold": { params: z.object({ held: z.boolean() }), result: none },
  /** The computer is about to sleep or has woken up: speeds and heartbeats across the gap mean nothing. */
  "queue.slept": { params: none, result: none },
  "settings.get": { params: none, result: settingsSchema },
  "settings.set": { params: settingsSchema.partial(), result: settingsSchema },
  /** What an order would cost; the same errors as `runs.create`, and nothing is made. */
  "runs.estimate": { params: runOrderSchema, result: estimateSchema },
} as const;

export const queueEvents = {
  /** At most once a second while something changes. */
  queue: queueSchema,
} as const;
