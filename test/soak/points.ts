import { journalRecords } from "../../main/runs/journal.ts";

/** Deterministic points of one run: metric -> step -> value. */
export type PointTable = Map<string, Map<number, number>>;

export interface JournalPoints {
  readonly points: PointTable;
  /** Points that a later attempt wrote again. */
  readonly repeated: number;
  /** Repeated deterministic points whose bits differ from the first time: must be 0. */
  readonly differing: string[];
  /** Points that one attempt wrote twice: must be empty. */
  readonly doubled: string[];
}

/** Metrics under `time/` and `system/` depend on clock and machine and are no part of what is compared. */
export function isDeterministic(metric: string): boolean {
  return !metric.startsWith("time/") && !metric.startsWith("system/");
}

/** Reads a whole journal by its own rule: the highest attempt wins per (metric, step). */
export function journalPoints(file: string): JournalPoints {
  const points: PointTable = new Map();
  const attempts = new Map<string, number>();
  const differing: string[] = [];
  const doubled: string[] = [];
  let names = new Map<number, string>();
  let attempt = -1;
  let repeated = 0;
  for (const record of journalRecords(file)) {
    if (record.attempt !== attempt) {
      attempt = record.attempt;
      names = new Map();
    }
    if (record.kind === "metrics") for (const { index, id } of record.metrics) names.set(index, id);
    if (record.kind !== "points") continue;
    for (let i = 0; i < record.value.length; i++) {
      const metric = names.get(record.metric[i]!);
      if (metric === undefined) throw new Error(`${file}: metric ${record.metric[i]} was never declared`);
      if (!isDeterministic(metric)) continue;
      const step = record.step[i]!;
      const value = record.value[i]!;
      const column = points.get(metric) ?? new Map<number, number>();
      points.set(metric, column);
      const place = `${metric} at step ${step}`;
      const before = attempts.get(place);
      if (before === record.attempt) doubled.push(`${place}, attempt ${before}`);
      if (before !== undefined && before < record.attempt) {
        repeated++;
        if (!Object.is(column.get(step), value)) differing.push(`${place}: ${column.get(step)} then ${value}`);
      }
      attempts.set(place, record.attempt);
      column.set(step, value);
    }
  }
  return { points, repeated, differing, doubled };
}

/** What differs between two tables, in words; empty when they hold the same points bit for bit. */
export function compareTables(name: string, wanted: PointTable, got: PointTable): string[] {
  const faults: string[] = [];
  for (const metric of new Set([...wanted.keys(), ...got.keys()])) {
    const left = wanted.get(metric);
    const right = got.get(metric);
    if (left === undefined || right === undefined) {
      faults.push(`${name}: ${metric} is ${left === undefined ? "too many" : "missing"}`);
      continue;
    }
    for (const [step, value] of left) {
      if (!right.has(step)) faults.push(`${name}: ${metric} at step ${step} is lost`);
      else if (!Object.is(right.get(step), value)) faults.push(`${name}: ${metric} at step ${step} differs`);
    }
    for (const step of right.keys()) if (!left.has(step)) faults.push(`${name}: ${metric} at step ${step} is too many`);
  }
  return faults;
}
