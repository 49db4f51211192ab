/**
 * Kills shell, engine and trainer with SIGKILL at random logged moments while runs train, resumes them, and compares each
 * finished run with the same run left alone: final weights by hash, every deterministic point in journal and store bit
 * for bit.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RandomStream } from "../../lab/random.ts";
import type { Client } from "../../main/link/client.ts";
import { connect } from "../../main/link/connect.ts";
import { applicationRoot } from "../../main/platform/paths.ts";
import { readLock } from "../../main/runs/lock.ts";
import { runPaths } from "../../main/runs/run-file.ts";
import type { RunSummary } from "../../preload/contract.ts";
import { compareTables, isDeterministic, journalPoints, type PointTable } from "./points.ts";

export interface SoakOptions {
  readonly kills: number;
  readonly seed: number;
  /** Also keeps a window open and kills it; needs a display. */
  readonly shell: boolean;
  readonly log: (line: string) => void;
}

export interface SoakReport {
  readonly kills: Record<"trainer" | "engine" | "shell", number>;
  readonly runs: number;
  readonly resumes: number;
  readonly pointsChecked: number;
  readonly repeatedPoints: number;
  /** One line for each point lost, doubled or changed and each final checkpoint that differs. */
  readonly faults: string[];
}

/** A run of a few seconds with several checkpoints and evaluations. */
const RUN = {
  scenario: "emulator-tuning",
  learner: "hmppo",
  preset: "smoke",
  set: { steps: 20480, worlds: 8, rolloutSteps: 64, epochs: 10, evaluationEvery: 500, checkpointEvery: 2048 },
} as const;

const LONGEST_WAIT_MS = 1200;
const POLL_MS = 50;
const GIVE_UP_MS = 180_000;
const ENDED = ["finished", "failed", "cancelled"];

class Harness {
  readonly folder: string;
  private client: Client | undefined;
  private window: ChildProcess | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Calls the engine, starting another one where it was killed. */
  async call<T>(use: (client: Client) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        if (this.client === undefined) {
          this.client = await connect(this.folder, "cli");
          this.client.onClose(() => {
            this.client = undefined;
          });
        }
        return await use(this.client);
      } catch (error) {
        const lost = error instanceof Error && "code" in error && error.code === "connection-lost";
        if (!lost || attempt === 20) throw error;
        this.client = undefined;
        await sleep(POLL_MS);
      }
    }
  }

  run(id: string): Promise<RunSummary> {
    return this.call(async (client) => (await client.call("runs.get", { run: id })).summary);
  }

  journal(id: string): string {
    return runPaths.journal(path.join(this.folder, "runs", id));
  }

  /** Kills the process at once; false when there is none to kill. */
  async kill(victim: "trainer" | "engine" | "shell", runId: string): Promise<number | undefined> {
    let pid: number | undefined;
    if (victim === "trainer") pid = readLock(path.join(this.folder, "runs", runId))?.pid;
    if (victim === "engine") pid = await this.call(async (client) => client.engine.pid);
    if (victim === "shell") pid = this.window?.pid;
    if (pid === undefined) return undefined;
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ESRCH") return undefined;
      throw error;
    }
    if (victim === "engine") this.client = undefined;
    return pid;
  }

  openWindow(): void {
    const electron = createRequire(import.meta.url)("electron") as unknown as string;
    const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const child = spawn(electron, [...sandbox, applicationRoot, "--data", this.folder], { stdio: "ignore" });
    this.window = child;
    child.on("exit", () => {
      if (this.window === child) this.window = undefined;
    });
  }

  get windowIsOpen(): boolean {
    return this.window !== undefined;
  }

  async close(): Promise<void> {
    this.window?.kill("SIGKILL");
    await this.call((client) => client.call("engine.stop", {})).catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "connection-lost")) throw error;
    });
    this.client?.close();
  }
}

