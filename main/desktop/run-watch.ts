import type { RunState, RunSummary } from "../../preload/contract.ts";

/** States in which a trainer works. */
const workingStates: ReadonlySet<RunState> = new Set<RunState>(["starting", "running", "pausing"]);
const endStates: ReadonlySet<RunState> = new Set<RunState>(["finished", "failed"]);

export function isWorking(run: RunSummary): boolean {
  return workingStates.has(run.state);
}

/** True for runs that would go on without the window: working ones and those that wait for their turn. */
export function isPending(run: RunSummary): boolean {
  return isWorking(run) || run.state === "queued";
}

export interface RunWatcher {
  /** Something works now, or nothing does any more. */
  working(any: boolean): void;
  /** A run that was seen going has finished or failed. */
  ended(run: RunSummary): void;
}

/** Follows the runs for what the shell itself does with them: power save, notifications, the question at closing. */
export class RunWatch {
  private readonly watcher: RunWatcher;
  private readonly runs = new Map<string, RunSummary>();
  private anyWorking = false;

  constructor(watcher: RunWatcher) {
    this.watcher = watcher;
  }

  get pending(): RunSummary[] {
    return [...this.runs.values()].filter(isPending);
  }

  /** The whole list, after a new connection. */
  replace(runs: readonly RunSummary[]): void {
    for (const run of runs) this.note(run);
    this.tellWorking();
  }

  update(run: RunSummary): void {
    this.note(run);
    this.tellWorking();
  }

  /** Nothing is known while the engine is away: power may be saved again only when no run was going. */
  private note(run: RunSummary): void {
    const before = this.runs.get(run.id);
    this.runs.set(run.id, run);
    if (before !== undefined && isPending(before) && endStates.has(run.state)) this.watcher.ended(run);
  }

  private tellWorking(): void {
    const any = [...this.runs.values()].some(isWorking);
    if (any === this.anyWorking) return;
    this.anyWorking = any;
    this.watcher.working(any);
  }
}
