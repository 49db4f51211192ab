/** How the desk is looked at: what is open, what is searched for, what the keyboard stands on. */
import type {
  CheckpointSummary,
  ExperimentSummary,
  ItemRef,
  ProjectSummary,
  RunSummary,
} from "../../preload/contract.ts";
import { everything, matchesQuery, parseQuery, type Query, type QueryError } from "../model/query.ts";
import type { QueryWords } from "../model/query-fields.ts";
import { itemSubject, queryMetrics, queryWords, runSubject } from "../model/query-subject.ts";
import {
  experimentIsArchived,
  experimentIsTrashed,
  experimentOf,
  keyOf,
  runIsArchived,
  runIsTrashed,
} from "../model/tree.ts";
import { type DeskState, desk, knownCheckpoint, openRuns, wantMetrics } from "./desk.ts";
import { type SessionState, session } from "./session.ts";
import { createStore, type Store, useStore } from "./store.ts";

export interface DeskView {
  /** Keys of projects and experiments that are closed, and of runs that are open. */
  readonly toggled: ReadonlySet<string>;
  readonly showArchived: boolean;
  /** The last query that could be read. */
  readonly query: Query;
  /** What is wrong with the text of the search box. */
  readonly queryError: QueryError | undefined;
  /** Whose name is being typed in the tree. */
  readonly renaming: ItemRef | undefined;
  /** The field of the inspector that is asked for: it takes the focus and this becomes undefined. */
  readonly editing: "tags" | "notes" | undefined;
  /** What the chooser of places is open for. */
  readonly moving: readonly ItemRef[] | undefined;
}

const key = "tree";

export const deskView: Store<DeskView> = createStore<DeskView>({
  ...recalled(),
  query: everything,
  queryError: undefined,
  renaming: undefined,
  editing: undefined,
  moving: undefined,
});

export function useDeskView<S>(select: (state: DeskView) => S): S {
  return useStore(deskView, select);
}

function recalled(): Pick<DeskView, "toggled" | "showArchived"> {
  const nothing = { toggled: new Set<string>(), showArchived: false };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    if (typeof stored !== "object" || stored === null) return nothing;
    const { toggled, showArchived } = stored as Record<string, unknown>;
    return {
      toggled: new Set(Array.isArray(toggled) ? toggled.filter((each) => typeof each === "string") : []),
      showArchived: showArchived === true,
    };
  } catch (error) {
    if (error instanceof SyntaxError) return nothing;
    throw error;
  }
}

function keep(): void {
  const { toggled, showArchived } = deskView.get();
  localStorage.setItem(key, JSON.stringify({ toggled: [...toggled], showArchived }));
}

/** Opens or closes a row of the tree. */
export function toggleRow(row: string): void {
  const toggled = new Set(deskView.get().toggled);
  if (!toggled.delete(row)) toggled.add(row);
  deskView.set({ toggled });
  keep();
  followOpenRuns();
}

/** Turns to a checkpoint in the tree, and lets its name be typed. */
export function openCheckpoint(id: string, renaming: boolean): void {
  const run = id.slice(0, id.lastIndexOf(":"));
  const item: ItemRef = { kind: "checkpoint", id };
  if (!deskView.get().toggled.has(`run ${run}`)) toggleRow(`run ${run}`);
  reveal(item);
  session.set({ focus: item });
  if (renaming) deskView.set({ renaming: item });
}

/** Runs that are open in the tree: their checkpoints are read. */
export function followOpenRuns(): void {
  openRuns([...deskView.get().toggled].flatMap((row) => (row.startsWith("run ") ? [row.slice(4)] : [])));
}

export function setShowArchived(showArchived: boolean): void {
  deskView.set({ showArchived });
  keep();
}

/** Takes the text of the search box; the list keeps the last query that could be read. */
export function setFilter(text: string): void {
  session.set({ filter: text });
  readFilter();
}

function readFilter(): void {
  const parsed = parseQuery(session.get().filter, currentWords());
  if (!parsed.ok) {
    deskView.set({ queryError: parsed.error });
    return;
  }
  deskView.set({ query: parsed.query, queryError: undefined });
  wantMetrics("query", queryMetrics(parsed.query));
}

/** Follows what else changes a query's meaning. Called once. */
export function startDeskView(): void {
  followOpenRuns();
  let filter = session.get().filter;
  session.subscribe(() => {
    if (session.get().filter === filter) return;
    filter = session.get().filter;
    readFilter();
  });
  let words: QueryWords | undefined;
  desk.subscribe(() => {
    // A name that was unknown may have come with new runs.
    if (deskView.get().queryError === undefined || currentWords() === words) return;
    words = currentWords();
    readFilter();
  });
}

/** Answers what was made last time where nothing it is made of has changed. */
function remembering<A extends readonly unknown[], R>(make: (...inputs: A) => R): (...inputs: A) => R {
  let last: { readonly inputs: A; readonly result: R } | undefined;
  return (...inputs) => {
    if (last?.inputs.every((input, index) => input === inputs[index])) return last.result;
    last = { inputs, result: make(...inputs) };
    return last.result;
  };
}

const wordsOf = remembering(queryWords);
const tagsOf = remembering((runs: readonly RunSummary[]) =>
  [...new Set(runs.flatMap((run) => run.tags))].sort().join("\n"),
);

/** Every tag there is, in alphabetical order. */
export function allTags(): string[] {
  const { projects, experiments } = desk.get();
  const typed = [...projects.values(), ...experiments.values()].flatMap(({ tags }) => tags);
  const ofRuns = tagsOf(session.get().runs).split("\n");
  return [...new Set([...typed, ...ofRuns])].filter((tag) => tag !== "").sort();
}

