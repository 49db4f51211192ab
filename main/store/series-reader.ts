import type Database from "better-sqlite3";
import { decimate } from "./decimate.ts";
import { copyPoints, decodePoints, makePoints, type Points, slicePoints } from "./points.ts";
import { CHUNK_POINTS, LEVEL_RATIO } from "./series-writer.ts";

export interface StoredSeries {
  readonly points: Points;
  /** Points stored and not superseded. */
  readonly total: number;
  /** True when points were left out of the answer. */
  readonly decimated: boolean;
}

/** The points of one attempt that no later attempt supersedes. */
interface Stretch {
  readonly metric: number;
  readonly attempt: number;
  readonly limit: Limit;
  readonly count: number;
}

/** Points with step < `step` count, and those with step = `step` when `inclusive`. */
interface Limit {
  readonly step: number;
  readonly inclusive: boolean;
}

interface ChunkRow {
  readonly position: number;
  readonly count: number;
  readonly last_step: number;
  readonly columns: Uint8Array;
}

/**
 * Reads series by the rule *highest attempt wins*: what attempt k recorded beyond the step from which attempt k + 1
 * continued is superseded; at that very step it stays unless the later attempt has a point there.
 */
export class SeriesReader {
  private readonly metricNumber: Database.Statement<[string, string], { number: number; run: number }>;
  private readonly attempts: Database.Statement<[number], { attempt: number; from_step: number }>;
  private readonly firstStep: Database.Statement<[number, number], { step: number }>;
  private readonly wholeCount: Database.Statement<[number, number, number], { count: number | null }>;
  private readonly boundary: Database.Statement<[number, number, number, number], ChunkRow>;
  private readonly chunks: Database.Statement<[number, number, number, number], ChunkRow>;
  private readonly pointCount: Database.Statement<[], { points: number | null }>;

  constructor(database: Database.Database) {
    this.metricNumber = database.prepare(
      "SELECT metric.number, metric.run FROM metric JOIN run ON run.number = metric.run WHERE run.id = ? AND metric.id = ?",
    );
    this.attempts = database.prepare("SELECT attempt, from_step FROM attempt WHERE run = ? ORDER BY attempt");
    this.firstStep = database.prepare(
      `SELECT first_step AS step FROM chunk WHERE metric = ? AND attempt = ? AND level = 0 AND position = 0`,
    );
    this.wholeCount = database.prepare(
      "SELECT sum(count) AS count FROM chunk WHERE metric = ? AND attempt = ? AND level = 0 AND last_step < ?",
    );
    const row = "SELECT position, count, last_step, columns FROM chunk";
    this.boundary = database.prepare(
      `${row} WHERE metric = ? AND attempt = ? AND level = 0 AND last_step >= ? AND first_step <= ? ORDER BY position`,
    );
    this.chunks = database.prepare(
      `${row} WHERE metric = ? AND attempt = ? AND level = ? AND position >= ? ORDER BY position`,
    );
    this.pointCount = database.prepare("SELECT sum(count) AS points FROM chunk WHERE level = 0");
  }

  /** Points in the whole store, superseded ones included. */
  storedPoints(): number {
    return this.pointCount.get()?.points ?? 0;
  }

  /** Points of a series that are not superseded; 0 for an unknown one. */
  count(run: string, metric: string): number {
    return this.stretches(run, metric).reduce((sum, stretch) => sum + stretch.count, 0);
  }

  /** Points of attempts before `attempt` that are not superseded: where that attempt's own begin. */
  countBefore(run: string, metric: string, attempt: number): number {
    const earlier = this.stretches(run, metric).filter((stretch) => stretch.attempt < attempt);
    return earlier.reduce((sum, stretch) => sum + stretch.count, 0);
  }

