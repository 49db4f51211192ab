import type Database from "better-sqlite3";
import { decimate } from "./decimate.ts";
import { copyPoints, decodePoints, encodePoints, makePoints, type Points } from "./points.ts";

/** Points of a full chunk. */
export const CHUNK_POINTS = 4096;
/** Points of a row of the unfinished end: what a flush writes anew stays small. */
const ROW_POINTS = 256;
/** A full chunk's buckets of 16 points each yield two points of the next level. */
const BUCKETS = CHUNK_POINTS / 16;
/** How many points of a level one point of the next stands for. */
export const LEVEL_RATIO = CHUNK_POINTS / (BUCKETS * 2);

interface ChunkRow {
  readonly position: number;
  readonly columns: Uint8Array;
}

interface Statements {
  readonly tail: Database.Statement<[number, number, number], ChunkRow>;
  readonly last: Database.Statement<[number, number, number], { position: number; count: number }>;
  readonly remove: Database.Statement<[number, number, number, number]>;
  readonly put: Database.Statement<unknown[]>;
}

/**
 * Appends points to chunks. What is pushed lies in memory until {@link flush} or until a chunk is full; call it within
 * a transaction, and call {@link forget} when that failed.
 */
export class SeriesWriter {
  private readonly statements: Statements;
  private readonly tails = new Map<string, Tail>();

  constructor(database: Database.Database) {
    const place = "metric = ? AND attempt = ? AND level = ?";
    this.statements = {
      last: database.prepare(`SELECT position, count FROM chunk WHERE ${place} ORDER BY position DESC LIMIT 1`),
      tail: database.prepare(`SELECT position, columns FROM chunk WHERE ${place} ORDER BY position DESC LIMIT 16`),
      remove: database.prepare(`DELETE FROM chunk WHERE ${place} AND position >= ?`),
      put: database.prepare(
        `INSERT OR REPLACE INTO chunk (metric, attempt, level, position, count, first_step, last_step, min, max, last,
         columns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
    };
  }

  /** The end of one metric's points in one attempt, to push to. */
  tail(metric: number, attempt: number): Tail {
    return this.tailAt(metric, attempt, 0);
  }

  /** Writes all that was pushed. */
  flush(): void {
    for (const tail of this.tails.values()) tail.flush();
  }

  /** Frees the memory of everything that was flushed, or drops what a failed transaction has undone. */
  forget(): void {
    this.tails.clear();
  }

  private tailAt(metric: number, attempt: number, level: number): Tail {
    const key = `${metric}/${attempt}/${level}`;
    let tail = this.tails.get(key);
    if (tail === undefined) {
      tail = new Tail(this.statements, metric, attempt, level, () => this.tailAt(metric, attempt, level + 1));
      this.tails.set(key, tail);
    }
    return tail;
  }
}

/** The unfinished chunk at the end of one level of a series. */
export class Tail {
  private readonly statements: Statements;
  private readonly metric: number;
  private readonly attempt: number;
  private readonly level: number;
  private readonly next: () => Tail;
  private points: Points;
  private capacity: number;
  /** Points before the unfinished chunk. */
  private position = 0;
  private count = 0;
  private flushed = 0;

  constructor(statements: Statements, metric: number, attempt: number, level: number, next: () => Tail) {
    this.statements = statements;
    this.metric = metric;
    this.attempt = attempt;
    this.level = level;
    this.next = next;
    this.capacity = ROW_POINTS;
    this.points = makePoints(this.capacity);
    this.load();
  }

  /** Appends one point. */
  push(step: number, value: number, wallSeconds: number, iteration: number): void {
    if (this.count === this.capacity) this.grow();
    const at = this.count++;
    this.points.steps[at] = step;
    this.points.values[at] = value;
    this.points.wallSeconds[at] = wallSeconds;
    this.points.iterations[at] = iteration;
    if (this.count === CHUNK_POINTS) this.seal();
  }

  /** Writes the rows that have changed since the last time. */
  flush(): void {
    if (this.flushed === this.count) return;
    const first = this.flushed - (this.flushed % ROW_POINTS);
    for (let from = first; from < this.count; from += ROW_POINTS) {
      this.put(from, Math.min(from + ROW_POINTS, this.count));
    }
    this.flushed = this.count;
  }

  /** Turns the full chunk into one row and its decimation into points of the next level. */
  private seal(): void {
    if (this.flushed > 0) this.statements.remove.run(this.metric, this.attempt, this.level, this.position);
    this.put(0, CHUNK_POINTS);
    const next = this.next();
    const { steps, values, wallSeconds, iterations } = decimate(this.points, CHUNK_POINTS, BUCKETS);
    for (let i = 0; i < steps.length; i++) next.push(steps[i]!, values[i]!, wallSeconds[i]!, iterations[i]!);
    this.position += CHUNK_POINTS;
    this.count = 0;
    this.flushed = 0;
  }

  private put(from: number, to: number): void {
    const { steps, values } = this.points;
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    this.statements.put.run(
      this.metric,
      this.attempt,
      this.level,
      this.position + from,
      to - from,
      steps[from],
      steps[to - 1],
      least,
      greatest,
      values[to - 1],
      encodePoints(this.points, from, to),
    );
  }

  private load(): void {
    const last = this.statements.last.get(this.metric, this.attempt, this.level);
    if (last === undefined) return;
    const end = last.position + last.count;
    this.position = end - (end % CHUNK_POINTS);
    this.flushed = end - this.position;
    if (this.flushed === 0) return;
    while (this.capacity < this.flushed) this.grow();
    for (const row of this.statements.tail.iterate(this.metric, this.attempt, this.level)) {
      if (row.position < this.position) break;
      const points = decodePoints(row.columns);
      copyPoints(points, 0, points.steps.length, this.points, row.position - this.position);
    }
    this.count = this.flushed;
  }

  private grow(): void {
    this.capacity *= 2;
    const grown = makePoints(this.capacity);
    copyPoints(this.points, 0, this.count, grown, 0);
    this.points = grown;
  }
}
