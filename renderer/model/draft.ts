/** What a person has put into the start form so far, and the order that it makes. Pure: no window, no engine. */
import type { MethodParams, Priority, ScenarioSummary, UserErrorValue } from "../../preload/contract.ts";
import { changedValues, type FormField, type FormValue } from "./form.ts";
import { formatParameter } from "./format.ts";
import { parseSeeds } from "./seeds.ts";
import { parseValues } from "./values.ts";

/** Several values of one field: those already entered, and what is being typed behind them. */
export interface SeveralValues {
  readonly values: readonly FormValue[];
  readonly text: string;
}

/** A value of an old run that today's forms have no field for. */
export interface LostValue {
  readonly key: string;
  readonly value: FormValue;
}

export interface Draft {
  readonly scenario: string;
  readonly learner: string;
  readonly preset: string;
  /** One value, as typed; fields that are not here stand at the preset's. */
  readonly typed: Readonly<Record<string, FormValue>>;
  /** Fields with several values; they win over `typed`, which is kept for the way back. */
  readonly several: Readonly<Record<string, SeveralValues>>;
  readonly combine: "grid" | "list";
  readonly seedText: string;
  readonly name: string;
  /** Of the new experiment; undefined = the first project. */
  readonly project: string | undefined;
  /** Adds the runs to this one instead of making one. */
  readonly experiment: string | undefined;
  readonly priority: Priority;
  /** What was copied: "Two seeds, seed 4"; "" when nothing was. */
  readonly from: string;
  readonly lost: readonly LostValue[];
}

const presetOrder = ["smoke", "small", "report", "paper"];

/** A scenario's presets from the smallest to the largest. */
export function presetNames(scenario: ScenarioSummary): string[] {
  const rank = (name: string) => (presetOrder.includes(name) ? presetOrder.indexOf(name) : presetOrder.length);
  return Object.keys(scenario.presets).sort((a, b) => rank(a) - rank(b));
}

const untouched = {
  typed: {},
  several: {},
  combine: "grid",
  seedText: "1",
  name: "",
  experiment: undefined,
  priority: "normal",
  from: "",
  lost: [],
} as const satisfies Partial<Draft>;

/** An untouched form for a scenario. */
export function freshDraft(scenario: ScenarioSummary): Draft {
  const presets = presetNames(scenario);
  return {
    scenario: scenario.id,
    learner: scenario.learners[0] ?? "",
    preset: presets.find((name) => name === "small") ?? presets[0] ?? "",
    project: undefined,
    ...untouched,
  };
}

/** The same choice of scenario, learner, preset and project, and nothing else: for the next order. */
export function emptied(draft: Draft): Draft {
  return { ...draft, ...untouched };
}

/** Whether closing the form for good would lose something. */
export function isTouched(draft: Draft): boolean {
  return (
    Object.keys(draft.typed).length > 0 ||
    Object.keys(draft.several).length > 0 ||
    draft.seedText !== "1" ||
    draft.name !== "" ||
    draft.experiment !== undefined
  );
}

/** What a preset sets for one learner. */
export function presetValues(
  scenario: ScenarioSummary,
  preset: string,
  learner: string,
): Readonly<Record<string, FormValue>> {
  const found = scenario.presets[preset];
  return { ...found?.set, ...found?.learners[learner] };
}

export type Order = MethodParams<"runs.create">;

/** What a draft asks for, and what keeps it from being asked: field key -> what is wrong with it. */
export interface DraftOrder {
  readonly order: Order;
  /** Values that differ from the preset, one value a field. */
  readonly changed: Readonly<Record<string, FormValue>>;
  readonly vary: Readonly<Record<string, readonly FormValue[]>>;
  readonly cells: number;
  readonly runs: number;
  readonly problems: Readonly<Record<string, string>>;
}

/** Every value of a field with several: those entered and those being typed. */
export function severalValues(field: FormField, several: SeveralValues): ReturnType<typeof parseValues> {
  if (several.text.trim() === "") return { ok: true, values: [...several.values] };
  const typed = parseValues(several.text, field);
  return typed.ok ? { ok: true, values: [...several.values, ...typed.values] } : typed;
}

/** The key of the problem with the seeds; no parameter is called so. */
export const SEEDS = "-seeds";

