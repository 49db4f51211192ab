/** The tree as the flat list of its visible rows. */
import {
  type CheckpointSummary,
  type ExperimentSummary,
  FIRST_PROJECT,
  type ItemRef,
  type ParameterValues,
  type ProjectSummary,
  type RunSummary,
} from "../../preload/contract.ts";
import { cellValue, formatCellValue, runLabels } from "./cells.ts";
import { formatTimeLeft } from "./format.ts";
import { isWorking } from "./runs.ts";

export interface ExperimentNode {
  readonly experiment: ExperimentSummary;
  /** In the order in which they were created. */
  readonly runs: readonly RunSummary[];
}

export interface ProjectNode {
  readonly project: ProjectSummary;
  /** The newest first. */
  readonly experiments: readonly ExperimentNode[];
}

interface Row {
  /** `<kind> <id>` */
  readonly key: string;
  readonly level: number;
  /** Undefined where there is nothing to open. */
  readonly open: boolean | undefined;
}
export type TreeRow =
  | (Row & { readonly kind: "project"; readonly node: ProjectNode })
  | (Row & { readonly kind: "experiment"; readonly node: ExperimentNode })
  | (Row & { readonly kind: "run"; readonly run: RunSummary; readonly label: string })
  | (Row & { readonly kind: "checkpoint"; readonly checkpoint: CheckpointSummary });

export function keyOf(item: ItemRef): string {
  return `${item.kind} ${item.id}`;
}

export function itemOf(row: TreeRow): ItemRef {
  switch (row.kind) {
    case "project":
      return { kind: "project", id: row.node.project.id };
    case "experiment":
      return { kind: "experiment", id: row.node.experiment.id };
    case "run":
      return { kind: "run", id: row.run.id };
    case "checkpoint":
      return { kind: "checkpoint", id: row.checkpoint.id };
  }
}

export interface Places {
  readonly projects: ReadonlyMap<string, ProjectSummary>;
  readonly experiments: ReadonlyMap<string, ExperimentSummary>;
}

/** A run's experiment; one made from the run where the engine has not told of it yet. */
export function experimentOf(run: RunSummary, places: Places): ExperimentSummary {
  return (
    places.experiments.get(run.experiment) ?? {
      id: run.experiment,
      name: run.name,
      project: FIRST_PROJECT,
      createdAt: run.createdAt,
      tags: [],
      notes: "",
      archived: false,
      trashedAt: null,
    }
  );
}

/** Whether it lies in the trash, itself or with what holds it. */
export function runIsTrashed(run: RunSummary, places: Places): boolean {
  return run.trashedAt !== null || experimentIsTrashed(experimentOf(run, places), places);
}
export function experimentIsTrashed(experiment: ExperimentSummary, { projects }: Places): boolean {
  return experiment.trashedAt !== null || (projects.get(experiment.project)?.trashedAt ?? null) !== null;
}

/** Whether it was put away, itself or with what holds it. */
export function runIsArchived(run: RunSummary, places: Places): boolean {
  return run.archived || experimentIsArchived(experimentOf(run, places), places);
}
export function experimentIsArchived(experiment: ExperimentSummary, { projects }: Places): boolean {
  return experiment.archived || (projects.get(experiment.project)?.archived ?? false);
}

export interface TreeContents extends Places {
  /** Those to show, in the order in which they were created. */
  readonly runs: readonly RunSummary[];
  /** Whether a project or experiment without a run to show is shown all the same. */
  shows(item: ProjectSummary | ExperimentSummary): boolean;
}

/**
 * Projects in the order in which they were created, experiments with the newest first. Keeps the experiments of the
 * `before` tree that have not changed, so that what is derived from them is not made again.
 */
export function projectNodes(contents: TreeContents, before: readonly ProjectNode[]): ProjectNode[] {
  const kept = new Map(before.flatMap((node) => node.experiments.map((each) => [each.experiment.id, each])));
  const runs = new Map<string, RunSummary[]>();
  for (const run of contents.runs) {
    const list = runs.get(run.experiment);
    if (list === undefined) runs.set(run.experiment, [run]);
    else list.push(run);
  }
  const experiments = new Map<string, ExperimentSummary>();
  for (const experiment of contents.experiments.values())
    if (runs.has(experiment.id) || contents.shows(experiment)) experiments.set(experiment.id, experiment);
  for (const [id, list] of runs) if (!experiments.has(id)) experiments.set(id, experimentOf(list[0]!, contents));
  const nodes = new Map<string, ExperimentNode[]>();
  const newestFirst = [...experiments.values()].sort(
    (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0),
  );
  for (const experiment of newestFirst) {
    const node = sameNode(kept.get(experiment.id), { experiment, runs: runs.get(experiment.id) ?? [] });
    const list = nodes.get(experiment.project);
    if (list === undefined) nodes.set(experiment.project, [node]);
    else list.push(node);
  }
  return [...contents.projects.values()]
    .filter((project) => nodes.has(project.id) || contents.shows(project))
    .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    .map((project) => ({ project, experiments: nodes.get(project.id) ?? [] }));
}

