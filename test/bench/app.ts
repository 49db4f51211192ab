/** How fast the window is there, and what it costs the trainers: `node test/bench/app.ts` (needs a display). */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../main/link/connect.ts";
import { livingEngine } from "../../main/link/engine-lock.ts";
import { applicationRoot } from "../../main/platform/paths.ts";
import type { Measurement } from "./benchmark.ts";

const REPEATS = 5;
const PAIRS = 8;
/** A window that has just opened is still busy with itself. */
const SETTLE_MILLISECONDS = 1500;
const PATIENCE_MILLISECONDS = 60_000;

export interface OpenedWindow {
  readonly process: ChildProcess;
  /** From the start of `npm start`'s script to the drawn list of runs. */
  readonly seconds: number;
  /** The same from the start of the app's own process. */
  readonly shellSeconds: number;
}

/** Starts the app as `npm start` does; ready when the shell has written that its first list is drawn. */
export async function openWindow(data: string, userData: string): Promise<OpenedWindow> {
  const log = path.join(userData, "desktop.log");
  const before = usable(log).length;
  const words = [path.join(applicationRoot, "scripts", "start.mjs"), "--data", data, `--user-data-dir=${userData}`];
  const began = Date.now();
  const child = spawn(process.execPath, words, { stdio: "ignore", detached: true });
  while (Date.now() < began + PATIENCE_MILLISECONDS) {
    const last = usable(log)[before];
    if (last !== undefined) {
      return { process: child, seconds: (last.at - began) / 1000, shellSeconds: last.shellMilliseconds / 1000 };
    }
    if (child.exitCode !== null) throw new Error(`the app ended with ${child.exitCode}; it needs a display`);
    await sleep(20);
  }
  throw new Error("the window was not usable within a minute");
}

/** When windows became usable, in milliseconds since 1970 and since the shell began, as the shell's log tells. */
function usable(log: string): { readonly at: number; readonly shellMilliseconds: number }[] {
  if (!existsSync(log)) return [];
  return [...readFileSync(log, "utf8").matchAll(/^(\S+) .*window usable (\d+) ms/gm)].map(([, time = "", after]) => ({
    at: Date.parse(time),
    shellMilliseconds: Number(after),
  }));
}

export async function closeWindow({ process: child }: OpenedWindow): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGTERM");
  await gone;
}

export async function stopEngine(data: string): Promise<void> {
  if (livingEngine(data) === undefined) return;
  const client = await connect(data, "cli");
  await client.call("engine.stop", {});
  client.close();
  while (livingEngine(data) !== undefined) await sleep(20);
}

/** Seconds from the command to a usable window, the engine started with it: best of five. */
async function startSeconds(base: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const data = path.join(base, "start");
    const window = await openWindow(data, path.join(base, "user"));
    await closeWindow(window);
    await stopEngine(data);
    best = Math.min(best, window.seconds);
  }
  return best;
}

/** Steps a second of one training, as its run reports them at its end. */
async function trainingSpeed(data: string, seed: number): Promise<number> {
  const client = await connect(data, "cli");
  const [run] = await client.call("runs.create", {
    scenario: "emulator-tuning",
    learner: "hmppo",
    preset: "small",
    set: {},
    seeds: [seed],
  });
  for (;;) {
    const now = (await client.call("runs.list", {})).find(({ id }) => id === run?.id);
    if (now?.state === "failed") throw new Error(now.error?.message ?? "the run failed");
    if (now?.state === "finished") {
      client.close();
      return now.step / now.wallSeconds;
    }
    await sleep(250);
  }
}

/**
 * Speed of a trainer with the window open over its speed without one: ratio of the medians of eight runs each, taken in
 * turns (open first, then closed first) because the machine's own speed changes by half within a minute. The window is
 * opened on an empty project, so that it shows the run's live curve and details.
 */
async function speedWithWindow(base: string): Promise<number> {
  const open: number[] = [];
  const closed: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const alone = async () => {
      const data = path.join(base, `closed-${pair}`);
      closed.push(await trainingSpeed(data, pair));
      await stopEngine(data);
    };
    const beside = async () => {
      const data = path.join(base, `open-${pair}`);
      const window = await openWindow(data, path.join(base, "user"));
      await sleep(SETTLE_MILLISECONDS);
      open.push(await trainingSpeed(data, pair));
      await closeWindow(window);
      await stopEngine(data);
    };
    for (const measure of pair % 2 === 0 ? [beside, alone] : [alone, beside]) await measure();
  }
  return median(open) / median(closed);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

export async function appBenchmarks(): Promise<Measurement[]> {
  const base = mkdtempSync(path.join(tmpdir(), "edgeloom-bench-"));
  try {
    return [
      { id: "app: from start to a usable window", value: await startSeconds(base), unit: "s", atMost: 2 },
      {
        id: "app: trainer's speed with the window open, relative",
        value: await speedWithWindow(base),
        unit: "",
        atLeast: 0.95,
      },
    ];
  } finally {
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  }
}

if (process.argv[1] === import.meta.filename) console.table(await appBenchmarks());
