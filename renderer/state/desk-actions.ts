/** What a person changes on the desk. Nothing asks first: every change can be undone. */
import type { ItemChange, ItemRef } from "../../preload/contract.ts";
import { keyOf } from "../model/tree.ts";
import { setSelection } from "./actions.ts";
import { ask } from "./ask.ts";
import { desk, readCheckpoints, takeDesk } from "./desk.ts";
import { currentFocus, deskView, find, reveal, targets } from "./desk-view.ts";
import { readDetail, renewDetails, takeRuns } from "./feed.ts";
import { session } from "./session.ts";

interface Step {
  readonly items: readonly ItemRef[];
  readonly change: ItemChange;
}

interface Done {
  /** As the notice says it: `Renamed to "b"`. */
  readonly text: string;
  readonly back: readonly Step[];
}

/** The last changes, the newest at the end. */
const done: Done[] = [];
const mostUndone = 50;

/** Changes items and offers to take it back; answers whether it was done. */
export async function changeItems(items: readonly ItemRef[], change: ItemChange, text: string): Promise<boolean> {
  if (items.length === 0) return false;
  const before = await stepsBack(items, change);
  if (before.length === 0) return false;
  if ((await ask("desk.change", { items: [...items], change })) === undefined) return false;
  take(items, change);
  offerUndo({ text, back: before });
  return true;
}

function offerUndo(entry: Done): void {
  done.push(entry);
  if (done.length > mostUndone) done.shift();
  session.set({ notice: { kind: "info", text: `${entry.text}.`, undo: () => void undo() } });
}

export function canUndo(): boolean {
  return done.length > 0;
}

/** Forgets the changes of what was just removed for good: they cannot be taken back any more. */
export function forgetRemoved(removed: readonly ItemRef[]): void {
  const keys = new Set(removed.map(keyOf));
  const isLeft = (item: ItemRef) => !keys.has(keyOf(item)) && (item.kind === "checkpoint" || find(item) !== undefined);
  const kept = done.filter(({ back }) => back.every(({ items }) => items.every(isLeft)));
  done.splice(0, done.length, ...kept);
  if (session.get().notice?.undo !== undefined) session.set({ notice: undefined });
}

/** Takes back the last change. */
export async function undo(): Promise<void> {
  const last = done.pop();
  if (last === undefined) return;
  session.set({ notice: undefined });
  for (const { items, change } of last.back) {
    if ((await ask("desk.change", { items: [...items], change })) === undefined) return;
    take(items, change);
  }
  session.set({ notice: { kind: "info", text: `Undone: ${last.text}.` } });
}

/** What makes the items as they are now again, those that share a former value together. Empty: nothing would change. */
async function stepsBack(items: readonly ItemRef[], change: ItemChange): Promise<Step[]> {
  const steps = new Map<string, { items: ItemRef[]; change: ItemChange }>();
  const add = (item: ItemRef, back: ItemChange) => {
    const name = JSON.stringify(back);
    const step = steps.get(name);
    if (step === undefined) steps.set(name, { items: [item], change: back });
    else step.items.push(item);
  };
  for (const item of items) {
    const now = await stateOf(item, change.notes !== undefined);
    if (now === undefined) continue;
    if (change.name !== undefined && change.name !== now.name) add(item, { name: now.name });
    if (change.parent !== undefined && change.parent !== now.parent) add(item, { parent: now.parent });
    const added = change.addTags?.filter((tag) => !now.tags.includes(tag)) ?? [];
    if (added.length > 0) add(item, { removeTags: added });
    const removed = change.removeTags?.filter((tag) => now.tags.includes(tag)) ?? [];
    if (removed.length > 0) add(item, { addTags: removed });
    if (change.notes !== undefined && change.notes !== now.notes) add(item, { notes: now.notes });
    if (change.archived !== undefined && change.archived !== now.archived) add(item, { archived: now.archived });
    if (change.trashed !== undefined && change.trashed !== now.trashed) add(item, { trashed: now.trashed });
    if (change.pinned !== undefined && change.pinned !== now.pinned) add(item, { pinned: now.pinned });
  }
  return [...steps.values()];
}

interface ItemState {
  readonly name: string;
  readonly parent: string;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly archived: boolean;
  readonly trashed: boolean;
  readonly pinned: boolean;
}

