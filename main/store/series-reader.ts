import type Database from "better-sqlite3";
import { decimate } from "./decimate.ts";
import { copyPoints, decodePoints, makePoints, type Points, slicePoints } from "./points.ts";
import { CHUNK_POINTS, LEVEL_RATIO } from "./series-writer.ts";
import { axisColumn, countBelow, type Window } from "./window.ts";

/** Fewer points than these cannot hold the first and the last beside the extremes. */
const LEAST_WITH_ENDS = 4;

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
  private readonly chunks: Database.Statement<[number, number, number, number, number], ChunkRow>;
  private readonly places: Database.Statement<[number, number, number], { position: number }>;
  private readonly levelEnd: Database.Statement<[number, number, number], { end: number | null }>;
  private readonly pointCount: Database.Statement<[], { points: number | null }>;
  private readonly attemptCount: Database.Statement<[string], { attempts: number }>;
  private readonly lastOfOnly: Database.Statement<[string, string], { id: string; last: number | null }>;

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
    const row = "SELECT position, count, columns FROM chunk";
    this.boundary = database.prepare(
      `${row} WHERE metric = ? AND attempt = ? AND level = 0 AND last_step >= ? AND first_step <= ? ORDER BY position`,
    );
    this.chunks = database.prepare(
      `${row} WHERE metric = ? AND attempt = ? AND level = ? AND position >= ? AND position < ? ORDER BY position`,
    );
    this.places = database.prepare(
      "SELECT position FROM chunk WHERE metric = ? AND attempt = ? AND level = 0 AND position < ? ORDER BY position",
    );
    this.levelEnd = database.prepare(
      "SELECT max(position + count) AS end FROM chunk WHERE metric = ? AND attempt = ? AND level = ?",
    );
    this.attemptCount = database.prepare(
      "SELECT count(*) AS attempts FROM attempt WHERE run = (SELECT number FROM run WHERE id = ?)",
    );
    this.lastOfOnly = database.prepare(
      `SELECT id, (SELECT last FROM chunk WHERE chunk.metric = metric.number AND level = 0
         AND chunk.attempt = (SELECT max(attempt) FROM attempt WHERE attempt.run = metric.run)
         ORDER BY position DESC LIMIT 1) AS last
       FROM metric WHERE run = (SELECT number FROM run WHERE id = ?) AND id IN (SELECT value FROM json_each(?))`,
    );
    this.pointCount = database.prepare("SELECT sum(count) AS points FROM chunk WHERE level = 0");
  }

  /** Points in the whole store, superseded ones included. */
  storedPoints(): number {
    return this.pointCount.get()?.points ?? 0;
  }

  /** Points of a series that are not superseded; 0 for an unknown one. */
  count(run: string, metric: string): number {
    return countOf(this.stretches(run, metric));
  }

  /** Points of attempts before `attempt` that are not superseded: where that attempt's own begin. */
  countBefore(run: string, metric: string, attempt: number): number {
    return countOf(this.stretches(run, metric).filter((stretch) => stretch.attempt < attempt));
  }

  /** The last recorded value of each metric of a run; null where there is none, or where it was not a number. */
  lastValues(run: string, metrics: readonly string[]): (number | null)[] {
    const attempts = this.attemptCount.get(run)?.attempts ?? 0;
    if (attempts > 1) return metrics.map((metric) => this.lastValue(run, metric));
    // Nothing of a single attempt is superseded.
    const found = new Map(this.lastOfOnly.all(run, JSON.stringify(metrics)).map(({ id, last }) => [id, last]));
    return metrics.map((metric) => found.get(metric) ?? null);
  }

  private lastValue(run: string, metric: string): number | null {
    const value = this.readEnd(run, metric, 0, 1).points.values[0];
    return value === undefined || Number.isNaN(value) ? null : value;
  }

  /** The points from number `index` of a series on, at most the last `maxPoints` of them. */
  readEnd(run: string, metric: string, index: number, maxPoints: number): { readonly index: number; points: Points } {
    const stretches = this.stretches(run, metric);
    const total = countOf(stretches);
    const start = Math.max(index, total - maxPoints);
    return { index: start, points: this.readRange(stretches, 0, start, total) };
  }

  /** Which attempts count and how many points of each: what is the same here is the same in every point. */
  signature(run: string, metric: string): string {
    return this.stretches(run, metric)
      .map(({ metric, attempt, count }) => `${metric}.${attempt}.${count}`)
      .join(" ");
  }

  /**
   * A series in order, or a window of it with the point before and the one after, so that lines lead out of it. More than
   * `maxPoints` (at least 2) points are decimated for drawing: extremes stay and, where there is room, both ends.
   */
  read(run: string, metric: string, maxPoints: number, window?: Window): StoredSeries {
    const stretches = this.stretches(run, metric);
    const total = countOf(stretches);
    const first = window === undefined ? 0 : Math.max(0, this.place(stretches, window.axis, window.from, false) - 1);
    const end = window === undefined ? total : Math.min(total, this.place(stretches, window.axis, window.to, true) + 1);
    const count = Math.max(0, end - first);
    if (count <= maxPoints) return { points: this.readRange(stretches, 0, first, end), total, decimated: false };
    let level = 0;
    while (count / LEVEL_RATIO ** (level + 1) >= maxPoints) level++;
    if (maxPoints < LEAST_WITH_ENDS) {
      const points = this.readRange(stretches, level, first, end);
      return { points: decimate(points, points.steps.length, 1), total, decimated: true };
    }
    const inner = this.readRange(stretches, level, first + 1, end - 1);
    const points = join([
      this.readRange(stretches, 0, first, first + 1),
      decimate(inner, inner.steps.length, Math.min(Math.floor(maxPoints / 2) - 1, inner.steps.length >> 1)),
      this.readRange(stretches, 0, end - 1, end),
    ]);
    return { points, total, decimated: true };
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

  /** Points number `from` to `to` (exclusive) of a series, told by a level where it has them. */
  private readRange(stretches: readonly Stretch[], level: number, from: number, to: number): Points {
    const parts: Points[] = [];
    let before = 0;
    for (const stretch of stretches) {
      const begin = Math.max(0, from - before);
      const end = Math.min(stretch.count, to - before);
      if (begin < end) this.readStretch(stretch, level, begin, end, parts);
      before += stretch.count;
    }
    return join(parts);
  }

  /**
   * Adds points `from` to `to` (exclusive) of a stretch. A pair of points of level n stands for 2 x 8^n of level 0: pairs
   * that lie wholly within the range and exist already are taken, the rest is made of the levels below, as dense.
   */
  private readStretch(stretch: Stretch, level: number, from: number, to: number, parts: Points[]): void {
    if (level === 0) {
      this.readPoints(stretch, 0, from, to, parts);
      return;
    }
    const span = 2 * LEVEL_RATIO ** level;
    const stored = this.levelEnd.get(stretch.metric, stretch.attempt, level)?.end ?? 0;
    const begin = Math.ceil(from / span);
    const end = Math.min(Math.floor(to / span), Math.floor(stored / 2));
    if (begin >= end) {
      this.readBelow(stretch, level, from, to, parts);
      return;
    }
    this.readBelow(stretch, level, from, begin * span, parts);
    this.readPoints(stretch, level, begin * 2, end * 2, parts);
    this.readBelow(stretch, level, end * span, to, parts);
  }

  /** Adds points that a level does not have, decimated to its density from the level below. */
  private readBelow(stretch: Stretch, level: number, from: number, to: number, parts: Points[]): void {
    if (from >= to) return;
    const below: Points[] = [];
    this.readStretch(stretch, level - 1, from, to, below);
    const points = join(below);
    const pairs = Math.ceil((to - from) / (2 * LEVEL_RATIO ** level));
    parts.push(points.steps.length > 2 * pairs ? decimate(points, points.steps.length, pairs) : points);
  }

  /** Adds points number `from` to `to` (exclusive) of a level. */
  private readPoints({ metric, attempt }: Stretch, level: number, from: number, to: number, parts: Points[]): void {
    const earliest = Math.max(0, from - CHUNK_POINTS + 1);
    for (const row of this.chunks.iterate(metric, attempt, level, earliest, to)) {
      const begin = Math.max(0, from - row.position);
      const end = Math.min(row.count, to - row.position);
      if (begin < end) parts.push(slicePoints(decodePoints(row.columns), begin, end));
    }
  }

  /** How many points of the series lie before `x` on an axis or, with `inclusive`, at it. */
  private place(stretches: readonly Stretch[], axis: Window["axis"], x: number, inclusive: boolean): number {
    let before = 0;
    for (const stretch of stretches) {
      const within = this.placeWithin(stretch, axis, x, inclusive);
      before += within;
      if (within < stretch.count) break;
    }
    return before;
  }

  private placeWithin(stretch: Stretch, axis: Window["axis"], x: number, inclusive: boolean): number {
    const rows = this.places.all(stretch.metric, stretch.attempt, stretch.count);
    // The last row that begins before x: those before it lie before x wholly, those behind it not at all.
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const begin = rows[middle]!.position;
      const first = axisColumn(this.pointAt(stretch, begin), axis)[0]!;
      if (first < x || (inclusive && first === x)) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return 0;
    const begin = rows[low - 1]!.position;
    const end = Math.min(stretch.count, rows[low]?.position ?? stretch.count);
    const parts: Points[] = [];
    this.readPoints(stretch, 0, begin, end, parts);
    return begin + countBelow(axisColumn(join(parts), axis), x, inclusive);
  }

  private pointAt(stretch: Stretch, index: number): Points {
    const parts: Points[] = [];
    this.readPoints(stretch, 0, index, index + 1, parts);
    return join(parts);
  }
}

function countOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, stretch) => sum + stretch.count, 0);
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
