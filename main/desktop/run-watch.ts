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
  private readonly going = new Map<string, RunSummary>();
  /** Runs that were going since the last time that none was. */
  private readonly batch = new Map<string, number>();
  private anyWorking = false;

  constructor(watcher: RunWatcher) {
    this.watcher = watcher;
  }

  get pending(): RunSummary[] {
    return [...this.going.values()];
  }

  /** Share done of everything that was going since the last time that nothing was; undefined while nothing is. */
  get progress(): number | undefined {
    if (this.going.size === 0) return undefined;
    let sum = 0;
    for (const share of this.batch.values()) sum += share;
    return sum / this.batch.size;
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

  private note(run: RunSummary): void {
    const before = this.going.has(run.id);
    if (isPending(run)) {
      this.going.set(run.id, run);
      this.batch.set(run.id, run.steps > 0 ? Math.min(1, run.step / run.steps) : 0);
      return;
    }
    this.going.delete(run.id);
    if (this.batch.has(run.id)) this.batch.set(run.id, 1);
    if (this.going.size === 0) this.batch.clear();
    if (before && endStates.has(run.state)) this.watcher.ended(run);
  }

  private tellWorking(): void {
    const any = this.pending.some(isWorking);
    if (any === this.anyWorking) return;
    this.anyWorking = any;
    this.watcher.working(any);
  }
}