async function stateOf(item: ItemRef, withNotes: boolean): Promise<ItemState | undefined> {
  const found = find(item);
  switch (found?.kind) {
    case undefined:
      return undefined;
    case "project": {
      const { name, tags, notes, archived, trashedAt } = found.project;
      return { name, parent: "", tags, notes, archived, trashed: trashedAt !== null, pinned: false };
    }
    case "experiment": {
      const { name, project, tags, notes, archived, trashedAt } = found.experiment;
      return { name, parent: project, tags, notes, archived, trashed: trashedAt !== null, pinned: false };
    }
    case "run": {
      const { id, label, experiment, tags, archived, trashedAt } = found.run;
      if (withNotes && !session.get().details.has(id)) await readDetail(id);
      const notes = session.get().details.get(id)?.notes ?? "";
      return { name: label, parent: experiment, tags, notes, archived, trashed: trashedAt !== null, pinned: false };
    }
    case "checkpoint": {
      const { label, run, tags, notes, trashedAt, pinned } = found.checkpoint;
      return { name: label, parent: run, tags, notes, archived: false, trashed: trashedAt !== null, pinned };
    }
  }
}

/** Shows at once what the engine has accepted; its own events bring the same. */
function take(items: readonly ItemRef[], change: ItemChange): void {
  const runs = [];
  const projects = [];
  const experiments = [];
  for (const item of items) {
    const found = find(item);
    if (found?.kind === "project")
      projects.push({ ...found.project, ...marks(found.project, change), ...named(change) });
    if (found?.kind === "experiment")
      experiments.push({
        ...found.experiment,
        ...marks(found.experiment, change),
        ...named(change),
        ...(change.parent === undefined ? {} : { project: change.parent }),
      });
    if (found?.kind === "run") {
      const { notes, ...others } = marks({ ...found.run, notes: "" }, change);
      runs.push({
        ...found.run,
        ...others,
        ...(change.notes === undefined ? {} : { noted: notes !== "" }),
        ...(change.name === undefined ? {} : { label: change.name }),
        ...(change.parent === undefined
          ? {}
          : { experiment: change.parent, name: desk.get().experiments.get(change.parent)?.name ?? found.run.name }),
      });
    }
  }
  if (projects.length + experiments.length > 0) takeDesk({ projects, experiments, removed: [] });
  if (runs.length > 0) takeRuns(runs);
  // Details and lists of checkpoints that are shown.
  const touched = new Set(
    items.flatMap(({ kind, id }) => (kind === "checkpoint" ? [id.slice(0, id.lastIndexOf(":"))] : [])),
  );
  for (const run of touched) void readCheckpoints(run);
  for (const { kind, id } of items) if (kind === "run") touched.add(id);
  renewDetails([...touched]);
}

interface Marks {
  readonly tags: string[];
  readonly notes: string;
  readonly archived: boolean;
  readonly trashedAt: number | null;
}

function marks(now: Marks, change: ItemChange): Marks {
  const tags = [...new Set([...now.tags, ...(change.addTags ?? [])])].filter(
    (tag) => !change.removeTags?.includes(tag),
  );
  return {
    tags,
    notes: change.notes ?? now.notes,
    archived: change.archived ?? now.archived,
    trashedAt: change.trashed === undefined ? now.trashedAt : change.trashed ? (now.trashedAt ?? Date.now()) : null,
  };
}

function named({ name }: ItemChange): { name?: string } {
  return name === undefined ? {} : { name };
}

const kindWords = {
  project: ["project", "projects"],
  experiment: ["experiment", "experiments"],
  run: ["run", "runs"],
  checkpoint: ["checkpoint", "checkpoints"],
} as const;

/** `run "a"`, `12 runs`. */
export function describe(items: readonly ItemRef[]): string {
  const first = items[0];
  if (first === undefined) return "nothing";
  if (items.length > 1) return `${items.length} ${kindWords[first.kind][1]}`;
  return `${kindWords[first.kind][0]} "${nameOf(first)}"`;
}

/** What an item is called in a list. */
export function nameOf(item: ItemRef): string {
  const found = find(item);
  switch (found?.kind) {
    case undefined:
      return item.id;
    case "project":
      return found.project.name;
    case "experiment":
      return found.experiment.name;
    case "run":
      return found.run.label === "" ? `${found.run.name}, seed ${found.run.seed}` : found.run.label;
    case "checkpoint":
      return found.checkpoint.label === "" ? found.checkpoint.id : found.checkpoint.label;
  }
}

/** Gives an item another name; a run or checkpoint without one goes by what it is. */
export function rename(item: ItemRef, typed: string): void {
  const name = typed.trim();
  deskView.set({ renaming: undefined });
  if (name === "" && (item.kind === "project" || item.kind === "experiment")) return;
  const before = describe([item]);
  void changeItems(
    [item],
    { name },
    name === "" ? `Took the name of ${before} away` : `Renamed ${before} to "${name}"`,
  );
}

export function archive(items: readonly ItemRef[], archived: boolean): void {
  void changeItems(items, { archived }, `${archived ? "Archived" : "Brought back"} ${describe(items)}`);
}

