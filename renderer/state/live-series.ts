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

  /** Appends what is new in a batch; false when points are missing before it, so that the store must be asked. */
  append(batch: Batch): boolean {
    if (batch.index > this.storedPoints) return false;
    const known = this.storedPoints - batch.index;
    const fresh = batch.values.length - known;
    if (fresh <= 0) return true;
    this.reserve(this.length + fresh);
    this.x.set(batch.steps.subarray(known), this.length);
    this.wall.set(batch.wallSeconds.subarray(known), this.length);
    this.y.set(batch.values.subarray(known), this.length);
    this.length += fresh;
    this.storedPoints += fresh;
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
