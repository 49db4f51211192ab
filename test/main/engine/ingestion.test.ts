import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { freshSummary, RunIngestion } from "../../../main/engine/ingestion.ts";
import { Library } from "../../../main/engine/library.ts";
import { JournalWriter } from "../../../main/runs/journal.ts";
import type { RunEvent } from "../../../main/runs/run-event.ts";
import { createRunFolder, runPaths } from "../../../main/runs/run-file.ts";
import { Store } from "../../../main/store/store.ts";
import type { RunSummary } from "../../../preload/contract.ts";
import { exampleRun, temporaryFolder } from "../runs/support.ts";

const run = exampleRun();

/** Writes a run's journal like a trainer. */
class FakeTrainer {
  readonly folder: string;
  private writer: JournalWriter;
  private metrics: number[] = [];
  private attempt = 0;

  constructor(dataFolder: string) {
    this.folder = createRunFolder(path.join(dataFolder, "runs"), run);
    this.writer = JournalWriter.open(runPaths.journal(this.folder), { attempt: 1 });
  }

  start(fromStep: number): void {
    if (this.attempt > 0) this.writer.close();
    this.attempt++;
    this.writer = JournalWriter.open(runPaths.journal(this.folder), { attempt: this.attempt });
    const about = { kernelBuild: "plain-0", cpu: "c", node: "24", programVersion: "0", fromCheckpoint: null, pid: 1 };
    this.event({ type: "started", attempt: this.attempt, fromStep, at: 1000 + this.attempt, ...about });
    this.metrics = ["train/loss", "eval/reward"].map((id) => this.writer.declareMetric(id));
  }

  /** One point of each metric at every step from `from` to `to` (exclusive), in records of three steps. */
  train(from: number, to: number): void {
    for (let step = from; step < to; step += 3) {
      const steps = [step, step + 1, step + 2].filter((s) => s < to).flatMap((s) => [s, s]);
      this.writer.points({
        metric: Uint16Array.from(steps, (_, i) => this.metrics[i % 2]!),
        iteration: Uint32Array.from(steps, (s) => Math.floor(s / 10)),
        step: Float64Array.from(steps),
        wallSeconds: Float64Array.from(steps, (s) => s / 100),
        value: Float64Array.from(steps, (s, i) => (i % 2 === 0 ? -s : s * this.attempt)),
      });
    }
    this.writer.flush();
  }

  event(event: RunEvent): void {
    this.writer.event(event);
    this.writer.flush();
  }

  state(state: "running" | "paused" | "finished", step: number): void {
    this.event({ type: "state", state, at: 2000, step, iteration: step / 10, wallSeconds: step / 100 });
  }
}

function openStore(dataFolder: string): Store {
  const store = new Store(path.join(dataFolder, "store.sqlite"));
  store.experiments.putIfMissing({ id: run.experiment, name: run.name, createdAt: 0 });
  if (store.runs.get(run.id) === undefined) store.runs.put({ summary: freshSummary(run, 0), lastState: undefined });
  return store;
}

function drain(ingestion: RunIngestion): number {
  let points = 0;
  for (let more = true; more; ) {
    const ingested = ingestion.step();
    points += ingested.points;
    more = ingested.more;
  }
  return points;
}

function summaryOf(store: Store): RunSummary {
  const stored = store.runs.get(run.id);
  if (stored === undefined) throw new Error("the run is gone");
  return stored.summary;
}

function valuesOf(store: Store, metric: string): number[] {
  return Array.from(store.series.read(run.id, metric, 1_000_000).points.values);
}

describe("ingestion", () => {
  it("reads every point once, in whatever pieces the journal grows and however often it begins anew", () => {
    const data = temporaryFolder();
    const trainer = new FakeTrainer(data);
    let store = openStore(data);
    trainer.start(0);
    let points = 0;
    for (let step = 0; step < 600; step += 37) {
      trainer.train(step, Math.min(600, step + 37));
      points += drain(new RunIngestion(store, trainer.folder, run.id));
      if (step % 5 === 0) {
        store.close();
        store = openStore(data);
      }
      expect(drain(new RunIngestion(store, trainer.folder, run.id))).toBe(0);
    }
    expect(points).toBe(1200);
    expect(valuesOf(store, "train/loss")).toEqual(Array.from({ length: 600 }, (_, step) => -step));
    expect(summaryOf(store)).toMatchObject({ step: 599, iteration: 59, attempt: 1, wallSeconds: 5.99, reward: 599 });
    expect(summaryOf(store).stepsPerSecond).toBeCloseTo(100, 0);
  });

  it("leaves a torn last record for the next time", () => {
    const data = temporaryFolder();
    const trainer = new FakeTrainer(data);
    trainer.start(0);
    trainer.train(0, 30);
    const journal = runPaths.journal(trainer.folder);
    const whole = readFileSync(journal);
    const store = openStore(data);
    const ingestion = new RunIngestion(store, trainer.folder, run.id);
    truncateSync(journal, whole.length - 5);
    drain(ingestion);
    expect(valuesOf(store, "train/loss")).toHaveLength(27);
    writeFileSync(journal, whole);
    drain(ingestion);
    expect(valuesOf(store, "train/loss")).toHaveLength(30);
  });

  it("keeps points and offset together when a transaction fails", () => {
    const data = temporaryFolder();
    const trainer = new FakeTrainer(data);
    trainer.start(0);
    trainer.train(0, 3000);
    const store = openStore(data);
    drain(new RunIngestion(store, trainer.folder, run.id));
    trainer.train(3000, 6000);
    const put = store.ingestion.put;
    store.ingestion.put = () => {
      throw new Error("disk full");
    };
    expect(() => drain(new RunIngestion(store, trainer.folder, run.id))).toThrow("disk full");
    expect(valuesOf(store, "train/loss")).toHaveLength(3000);
    store.ingestion.put = put;
    drain(new RunIngestion(store, trainer.folder, run.id));
    expect(valuesOf(store, "train/loss")).toEqual(Array.from({ length: 6000 }, (_, step) => -step));
  });

  it("lets a later attempt's points take the place of those behind its start", () => {
    const data = temporaryFolder();
    const trainer = new FakeTrainer(data);
    const store = openStore(data);
    trainer.start(0);
    trainer.train(0, 100);
    drain(new RunIngestion(store, trainer.folder, run.id));
    trainer.start(50);
    expect(new RunIngestion(store, trainer.folder, run.id).step()).toMatchObject({ startedAttempt: 2, points: 0 });
    expect(summaryOf(store)).toMatchObject({ step: 50, attempt: 2 });
    trainer.train(50, 120);
    drain(new RunIngestion(store, trainer.folder, run.id));
    expect(valuesOf(store, "eval/reward")).toEqual(
      Array.from({ length: 120 }, (_, step) => (step < 50 ? step : 2 * step)),
    );
  });

  it("tells a run's story: start, speed, marks, end", () => {
    const data = temporaryFolder();
    const trainer = new FakeTrainer(data);
    const store = openStore(data);
    trainer.start(0);
    trainer.state("running", 0);
    trainer.event({ type: "mark", text: "resumed on another kernel build", at: 1 });
    trainer.event({ type: "mark", text: "resumed on another kernel build", at: 2 });
    trainer.train(0, 30);
    trainer.state("finished", 30);
    drain(new RunIngestion(store, trainer.folder, run.id));
    expect(summaryOf(store)).toMatchObject({
      startedAt: 1001,
      finishedAt: 2000,
      kernelBuild: "plain-0",
      marks: ["resumed on another kernel build"],
      stepsPerSecond: 100,
    });
    expect(store.runs.get(run.id)?.lastState).toEqual({ state: "finished" });
  });
});

