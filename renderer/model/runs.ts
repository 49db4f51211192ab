import type { RunState, RunSummary } from "../../preload/contract.ts";

export const stateLabels: Readonly<Record<RunState, string>> = {
  queued: "Queued",
  starting: "Starting",
  running: "Running",
  pausing: "Pausing",
  paused: "Paused",
  finished: "Finished",
  failed: "Failed",
  cancelled: "Stopped",
};

/** Which commands make sense in which state. */
export const canPause: ReadonlySet<RunState> = new Set<RunState>(["queued", "starting", "running"]);
export const canResume: ReadonlySet<RunState> = new Set<RunState>(["paused", "failed"]);
export const canStop: ReadonlySet<RunState> = new Set<RunState>(["queued", "starting", "running", "pausing", "paused"]);
const working: ReadonlySet<RunState> = new Set<RunState>(["starting", "running", "pausing"]);

export function isWorking(run: RunSummary): boolean {
  return working.has(run.state);
}

/** Runs in the order in which they were created. */
export function inOrder(runs: Iterable<RunSummary>): RunSummary[] {
  return [...runs].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

export function progress(run: RunSummary): number {
  return run.steps > 0 ? Math.min(1, run.step / run.steps) : 0;
}

/** Seconds until the run is done at its present speed; undefined when that cannot be told. */
export function secondsLeft(run: RunSummary): number | undefined {
  if (run.state !== "running" || !(run.stepsPerSecond > 0)) return undefined;
  return Math.max(0, run.steps - run.step) / run.stepsPerSecond;
}

export interface QueueState {
  readonly running: number;
  readonly waiting: number;
}

export function queueState(runs: Iterable<RunSummary>): QueueState {
  let running = 0;
  let waiting = 0;
  for (const run of runs) {
    if (isWorking(run)) running++;
    else if (run.state === "queued") waiting++;
  }
  return { running, waiting };
}

/** A run beyond its experiment: name and seed. */
export function runLabel(run: RunSummary): string {
  return `${run.name}, seed ${run.seed}`;
}

export interface RunLabel {
  /** What others have too, so that it may be cut short; "" where all have the same name. */
  readonly name: string;
  /** What tells the run from its siblings. */
  readonly own: string;
}

/** Short labels for runs that are shown together: the name only where names differ, the id only where nothing else does. */
export function labelsOf(runs: readonly RunSummary[]): RunLabel[] {
  const oneName = new Set(runs.map((run) => run.name)).size === 1;
  const taken = new Map<string, number>();
  for (const run of runs) taken.set(runLabel(run), (taken.get(runLabel(run)) ?? 0) + 1);
  return runs.map((run) => ({
    name: oneName ? "" : run.name,
    own: taken.get(runLabel(run)) === 1 ? `seed ${run.seed}` : `seed ${run.seed} (${run.id})`,
  }));
}

export interface Experiment {
  readonly id: string;
  readonly name: string;
  readonly runs: readonly RunSummary[];
}

/** Experiments with the newest first; runs within one in the order in which they were created. */
export function experiments(runs: readonly RunSummary[]): Experiment[] {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const group = groups.get(run.experiment);
    if (group === undefined) groups.set(run.experiment, [run]);
    else group.push(run);
  }
  return [...groups].map(([id, members]) => ({ id, name: members[0]?.name ?? id, runs: members })).reverse();
}

export type TreeRow =
  | { readonly kind: "experiment"; readonly key: string; readonly experiment: Experiment; readonly open: boolean }
  | { readonly kind: "run"; readonly key: string; readonly run: RunSummary; readonly label: string };

/** The tree as the flat list of its visible rows. */
export function treeRows(list: readonly Experiment[], closed: ReadonlySet<string>): TreeRow[] {
  return list.flatMap((experiment): TreeRow[] => {
    const open = !closed.has(experiment.id);
    const heading: TreeRow = { kind: "experiment", key: `experiment ${experiment.id}`, experiment, open };
    if (!open) return [heading];
    const labels = labelsOf(experiment.runs);
    return [
      heading,
      ...experiment.runs.map(
        (run, index): TreeRow => ({ kind: "run", key: run.id, run, label: labels[index]?.own ?? run.id }),
      ),
    ];
  });
}

/** Does any of what names a run contain the text? Case does not matter; every word must be found. */
export function matches(run: RunSummary, text: string): boolean {
  const haystack =
    `${run.name} ${run.scenario} ${run.learner} ${run.preset} ${stateLabels[run.state]} ${run.id} seed ${run.seed}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
