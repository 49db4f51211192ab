import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { findLearner } from "../../../lab/learners/registry.ts";
import type { ParameterValue } from "../../../lab/parameters.ts";
import { findScenario } from "../../../lab/scenarios/registry.ts";
import { resolveParameters } from "../../../lab/training.ts";
import { JournalWriter, journalRecords } from "../../../main/runs/journal.ts";
import { parseRunEvent, type RunEvent } from "../../../main/runs/run-event.ts";
import { createRunFolder, type RunFile, runPaths } from "../../../main/runs/run-file.ts";
import { type AttemptOptions, trainAttempt } from "../../../main/trainer/attempt.ts";
import { isDeterministic } from "../../soak/points.ts";
import { exampleRun } from "../runs/support.ts";

export const trainer = path.join(import.meta.dirname, "..", "..", "..", "main", "trainer", "index.ts");

/** 32 iterations of a few milliseconds, a checkpoint after every eighth. */
export const quick = {
  scenario: "sanity/identity-discrete",
  learner: "ppo",
  set: {
    steps: 2048,
    worlds: 2,
    rolloutSteps: 32,
    minibatch: 32,
    hidden: "16x16",
    evaluationEvery: 128,
    evaluationEpisodes: 2,
    checkpointEvery: 512,
  } as Record<string, ParameterValue>,
};

export interface RunWish {
  readonly scenario: string;
  readonly learner: string;
  readonly set: Readonly<Record<string, ParameterValue>>;
}

/** A run file of `wish` as the engine would make it. */
export function runFile(id: string, { scenario, learner, set }: RunWish, change: Partial<RunFile> = {}): RunFile {
  const world = findScenario(scenario)!;
  const definition = findLearner(learner)!;
  const { scenario: worldValues, learner: learnerValues, training } = resolveParameters(world, definition, set);
  return {
    ...exampleRun(id),
    scenario: { id: world.id, version: world.version },
    learner: { id: definition.id, version: definition.version },
    parameters: { scenario: { ...worldValues }, learner: { ...learnerValues }, training },
    ...change,
  };
}

export function makeRun(runs: string, id: string, wish: RunWish = quick, change: Partial<RunFile> = {}): string {
  return createRunFolder(runs, runFile(id, wish, change));
}

/** Trains in this process; answers how it ended. */
export function train(folder: string, change: Partial<AttemptOptions> = {}): Promise<string> {
  const standard = { force: false, fromStep: undefined, interrupted: () => false, print: () => {} };
  return trainAttempt(folder, { ...standard, ...change });
}

/** Trains in this process and interrupts it before iteration `iteration`, as a signal would. */
export function trainUntil(folder: string, iterations: number): Promise<string> {
  let asked = 0;
  return train(folder, { interrupted: () => asked++ === iterations });
}

/** Starts a real trainer, its output in the run's log. */
export function startTrainer(folder: string, ...words: string[]): ChildProcess & { pid: number } {
  const log = openSync(runPaths.log(folder), "a");
  const child = spawn(process.execPath, [trainer, folder, ...words], { stdio: ["ignore", log, log] });
  closeSync(log);
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child as ChildProcess & { pid: number };
}

/** Exit code and signal. */
export async function ended(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode];
  return (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
}

export async function until(condition: () => boolean, seconds = 50): Promise<void> {
  for (const deadline = Date.now() + 1000 * seconds; !condition(); ) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${condition}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

export function log(folder: string): string {
  return readFileSync(runPaths.log(folder), "utf8");
}

export function events(folder: string): RunEvent[] {
  const file = runPaths.journal(folder);
  const found: RunEvent[] = [];
  for (const record of journalRecords(file)) if (record.kind === "event") found.push(parseRunEvent(record, file));
  return found;
}

export function eventsOf<T extends RunEvent["type"]>(folder: string, type: T): Extract<RunEvent, { type: T }>[] {
  return events(folder).filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}

export function states(folder: string): string[] {
  return eventsOf(folder, "state").map(({ state }) => state);
}

export interface Points {
  /** Metric -> step -> value of the highest attempt, without `time/*` and `system/*`. */
  readonly values: Map<string, Map<number, number>>;
  readonly repeated: number;
  /** Points whose repetition has other bits. */
  readonly differing: string[];
  /** Points that one attempt wrote twice. */
  readonly doubled: string[];
}

/** The deterministic points of a run by the journal's rule: highest attempt wins per (metric, step). */
export function points(folder: string): Points {
  const values = new Map<string, Map<number, number>>();
  const attempts = new Map<string, number>();
  const names = new Map<string, string>();
  const differing: string[] = [];
  const doubled: string[] = [];
  let repeated = 0;
  for (const record of journalRecords(runPaths.journal(folder))) {
    if (record.kind === "metrics") {
      for (const { index, id } of record.metrics) names.set(`${record.attempt} ${index}`, id);
    }
    if (record.kind !== "points") continue;
    for (let i = 0; i < record.value.length; i++) {
      const metric = names.get(`${record.attempt} ${record.metric[i]}`)!;
      if (!isDeterministic(metric)) continue;
      const step = record.step[i]!;
      const value = record.value[i]!;
      const key = `${metric} at step ${step}`;
      const column = values.get(metric) ?? new Map<number, number>();
      values.set(metric, column);
      const earlier = attempts.get(key);
      if (earlier === record.attempt) doubled.push(key);
      if (earlier !== undefined) {
        repeated++;
        if (!Object.is(column.get(step), value)) differing.push(`${key}: ${column.get(step)} and ${value}`);
      }
      attempts.set(key, record.attempt);
      column.set(step, value);
    }
  }
  return { values, repeated, differing, doubled };
}

/** Appends an event to a run that nobody trains. */
export function appendEvent(folder: string, attempt: number, event: RunEvent): void {
  const journal = JournalWriter.open(runPaths.journal(folder), { attempt });
  journal.event(event);
  journal.close();
}
