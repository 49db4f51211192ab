/** The rows of the table of runs: what each column holds, to sort by, to show and to copy. */
import type { ParameterValues, RunSummary, ScenarioSummary } from "../../preload/contract.ts";
import {
  type Cell,
  type CellValue,
  cells,
  cellValue,
  differenceTexts,
  finishedText,
  formatCellValue,
} from "./cells.ts";
import { formatCount, formatDuration, formatParameter, formatTime, formatTimeLeft, formatValue } from "./format.ts";
import { metricName } from "./metrics.ts";
import { isWorking, progress, secondsLeft, stateLabels } from "./runs.ts";
import { builtInColumns, type ColumnSpec } from "./table.ts";
import { experimentOf, type Places } from "./tree.ts";

export interface RunRow {
  readonly kind: "run";
  readonly id: string;
  readonly run: RunSummary;
  /** Its experiment's name and what tells its cell from others there. */
  readonly cellName: string;
  /** Its own name, else its cell's. */
  readonly name: string;
}

/** A cell: runs that differ in their seed only. */
export interface GroupRow {
  readonly kind: "group";
  readonly id: string;
  readonly cell: Cell;
  readonly runs: readonly RunRow[];
}

export type TableRow = RunRow | GroupRow;

export interface TableData extends Places {
  readonly parameters: ReadonlyMap<string, ParameterValues>;
  readonly lastValues: ReadonlyMap<string, ReadonlyMap<string, number | null>>;
}

/** The newest first. */
export function runRows(runs: readonly RunSummary[], parameters: TableData["parameters"]): RunRow[] {
  const experiments = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const list = experiments.get(run.experiment);
    if (list === undefined) experiments.set(run.experiment, [run]);
    else list.push(run);
  }
  const differences = new Map<string, string>();
  for (const list of experiments.values()) {
    const texts = differenceTexts(list, parameters);
    list.forEach((run, index) => {
      differences.set(run.id, texts[index] ?? "");
    });
  }
  return runs
    .map((run): RunRow => {
      const difference = differences.get(run.id);
      const cellName = difference ? `${run.name}: ${difference}` : run.name;
      const name = run.label || cellName;
      return { kind: "run", id: run.id, run, cellName, name };
    })
    .reverse();
}

export function groupRows(rows: readonly RunRow[], parameters: TableData["parameters"]): GroupRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  // In the order of creation, so that seeds count up.
  const oldestFirst = rows.map((row) => row.run).reverse();
  return cells(oldestFirst, parameters)
    .map(
      (cell): GroupRow => ({
        kind: "group",
        id: `group ${cell.runs[0]?.id}`,
        cell,
        runs: cell.runs.flatMap((run) => byId.get(run.id) ?? []),
      }),
    )
    .reverse();
}

const metricPrefix = "metric:";
const parameterPrefix = "parameter:";

/** The column of that id: a built-in one, a parameter's or a metric's. */
export function columnSpec(id: string, scenarios: readonly ScenarioSummary[]): ColumnSpec | undefined {
  const own = { priority: undefined, number: true, width: 128 } as const;
  if (id.startsWith(metricPrefix)) {
    const { title, unit, better } = metricName(id.slice(metricPrefix.length), scenarios);
    return { id, title, unit, better, ...own, width: 148 };
  }
  if (id.startsWith(parameterPrefix)) {
    const key = id.slice(parameterPrefix.length);
    return { id, title: key, unit: "", better: "neither", ...own };
  }
  return builtInColumns.find((column) => column.id === id);
}

export function metricOf(column: string): string | undefined {
  return column.startsWith(metricPrefix) ? column.slice(metricPrefix.length) : undefined;
}

/** Whether a group's value in the column is a mean. */
export function isMeasured(column: string): boolean {
  return column === "reward" || metricOf(column) !== undefined;
}

/** What a run measured; null where it did not. */
function measured(run: RunSummary, column: string, data: TableData): number | null {
  const metric = metricOf(column);
  return metric === undefined ? run.reward : (data.lastValues.get(metric)?.get(run.id) ?? null);
}

/** Mean and interval of a cell's finished runs; undefined where none has a value. */
export function groupValue(row: GroupRow, column: string, data: TableData): CellValue | undefined {
  return cellValue(row.cell.done.map((run) => measured(run, column, data)));
}

/** What a column is sorted by; undefined goes last. */
export function sortValue(row: TableRow, column: string, data: TableData): number | string | undefined {
  if (row.kind === "group") {
    if (isMeasured(column)) return groupValue(row, column, data)?.mean;
    if (column === "state") return row.cell.done.length / row.cell.counted.length;
    const first = row.runs[0];
    if (column === "name") return groupName(row);
    if (column === "time" || column === "step") return sum(row, column);
    return first === undefined ? undefined : sortValue(first, column, data);
  }
  const { run } = row;
  if (isMeasured(column)) return measured(run, column, data) ?? undefined;
  switch (column) {
    case "state":
      return stateLabels[run.state];
    case "name":
      return row.name;
    case "progress":
      return progress(run);
    case "seed":
      return run.seed;
    case "time":
      return run.wallSeconds;
    case "speed":
      return run.state === "running" ? run.stepsPerSecond : undefined;
    case "created":
      return run.createdAt;
    case "step":
      return run.step;
  }
  if (column.startsWith(parameterPrefix)) {
    const value = data.parameters.get(run.id)?.[column.slice(parameterPrefix.length)];
    return typeof value === "boolean" ? Number(value) : value;
  }
  return cellText(row, column, data) || undefined;
}