function sameNode(before: ExperimentNode | undefined, now: ExperimentNode): ExperimentNode {
  if (before === undefined || before.experiment !== now.experiment || before.runs.length !== now.runs.length)
    return now;
  return now.runs.every((run, index) => run === before.runs[index]) ? before : now;
}

export interface TreeView {
  /** Keys of projects and experiments that are closed, and of runs that are open. */
  readonly toggled: ReadonlySet<string>;
  readonly parameters: ReadonlyMap<string, ParameterValues>;
  /** Run -> its checkpoints, of open runs. */
  readonly checkpoints: ReadonlyMap<string, readonly CheckpointSummary[]>;
}

export function treeRows(nodes: readonly ProjectNode[], view: TreeView): TreeRow[] {
  const rows: TreeRow[] = [];
  for (const node of nodes) {
    const key = `project ${node.project.id}`;
    const open = !view.toggled.has(key);
    rows.push({ kind: "project", key, level: 1, open: node.experiments.length === 0 ? undefined : open, node });
    if (!open) continue;
    for (const each of node.experiments) for (const row of experimentRows(each, view)) rows.push(row);
  }
  return rows;
}

/** The rows of an experiment that has not changed since they were made. */
const made = new WeakMap<ExperimentNode, { readonly view: TreeView; readonly rows: readonly TreeRow[] }>();

function experimentRows(node: ExperimentNode, view: TreeView): readonly TreeRow[] {
  const last = made.get(node);
  if (
    last !== undefined &&
    last.view.toggled === view.toggled &&
    last.view.parameters === view.parameters &&
    last.view.checkpoints === view.checkpoints
  )
    return last.rows;
  const key = `experiment ${node.experiment.id}`;
  const open = !view.toggled.has(key);
  const rows: TreeRow[] = [
    { kind: "experiment", key, level: 2, open: node.runs.length === 0 ? undefined : open, node },
  ];
  if (open) {
    for (const [index, label] of labelsOf(node.runs, view.parameters))
      rows.push(...runRows(node.runs[index]!, label, view));
  }
  made.set(node, { view, rows });
  return rows;
}

interface Labels {
  readonly named: readonly string[];
  readonly parameters: TreeView["parameters"];
  /** Place among the runs, and label; in the order to show. */
  readonly labels: readonly (readonly [index: number, label: string])[];
}
const byNumber = new Intl.Collator("en", { numeric: true });
const labelled = new Map<string, Labels>();

/**
 * Runs that were made at once go by their labels. Both change only with the runs there are and their names, not with
 * their progress.
 */
function labelsOf(runs: readonly RunSummary[], parameters: TreeView["parameters"]): Labels["labels"] {
  const experiment = runs[0]?.experiment ?? "";
  const last = labelled.get(experiment);
  const same =
    last !== undefined &&
    last.parameters === parameters &&
    last.named.length === runs.length &&
    runs.every((run, index) => last.named[index] === `${run.id} ${run.label}`);
  if (same) return last.labels;
  const labels = runLabels(runs, parameters)
    .map((label, index) => [index, label] as const)
    .sort(([a, label], [b, other]) => runs[a]!.createdAt - runs[b]!.createdAt || byNumber.compare(label, other));
  labelled.set(experiment, { named: runs.map((run) => `${run.id} ${run.label}`), parameters, labels });
  return labels;
}

function runRows(run: RunSummary, label: string, view: TreeView): TreeRow[] {
  const key = `run ${run.id}`;
  const open = view.toggled.has(key);
  const row: TreeRow = { kind: "run", key, level: 3, open: run.step > 0 ? open : undefined, run, label };
  if (!open || run.step === 0) return [row];
  const list = (view.checkpoints.get(run.id) ?? []).filter((checkpoint) => checkpoint.trashedAt === null);
  return [
    row,
    ...[...list]
      .sort((a, b) => b.step - a.step)
      .map(
        (checkpoint): TreeRow => ({
          kind: "checkpoint",
          key: `checkpoint ${checkpoint.id}`,
          level: 4,
          open: undefined,
          checkpoint,
        }),
      ),
  ];
}

/**
 * What matters most about an experiment on a narrow line: how far it is while something works, its result when all runs
 * of one cell are done, else how many runs it has. `endsInSeconds` as the queue tells it, of its runs.
 */
export function experimentNote(
  runs: readonly RunSummary[],
  endsInSeconds: number | undefined,
  oneCell: boolean,
): string {
  if (runs.length === 0) return "empty";
  const finished = runs.filter((run) => run.state === "finished");
  const isOpen = runs.some((run) => isWorking(run) || run.state === "queued");
  if (isOpen) {
    const left = endsInSeconds === undefined ? "" : `, ${formatTimeLeft(endsInSeconds)} left`;
    return `${finished.length} of ${runs.length}${left}`;
  }
  if (finished.length < runs.length) return `${finished.length} of ${runs.length} finished`;
  const value = oneCell ? cellValue(runs.map((run) => run.reward)) : undefined;
  return value === undefined ? `${runs.length} finished` : `${formatCellValue(value)} (n ${value.n})`;
}
