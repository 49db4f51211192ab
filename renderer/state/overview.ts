/** What the overview looks at, and how: it outlives a change of tab. */
import type { Range } from "../model/overview/axes.ts";
import type { ValueUse } from "../model/overview/sweep.ts";
import type { Selection } from "../model/selection.ts";
import { setSelection } from "./actions.ts";
import { type SessionState, session } from "./session.ts";
import { createStore, type Store, useStore } from "./store.ts";

/** The runs that are compared. A range or a click inside the overview selects some of them without leaving the others. */
export type Scope =
  | { readonly kind: "runs"; readonly ids: readonly string[] }
  | { readonly kind: "experiment"; readonly id: string | undefined };

export interface OverviewState {
  readonly scope: Scope;
  /** What a person chose; undefined takes the headline metric of the evaluation. */
  readonly metric: string | undefined;
  readonly use: ValueUse;
  readonly colourBy: "value" | "run";
  /** Keys of the axes from left to right, as far as a person has moved them. */
  readonly order: readonly string[];
  /** Axis -> the stretch that runs have to lie in. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Axis -> log or linear, where a person has chosen. */
  readonly logs: ReadonlyMap<string, boolean>;
  readonly scatterX: string | undefined;
  readonly scatterY: string | undefined;
  readonly scatterColour: string | undefined;
  readonly scatterCells: boolean;
  /** Runs under the pointer, in every part. */
  readonly hovered: ReadonlySet<string>;
}

const nothing: ReadonlySet<string> = new Set();

export const overview: Store<OverviewState> = createStore<OverviewState>({
  scope: scopeOf(session.get()),
  metric: undefined,
  use: "last",
  colourBy: "value",
  order: [],
  ranges: new Map(),
  logs: new Map(),
  scatterX: undefined,
  scatterY: undefined,
  scatterColour: undefined,
  scatterCells: false,
  hovered: nothing,
});

export function useOverview<S>(select: (state: OverviewState) => S): S {
  return useStore(overview, select);
}

/** The selection that the overview itself made: it does not change what is compared. */
let own: Selection | undefined;
let seen = session.get();

session.subscribe(() => {
  const state = session.get();
  const same = state.selection === seen.selection && state.focus === seen.focus;
  seen = state;
  if (!same && state.selection !== own) overview.set({ scope: scopeOf(state), ranges: new Map() });
});

/** Several selected runs, or the experiment that is selected, itself or by one of its runs. */
function scopeOf({ selection: { selected, active }, focus, runs }: SessionState): Scope {
  if (focus?.kind === "experiment") return { kind: "experiment", id: focus.id };
  if (selected.length > 1) return { kind: "runs", ids: selected };
  return { kind: "experiment", id: runs.find(({ id }) => id === (selected[0] ?? active))?.experiment };
}

/** Selects runs from within; `active` is the one that is inspected. */
export function selectFromOverview(ids: readonly string[], active = ids[0]): void {
  own = { selected: ids, active, anchor: active };
  setSelection(own);
}

/** Compares the whole experiment of the inspected run. */
export function showExperiment(): void {
  const { runs, selection } = session.get();
  const id = runs.find((run) => run.id === selection.active)?.experiment;
  overview.set({ scope: { kind: "experiment", id }, ranges: new Map() });
}

export function hover(ids: readonly string[]): void {
  const before = overview.get().hovered;
  if (ids.length === before.size && ids.every((id) => before.has(id))) return;
  overview.set({ hovered: ids.length === 0 ? nothing : new Set(ids) });
}

export function setLog(axis: string, log: boolean): void {
  const ranges = new Map(overview.get().ranges);
  ranges.delete(axis);
  overview.set({ logs: new Map(overview.get().logs).set(axis, log), ranges });
}

/** Sets or takes away the range of one axis. */
export function setRange(axis: string, range: Range | undefined): void {
  const ranges = new Map(overview.get().ranges);
  if (range === undefined) ranges.delete(axis);
  else ranges.set(axis, range);
  overview.set({ ranges });
}
