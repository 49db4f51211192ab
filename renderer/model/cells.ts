/** Runs that differ in their seed only, and what may be said of them together. */
import { meanInterval } from "../../lab/stats/tests.ts";
import type { ParameterValue, ParameterValues, RunSummary } from "../../preload/contract.ts";
import { formatParameter, formatSpread, formatValue } from "./format.ts";
import { type SeedGroup, seedGroups } from "./seed-groups.ts";

/** What the finished runs of a cell measured. */
export interface CellValue {
  readonly mean: number;
  /** Half the width of the 95% Student-t interval; undefined with a single value, which has none. */
  readonly half: number | undefined;
  readonly n: number;
}

/** Mean and interval of some values, those that are missing left out and not counted; undefined without any. */
export function cellValue(values: readonly (number | null | undefined)[]): CellValue | undefined {
  const known = values.filter((value) => typeof value === "number" && Number.isFinite(value)) as number[];
  if (known.length === 0) return undefined;
  if (known.length === 1) return { mean: known[0]!, half: undefined, n: 1 };
  const { estimate, high } = meanInterval(known);
  return { mean: estimate, half: high - estimate, n: known.length };
}

/** `−99.5 ± 0.4`; a single value alone. `n` belongs beside it. */
export function formatCellValue({ mean, half }: CellValue): string {
  if (half === undefined) return formatValue(mean);
  return half === 0 ? `${formatValue(mean)} ± 0` : formatSpread(mean, half);
}

export interface Cell extends SeedGroup {
  /** Runs whose values may be averaged: finished, one a seed. */
  readonly done: readonly RunSummary[];
  readonly label: string;
}

/** Cells in the order of their first runs. */
export function cells(runs: readonly RunSummary[], parameters: ReadonlyMap<string, ParameterValues>): Cell[] {
  return seedGroups(runs, parameters).map((group) => ({
    ...group,
    done: group.counted.filter((run) => run.state === "finished"),
    label: group.differences.map(([key, value]) => difference(key, value)).join(", "),
  }));
}

/** `3 of 5 finished`, and how many of the rest failed. */
export function finishedText({ counted, done }: Cell): string {
  if (done.length === counted.length) return counted.length === 1 ? "Finished" : `${counted.length} finished`;
  const failed = counted.filter((run) => run.state === "failed").length;
  return `${done.length} of ${counted.length} finished${failed > 0 ? `, ${failed} failed` : ""}`;
}

function difference(key: string, value: ParameterValue): string {
  return `${key} ${formatParameter(value)}`;
}

/** Of each run the parameters that are not the same in all of the runs. */
export function differenceTexts(
  runs: readonly RunSummary[],
  parameters: ReadonlyMap<string, ParameterValues>,
): string[] {
  const known = runs.map((run) => parameters.get(run.id));
  const differing = differingKeys(known.filter((values) => values !== undefined));
  return known.map((values) =>
    differing.flatMap((key) => (values?.[key] === undefined ? [] : [difference(key, values[key])])).join(", "),
  );
}

/**
 * One label a run: its own name, or the parameters that are not the same in all of the runs, then the seed; the id only
 * where nothing else tells it apart.
 */
export function runLabels(runs: readonly RunSummary[], parameters: ReadonlyMap<string, ParameterValues>): string[] {
  const texts = differenceTexts(runs, parameters);
  const labels = runs.map((run, index) => {
    const parts = [texts[index] ?? "", `seed ${run.seed}`];
    return run.label || parts.filter((part) => part !== "").join(", ");
  });
  const taken = new Map<string, number>();
  for (const label of labels) taken.set(label, (taken.get(label) ?? 0) + 1);
  return labels.map((label, index) => (taken.get(label) === 1 ? label : `${label} (${runs[index]?.id})`));
}

/** Parameters that do not have one value everywhere, in alphabetical order. */
export function differingKeys(all: readonly ParameterValues[]): string[] {
  const first = all[0];
  if (first === undefined) return [];
  const differing = new Set<string>();
  for (const values of all) {
    for (const key in values) if (values[key] !== first[key]) differing.add(key);
    for (const key in first) if (!(key in values)) differing.add(key);
  }
  differing.delete("seed");
  return [...differing].sort();
}