  /** The points from number `index` of a series on, at most the last `maxPoints` of them. */
  readEnd(run: string, metric: string, index: number, maxPoints: number): { readonly index: number; points: Points } {
    const stretches = this.stretches(run, metric);
    const total = stretches.reduce((sum, stretch) => sum + stretch.count, 0);
    const start = Math.max(index, total - maxPoints);
    const parts: Points[] = [];
    let before = 0;
    for (const stretch of stretches) {
      const from = Math.max(0, start - before);
      if (from < stretch.count) parts.push(...this.readFrom(stretch, from));
      before += stretch.count;
    }
    return { index: start, points: join(parts) };
  }

  /** A series in order; more than `maxPoints` (at least 2) points are decimated for drawing. */
  read(run: string, metric: string, maxPoints: number): StoredSeries {
    const stretches = this.stretches(run, metric);
    const total = stretches.reduce((sum, stretch) => sum + stretch.count, 0);
    let level = 0;
    while (total / LEVEL_RATIO ** (level + 1) >= maxPoints) level++;
    const parts = stretches.flatMap((stretch) => this.readStretch(stretch, level));
    const points = join(parts);
    const count = points.steps.length;
    if (level === 0 && count <= maxPoints) return { points, total, decimated: false };
    if (count <= maxPoints) return { points, total, decimated: true };
    return { points: decimate(points, count, Math.floor(maxPoints / 2)), total, decimated: true };
  }

  private stretches(run: string, metric: string): Stretch[] {
    const found = this.metricNumber.get(run, metric);
    if (found === undefined) return [];
    const stretches: Stretch[] = [];
    let limit: Limit = { step: Number.POSITIVE_INFINITY, inclusive: true };
    for (const { attempt, from_step } of this.attempts.all(found.run).reverse()) {
      const count = this.visible(found.number, attempt, limit);
      stretches.push({ metric: found.number, attempt, limit, count });
      const first = this.firstStep.get(found.number, attempt)?.step ?? Number.POSITIVE_INFINITY;
      if (from_step < limit.step) limit = { step: from_step, inclusive: first > from_step };
      else if (first <= limit.step) limit = { step: limit.step, inclusive: false };
    }
    return stretches.reverse();
  }

  private visible(metric: number, attempt: number, limit: Limit): number {
    let count = this.wholeCount.get(metric, attempt, limit.step)?.count ?? 0;
    for (const row of this.boundary.iterate(metric, attempt, limit.step, limit.step)) {
      count += within(decodePoints(row.columns).steps, limit);
    }
    return count;
  }

  /** The stretch's points from its point number `from` on. */
  private readFrom(stretch: Stretch, from: number): Points[] {
    const parts: Points[] = [];
    const earliest = Math.max(0, from - CHUNK_POINTS + 1);
    for (const row of this.chunks.iterate(stretch.metric, stretch.attempt, 0, earliest)) {
      const end = Math.min(row.count, stretch.count - row.position);
      const begin = Math.max(0, from - row.position);
      if (begin < end) parts.push(slicePoints(decodePoints(row.columns), begin, end));
    }
    return parts;
  }

  /** The stretch's points at a level, and at lower levels where that level does not reach yet. */
  private readStretch(stretch: Stretch, highest: number): Points[] {
    const parts: Points[] = [];
    let position = 0;
    for (let level = highest; level >= 0; level--) {
      for (const row of this.chunks.iterate(stretch.metric, stretch.attempt, level, position)) {
        const points = decodePoints(row.columns);
        parts.push(slicePoints(points, 0, within(points.steps, stretch.limit)));
        position = row.position + row.count;
        if (row.last_step > stretch.limit.step) return parts;
      }
      position *= LEVEL_RATIO;
    }
    return parts;
  }
}

/** How many of the ascending steps are within the limit. */
function within(steps: Float64Array, limit: Limit): number {
  let n = steps.length;
  while (n > 0 && (steps[n - 1]! > limit.step || (!limit.inclusive && steps[n - 1] === limit.step))) n--;
  return n;
}

function join(parts: readonly Points[]): Points {
  const points = makePoints(parts.reduce((sum, part) => sum + part.steps.length, 0));
  let at = 0;
  for (const part of parts) {
    copyPoints(part, 0, part.steps.length, points, at);
    at += part.steps.length;
  }
  return points;
}
