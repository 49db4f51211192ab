/** The queue as its screen and the title bar show it. */
import type { Priority, Queue, QueueEntry, RunSummary } from "../../preload/contract.ts";
import { formatDuration } from "./format.ts";
import { isWorking } from "./runs.ts";

export interface QueueRow extends QueueEntry {
  readonly summary: RunSummary;
  /** Why it cannot be told when the run starts or ends, where that is so. */
  readonly unknown: string;
}

export const priorityLabels: Readonly<Record<Priority, string>> = { high: "High", normal: "Normal", low: "Low" };

const levels: readonly Priority[] = ["low", "normal", "high"];

/** The next priority in a direction; the same at the end. */
export function shiftPriority(priority: Priority, by: 1 | -1): Priority {
  return levels[levels.indexOf(priority) + by] ?? priority;
}

/** Entries with their runs; one whose run is not known here yet, or is done and only leaving, is left out. */
export function queueRows(queue: Queue, runs: readonly RunSummary[]): QueueRow[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  return queue.entries.flatMap((entry) => {
    const summary = byId.get(entry.run);
    if (summary === undefined || !(isWorking(summary) || summary.state === "queued")) return [];
    const unknown = queue.held && entry.position > 0 ? "when let go" : "not known";
    return [{ ...entry, summary, unknown }];
  });
}

/** What keeps waiting runs from starting, beyond that others train; "" when nothing does. */
export function whatKeeps({ entries, held }: Queue): string {
  if (held) return "The queue is held: what trains goes on, nothing new starts until you let it go.";
  const waitsFor = entries.find(({ position }) => position === 1)?.waitsFor ?? "";
  return waitsFor === "" || waitsFor === "a free place" ? "" : `The next run waits for ${waitsFor}.`;
}

/** When all is done. */
export function endText({ held, endsInSeconds }: Queue): string {
  if (endsInSeconds !== null) return `All done in about ${formatLeft(endsInSeconds)}`;
  return held ? "No end while the queue is held" : "End not known yet";
}

/** `now`, `in 40 s`, `in 14 min`, `in 2 h 5 min`; "" when it cannot be told. */
export function formatIn(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 1 ? "now" : `in ${formatLeft(seconds)}`;
}

/** A time left with no more digits than it deserves: `40 s`, `14 min`, `2 h 5 min`. */
export function formatLeft(seconds: number): string {
  if (seconds < 10) return `${Math.ceil(seconds)} s`;
  if (seconds < 60) return `${Math.ceil(seconds / 5) * 5} s`;
  return formatDuration(Math.round(seconds / 60) * 60);
}

/** `3 running, 12 waiting, 14 min left` */
export function queueText(running: number, waiting: number, queue: Queue | undefined): string {
  if (running === 0 && waiting === 0) return "Nothing is running";
  const parts = [`${running} running`, `${waiting} waiting`];
  if (queue?.held) parts.push("held");
  else if (queue !== undefined && queue.endsInSeconds !== null) parts.push(`${formatLeft(queue.endsInSeconds)} left`);
  return parts.join(", ");
}