export function currentWords(): QueryWords {
  const { scenarios, learners } = session.get();
  const { parameters, metrics, projects, experiments } = desk.get();
  return wordsOf(parameters, metrics, scenarios, learners, projects, experiments, allTags().join("\n"));
}

const shown = remembering(
  (
    runs: SessionState["runs"],
    projects: DeskState["projects"],
    experiments: DeskState["experiments"],
    parameters: DeskState["parameters"],
    lastValues: DeskState["lastValues"],
    query: Query,
    showArchived: boolean,
  ): readonly RunSummary[] => {
    const places = { projects, experiments };
    const now = Date.now();
    return runs.filter(
      (run) =>
        !runIsTrashed(run, places) &&
        (showArchived || !runIsArchived(run, places)) &&
        (query === everything || matchesQuery(query, runSubject(run, places, parameters, lastValues), now)),
    );
  },
);

/** The runs that tree and table show: not in the trash, not archived unless asked for, and found by the query. */
export function shownRuns(): readonly RunSummary[] {
  const { projects, experiments, parameters, lastValues } = desk.get();
  const { query, showArchived } = deskView.get();
  // Live values make a new list only where the query asks for them.
  const values = queryMetrics(query).length > 0 ? lastValues : noValues;
  return shown(session.get().runs, projects, experiments, parameters, values, query, showArchived);
}
const noValues: DeskState["lastValues"] = new Map();

/** Whether a project or experiment without runs is shown. */
export function showsEmpty(item: ProjectSummary | ExperimentSummary): boolean {
  const places = desk.get();
  const { query, showArchived } = deskView.get();
  const isExperiment = "project" in item;
  if (isExperiment ? experimentIsTrashed(item, places) : item.trashedAt !== null) return false;
  if (!showArchived && (isExperiment ? experimentIsArchived(item, places) : item.archived)) return false;
  return query === everything || matchesQuery(query, itemSubject(item, places), Date.now());
}

/** What commands act on: the selected runs where the focus is one of them, else what has the focus. */
export function targets(): readonly ItemRef[] {
  const { selection } = session.get();
  const focus = currentFocus();
  if (focus === undefined) return [];
  if (focus.kind === "run" && selection.selected.includes(focus.id))
    return selection.selected.map((id) => ({ kind: "run", id }));
  return [focus];
}

/** What the inspector shows. */
export function currentFocus(): ItemRef | undefined {
  const { focus, selection } = session.get();
  return focus ?? (selection.active === undefined ? undefined : { kind: "run", id: selection.active });
}

/** Makes a row visible by opening what holds it. */
export function reveal(item: ItemRef): void {
  const toggled = new Set(deskView.get().toggled);
  const before = toggled.size;
  const { runs } = session.get();
  const runId = item.kind === "run" ? item.id : item.kind === "checkpoint" ? knownCheckpoint(item.id)?.run : undefined;
  const run = runs.find((each) => each.id === runId);
  const experiment =
    item.kind === "experiment"
      ? desk.get().experiments.get(item.id)
      : run === undefined
        ? undefined
        : experimentOf(run, desk.get());
  if (experiment !== undefined) {
    toggled.delete(keyOf({ kind: "project", id: experiment.project }));
    if (item.kind !== "experiment") toggled.delete(keyOf({ kind: "experiment", id: experiment.id }));
  }
  if (toggled.size === before) return;
  deskView.set({ toggled });
  keep();
}

/** Whether an item is there to be shown: neither removed nor in the trash, and not archived unless that is asked for. */
export function isThere(item: ItemRef): boolean {
  const found = find(item);
  const places = desk.get();
  const { showArchived } = deskView.get();
  switch (found?.kind) {
    case undefined:
      // A checkpoint of a run that was never looked at is not known here.
      return item.kind === "checkpoint" && isThere({ kind: "run", id: item.id.slice(0, item.id.lastIndexOf(":")) });
    case "project":
      return found.project.trashedAt === null && (showArchived || !found.project.archived);
    case "experiment":
      return (
        !experimentIsTrashed(found.experiment, places) &&
        (showArchived || !experimentIsArchived(found.experiment, places))
      );
    case "run":
      return !runIsTrashed(found.run, places) && (showArchived || !runIsArchived(found.run, places));
    case "checkpoint":
      return found.checkpoint.trashedAt === null && isThere({ kind: "run", id: found.checkpoint.run });
  }
}

export type Found =
  | { readonly kind: "project"; readonly project: ProjectSummary }
  | { readonly kind: "experiment"; readonly experiment: ExperimentSummary }
  | { readonly kind: "run"; readonly run: RunSummary }
  | { readonly kind: "checkpoint"; readonly checkpoint: CheckpointSummary };

/** What an item is now; undefined when it is gone, or not known here yet. */
export function find(item: ItemRef): Found | undefined {
  const { projects, experiments } = desk.get();
  switch (item.kind) {
    case "project": {
      const project = projects.get(item.id);
      return project === undefined ? undefined : { kind: "project", project };
    }
    case "experiment": {
      const run = session.get().runs.find((each) => each.experiment === item.id);
      const experiment = experiments.get(item.id) ?? (run === undefined ? undefined : experimentOf(run, desk.get()));
      return experiment === undefined ? undefined : { kind: "experiment", experiment };
    }
    case "run": {
      const run = session.get().runs.find((each) => each.id === item.id);
      return run === undefined ? undefined : { kind: "run", run };
    }
    case "checkpoint": {
      const checkpoint = knownCheckpoint(item.id);
      return checkpoint === undefined ? undefined : { kind: "checkpoint", checkpoint };
    }
  }
}
