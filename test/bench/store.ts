/**
 * How fast points come in (journal, ingestion and index together) and how fast, and in how much memory, an index is
 * rebuilt. `node test/bench/store.ts` prints a table.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { freshSummary, RunIngestion } from "../../main/engine/ingestion.ts";
import { JournalWriter } from "../../main/runs/journal.ts";
import { createRunFolder, type RunFile, runPaths } from "../../main/runs/run-file.ts";
import { Store } from "../../main/store/store.ts";

export interface Benchmark {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  /** The value that is asked for, and on which side of it the measured one must be. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

const METRICS = 16;
/** Points that a trainer hands over at once: an iteration's metrics, and evaluations between them. */
const POINTS_A_RECORD = 64;
const INGESTED_POINTS = 1_200_000;
const REBUILT_POINTS = 10_000_000;

/** Measures everything; takes about half a minute. */
export function storeBenchmarks(): Benchmark[] {
  const rates = [1, 2, 3, 4, 5].map(() => inTemporaryFolder(ingestRate));
  const rebuild = measureRebuild();
  return [
    { id: "store/ingest", value: Math.max(...rates), unit: "points/s", atLeast: 300_000 },
    { id: "store/rebuild-10m", value: rebuild.seconds, unit: "s", atMost: 60 },
    { id: "store/rebuild-10m-memory", value: rebuild.megabytes, unit: "MB", atMost: 300 },
  ];
}

function inTemporaryFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(os.tmpdir(), "edgeloom-bench-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Points a second through a journal on the disk and the ingestion that follows it while it is written. */
function ingestRate(folder: string): number {
  const { runFolder, store } = prepare(folder);
  const writer = new BenchmarkWriter(runFolder);
  const ingestion = new RunIngestion(store, runFolder, "bench");
  const start = performance.now();
  for (let written = 0; written < INGESTED_POINTS; written += 30_000) {
    writer.write(30_000);
    while (ingestion.step().more);
  }
  const seconds = (performance.now() - start) / 1000;
  if (store.series.storedPoints() !== INGESTED_POINTS) throw new Error("points were lost");
  store.close();
  return INGESTED_POINTS / seconds;
}

/** The rebuild in a process of its own, whose memory is then that of an engine at this work. */
function measureRebuild(): { seconds: number; megabytes: number } {
  return inTemporaryFolder((folder) => {
    const { runFolder, store } = prepare(folder);
    store.close();
    new BenchmarkWriter(runFolder).write(REBUILT_POINTS);
    rmSync(store.file);
    const child = spawnSync(process.execPath, [import.meta.filename, "--rebuild", folder], { encoding: "utf8" });
    if (child.status !== 0) throw new Error(`the rebuild failed: ${child.stderr}`);
    return JSON.parse(child.stdout);
  });
}

/** A data folder with one run. */
function prepare(folder: string): { runFolder: string; store: Store } {
  const runFolder = createRunFolder(path.join(folder, "runs"), runFile);
  const store = new Store(path.join(folder, "store.sqlite"));
  store.experiments.put({ id: runFile.experiment, name: runFile.name, createdAt: 0 });
  store.runs.put({ summary: freshSummary(runFile), lastState: undefined });
  return { runFolder, store };
}

const runFile: RunFile = {
  formatVersion: 1,
  id: "bench",
  experiment: "bench",
  name: "bench",
  createdAt: 0,
  scenario: { id: "sanity/cartpole", version: 1 },
  learner: { id: "ppo", version: 1 },
  preset: "small",
  seed: 1,
  parameters: { scenario: {}, learner: {}, training: { steps: 1 } },
  environment: { programVersion: "0", node: "0", v8: "0", cpu: "0", os: "0" },
  parent: null,
};

class BenchmarkWriter {
  private readonly journal: JournalWriter;
  private step = 0;

  constructor(runFolder: string) {
    this.journal = JournalWriter.open(runPaths.journal(runFolder), { attempt: 1 });
    const started = { type: "started", attempt: 1, fromStep: 0, fromCheckpoint: null, pid: 1, at: 0 };
    this.journal.event({ ...started, kernelBuild: "plain-0", cpu: "0", node: "0", programVersion: "0" });
    for (let i = 0; i < METRICS; i++) this.journal.declareMetric(i === 0 ? "eval/reward" : `train/metric_${i}`);
  }

  write(points: number): void {
    for (let written = 0; written < points; written += POINTS_A_RECORD) {
      const n = Math.min(POINTS_A_RECORD, points - written);
      const first = this.step;
      this.step += Math.ceil(n / METRICS);
      this.journal.points({
        metric: Uint16Array.from({ length: n }, (_, i) => i % METRICS),
        iteration: Uint32Array.from({ length: n }, (_, i) => first + Math.floor(i / METRICS)),
        step: Float64Array.from({ length: n }, (_, i) => first + Math.floor(i / METRICS)),
        wallSeconds: Float64Array.from({ length: n }, (_, i) => (first + Math.floor(i / METRICS)) / 1000),
        value: Float64Array.from({ length: n }, (_, i) => Math.sin((first + i) / 100)),
      });
    }
    this.journal.sync();
  }
}

/** Times the rebuild of the folder's index; prints seconds and the peak of resident memory. */
function rebuild(folder: string): void {
  const start = performance.now();
  const store = new Store(path.join(folder, "store.sqlite"));
  store.experiments.put({ id: runFile.experiment, name: runFile.name, createdAt: 0 });
  store.runs.put({ summary: freshSummary(runFile), lastState: undefined });
  const ingestion = new RunIngestion(store, path.join(folder, "runs", "bench"), "bench");
  while (ingestion.step().more);
  const seconds = (performance.now() - start) / 1000;
  if (store.series.storedPoints() !== REBUILT_POINTS) throw new Error("points were lost");
  const megabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(JSON.stringify({ seconds, megabytes }));
}

if (process.argv[2] === "--rebuild") rebuild(process.argv[3] ?? "");
else if (process.argv[1] === import.meta.filename) console.table(storeBenchmarks());
