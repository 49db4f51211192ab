import type { EventPayload, Series } from "../../preload/contract.ts";

type Batch = EventPayload<"points">["batches"][number];

/**
 * The points of one metric of one run, as far as they are known here: an answer of the store, to which live batches are
 * appended. `stored` counts the store's points up to the last one here, so that a gap shows.
 */
export class LiveSeries {
  readonly run: string;
  readonly metric: string;
  private x = new Float64Array(0);
  private wall = new Float64Array(0);
  private y = new Float64Array(0);
  private length = 0;
  private storedPoints = 0;
  private isDecimated = false;

  constructor(run: string, metric: string) {
    this.run = run;
    this.metric = metric;
  }

  get points(): number {
    return this.length;
  }
  get stored(): number {
    return this.storedPoints;
  }
  get decimated(): boolean {
    return this.isDecimated;
  }
  get steps(): Float64Array {
    return this.x.subarray(0, this.length);
  }
  get wallSeconds(): Float64Array {
    return this.wall.subarray(0, this.length);
  }
  get values(): Float64Array {
    return this.y.subarray(0, this.length);
  }
  get last(): number | undefined {
    return this.y[this.length - 1];
  }

  /** Takes the store's answer in place of all that was here. */
  replace(series: Series): void {
    this.x = series.steps.slice();
    this.wall = series.wallSeconds.slice();
    this.y = series.values.slice();
    this.length = series.values.length;
    this.storedPoints = series.total;
    this.isDecimated = series.decimated;
  }

  /**
   * Takes a live batch. Points from its first step on are replaced: a resumed run repeats those behind its checkpoint, and
   * the store's answer may overlap with what was under way. Answers false when points are missing before the batch, so
   * that the store must be asked.
   */
  append(batch: Batch): boolean {
    const first = batch.steps[0];
    if (batch.index > this.storedPoints) return false;
    if (first === undefined) return true;
    while (this.length > 0 && (this.x[this.length - 1] ?? first) >= first) this.length--;
    const after = this.length + batch.steps.length;
    this.reserve(after);
    this.x.set(batch.steps, this.length);
    this.wall.set(batch.wallSeconds, this.length);
    this.y.set(batch.values, this.length);
    this.length = after;
    this.storedPoints = batch.index + batch.steps.length;
    return true;
  }

  private reserve(points: number): void {
    if (points <= this.y.length) return;
    const capacity = Math.max(256, points * 2);
    this.x = grown(this.x, capacity);
    this.wall = grown(this.wall, capacity);
    this.y = grown(this.y, capacity);
  }
}

function grown(column: Float64Array<ArrayBuffer>, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(column);
  return larger;
}
