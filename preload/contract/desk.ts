/**
 * The tree that a person keeps: projects hold experiments, experiments hold runs, runs hold checkpoints. What is typed
 * there (names, notes, tags, places, trash) is in the data folder's project journal; the run folders never change for it.
 */
import { z } from "zod";
import { none, parameterValuesSchema } from "./values.ts";

export const itemKindSchema = z.enum(["project", "experiment", "run", "checkpoint"]);
export type ItemKind = z.infer<typeof itemKindSchema>;

export const itemRefSchema = z.object({ kind: itemKindSchema, id: z.string().min(1).max(300) });
export type ItemRef = z.infer<typeof itemRefSchema>;

/** What a person may say of any item. */
export const itemMarksSchema = z.object({
  tags: z.array(z.string()),
  /** Markdown; "" when there are none. */
  notes: z.string(),
  archived: z.boolean(),
  /** Milliseconds since 1970 when it was put into the trash; null when it is not there itself (its parent may be). */
  trashedAt: z.number().nullable(),
});
export type ItemMarks = z.infer<typeof itemMarksSchema>;

export const projectSummarySchema = itemMarksSchema.extend({
  id: z.string(),
  name: z.string(),
  createdAt: z.number(),
});
export type ProjectSummary = z.infer<typeof projectSummarySchema>;

export const experimentSummarySchema = projectSummarySchema.extend({ project: z.string() });
export type ExperimentSummary = z.infer<typeof experimentSummarySchema>;

/** The project of experiments that were never put into another. */
export const FIRST_PROJECT = "project-first";

export const deskSchema = z.object({
  projects: z.array(projectSummarySchema),
  experiments: z.array(experimentSummarySchema),
});
export type Desk = z.infer<typeof deskSchema>;

const nameSchema = z.string().trim().min(1, "a name needs at least one character").max(200);
/** Letters, digits, `-`, `_`, `.`, `/`: no spaces, so that a query can name it. */
const tagSchema = z
  .string()
  .max(60)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._/-]*$/u, "a tag has letters, digits, dots, dashes, slashes and underscores");

export const itemChangeSchema = z.object({
  /** "" gives a run or checkpoint its own name back; projects and experiments must have one. */
  name: z.string().trim().max(200).optional(),
  /** The project of an experiment, the experiment of a run. */
  parent: z.string().optional(),
  addTags: z.array(tagSchema).optional(),
  removeTags: z.array(z.string()).optional(),
  notes: z.string().max(100_000).optional(),
  archived: z.boolean().optional(),
  trashed: z.boolean().optional(),
  /** A pinned checkpoint is kept by every retention rule. */
  pinned: z.boolean().optional(),
});
export type ItemChange = z.infer<typeof itemChangeSchema>;

export const trashSizeSchema = z.object({
  /** Runs and single checkpoints that would go, those inside trashed experiments and projects included. */
  runs: z.number(),
  checkpoints: z.number(),
  /** What their folders take on the disk. */
  bytes: z.number(),
});

export const deskMethods = {
  "desk.get": { params: none, result: deskSchema },
  "desk.createProject": { params: z.object({ name: nameSchema }), result: projectSummarySchema },
  "desk.createExperiment": {
    params: z.object({ name: nameSchema, project: z.string() }),
    result: experimentSummarySchema,
  },
  /** Changes all of the items or, when one of them cannot be changed so, none. */
  "desk.change": {
    params: z.object({ items: z.array(itemRefSchema).min(1).max(20_000), change: itemChangeSchema }),
    result: none,
  },
  /** What the trash, or some items in it, would give back. */
  "trash.size": { params: z.object({ items: z.array(itemRefSchema).optional() }), result: trashSizeSchema },
  /** Removes for good what is in the trash (or some items of it); `bytes` = what the disk got back, measured. */
  "trash.empty": { params: z.object({ items: z.array(itemRefSchema).optional() }), result: trashSizeSchema },
  /** Every parameter of the named runs (of all without `runs`), with its value. They never change. */
  "runs.parameters": {
    params: z.object({ runs: z.array(z.string()).optional() }),
    result: z.array(z.object({ run: z.string(), values: parameterValuesSchema })),
  },
  /** The last recorded value of each metric, in the order of `metrics`; null where a run has none. */
  "runs.lastValues": {
    params: z.object({ runs: z.array(z.string()).optional(), metrics: z.array(z.string()).max(100) }),
    result: z.array(z.object({ run: z.string(), values: z.array(z.number().nullable()) })),
  },
  /** Ids of all metrics that any of the named runs (of all without `runs`) has recorded, in alphabetical order. */
  "metrics.list": { params: z.object({ runs: z.array(z.string()).optional() }), result: z.array(z.string()) },
} as const;

export const deskEvents = {
  /** Projects and experiments that changed or were added, and ids of those that are gone. */
  desk: z.object({
    projects: z.array(projectSummarySchema),
    experiments: z.array(experimentSummarySchema),
    removed: z.array(itemRefSchema),
  }),
} as const;
