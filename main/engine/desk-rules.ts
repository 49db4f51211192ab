import {
  FIRST_PROJECT,
  type ItemChange,
  type ItemKind,
  type ItemRef,
  type RunState,
  type RunSummary,
} from "../../preload/contract.ts";
import { UserError } from "../platform/user-error.ts";
import type { StoredCheckpoint } from "../store/checkpoints.ts";
import type { Library } from "./library.ts";

/** What can be said of each kind of item. */
const fits: Record<keyof ItemChange, readonly ItemKind[]> = {
  name: ["project", "experiment", "run", "checkpoint"],
  parent: ["experiment", "run"],
  addTags: ["project", "experiment", "run", "checkpoint"],
  removeTags: ["project", "experiment", "run", "checkpoint"],
  notes: ["project", "experiment", "run", "checkpoint"],
  archived: ["project", "experiment", "run"],
  trashed: ["project", "experiment", "run", "checkpoint"],
  pinned: ["checkpoint"],
};

const wording: Record<keyof ItemChange, string> = {
  name: "named",
  parent: "moved",
  addTags: "tagged",
  removeTags: "tagged",
  notes: "noted",
  archived: "archived",
  trashed: "put into the trash",
  pinned: "pinned",
};

/** True for a run that has, or waits for, a trainer. */
export function isActive(state: RunState): boolean {
  return state === "queued" || state === "starting" || state === "running" || state === "pausing";
}

/** True for a run that can never go on. */
export function isOver(state: RunState): boolean {
  return state === "finished" || state === "cancelled";
}

/**
 * Refuses a change that one of the items does not allow.
 * @throws UserError naming the item and what to do
 */
export function checkChange(library: Library, items: readonly ItemRef[], change: ItemChange): void {
  const said = Object.entries(change).filter(([, value]) => value !== undefined);
  if (said.length === 0) throw new UserError("change-empty", "The change says nothing.", "", "change");
  for (const { kind, id } of items) {
    for (const [key] of said) checkFits(kind, id, key as keyof ItemChange);
    checkKnown(library, { kind, id });
    if (change.name === "" && (kind === "project" || kind === "experiment")) {
      throw new UserError("name-empty", "A name needs at least one character.", "", "change.name");
    }
  }
  if (change.parent !== undefined) checkParent(library, items, change.parent);
  if (change.trashed === true) checkTrash(library, items);
  if (change.trashed === false) checkRestore(library, items, change.parent !== undefined);
}

function checkFits(kind: ItemKind, id: string, key: keyof ItemChange): void {
  if (fits[key].includes(kind)) return;
  const hint = `Only ${fits[key].map((known) => `${known}s`).join(" and ")} can.`;
  throw new UserError("change-unfit", `The ${kind} ${id} cannot be ${wording[key]}.`, hint, `change.${key}`);
}

function checkKnown(library: Library, { kind, id }: ItemRef): void {
  if (kind === "project") library.desk.project(id);
  else if (kind === "experiment") library.desk.experiment(id);
  else if (kind === "run") library.get(id);
  else library.desk.checkpoint(id);
}

function checkParent(library: Library, items: readonly ItemRef[], parent: string): void {
  const kinds = new Set(items.map(({ kind }) => kind));
  if (kinds.size > 1) {
    throw new UserError("change-unfit", "Runs and experiments cannot be moved to one place.", "Move them apart.");
  }
  if (kinds.has("experiment")) library.desk.requireProject(parent);
  else library.desk.requireExperiment(parent);
}

function checkTrash(library: Library, items: readonly ItemRef[]): void {
  if (items.some(({ kind, id }) => kind === "project" && id === FIRST_PROJECT)) {
    throw new UserError(
      "project-first",
      "The first project cannot be put into the trash.",
      "Rename it, or put its experiments into the trash.",
    );
  }
  const active = runsIn(library, items).filter(({ state }) => isActive(state));
  if (active.length > 0) throw stillActive(active);
  for (const checkpoint of checkpointsAmong(library, items)) {
    if (!checkpoint.isLast || isOver(library.get(checkpoint.run).state)) continue;
    throw new UserError(
      "checkpoint-needed",
      `The run ${checkpoint.run} would go on from its checkpoint at step ${checkpoint.step}.`,
      "Stop the run first, or put the whole run into the trash.",
    );
  }
}

function checkRestore(library: Library, items: readonly ItemRef[], moved: boolean): void {
  if (moved) return; // to a place that was checked
  const restored = new Set(items.map(({ kind, id }) => `${kind} ${id}`));
  const { desk } = library;
  const check = (experimentId: string) => {
    const experiment = desk.experiment(experimentId);
    if (experiment.trashedAt !== null && !restored.has(`experiment ${experiment.id}`)) {
      throw parentTrashed("experiment", experiment.name);
    }
    checkProject(experiment.project);
  };
  const checkProject = (projectId: string) => {
    const project = desk.project(projectId);
    if (project.trashedAt !== null && !restored.has(`project ${project.id}`)) {
      throw parentTrashed("project", project.name);
    }
  };
  for (const { kind, id } of items) {
    if (kind === "experiment") checkProject(desk.experiment(id).project);
    if (kind === "run") check(library.get(id).experiment);
  }
  for (const { run } of checkpointsAmong(library, items)) {
    const { id, trashedAt, experiment } = library.get(run);
    if (trashedAt !== null && !restored.has(`run ${id}`)) throw parentTrashed("run", id);
    check(experiment);
  }
}

function parentTrashed(kind: string, name: string): UserError {
  const message = `It is in the ${kind} "${name}", which is in the trash.`;
  return new UserError("parent-trashed", message, `Restore the ${kind}, or move this to another place.`);
}

function stillActive(active: readonly RunSummary[]): UserError {
  const [first] = active;
  const message =
    active.length === 1
      ? `The run ${first?.id} is ${first?.state}.`
      : `${active.length} runs are still running or waiting, ${first?.id} among them.`;
  return new UserError("run-active", message, "Pause or stop them first; then they can go into the trash.");
}

/** The runs among the items and those inside their experiments and projects. */
export function runsIn(library: Library, items: readonly ItemRef[]): RunSummary[] {
  const ids = (kind: ItemKind) => new Set(items.filter((item) => item.kind === kind).map(({ id }) => id));
  const runs = ids("run");
  const experiments = ids("experiment");
  const projects = ids("project");
  if (experiments.size + projects.size === 0) return [...runs].map((run) => library.get(run));
  for (const { id, project } of library.desk.get().experiments) if (projects.has(project)) experiments.add(id);
  return library.list().filter(({ id, experiment }) => runs.has(id) || experiments.has(experiment));
}

function checkpointsAmong(library: Library, items: readonly ItemRef[]): StoredCheckpoint[] {
  return items.filter(({ kind }) => kind === "checkpoint").map(({ id }) => library.desk.checkpoint(id));
}