export function draftOrder(
  draft: Draft,
  fields: readonly FormField[],
  preset: Readonly<Record<string, FormValue>>,
): DraftOrder {
  const problems: Record<string, string> = {};
  const vary: Record<string, FormValue[]> = {};
  const single: Record<string, FormValue> = { ...draft.typed };
  for (const field of fields) {
    const several = draft.several[field.key];
    if (several === undefined) continue;
    delete single[field.key];
    const read = severalValues(field, several);
    if (!read.ok) problems[field.key] = read.problem;
    else if (read.values.length === 0) problems[field.key] = "Enter at least one value, or go back to a single one.";
    else if (read.values.length === 1) single[field.key] = read.values[0] as FormValue;
    else vary[field.key] = read.values;
    const twice = read.ok && draft.combine === "grid" ? repeated(read.values) : undefined;
    // In a list a value may come again beside another of its neighbour.
    if (twice !== undefined) problems[field.key] = `${formatParameter(twice)} is there twice.`;
  }
  const varied = Object.entries(vary);
  const first = varied[0];
  if (draft.combine === "list" && first !== undefined) {
    for (const [key, values] of varied.slice(1)) {
      if (values.length === first[1].length) continue;
      problems[key] = `In a list every varied parameter needs as many values: ${first[0]} has ${first[1].length}.`;
    }
  }
  const seeds = parseSeeds(draft.seedText);
  if (!seeds.ok) problems[SEEDS] = seeds.problem;
  const changed = changedValues(fields, single, preset);
  const cells =
    draft.combine === "grid"
      ? varied.reduce((product, [, values]) => product * values.length, 1)
      : (first?.[1].length ?? 1);
  const name = draft.name.trim();
  const order: Order = {
    scenario: draft.scenario,
    learner: draft.learner,
    preset: draft.preset,
    set: changed,
    seeds: seeds.ok ? seeds.seeds : [],
    priority: draft.priority,
    ...(varied.length === 0 ? {} : { vary, combine: draft.combine }),
    ...(draft.experiment !== undefined
      ? { experiment: draft.experiment }
      : {
          ...(name === "" ? {} : { name }),
          ...(draft.project === undefined ? {} : { project: draft.project }),
        }),
  };
  return { order, changed, vary, cells, runs: cells * (seeds.ok ? seeds.seeds.length : 0), problems };
}

function repeated(values: readonly FormValue[]): FormValue | undefined {
  const seen = new Set<FormValue>();
  return values.find((value) => seen.size === seen.add(value).size);
}

/** The values of one cell, in the order of `vary`; the last parameter of a grid changes fastest, as in the engine. */
export function cellAt(
  vary: Readonly<Record<string, readonly FormValue[]>>,
  combine: "grid" | "list",
  index: number,
): FormValue[] {
  const lists = Object.values(vary);
  if (combine === "list") return lists.map((values) => values[index] as FormValue);
  const cell: FormValue[] = [];
  let rest = index;
  for (const values of [...lists].reverse()) {
    cell.unshift(values[rest % values.length] as FormValue);
    rest = Math.floor(rest / values.length);
  }
  return cell;
}

/**
 * The field that an error of the engine is about: its paths are those of the order (`set.users`, `vary.users.2`,
 * `seeds`). Undefined when it is about none of them.
 */
export function errorField(error: UserErrorValue, fields: readonly FormField[]): string | undefined {
  if (error.field === "seeds") return SEEDS;
  const key = /^(?:set|vary)\.([^.]+)/.exec(error.field ?? "")?.[1];
  return fields.some((field) => field.key === key) ? key : undefined;
}

/** What happened and what to do about it, as one text. */
export function errorText({ message, hint }: UserErrorValue): string {
  return [message, hint].filter((part) => part !== "").join(" ");
}

/** `All as in small`, `2 values differ from small, 1 varies`. */
export function differenceText(changed: number, varied: number, from: string): string {
  if (changed === 0 && varied === 0) return `All as in ${from}`;
  const differ = changed === 0 ? "" : `${changed} ${changed === 1 ? "value differs" : "values differ"} from ${from}`;
  const vary = varied === 0 ? "" : `${varied} ${varied === 1 ? "parameter varies" : "parameters vary"}`;
  return [differ, vary].filter((part) => part !== "").join(", ");
}
