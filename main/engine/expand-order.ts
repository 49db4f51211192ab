import type { z } from "zod";
import type { LearnerDefinition } from "../../lab/learners/learner.ts";
import type { ParameterValue, ParameterValues } from "../../lab/parameters.ts";
import type { Scenario } from "../../lab/scenarios/scenario.ts";
import { ParameterError, parameterNames, type ResolvedParameters, resolveParameters } from "../../lab/training.ts";
import { MOST_RUNS, type runOrderSchema } from "../../preload/contract.ts";
import { UserError } from "../platform/user-error.ts";
import { parameterError } from "./errors.ts";
import { unknownName } from "./names.ts";
import { presetFor, readPresets } from "./presets.ts";

export type RunOrder = z.output<typeof runOrderSchema>;

/** One combination of the varied values; each seed of the order makes one run of it. */
export interface OrderCell {
  /** The varied parameters with their parsed values; empty when nothing varies. */
  readonly varied: ParameterValues;
  readonly parameters: ResolvedParameters;
}

/** Varied parameter -> place of its value in the order's list. */
type Places = Readonly<Record<string, number>>;

/**
 * Every cell of an order with all of its parameters, parsed. The runs of the order are these, cell by cell, with the
 * seeds within each; the last varied parameter of a grid changes fastest.
 *
 * @throws UserError whose field is `set.<name>`, `vary.<name>` or, for one of several values, `vary.<name>.<place>`;
 *   `preset` and `seeds` for these. Codes: `preset-unknown`, `seed-twice`, `parameter-twice`, `lengths-differ`,
 *   `too-many-runs`, `parameter-unknown`, `parameter-range`, `parameters-unfit`, `cell-twice`
 */
export function expandOrder(scenario: Scenario, learner: LearnerDefinition, order: RunOrder): OrderCell[] {
  const { set, seeds } = order;
  const vary = order.vary ?? {};
  const combine = order.combine ?? "grid";
  const common = { ...presetValues(scenario, learner, order.preset), ...set };
  requireOnce(seeds);
  for (const name of Object.keys(vary)) {
    if (Object.hasOwn(set, name)) {
      const hint = "Give it one value or several, not both.";
      throw new UserError("parameter-twice", `${name} has one value and also several.`, hint, `vary.${name}`);
    }
  }
  if (combine === "list") requireEqualLengths(vary);
  requireFewEnough(countCells(vary, combine), seeds.length);

  const cells: OrderCell[] = [];
  const seen = new Map<string, Places>();
  for (const places of combine === "grid" ? gridPlaces(vary) : listPlaces(vary)) {
    const chosen = Object.fromEntries(Object.entries(places).map(([name, place]) => [name, vary[name]![place]!]));
    const parameters = resolveCell(scenario, learner, common, chosen, places);
    const all: ParameterValues = { ...parameters.scenario, ...parameters.learner, ...parameters.training };
    const varied = Object.fromEntries(Object.keys(places).map((name) => [name, all[name]!]));
    const key = JSON.stringify(varied);
    const before = seen.get(key);
    if (before !== undefined) throw twice(varied, before, places);
    seen.set(key, places);
    cells.push({ varied, parameters });
  }
  return cells;
}

/** A preset may also set parameters that only some learners of the scenario have. */
function presetValues(scenario: Scenario, learner: LearnerDefinition, name: string): ParameterValues {
  const presets = readPresets(scenario.id);
  // A name such as "toString" is no preset.
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined) throw unknownName("preset", name, Object.keys(presets), "preset");
  const known = parameterNames(scenario, learner);
  return Object.fromEntries(Object.entries(presetFor(preset, learner.id)).filter(([key]) => known.includes(key)));
}

function resolveCell(
  scenario: Scenario,
  learner: LearnerDefinition,
  common: ParameterValues,
  chosen: ParameterValues,
  places: Places,
): ResolvedParameters {
  const fault = resolveOrFault(scenario, learner, { ...common, ...chosen });
  if (!(fault instanceof ParameterError)) return fault;
  const { code, message, hint, field } = parameterError(fault);
  const place = places[fault.field];
  if (place !== undefined) {
    const path = fault.reason === "unknown" ? `vary.${fault.field}` : `vary.${fault.field}.${place}`;
    throw new UserError(code, message, hint, path);
  }
  // The fault of values that fit together but for the varied ones is told with these.
  const alone = resolveOrFault(scenario, learner, common);
  const blameless = alone instanceof ParameterError && alone.message === fault.message;
  throw new UserError(code, blameless ? message : `With ${describe(chosen)}: ${message}`, hint, field);
}

function resolveOrFault(
  scenario: Scenario,
  learner: LearnerDefinition,
  values: ParameterValues,
): ResolvedParameters | ParameterError {
  try {
    return resolveParameters(scenario, learner, values);
  } catch (error) {
    if (error instanceof ParameterError) return error;
    throw error;
  }
}

function describe(values: ParameterValues): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

function requireOnce(seeds: readonly number[]): void {
  const known = new Set<number>();
  for (const seed of seeds) {
    if (known.has(seed)) {
      throw new UserError("seed-twice", `Seed ${seed} is named twice.`, "Name each seed once.", "seeds");
    }
    known.add(seed);
  }
}

type Vary = Readonly<Record<string, readonly ParameterValue[]>>;

function requireEqualLengths(vary: Vary): void {
  const [first, ...others] = Object.entries(vary);
  for (const [name, values] of others) {
    if (first === undefined || values.length === first[1].length) continue;
    throw new UserError(
      "lengths-differ",
      `${name} has ${values.length} values, but ${first[0]} has ${first[1].length}.`,
      "In a list the first values go together, then the second: give each the same number, or combine them as a grid.",
      `vary.${name}`,
    );
  }
}

function countCells(vary: Vary, combine: "grid" | "list"): number {
  const lengths = Object.values(vary).map((values) => values.length);
  return combine === "grid" ? lengths.reduce((product, length) => product * length, 1) : (lengths[0] ?? 1);
}

function requireFewEnough(cells: number, seeds: number): void {
  const runs = cells * seeds;
  if (runs <= MOST_RUNS) return;
  throw new UserError(
    "too-many-runs",
    `${cells} combinations with ${seeds} seeds are ${runs} runs; at most ${MOST_RUNS} are made at once.`,
    "Vary fewer values or take fewer seeds.",
    cells === 1 ? "seeds" : "vary",
  );
}

/** All combinations, the last parameter changing fastest. */
function gridPlaces(vary: Vary): Places[] {
  return Object.entries(vary).reduce<Places[]>(
    (before, [name, values]) => before.flatMap((places) => values.map((_, place) => ({ ...places, [name]: place }))),
    [{}],
  );
}

function listPlaces(vary: Vary): Places[] {
  const names = Object.keys(vary);
  const length = Object.values(vary)[0]?.length ?? 1;
  return Array.from({ length }, (_, place) => Object.fromEntries(names.map((name) => [name, place])));
}

function twice(varied: ParameterValues, before: Places, places: Places): UserError {
  const name = Object.keys(places).find((each) => places[each] !== before[each]);
  const hint = "Each combination is made once: take the repeated value out.";
  const field = name === undefined ? "vary" : `vary.${name}.${places[name]}`;
  return new UserError("cell-twice", `${describe(varied)} is there twice.`, hint, field);
}
