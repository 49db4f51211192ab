import type { RunSummary } from "../../preload/contract.ts";

/** Runs that end within this time of the first are told of together. */
const TOGETHER_MILLISECONDS = 3000;

export interface Notice {
  readonly title: string;
  readonly body: string;
}

/** Tells of runs that ended: many within a few seconds in one notice, and at once when nothing else is going. */
export class EndNotices {
  private readonly show: (notice: Notice) => void;
  private readonly pending: () => number;
  private ended: RunSummary[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** `pending` counts the runs that are going or waiting. */
  constructor(show: (notice: Notice) => void, pending: () => number) {
    this.show = show;
    this.pending = pending;
  }

  add(run: RunSummary): void {
    this.ended.push(run);
    if (this.pending() === 0) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), TOGETHER_MILLISECONDS);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const runs = this.ended;
    this.ended = [];
    this.show(describeEnds(runs, this.pending() === 0));
  }
}

/** What to say of runs that have finished or failed; `done` when nothing is left to do. */
export function describeEnds(runs: readonly RunSummary[], done: boolean): Notice {
  const last = done && runs.length > 1 ? " The queue is done." : "";
  const [first] = runs;
  if (first !== undefined && runs.length === 1) {
    const how = `${first.step.toLocaleString("en")} steps in ${Math.round(first.wallSeconds)} s`;
    return { title: `${first.name}, seed ${first.seed}, has ${first.state}`, body: first.error?.message ?? how };
  }
  const failed = runs.filter((run) => run.state === "failed");
  const finished = runs.length - failed.length;
  const counts = [finished > 0 ? `${finished} finished` : "", failed.length > 0 ? `${failed.length} failed` : ""];
  const names = [...new Set(runs.map((run) => run.name))];
  const rest = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return {
    title: `${runs.length} runs have ended: ${counts.filter((text) => text !== "").join(", ")}`,
    body: `${names.slice(0, 3).join(", ")}${rest}.${last}`,
  };
}