/** Puts items into the trash; the selection does not keep what is no longer shown. */
export async function trash(items: readonly ItemRef[]): Promise<void> {
  const text = `Put ${describe(items)} into the trash`;
  if (!(await changeItems(items, { trashed: true }, text))) return;
  const gone = new Set(items.map(keyOf));
  const { selection, runs } = session.get();
  const isGone = (id: string) => {
    const run = runs.find((each) => each.id === id);
    const experiment = run === undefined ? undefined : desk.get().experiments.get(run.experiment);
    return (
      gone.has(`run ${id}`) || gone.has(`experiment ${run?.experiment}`) || gone.has(`project ${experiment?.project}`)
    );
  };
  const selected = selection.selected.filter((id) => !isGone(id));
  const active = selection.active !== undefined && isGone(selection.active) ? selected[0] : selection.active;
  session.set({ selection: { selected, active, anchor: active } });
}

export function restore(items: readonly ItemRef[]): void {
  void changeItems(items, { trashed: false }, `Restored ${describe(items)}`);
}

export function move(items: readonly ItemRef[], parent: ItemRef): void {
  deskView.set({ moving: undefined });
  void changeItems(items, { parent: parent.id }, `Moved ${describe(items)} to "${nameOf(parent)}"`).then((moved) => {
    if (moved && items[0] !== undefined) reveal(items[0]);
  });
}

/** What may hold an item, as a chooser or a drop asks. */
export function canMove(items: readonly ItemRef[], parent: ItemRef): boolean {
  if (items.length === 0) return false;
  if (items.every(({ kind }) => kind === "experiment")) return parent.kind === "project";
  return items.every(({ kind }) => kind === "run") && parent.kind === "experiment";
}

/** `Name`, or `Name 2` where it is taken. */
function freeName(name: string, taken: Iterable<{ readonly name: string }>): string {
  const names = new Set([...taken].map((each) => each.name));
  if (!names.has(name)) return name;
  let number = 2;
  while (names.has(`${name} ${number}`)) number++;
  return `${name} ${number}`;
}

/** Makes a project, turns to it and lets its name be typed. */
export async function createProject(): Promise<void> {
  const project = await ask("desk.createProject", { name: freeName("New project", desk.get().projects.values()) });
  if (project === undefined) return;
  takeDesk({ projects: [project], experiments: [], removed: [] });
  created({ kind: "project", id: project.id }, `Made project "${project.name}"`);
}

/** Makes an experiment in the project that has the focus. */
export async function createExperiment(): Promise<void> {
  const project = focusedProject();
  if (project === undefined) return;
  const siblings = [...desk.get().experiments.values()].filter((each) => each.project === project);
  const experiment = await ask("desk.createExperiment", { name: freeName("New experiment", siblings), project });
  if (experiment === undefined) return;
  takeDesk({ projects: [], experiments: [experiment], removed: [] });
  created({ kind: "experiment", id: experiment.id }, `Made experiment "${experiment.name}"`);
}

function created(item: ItemRef, text: string): void {
  session.set({ filter: "" });
  reveal(item);
  setSelection({ selected: [], active: undefined, anchor: undefined }, item);
  deskView.set({ renaming: item });
  offerUndo({ text, back: [{ items: [item], change: { trashed: true } }] });
}

/** The project of what has the focus, else the first. */
export function focusedProject(): string | undefined {
  const focus = currentFocus();
  const { projects, experiments } = desk.get();
  const found = focus === undefined ? undefined : find(focus);
  if (found?.kind === "project") return found.project.id;
  if (found?.kind === "experiment") return found.experiment.project;
  const runId = found?.kind === "run" ? found.run.id : found?.kind === "checkpoint" ? found.checkpoint.run : undefined;
  const run = session.get().runs.find(({ id }) => id === runId);
  const project = run === undefined ? undefined : experiments.get(run.experiment)?.project;
  return project ?? [...projects.values()].find(({ trashedAt }) => trashedAt === null)?.id;
}

/** A project like another: its notes and tags, without its experiments. */
export async function duplicateProject(id: string): Promise<void> {
  const from = desk.get().projects.get(id);
  if (from === undefined) return;
  const project = await ask("desk.createProject", {
    name: freeName(`${from.name} copy`, desk.get().projects.values()),
  });
  if (project === undefined) return;
  const item: ItemRef = { kind: "project", id: project.id };
  takeDesk({ projects: [project], experiments: [], removed: [] });
  const change = { ...(from.tags.length > 0 ? { addTags: [...from.tags] } : {}), notes: from.notes };
  if ((await ask("desk.change", { items: [item], change })) !== undefined) take([item], change);
  created(item, `Copied project "${from.name}"`);
}

/** What is selected, for commands that act on it; a line where there is nothing. */
export function orNothing(): string | undefined {
  return targets().length === 0 ? "Nothing is selected." : undefined;
}
