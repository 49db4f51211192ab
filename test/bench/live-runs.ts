/** Runs that this process holds as their trainer would, so that a window can be measured while many curves grow. */
import path from "node:path";
import { JournalWriter } from "../../main/runs/journal.ts";
import { acquireLock, type RunLock } from "../../main/runs/lock.ts";
import type { RunEvent } from "../../main/runs/run-event.ts";
import { createRunFolder, type RunFile, readRunFile, runPaths } from "../../main/runs/run-file.ts";

const METRIC = "rollout/reward";
const EXPERIMENT = "experiment-live";

interface LiveRun {
  readonly id: string;
  readonly journal: JournalWriter;
  readonly lock: RunLock;
  step: number;
}

export class LiveRuns {
  readonly metric = METRIC;
  private readonly runs: readonly LiveRun[];

  /** Makes `count` runs like `model` (the folder of any run), each with `points` points behind it and still going. */
  constructor(dataFolder: string, model: string, count: number, points: number) {
    const runFile = readRunFile(model);
    this.runs = Array.from({ length: count }, (_, index) => {
      const run = begin(path.join(dataFolder, "runs"), runFile, index);
      append(run, points);
      run.journal.flush();
      return run;
    });
  }

  get ids(): string[] {
    return this.runs.map(({ id }) => id);
  }

  /** Lets every run record some more points. */
  grow(points: number): void {
    for (const run of this.runs) {
      append(run, points);
      run.journal.flush();
    }
  }

  /** Ends every run as its trainer would. */
  finish(): void {
    for (const { journal, lock, step } of this.runs) {
      const at = Date.now();
      event(journal, { type: "state", state: "finished", at, step, iteration: step, wallSeconds: step / 10 });
      journal.close();
      lock.release();
    }
  }
}

function begin(runsFolder: string, model: RunFile, index: number): LiveRun {
  const id = `live-${index}`;
  const createdAt = Date.now() + index;
  const folder = createRunFolder(runsFolder, {
    ...model,
    id,
    experiment: EXPERIMENT,
    name: "Live",
    seed: index + 1,
    createdAt,
  });
  const lock = acquireLock(folder, 1);
  const journal = JournalWriter.open(runPaths.journal(folder), { attempt: 1 });
  const about = { kernelBuild: "plain-0", cpu: "made up", node: process.versions.node, programVersion: "0" };
  const from = { fromStep: 0, fromCheckpoint: null, pid: process.pid };
  event(journal, { type: "started", attempt: 1, ...about, ...from, at: createdAt });
  event(journal, { type: "state", state: "running", at: createdAt, step: 0, iteration: 0, wallSeconds: 0 });
  journal.declareMetric(METRIC);
  return { id, journal, lock, step: 0 };
}

/** A rising, rough curve. */
function append(run: LiveRun, points: number): void {
  const first = run.step;
  const at = (i: number) => first + i + 1;
  const column = (value: (step: number) => number) => Float64Array.from({ length: points }, (_, i) => value(at(i)));
  const phase = Number(run.id.split("-")[1]);
  run.journal.points({
    metric: new Uint16Array(points),
    iteration: Uint32Array.from({ length: points }, (_, i) => at(i)),
    step: column((step) => step),
    wallSeconds: column((step) => step / 10),
    value: column(
      (step) => -100 / (1 + step / 3000) + phase + 3 * Math.sin(step * 1.7 + phase) * Math.sin(step * 0.31),
    ),
  });
  run.step = first + points;
}

function event(journal: JournalWriter, value: RunEvent): void {
  journal.event(value);
}
