/**
 * How fast points come in (journal, ingestion and index together), and how fast and in how much memory an engine
 * rebuilds its index. `node test/bench/store.ts` prints a table.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { freshSummary, RunIngestion } from "../../main/engine/ingestion.ts";
import { connect } from "../../main/link/connect.ts";
import { JournalWriter } from "../../main/runs/journal.ts";
import { createRunFolder, type RunFile, runPaths } from "../../main/runs/run-file.ts";
import { Store } from "../../main/store/store.ts";
import type { Measurement } from "./benchmark.ts";

const METRICS = 16;
/** Points that a trainer hands over at once: an iteration's metrics, and evaluations between them. */
const POINTS_A_RECORD = 64;
const INGESTED_POINTS = 1_280_000;
const REBUILT_POINTS = 10_000_000;

/** Measures everything; takes about half a minute. */
export async function storeBenchmarks(): Promise<Measurement[]> {
  const rates: number[] = [];
  for (let i = 0; i < 5; i++) rates.push(await inTemporaryFolder(ingestRate));
  const rebuild = await inTemporaryFolder(measureRebuild);
  return [
    { id: "store/ingest", value: Math.max(...rates), unit: "points/s", atLeast: 300_000 },
    { id: "store/rebuild-10m", value: rebuild.seconds, unit: "s", atMost: 60 },
    { id: "store/rebuild-10m-memory", value: rebuild.megabytes, unit: "MB", atMost: 300 },
  ];
}

async function inTemporaryFolder<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "edgeloom-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Points a second through a journal on the disk and the ingestion that follows it while it is written. */
function ingestRate(folder: string): number {
  const { runFolder, store } = prepare(folder);
  const writer = new BenchmarkWriter(runFolder);
  const ingestion = new RunIngestion(store, runFolder, "bench");
  const start = performance.now();
  for (let written = 0; written < INGESTED_POINTS; written += 32_000) {
    writer.write(32_000);
    while (ingestion.step().more);
  }
  const seconds = (performance.now() - start) / 1000;
  if (store.series.storedPoints() !== INGESTED_POINTS) throw new Error("points were lost");
  store.close();
  return INGESTED_POINTS / seconds;
}

/** The rebuild by a real engine, and the peak of that engine's resident memory. */
async function measureRebuild(folder: string): Promise<{ seconds: number; megabytes: number }> {
  const { runFolder, store } = prepare(folder);
  const writer = new BenchmarkWriter(runFolder);
  writer.write(REBUILT_POINTS);
  writer.finish();
  store.close();
  rmSync(store.file);
  const client = await connect(folder, "cli");
  const { points, seconds } = await client.call("store.rebuild", {});
  if (points !== REBUILT_POINTS) throw new Error("points were lost");
  const megabytes = peakBytes(client.engine.pid) / 1e6;
  await client.call("engine.stop", {});
  return { seconds, megabytes };
}

/** Linux keeps the peak of a process's resident memory. */
function peakBytes(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1]) * 1024;
}

/** A data folder with one run. */
function prepare(folder: string): { runFolder: string; store: Store } {
  const runFolder = createRunFolder(path.join(folder, "runs"), runFile);
  const store = new Store(path.join(folder, "store.sqlite"));
  store.experiments.put({ id: runFile.experiment, name: runFile.name, createdAt: 0 });
  store.runs.put({ summary: freshSummary(runFile, 0), lastState: undefined });
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
  private readonly columns = {
    metric: Uint16Array.from({ length: POINTS_A_RECORD }, (_, i) => i % METRICS),
    iteration: new Uint32Array(POINTS_A_RECORD),
    step: new Float64Array(POINTS_A_RECORD),
    wallSeconds: new Float64Array(POINTS_A_RECORD),
    value: new Float64Array(POINTS_A_RECORD),
  };
  private step = 0;

  constructor(runFolder: string) {
    this.journal = JournalWriter.open(runPaths.journal(runFolder), { attempt: 1 });
    const started = { type: "started", attempt: 1, fromStep: 0, fromCheckpoint: null, pid: 1, at: 0 };
    this.journal.event({ ...started, kernelBuild: "plain-0", cpu: "0", node: "0", programVersion: "0" });
    for (let i = 0; i < METRICS; i++) this.journal.declareMetric(i === 0 ? "eval/reward" : `train/metric_${i}`);
  }

  write(points: number): void {
    const { metric, iteration, step, wallSeconds, value } = this.columns;
    for (let written = 0; written < points; written += POINTS_A_RECORD) {
      for (let i = 0; i < POINTS_A_RECORD; i++) {
        const at = this.step + Math.floor(i / METRICS);
        iteration[i] = at;
        step[i] = at;
        wallSeconds[i] = at / 1000;
        value[i] = (at * 2_654_435_761 + i) % 1000;
      }
      this.step += POINTS_A_RECORD / METRICS;
      this.journal.points({ metric, iteration, step, wallSeconds, value });
    }
    this.journal.sync();
  }

  /** Nobody has to train a finished run. */
  finish(): void {
    const { step } = this;
    this.journal.event({ type: "state", state: "finished", at: 0, step, iteration: step, wallSeconds: step / 1000 });
    this.journal.close();
  }
}

if (process.argv[1] === import.meta.filename) console.table(await storeBenchmarks());