describe("the library", () => {
  function openLibrary(data: string) {
    const changed: RunSummary[] = [];
    const library = new Library(data, {
      run: (summary) => changed.push(summary),
      points: () => {},
      desk: () => {},
      priority: () => "normal",
    });
    return { library, changed };
  }

  it("says at the run where its journal is damaged, and keeps what lies before", async () => {
    const data = temporaryFolder();
    const trainer = new FakeTrainer(data);
    trainer.start(0);
    trainer.train(0, 90);
    const journal = runPaths.journal(trainer.folder);
    const bytes = readFileSync(journal);
    const at = bytes.length - 500;
    bytes.fill(0xff, at, at + 4);
    writeFileSync(journal, bytes);
    const { library } = openLibrary(data);
    await library.catchUp(() => {});
    const { error } = library.get(run.id);
    expect(error).toMatchObject({ code: "journal-damaged", message: expect.stringContaining("at offset") });
    expect(error?.message).toContain(journal);
    library.close();
  });

  it("reads a run anew when an older copy of its folder was put back", async () => {
    const data = temporaryFolder();
    const trainer = new FakeTrainer(data);
    trainer.start(0);
    trainer.train(0, 30);
    const older = readFileSync(runPaths.journal(trainer.folder));
    trainer.train(30, 90);
    const first = openLibrary(data).library;
    await first.catchUp(() => {});
    expect(valuesOf(first.store, "train/loss")).toHaveLength(90);
    first.close();
    writeFileSync(runPaths.journal(trainer.folder), older);
    const second = openLibrary(data).library;
    await second.catchUp(() => {});
    expect(valuesOf(second.store, "train/loss")).toHaveLength(30);
    second.close();
  });

  it("takes in a run folder that was copied here, with the name that its run file has", async () => {
    const data = temporaryFolder();
    const trainer = new FakeTrainer(data);
    trainer.start(0);
    trainer.train(0, 30);
    trainer.state("finished", 30);
    const { library } = openLibrary(data);
    const progress: number[] = [];
    await library.catchUp((done, total) => progress.push(done / total));
    expect(library.refresh(run.id).summary).toMatchObject({ name: "first", state: "finished" });
    expect(library.store.experiments.get(run.experiment)?.name).toBe("first");
    expect(progress.at(-1)).toBe(1);
    library.close();
  });

  it("names experiments by the project's journal, also after a rebuild", async () => {
    const data = temporaryFolder();
    const { library } = openLibrary(data);
    library.addExperiment({ id: run.experiment, name: "typed", createdAt: 5 });
    library.addRun(run);
    await library.rebuild(() => {});
    expect(library.store.experiments.get(run.experiment)).toMatchObject({ name: "typed", createdAt: 5 });
    expect(library.list().map(({ id, state }) => [id, state])).toEqual([[run.id, "queued"]]);
    library.close();
  });

  it("goes on without the names of a project journal that a newer program wrote, and says so", async () => {
    const data = temporaryFolder();
    new FakeTrainer(data).start(0);
    const writer = JournalWriter.open(path.join(data, "project.journal"), { attempt: 1 });
    writer.event({ type: "telepathy" });
    writer.close();
    const { library } = openLibrary(data);
    await library.catchUp(() => {});
    expect(library.unreadable.get("project.journal")).toMatchObject({ code: "journal-damaged" });
    expect(library.list().map(({ id }) => id)).toEqual([run.id]);
    library.close();
  });

  it("makes no run where the folder cannot be entered in the store", () => {
    const data = temporaryFolder();
    const { library } = openLibrary(data);
    library.close();
    expect(() => library.addRun(run)).toThrow();
    expect(readdirSync(path.join(data, "runs"))).toEqual([]);
  });
});
