import type { Queue, QueueEntry } from "../../preload/contract.ts";
import type { Measurements } from "./measurements.ts";
import { type Job, playQueue } from "./schedule.ts";
import type { QueuedRun, QueueState, Supervisor } from "./supervisor.ts";

/** Least time between two events. */
const LEAST_MILLISECONDS = 1000;
/** A long queue is told less often: what it costs to tell stays the same part of the time. */
const MILLISECONDS_A_RUN = 1;

/** Tells how the queue stands and when its runs will start and end. */
export class QueueBoard {
  private readonly supervisor: Supervisor;
  private readonly measurements: Measurements;
  private readonly send: (queue: Queue) => void;
  private readonly wanted: () => boolean;
  private timer: NodeJS.Timeout | undefined;
  private sentAt = Number.NEGATIVE_INFINITY;
  private length = 0;

  /** @param send gets the queue as it changes; it is not called while `wanted` says that nobody listens */
  constructor(supervisor: Supervisor, measurements: Measurements, send: (queue: Queue) => void, wanted: () => boolean) {
    this.supervisor = supervisor;
    this.measurements = measurements;
    this.send = send;
    this.wanted = wanted;
  }

  /** Something that the board shows may have changed. Cheap. */
  changed(): void {
    if (this.timer !== undefined) return;
    const pause = Math.max(LEAST_MILLISECONDS, this.length * MILLISECONDS_A_RUN);
    const wait = Math.max(0, this.sentAt + pause - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (!this.wanted()) return;
      this.sentAt = performance.now();
      this.send(this.describe());
    }, wait);
  }

  close(): void {
    clearTimeout(this.timer);
  }

  describe(): Queue {
    const { supervisor } = this;
    const state = supervisor.state();
    const { running, waiting, machine } = state;
    const held = supervisor.held;
    const times = playQueue(
      running.map((run) => this.job(run)),
      held ? [] : waiting.map((run) => this.job(run)),
      { parallel: machine.parallel, memoryBytes: memoryForRuns(state) },
    );
    const entry = (run: QueuedRun, index: number, position: number): QueueEntry => ({
      run: run.summary.id,
      position,
      priority: run.summary.priority,
      startsInSeconds: times[index]?.startsInSeconds ?? null,
      endsInSeconds: times[index]?.endsInSeconds ?? null,
      memoryBytes: run.memoryBytes,
      waitsFor: position === 1 ? state.waitsFor : "",
    });
    const entries = [
      ...running.map((run, index) => ({ ...entry(run, index, 0), memoryBytes: run.usedMemoryBytes })),
      ...waiting.map((run, index) => entry(run, running.length + index, index + 1)),
    ];
    this.length = entries.length;
    const ends = entries.map(({ endsInSeconds }) => endsInSeconds);
    const known = ends.filter((end) => end !== null);
    const endsInSeconds = known.length < ends.length || ends.length === 0 ? null : Math.max(...known);
    return { entries, held, endsInSeconds, parallel: machine.parallel };
  }

  /** What a run still has to train, at its own speed or, before it has one, at that of similar runs. */
  job({ summary, threads, memoryBytes }: QueuedRun): Job {
    const left = Math.max(0, summary.steps - summary.step);
    return { threads, memoryBytes, seconds: secondsFor(left, this.speed(summary)) };
  }

  private speed(summary: QueuedRun["summary"]): number | null {
    if (summary.stepsPerSecond > 0) return summary.stepsPerSecond;
    const profile = this.measurements.profile(summary.id);
    return profile === undefined ? null : this.measurements.expect(profile).stepsPerSecond;
  }
}

/** Seconds for some steps; null when no speed is known. */
export function secondsFor(steps: number, stepsPerSecond: number | null): number | null {
  if (steps === 0) return 0;
  return stepsPerSecond === null ? null : steps / stepsPerSecond;
}

/** What training runs have and what is left for others. */
export function memoryForRuns({ running, machine }: QueueState): number {
  const used = running.reduce((sum, { usedMemoryBytes }) => sum + usedMemoryBytes, 0);
  return used + machine.memoryAvailableBytes - machine.memoryKeptFreeBytes;
}
