import { mean, sampleDeviation } from "../../lab/stats/descriptive.ts";
import { MovingAverage } from "../../lab/stats/smoothing.ts";
import { studentQuantile } from "../../lab/stats/student.ts";
import type { GroupSeries, XAxis } from "../../preload/contract.ts";
import { extremes } from "../store/decimate.ts";
import type { Store } from "../store/store.ts";
import { axisColumn, countBelow, type Window } from "../store/window.ts";

/** One run's points; x ascends strictly. */
export interface Member {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** A group's mean and interval at every x, before anything is left out for drawing. */
export interface GroupCurve {
  readonly x: Float64Array<ArrayBuffer>;
  readonly mean: Float64Array<ArrayBuffer>;
  readonly low: Float64Array<ArrayBuffer>;
  readonly high: Float64Array<ArrayBuffer>;
  readonly n: Float64Array<ArrayBuffer>;
  readonly interpolated: boolean;
}

/**
 * Values of runs looked up for one group: about a fifth of a second. Beyond it the group is told at every second, third,
 * ... x of all that its runs have, chosen by the data alone, so that the numbers never depend on what is asked for.
 */
const MOST_LOOKUPS = 20_000_000;
/** Numbers that the cache holds: 32 MB. */
const CACHED_NUMBERS = 4_000_000;
/** Columns of a decimated group that keep their extremes: mean, low, high. */
const KEPT_COLUMNS = 3;

/** Means of groups; those whose runs have not changed are not computed again. */
export class GroupReader {
  private readonly cache = new Map<string, { readonly signature: string; readonly curve: GroupCurve }>();

  /** @param halfLife points after which a smoothed run's weights have halved; undefined = as recorded */
  read(store: Store, { runs, metric, axis, maxPoints, window, halfLife }: GroupQuery): Omit<GroupSeries, "metric"> {
    const curve = this.curve(store, [...new Set(runs)].sort(), metric, axis, halfLife);
    return decimateGroup(curve, maxPoints, window);
  }

  private curve(store: Store, runs: string[], metric: string, axis: XAxis, halfLife: number | undefined): GroupCurve {
    const key = JSON.stringify([axis, metric, halfLife, runs]);
    const signature = runs.map((run) => store.series.signature(run, metric)).join(";");
    const cached = this.cache.get(key);
    this.cache.delete(key);
    const curve =
      cached?.signature === signature
        ? cached.curve
        : groupCurve(runs.map((run) => member(store, run, metric, axis, halfLife)));
    this.cache.set(key, { signature, curve });
    this.trim();
    return curve;
  }