function sum(row: GroupRow, column: "time" | "step"): number {
  return row.runs.reduce((total, { run }) => total + (column === "time" ? run.wallSeconds : run.step), 0);
}

/** What a column shows as plain text. */
export function cellText(row: TableRow, column: string, data: TableData): string {
  if (row.kind === "group") return groupText(row, column, data);
  const { run } = row;
  if (isMeasured(column)) {
    const value = measured(run, column, data);
    return value === null ? "" : formatValue(value);
  }
  switch (column) {
    case "state":
      return stateLabels[run.state];
    case "name":
      return row.name;
    case "progress": {
      if (run.state === "queued") return "";
      const left = secondsLeft(run);
      return left === undefined ? `${Math.floor(progress(run) * 100)}%` : `${formatTimeLeft(left)} left`;
    }
    case "seed":
      return String(run.seed);
    case "time":
      return run.wallSeconds > 0 ? formatDuration(run.wallSeconds) : "";
    case "speed":
      return run.state === "running" && run.stepsPerSecond > 0 ? formatCount(run.stepsPerSecond) : "";
    case "what":
      return `${run.scenario}/${run.learner}`;
    case "preset":
      return run.preset;
    case "created":
      return formatTime(run.createdAt);
    case "tags":
      return run.tags.join(", ");
    case "project":
      return data.projects.get(experimentOf(run, data).project)?.name ?? "";
    case "step":
      return formatCount(run.step);
    case "id":
      return run.id;
  }
  const value = data.parameters.get(run.id)?.[column.slice(parameterPrefix.length)];
  return value === undefined ? "" : formatParameter(value);
}

function groupText(row: GroupRow, column: string, data: TableData): string {
  const { cell, runs } = row;
  if (isMeasured(column)) {
    const value = groupValue(row, column, data);
    return value === undefined ? "" : `${formatCellValue(value)} (n ${value.n})`;
  }
  switch (column) {
    case "state":
      return finishedText(cell);
    case "name":
      return groupName(row);
    case "progress": {
      const done = runs.reduce((total, { run }) => total + run.step, 0);
      const planned = runs.reduce((total, { run }) => total + run.steps, 0);
      return planned > 0 ? `${Math.floor((done / planned) * 100)}%` : "";
    }
    case "seed":
      return seedText(cell.runs.map((run) => run.seed));
    case "time":
      return sum(row, "time") > 0 ? `${formatDuration(sum(row, "time"))} in all` : "";
    case "step":
      return `${formatCount(sum(row, "step"))} in all`;
    case "speed":
    case "id":
      return "";
    case "created":
      return formatTime(Math.min(...runs.map(({ run }) => run.createdAt)));
    case "tags":
      return [...new Set(runs.flatMap(({ run }) => run.tags))].join(", ");
  }
  const texts = [...new Set(runs.map((each) => cellText(each, column, data)))];
  return texts.length > 1 ? "several" : (texts[0] ?? "");
}

/** Experiment and what tells the cell from others there; where it spans experiments, from all others. */
export function groupName({ cell, runs }: GroupRow): string {
  const names = new Set(runs.map((row) => row.cellName));
  const experiments = [...new Set(cell.runs.map((run) => run.name))];
  if (names.size === 1 || experiments.length === 1) return runs[0]?.cellName ?? "";
  const name = `${experiments[0]} and ${experiments.length - 1} more`;
  return cell.label === "" ? name : `${name}: ${cell.label}`;
}

/** `1..5, 9` */
export function seedText(seeds: readonly number[]): string {
  const sorted = [...new Set(seeds)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    let end = at;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    parts.push(end - at >= 2 ? `${sorted[at]}..${sorted[end]}` : sorted.slice(at, end + 1).join(", "));
    at = end + 1;
  }
  return parts.join(", ");
}

/** True while something about the row's runs changes by itself. */
export function isMoving(row: TableRow): boolean {
  return row.kind === "run" ? isWorking(row.run) : row.runs.some(({ run }) => isWorking(run));
}

/**
 * Rows to copy, headings first: numbers in full precision. A mean is three columns: mean, half width of its 95% Student-t
 * interval, and n.
 */
export function copiedRows(rows: readonly TableRow[], columns: readonly ColumnSpec[], data: TableData): string[][] {
  const isGrouped = rows.some((row) => row.kind === "group");
  const heading = columns.flatMap(({ id, title, unit }) => {
    const name = unit === "" ? title : `${title} (${unit})`;
    return isGrouped && isMeasured(id) ? [name, `${name}, half width of 95% interval`, `${name}, n`] : [name];
  });
  const line = (row: TableRow) =>
    columns.flatMap(({ id }) => {
      if (!isMeasured(id)) return [exact(row, id, data)];
      if (row.kind === "run") {
        const value = String(measured(row.run, id, data) ?? "");
        return isGrouped ? [value, "", value === "" ? "" : "1"] : [value];
      }
      const value = groupValue(row, id, data);
      return [String(value?.mean ?? ""), String(value?.half ?? ""), String(value?.n ?? 0)];
    });
  return [heading, ...rows.map(line)];
}

function exact(row: TableRow, column: string, data: TableData): string {
  const shown = cellText(row, column, data);
  if (shown === "" || row.kind === "group") return shown;
  const value = sortValue(row, column, data);
  return typeof value === "number" && column !== "created" ? String(value) : shown;
}
