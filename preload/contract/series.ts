/** What runs have recorded. */
import { z } from "zod";
import { columnSchema, none } from "./values.ts";

export const xAxisSchema = z.enum(["step", "iteration", "wall"]);
export type XAxis = z.infer<typeof xAxisSchema>;

/** One metric of one run; columns of equal length. */
export const seriesSchema = z.object({
  run: z.string(),
  metric: z.string(),
  steps: columnSchema,
  values: columnSchema,
  /** Running seconds at each point. */
  wallSeconds: columnSchema,
  iterations: columnSchema,
  /** Points stored; more than were sent when `decimated`. */
  total: z.number(),
  /** True when min/max decimation left points out of this answer (never out of the store). */
  decimated: z.boolean(),
  /** Only when it was asked for: the moving average at these points, and its state after the last stored point. */
  smoothed: z.object({ values: columnSchema, sum: z.number(), weight: z.number() }).optional(),
});
export type Series = z.infer<typeof seriesSchema>;

/**
 * The mean of a group of runs with its 95% Student-t interval, from every stored point: it does not depend on zoom or on
 * what else is shown. Defined where at least two runs have a value; a run counts between its own first and last point,
 * linearly interpolated where the runs' points do not coincide, and has no value at and beside one that is not finite.
 */
export const groupSeriesSchema = z.object({
  metric: z.string(),
  x: columnSchema,
  mean: columnSchema,
  low: columnSchema,
  high: columnSchema,
  /** Runs behind each mean. */
  n: columnSchema,
  total: z.number(),
  decimated: z.boolean(),
  /** True when some run had no point just there and was interpolated. */
  interpolated: z.boolean(),
});
export type GroupSeries = z.infer<typeof groupSeriesSchema>;

/** A stretch of the x axis, ends included. */
const windowSchema = z.object({ axis: xAxisSchema, from: z.number(), to: z.number() });

/**
 * For drawing: a debiased exponential moving average over every stored point of a run, whose weights halve after this many
 * points. Of a group the runs are smoothed, then their mean and interval are taken.
 */
const halfLifeSchema = z.number().positive().max(1_000_000);

export const seriesMethods = {
  "series.get": {
    params: z.object({
      run: z.string(),
      metric: z.string(),
      maxPoints: z.number().int().positive(),
      /** Only this stretch (and the points just outside, so that lines lead out of it); decimated within it. */
      window: windowSchema.optional(),
      halfLife: halfLifeSchema.optional(),
    }),
    result: seriesSchema,
  },
  "series.group": {
    params: z.object({
      runs: z.array(z.string()).min(1).max(1000),
      metric: z.string(),
      axis: xAxisSchema,
      maxPoints: z.number().int().positive(),
      window: windowSchema.optional(),
      halfLife: halfLifeSchema.optional(),
    }),
    result: groupSeriesSchema,
  },
  "runs.log": { params: z.object({ run: z.string(), bytes: z.number().int().positive() }), result: z.string() },
  /** What the log holds from byte `from` on (at most `bytes`); `from` < 0 counts from its end. */
  "runs.logFrom": {
    params: z.object({ run: z.string(), from: z.number().int(), bytes: z.number().int().positive().max(1_048_576) }),
    result: z.object({ text: z.string(), from: z.number(), next: z.number(), size: z.number() }),
  },
  /** Acknowledges point batches up to this sequence; at most two are in flight. */
  "points.ack": { params: z.object({ sequence: z.number() }), result: none },
} as const;

export const seriesEvents = {
  /** New points; `index` = how many stored points precede them, so that a gap is seen and read from the store. */
  points: z.object({
    sequence: z.number(),
    batches: z.array(
      z.object({
        run: z.string(),
        metric: z.string(),
        index: z.number(),
        steps: columnSchema,
        values: columnSchema,
        wallSeconds: columnSchema,
        iterations: columnSchema,
      }),
    ),
  }),
} as const;
