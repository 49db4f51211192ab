/** A draft of the start form from runs that were made before. */
import type { ParameterValues, RunSummary, ScenarioSummary } from "../../preload/contract.ts";
import { type Draft, freshDraft, type LostValue, presetValues } from "./draft.ts";
import { baseValue, type FormField, type FormValue } from "./form.ts";

export interface OldRun {
  readonly summary: RunSummary;
  readonly values: ParameterValues;
}

/**
 * The form as it would have to be filled in to make these runs (of one scenario and learner) again. Values that all of
 * them share are single ones; the others vary, as a grid where the runs are one in full, else as a list of cells. What
 * today's fields cannot hold is listed as lost.
 */
export function draftFromRuns(
  runs: readonly OldRun[],
  scenario: ScenarioSummary,
  fields: readonly FormField[],
  from: string,
): Draft {
  const fresh = freshDraft(scenario);
  const first = runs[0];
  if (first === undefined) return fresh;
  const { learner, priority } = first.summary;
  const preset = Object.hasOwn(scenario.presets, first.summary.preset) ? first.summary.preset : fresh.preset;
  const base = presetValues(scenario, preset, learner);

  const lost = new Map<string, LostValue>();
  const known = new Map(fields.map((field) => [field.key, field]));
  for (const { values } of runs) {
    for (const [key, value] of Object.entries(values)) {
      if (!holds(known.get(key), value)) lost.set(`${key} ${value}`, { key, value });
    }
  }

  const kept = fields.filter((field) => runs.every(({ values }) => holds(field, values[field.key])));
  const varied = kept.filter((field) => new Set(runs.map(({ values }) => values[field.key])).size > 1);
  const cells = distinctCells(runs, varied);
  const columns = varied.map((field) => cells.map((cell) => cell[field.key] as FormValue));
  const distinct = columns.map((column) => [...new Set(column)]);
  const isGrid = distinct.reduce((product, values) => product * values.length, 1) === cells.length;

  const typed: Record<string, FormValue> = {};
  for (const field of kept) {
    const value = first.values[field.key] as FormValue;
    if (!varied.includes(field) && value !== baseValue(field, base)) typed[field.key] = value;
  }
  return {
    ...fresh,
    learner,
    preset,
    priority,
    typed,
    several: Object.fromEntries(
      varied.map((field, i) => [field.key, { values: (isGrid ? distinct : columns)[i] ?? [], text: "" }]),
    ),
    combine: isGrid ? "grid" : "list",
    seedText: seedsText(runs.map(({ summary }) => summary.seed)),
    from,
    lost: [...lost.values()],
  };
}

/** Whether a field of today can show a value of an old run. */
function holds(field: FormField | undefined, value: FormValue | undefined): boolean {
  if (field === undefined || value === undefined) return false;
  switch (field.control.kind) {
    case "number":
      return typeof value === "number";
    case "switch":
      return typeof value === "boolean";
    case "choice":
      return field.control.options.includes(value);
    case "text":
      return typeof value === "string";
  }
}

/** The combinations of the varied values that the runs have, in the order in which they come. */
function distinctCells(runs: readonly OldRun[], varied: readonly FormField[]): ParameterValues[] {
  const cells = new Map<string, ParameterValues>();
  for (const { values } of runs) cells.set(JSON.stringify(varied.map(({ key }) => values[key])), values);
  return [...cells.values()];
}

/** `1..3, 7` for 3, 1, 7, 2: distinct seeds, ascending, as the seeds field reads them. */
export function seedsText(seeds: readonly number[]): string {
  const sorted = [...new Set(seeds)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === (sorted[end] as number) + 1) end++;
    // Two in a row are as short with a comma.
    if (end - i < 2) parts.push(...sorted.slice(i, end + 1).map(String));
    else parts.push(`${sorted[i]}..${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(",");
}