  /** Drops what was not asked for the longest. */
  private trim(): void {
    let numbers = [...this.cache.values()].reduce((sum, { curve }) => sum + curve.x.length * 5, 0);
    for (const [key, { curve }] of this.cache) {
      if (numbers <= CACHED_NUMBERS || this.cache.size === 1) return;
      this.cache.delete(key);
      numbers -= curve.x.length * 5;
    }
  }
}

export interface GroupQuery {
  readonly runs: readonly string[];
  readonly metric: string;
  readonly axis: XAxis;
  readonly maxPoints: number;
  readonly window?: Window | undefined;
  readonly halfLife?: number | undefined;
}

function member(store: Store, run: string, metric: string, axis: XAxis, halfLife: number | undefined): Member {
  const { points } = store.series.read(run, metric, Number.POSITIVE_INFINITY);
  const y = halfLife === undefined ? points.values : new MovingAverage(halfLife).over(points.values);
  return withoutTies(Float64Array.from(axisColumn(points, axis)), y);
}

/** Several points of a run at one x count as one, their mean. */
function withoutTies(x: Float64Array, y: Float64Array): Member {
  let kept = 0;
  const placesX = new Float64Array(x.length);
  const means = new Float64Array(x.length);
  for (let i = 0; i < x.length; ) {
    let end = i;
    let sum = 0;
    while (end < x.length && x[end] === x[i]) sum += y[end++]!;
    placesX[kept] = x[i]!;
    means[kept++] = sum / (end - i);
    i = end;
  }
  return { x: placesX.subarray(0, kept), y: means.subarray(0, kept) };
}

/**
 * Mean and 95% Student-t interval at every x where some run has a point and at least two runs have a value. A run has one
 * between its first and its last point, on the straight line between two points; at and beside a value that is not finite
 * it has none.
 * @param members at most `mostLookups` values of them are looked up; beyond, x are left out evenly
 */
export function groupCurve(members: readonly Member[], mostLookups = MOST_LOOKUPS): GroupCurve {
  const all = union(members.map(({ x }) => x));
  const stride = Math.max(1, Math.ceil((all.length * members.length) / mostLookups));
  const x = stride === 1 ? all : all.filter((_, i) => i % stride === 0 || i === all.length - 1);
  const columns = Array.from({ length: 5 }, () => new Float64Array(x.length)) as [
    GroupCurve["x"],
    GroupCurve["mean"],
    GroupCurve["low"],
    GroupCurve["high"],
    GroupCurve["n"],
  ];
  const next = new Uint32Array(members.length);
  const values = new Float64Array(members.length);
  let count = 0;
  let interpolated = false;
  for (const place of x) {
    let n = 0;
    let between = false;
    for (let k = 0; k < members.length; k++) {
      const { x: xs, y: ys } = members[k]!;
      let i = next[k]!;
      while (i < xs.length && xs[i]! < place) i++;
      next[k] = i;
      if (i === xs.length) continue;
      let value = ys[i]!;
      if (xs[i] !== place) {
        if (i === 0) continue;
        const share = (place - xs[i - 1]!) / (xs[i]! - xs[i - 1]!);
        value = ys[i - 1]! + share * (value - ys[i - 1]!);
        if (Number.isFinite(value)) between = true;
      }
      if (Number.isFinite(value)) values[n++] = value;
    }
    if (n < 2) continue;
    interpolated ||= between;
    const sample = values.subarray(0, n);
    const centre = mean(sample);
    const half = (quantile(n - 1) * sampleDeviation(sample)) / Math.sqrt(n);
    columns[0][count] = place;
    columns[1][count] = centre;
    columns[2][count] = centre - half;
    columns[3][count] = centre + half;
    columns[4][count++] = n;
  }
  const [xs, means, low, high, n] = columns.map((column) => column.slice(0, count)) as typeof columns;
  return { x: xs, mean: means, low, high, n, interpolated };
}

const quantiles = new Map<number, number>();

function quantile(degreesOfFreedom: number): number {
  const known = quantiles.get(degreesOfFreedom);
  if (known !== undefined) return known;
  const value = studentQuantile(0.975, degreesOfFreedom);
  quantiles.set(degreesOfFreedom, value);
  return value;
}

/** All distinct values of ascending columns, in ascending order. */
function union(columns: readonly Float64Array[]): Float64Array {
  const [first] = columns;
  if (first !== undefined && columns.every((column) => isEqual(column, first))) return first;
  const all = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  all.sort();
  let kept = 0;
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[kept++] = all[i]!;
  return all.subarray(0, kept);
}

function isEqual(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The window of a group's curve with one x outside at each end; more than `maxPoints` keep their extremes and both ends. */
function decimateGroup(curve: GroupCurve, maxPoints: number, window: Window | undefined): Omit<GroupSeries, "metric"> {
  const total = curve.x.length;
  const first = window === undefined ? 0 : Math.max(0, countBelow(curve.x, window.from, false) - 1);
  const end = window === undefined ? total : Math.min(total, countBelow(curve.x, window.to, true) + 1);
  const buckets = Math.max(1, Math.floor((maxPoints - 2) / (2 * KEPT_COLUMNS)));
  const decimated = end - first > Math.max(maxPoints, 2 + 2 * KEPT_COLUMNS);
  const kept = decimated
    ? [...new Set([first, ...keptExtremes(curve, first + 1, end - 1, buckets), end - 1])].sort((a, b) => a - b)
    : Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  const pick = (column: Float64Array) => Float64Array.from(kept, (i) => column[i]!);
  const { x, mean, low, high, n, interpolated } = curve;
  return { x: pick(x), mean: pick(mean), low: pick(low), high: pick(high), n: pick(n), total, decimated, interpolated };
}

function keptExtremes({ mean, low, high }: GroupCurve, begin: number, end: number, buckets: number): number[] {
  return [mean, low, high].flatMap((column) => [...extremes(column, begin, end, buckets)]);
}
