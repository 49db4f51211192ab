/** Axes of the sweep's charts: from a value to a place between 0 and 1 and back. */
import type { ParameterValue } from "../../../preload/contract.ts";
import { formatParameter, formatTicks, formatValue } from "../format.ts";
import type { Varied } from "./sweep.ts";

export type Scale = "linear" | "log" | "points";

export interface Axis {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly scale: Scale;
  /** Whether both linear and log make sense. */
  readonly canLog: boolean;
  /** Ends of a linear or log axis. */
  readonly low: number;
  readonly high: number;
  /** The values of a points axis from the bottom up; of a number's axis those that were set, where they are few. */
  readonly levels: readonly ParameterValue[];
}

/** A stretch of an axis, ends included: values, or places of levels on a points axis. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Numbers that span this much or more are easier to read on a log axis. */
const logSpan = 10;

/** So many values of a number are labelled themselves. */
const mostLabels = 8;

/** `log` is what a person chose; undefined leaves it to the numbers. */
export function parameterAxis({ key, title, unit, kind, levels }: Varied, log?: boolean): Axis {
  if (kind === "number") {
    const axis = numberAxis({ key, title, unit }, levels as readonly number[], log);
    return levels.length <= mostLabels ? { ...axis, levels } : axis;
  }
  return { key, title, unit, scale: "points", canLog: false, low: 0, high: levels.length - 1, levels };
}

interface Named {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
}

export function numberAxis(named: Named, values: Iterable<number>, log?: boolean): Axis {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = [0, 1];
  const canLog = low > 0;
  const scale = canLog && (log ?? high / low >= logSpan) ? "log" : "linear";
  if (low === high) [low, high] = scale === "log" ? [low / 2, high * 2] : [low - 1, high + 1];
  return { ...named, scale, canLog, low, high, levels: [] };
}

/** Where a value lies, 0 at the bottom and 1 at the top; undefined for no value, and for one that the axis does not know. */
export function place(axis: Axis, value: ParameterValue | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (axis.scale === "points") {
    const index = axis.levels.indexOf(value);
    if (index === -1) return undefined;
    return axis.levels.length === 1 ? 0.5 : index / (axis.levels.length - 1);
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  if (axis.scale === "linear") return (value - axis.low) / (axis.high - axis.low);
  return value > 0 ? Math.log(value / axis.low) / Math.log(axis.high / axis.low) : undefined;
}

/** The number at a place: a value, or the place of a level (not rounded) on a points axis. */
export function numberAt(axis: Axis, fraction: number): number {
  const clamped = Math.max(0, Math.min(1, fraction));
  if (axis.scale === "log") return axis.low * (axis.high / axis.low) ** clamped;
  return axis.low + clamped * (axis.high - axis.low);
}

/** Does a value lie in the range? No value never does. */
export function isWithin(axis: Axis, range: Range, value: ParameterValue | undefined): boolean {
  if (value === undefined) return false;
  if (axis.scale === "points") {
    const index = axis.levels.indexOf(value);
    return index >= range.from && index <= range.to;
  }
  // The ends have been through logarithms.
  const slack = 1e-9 * Math.max(Math.abs(axis.low), Math.abs(axis.high));
  return typeof value === "number" && value >= range.from - slack && value <= range.to + slack;
}

/** The range between two places; a points axis takes the levels that lie in it. Undefined when nothing does. */
export function rangeBetween(axis: Axis, a: number, b: number): Range | undefined {
  const [low, high] = a < b ? [a, b] : [b, a];
  if (axis.scale !== "points") return { from: numberAt(axis, low), to: numberAt(axis, high) };
  const inside = axis.levels.flatMap((level, index) => {
    const at = place(axis, level) ?? 0;
    return at >= low - 1e-9 && at <= high + 1e-9 ? [index] : [];
  });
  const first = inside[0];
  const last = inside.at(-1);
  return first === undefined || last === undefined ? undefined : { from: first, to: last };
}

/** A dragged place as it was meant: on a value that was set, or on the axis's end, where it is that near. */
export function snapped(axis: Axis, fraction: number): number {
  const marks = [0, 1, ...axis.levels.map((level) => place(axis, level) ?? 0)];
  return marks.find((mark) => Math.abs(mark - fraction) < 0.03) ?? fraction;
}

/** Where the ends of a range lie; the whole axis without one. */
export function placesOf(axis: Axis, range: Range | undefined): readonly [number, number] {
  if (range === undefined) return [0, 1];
  const at = (end: number) => place(axis, axis.scale === "points" ? axis.levels[end] : end) ?? 0;
  return [Math.max(0, at(range.from)), Math.min(1, at(range.to))];
}

export type RangeEnd = "from" | "to";

/** One end moved by whole steps (a level, or a twentieth of the axis), never past the other; undefined = the whole axis. */
export function moveEnd(axis: Axis, range: Range | undefined, end: RangeEnd, steps: number): Range | undefined {
  const step = axis.scale === "points" ? 1 / Math.max(1, axis.levels.length - 1) : 0.05;
  const [from, to] = placesOf(axis, range);
  const moved =
    end === "from"
      ? ([Math.max(0, Math.min(to, from + steps * step)), to] as const)
      : ([from, Math.min(1, Math.max(from, to + steps * step))] as const);
  if (moved[0] < 1e-9 && moved[1] > 1 - 1e-9) return undefined;
  return rangeBetween(axis, moved[0], moved[1]);
}

export function formatEnd(axis: Axis, end: number): string {
  if (axis.scale !== "points") return formatValue(end);
  const level = axis.levels[Math.round(end)];
  return level === undefined ? "none" : formatParameter(level);
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Labels of an axis: every value that was set where they are few, else about `count` round numbers. */
export function ticks(axis: Axis, count = 5): Tick[] {
  if (axis.levels.length > 0) {
    return axis.levels.map((level) => ({ at: place(axis, level) ?? 0, label: formatParameter(level) }));
  }
  const values = axis.scale === "log" ? logTicks(axis.low, axis.high) : linearTicks(axis.low, axis.high, count);
  const labels = axis.scale === "log" ? values.map(formatParameter) : formatTicks(values);
  return values.map((value, i) => ({ at: place(axis, value) ?? 0, label: labels[i] ?? "" }));
}

function linearTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((each) => each * magnitude >= rough) ?? 10) * magnitude;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten, with 2 and 5 between them where there are few. */
function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const steps = decades > 5 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(decades / 6));
  const result: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % every !== 0) continue;
    for (const step of steps) {
      const value = Number((step * 10 ** power).toPrecision(12));
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) result.push(value);
    }
  }
  return result.length >= 2 ? result : [low, high].map((value) => Number(value.toPrecision(3)));
}

/** Axes in a person's order; those that it does not name follow as they are. */
export function orderAxes(axes: readonly Axis[], order: readonly string[]): Axis[] {
  const rank = (axis: Axis) => {
    const index = order.indexOf(axis.key);
    return index === -1 ? order.length : index;
  };
  return [...axes].sort((a, b) => rank(a) - rank(b));
}

/** The order of keys after one was moved by so many places. */
export function moveAxis(keys: readonly string[], key: string, by: number): string[] {
  const from = keys.indexOf(key);
  const to = Math.max(0, Math.min(keys.length - 1, from + by));
  const rest = keys.filter((each) => each !== key);
  return from === -1 ? [...keys] : [...rest.slice(0, to), key, ...rest.slice(to)];
}
