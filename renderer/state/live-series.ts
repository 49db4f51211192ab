import { MovingAverage } from "../../lab/stats/smoothing.ts";
import type { EventPayload, Series, XAxis } from "../../preload/contract.ts";

type Batch = EventPayload<"points">["batches"][number];
type Column = Float64Array<ArrayBuffer>;

const columnNames = ["steps", "wallSeconds", "iterations", "values", "smooth"] as const;
type Columns = Record<(typeof columnNames)[number], Column>;

/**
 * The points of one metric of one run, as far as they are known here: an answer of the store, to which live batches are
 * appended. `stored` counts the store's points up to the last one here, so that a gap shows.
 */
export class LiveSeries {
  readonly run: string;
  readonly metric: string;
  /** Points after which a smoothed curve's weights have halved; 0 = the curve is not smoothed. */
  readonly halfLife: number;
  private columns = emptyColumns();
  private average: MovingAverage | undefined;
  private length = 0;
  private storedPoints = 0;
  private isDecimated = false;

  constructor(run: string, metric: string, halfLife = 0) {
    this.run = run;
    this.metric = metric;
    this.halfLife = halfLife;
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
  get steps(): Column {
    return this.columns.steps.subarray(0, this.length);
  }
  get values(): Column {
    return this.columns.values.subarray(0, this.length);
  }
  /** The moving average of the values; empty where none was asked for. */
  get smooth(): Column {
    return this.columns.smooth.subarray(0, this.halfLife === 0 ? 0 : this.length);
  }
  get last(): number | undefined {
    return this.columns.values[this.length - 1];
  }

  /** The column of an axis, which ascends. */
  along(axis: XAxis): Column {
    const name = axis === "step" ? "steps" : axis === "wall" ? "wallSeconds" : "iterations";
    return this.columns[name].subarray(0, this.length);
  }

  /** Takes the store's answer in place of all that was here. */
  replace(series: Series): void {
    const { steps, wallSeconds, iterations, values, smoothed } = series;
    this.length = values.length;
    const smooth = smoothed?.values ?? new Float64Array(this.halfLife === 0 ? 0 : values.length);
    this.columns = {
      steps: steps.slice(),
      wallSeconds: wallSeconds.slice(),
      iterations: iterations.slice(),
      values: values.slice(),
      smooth: smooth.slice(),
    };
    this.average = smoothed === undefined ? undefined : new MovingAverage(this.halfLife, smoothed);
    this.storedPoints = series.total;
    this.isDecimated = series.decimated;
  }

  /**
   * Takes a live batch. Points from its first step on are replaced: a resumed run repeats those behind its checkpoint, and
   * the store's answer may overlap with what was under way. Answers false when the store must be asked: points are missing
   * before the batch, or a moving average would have to go back.
   */
  append(batch: Batch): boolean {
    const first = batch.steps[0];
    if (batch.index > this.storedPoints) return false;
    if (first === undefined) return true;
    const { steps } = this.columns;
    const replaces = this.length > 0 && (steps[this.length - 1] ?? first) >= first;
    if (replaces && this.halfLife > 0) return false;
    while (this.length > 0 && (steps[this.length - 1] ?? first) >= first) this.length--;
    const after = this.length + batch.steps.length;
    this.reserve(after);
    this.columns.steps.set(batch.steps, this.length);
    this.columns.wallSeconds.set(batch.wallSeconds, this.length);
    this.columns.iterations.set(batch.iterations, this.length);
    this.columns.values.set(batch.values, this.length);
    if (this.halfLife > 0) {
      this.average ??= new MovingAverage(this.halfLife);
      this.columns.smooth.set(this.average.over(batch.values), this.length);
    }
    this.length = after;
    this.storedPoints = batch.index + batch.steps.length;
    return true;
  }

  private reserve(points: number): void {
    if (points <= this.columns.values.length) return;
    const capacity = Math.max(256, points * 2);
    for (const name of columnNames) {
      if (name === "smooth" && this.halfLife === 0) continue;
      const larger = new Float64Array(capacity);
      larger.set(this.columns[name]);
      this.columns[name] = larger;
    }
  }
}

function emptyColumns(): Columns {
  const empty = () => new Float64Array(0);
  return { steps: empty(), wallSeconds: empty(), iterations: empty(), values: empty(), smooth: empty() };
}
