import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Client } from "../../../main/link/client.ts";
import { type ConnectOptions, connect } from "../../../main/link/connect.ts";
import { livingEngine } from "../../../main/link/engine-lock.ts";
import { processLives } from "../../../main/platform/process.ts";
import { journalRecords } from "../../../main/runs/journal.ts";
import { readLock } from "../../../main/runs/lock.ts";
import { runPaths } from "../../../main/runs/run-file.ts";
import type { MethodParams, RunState, RunSummary } from "../../../preload/contract.ts";

// Every process of these tests loads the same modules: compiled once, they start in half the time.
process.env.NODE_COMPILE_CACHE ??= path.join(os.tmpdir(), "edgeloom-compile-cache");

/** A data folder of its own; when the test ends its engine and trainers are gone and so is the folder. */
export function temporaryData(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "edgeloom-engine-"));
  onTestFinished(async () => {
    await endEverything(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return folder;
}

/** A client of the folder's engine, which is started when there is none. */
export async function open(data: string, options: ConnectOptions = {}): Promise<Client> {
  const client = await connect(data, "cli", options);
  onTestFinished(() => client.close());
  return client;
}

export const smallRun: MethodParams<"runs.create"> = {
  scenario: "sanity/identity-discrete",
  learner: "ppo",
  preset: "smoke",
  set: {},
  seeds: [1],
};

/** A run that goes on for minutes, with a record every few milliseconds and a checkpoint every 2000 steps. */
export const longRun: MethodParams<"runs.create"> = {
  ...smallRun,
  set: { steps: 100_000_000, evaluationEvery: 500, checkpointEvery: 2000 },
};

export async function create(client: Client, order: MethodParams<"runs.create">): Promise<RunSummary> {
  const [run] = await client.call("runs.create", order);
  if (run === undefined) throw new Error("no run was made");
  return run;
}

/** Waits until the condition gives something; fails with `what` after some seconds. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 40,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await sleep(20);
  }
}

/** Waits until the run is in one of the states. */
export function untilState(client: Client, run: string, ...states: RunState[]): Promise<RunSummary> {
  let last = "";
  return until(`${run} to be ${states.join(" or ")}`, async () => {
    const { summary } = await client.call("runs.get", { run });
    last = summary.state;
    return states.includes(summary.state) ? summary : undefined;
  }).catch((error) => {
    throw new Error(`${error.message}; it is ${last}`);
  });
}

export function untilStep(client: Client, run: string, step: number): Promise<RunSummary> {
  return until(`${run} to reach step ${step}`, async () => {
    const { summary } = await client.call("runs.get", { run });
    return summary.step >= step ? summary : undefined;
  });
}

export function runFolder(data: string, run: string): string {
  return path.join(data, "runs", run);
}

/** The process that trains a run now. */
export function trainerPid(data: string, run: string): number | undefined {
  const lock = readLock(runFolder(data, run));
  return lock !== undefined && processLives(lock.pid, lock.startTime) ? lock.pid : undefined;
}

/** Kills a process and waits until it is gone. */
export async function kill(pid: number, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  process.kill(pid, signal);
  await until(`process ${pid} to end`, () => !processLives(pid, undefined));
}

/** Reads a run's metric from its journal alone, by the rule that the highest attempt wins. */
export function journalSeries(data: string, run: string, metric: string): { steps: number[]; values: number[] } {
  let points: { step: number; value: number }[] = [];
  let number = -1;
  for (const record of journalRecords(runPaths.journal(runFolder(data, run)))) {
    if (record.kind === "metrics") number = record.metrics.find(({ id }) => id === metric)?.index ?? number;
    if (record.kind === "event" && isStarted(record.event)) {
      const { fromStep } = record.event;
      points = points.filter(({ step }) => step <= fromStep);
      number = -1;
    }
    if (record.kind !== "points") continue;
    record.metric.forEach((index, i) => {
      const step = record.step[i]!;
      if (index !== number) return;
      // A repeated step: that of the later attempt counts.
      if (points.at(-1)?.step === step) points.pop();
      points.push({ step, value: record.value[i]! });
    });
  }
  return { steps: points.map(({ step }) => step), values: points.map(({ value }) => value) };
}

/** The same as the engine tells it. */
export async function engineSeries(client: Client, run: string, metric: string) {
  const { steps, values, total } = await client.call("series.get", { run, metric, maxPoints: 200_000 });
  if (total !== steps.length) throw new Error("the series is decimated");
  return { steps: Array.from(steps), values: Array.from(values) };
}

export function engineLog(data: string): string {
  return readFileSync(path.join(data, "engine.log"), "utf8");
}

/** Ends a folder's engine and trainers. */
export async function endEverything(data: string): Promise<void> {
  const engine = livingEngine(data);
  if (engine !== undefined) {
    await kill(engine.pid);
    rmSync(engine.socket, { force: true });
  }
  for (const pid of processesOf(data)) await kill(pid);
}

/** Processes of a data folder, also a trainer that has not taken its lock yet. */
function processesOf(data: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => commandLine(pid).includes(data));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it has just ended
  }
}

function isStarted(event: unknown): event is { fromStep: number } {
  return typeof event === "object" && event !== null && "type" in event && event.type === "started";
}