/** The finished run's points as the store has them. */
async function storedPoints(harness: Harness, id: string): Promise<PointTable> {
  const table: PointTable = new Map();
  const detail = await harness.call((client) => client.call("runs.get", { run: id }));
  for (const metric of detail.metrics.filter(isDeterministic)) {
    const series = await harness.call((client) => client.call("series.get", { run: id, metric, maxPoints: 1_000_000 }));
    const column = new Map<number, number>();
    for (let i = 0; i < series.steps.length; i++) column.set(series.steps[i]!, series.values[i]!);
    if (column.size !== series.steps.length) throw new Error(`${id}: the store doubles points of ${metric}`);
    table.set(metric, column);
  }
  return table;
}

async function finalHash(harness: Harness, id: string): Promise<string> {
  const list = await harness.call((client) => client.call("checkpoints.list", { run: id }));
  const last = list.find((checkpoint) => checkpoint.isLast);
  if (last === undefined) throw new Error(`${id} has no checkpoint`);
  return last.sha256;
}

async function start(harness: Harness, seed: number): Promise<string> {
  const [run] = await harness.call((client) => client.call("runs.create", { ...RUN, seeds: [seed] }));
  if (run === undefined) throw new Error("no run was created");
  return run.id;
}

async function untilEnded(harness: Harness, id: string): Promise<RunSummary> {
  for (const deadline = Date.now() + GIVE_UP_MS; ; ) {
    const run = await harness.run(id);
    if (ENDED.includes(run.state)) return run;
    if (Date.now() > deadline) throw new Error(`${id} is still ${run.state} after ${GIVE_UP_MS} ms`);
    await sleep(POLL_MS);
  }
}

/** Runs until `kills` processes were killed and the runs they hit are finished and checked. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const folder = mkdtempSync(path.join(tmpdir(), "edgeloom-soak-"));
  const harness = new Harness(folder);
  const stream = new RandomStream(options.seed, "soak");
  const kills = { trainer: 0, engine: 0, shell: 0 };
  const faults: string[] = [];
  let runs = 0;
  let resumes = 0;
  let pointsChecked = 0;
  let repeatedPoints = 0;
  try {
    const referenceId = await start(harness, options.seed);
    const reference = await untilEnded(harness, referenceId);
    if (reference.state !== "finished") throw new Error(`the reference run ended as ${reference.state}`);
    const wantedHash = await finalHash(harness, referenceId);
    const wanted = journalPoints(harness.journal(referenceId)).points;

    while (kills.trainer + kills.engine + kills.shell < options.kills) {
      const id = await start(harness, options.seed);
      runs++;
      for (;;) {
        if (options.shell && !harness.windowIsOpen) harness.openWindow();
        await sleep(stream.uniform(20, LONGEST_WAIT_MS));
        let run = await harness.run(id);
        if (run.state === "finished") break;
        if (run.state === "failed") {
          await harness.call((client) => client.call("runs.command", { run: id, command: "resume" }));
          resumes++;
          continue;
        }
        if (kills.trainer + kills.engine + kills.shell >= options.kills) {
          run = await untilEnded(harness, id);
          continue;
        }
        const draw = stream.uniform();
        const victim = draw < 0.55 ? "trainer" : draw < 0.85 || !options.shell ? "engine" : "shell";
        const pid = await harness.kill(victim, id);
        if (pid === undefined) continue;
        kills[victim]++;
        const count = kills.trainer + kills.engine + kills.shell;
        options.log(`kill ${count}: ${victim} ${pid}, run ${id} was ${run.state} at step ${run.step}`);
      }

      const { points, repeated, differing, doubled } = journalPoints(harness.journal(id));
      repeatedPoints += repeated;
      for (const column of points.values()) pointsChecked += column.size;
      faults.push(
        ...differing.map((fault) => `${id}: repeated with other bits: ${fault}`),
        ...doubled.map((fault) => `${id}: doubled: ${fault}`),
        ...compareTables(`${id} journal`, wanted, points),
        ...compareTables(`${id} store`, wanted, await storedPoints(harness, id)),
      );
      if ((await finalHash(harness, id)) !== wantedHash) faults.push(`${id}: the final checkpoint differs`);
      options.log(`run ${id}: checked, ${faults.length} faults so far`);
    }
  } finally {
    await harness.close();
    // The engine may still be writing its last lines.
    if (faults.length === 0) rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
    else options.log(`the data folder is kept: ${folder}`);
  }
  return { kills, runs, resumes, pointsChecked, repeatedPoints, faults };
}
