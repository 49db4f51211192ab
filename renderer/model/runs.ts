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
