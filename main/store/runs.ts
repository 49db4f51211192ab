import type Database from "better-sqlite3";
import { z } from "zod";
import { type RunSummary, runStateSchema, userErrorSchema } from "../../preload/contract.ts";

interface RunRow {
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly scenario: string;
  readonly learner: string;
  readonly preset: string;
  readonly seed: number;
  readonly state: string;
  readonly step: number;
  readonly steps: number;
  readonly iteration: number;
  readonly attempt: number;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly wall_seconds: number;
  readonly steps_per_second: number;
  readonly reward: number | null;
  readonly kernel_build: string;
  readonly parent: string | null;
  readonly marks: string;
  readonly error: string | null;
  readonly last_state: string | null;
}

/** The last state event that a run's journal tells. */
const lastStateSchema = z.object({
  state: z.enum(["running", "paused", "finished", "failed", "cancelled"]),
  error: userErrorSchema.optional(),
});
export type LastState = z.infer<typeof lastStateSchema>;

export interface StoredRun {
  readonly summary: RunSummary;
  readonly lastState: LastState | undefined;
}

const columns =
  "id, experiment, name, scenario, learner, preset, seed, state, step, steps, iteration, attempt, created_at, " +
  "started_at, finished_at, wall_seconds, steps_per_second, reward, kernel_build, parent, marks, error, last_state";
const fields = columns.split(", ");

/** The runs and what is known of each. */
export class RunTable {
  private readonly upsert: Database.Statement<[RunRow]>;
  private readonly byId: Database.Statement<[string], RunRow>;
  private readonly all: Database.Statement<[], RunRow>;
  private readonly ids: Database.Statement<[], { id: string }>;
  private readonly numberOf: Database.Statement<[string], { number: number }>;
  private readonly removeRun: Database.Statement<[string]>;
  private readonly attemptStart: Database.Statement<[string, number, number]>;

  constructor(database: Database.Database) {
    const updates = fields.filter((field) => field !== "id").map((field) => `${field} = excluded.${field}`);
    this.upsert = database.prepare(
      `INSERT INTO run (${columns}) VALUES (${fields.map((field) => `@${field}`).join(", ")})
       ON CONFLICT (id) DO UPDATE SET ${updates.join(", ")}`,
    );
    this.byId = database.prepare(`SELECT ${columns} FROM run WHERE id = ?`);
    this.all = database.prepare(`SELECT ${columns} FROM run ORDER BY created_at, number`);
    this.ids = database.prepare("SELECT id FROM run");
    this.numberOf = database.prepare("SELECT number FROM run WHERE id = ?");
    this.removeRun = database.prepare("DELETE FROM run WHERE id = ?");
    this.attemptStart = database.prepare(
      "INSERT OR REPLACE INTO attempt (run, attempt, from_step) VALUES ((SELECT number FROM run WHERE id = ?), ?, ?)",
    );
  }

  /** Adds or replaces a run; its experiment must be there. */
  put({ summary: run, lastState }: StoredRun): void {
    this.upsert.run({
      id: run.id,
      experiment: run.experiment,
      name: run.name,
      scenario: run.scenario,
      learner: run.learner,
      preset: run.preset,
      seed: run.seed,
      state: run.state,
      step: run.step,
      steps: run.steps,
      iteration: run.iteration,
      attempt: run.attempt,
      created_at: run.createdAt,
      started_at: run.startedAt,
      finished_at: run.finishedAt,
      wall_seconds: run.wallSeconds,
      steps_per_second: run.stepsPerSecond,
      reward: run.reward,
      kernel_build: run.kernelBuild,
      parent: run.parent,
      marks: JSON.stringify(run.marks),
      error: run.error === null ? null : JSON.stringify(run.error),
      last_state: lastState === undefined ? null : JSON.stringify(lastState),
    });
  }

  get(id: string): StoredRun | undefined {
    const row = this.byId.get(id);
    if (row === undefined) return undefined;
    const lastState = row.last_state === null ? undefined : lastStateSchema.parse(JSON.parse(row.last_state));
    return { summary: summary(row), lastState };
  }

  /** All runs, oldest first. */
  list(): RunSummary[] {
    return this.all.all().map(summary);
  }

  listIds(): string[] {
    return this.ids.all().map((row) => row.id);
  }

  /** The run's small number, which other tables use; undefined for an unknown run. */
  number(id: string): number | undefined {
    return this.numberOf.get(id)?.number;
  }

  /** Removes a run with its points and checkpoints. */
  remove(id: string): void {
    this.removeRun.run(id);
  }

  /** Notes that an attempt began and from which step. */
  startAttempt(id: string, attempt: number, fromStep: number): void {
    this.attemptStart.run(id, attempt, fromStep);
  }
}

function summary(row: RunRow): RunSummary {
  return {
    id: row.id,
    experiment: row.experiment,
    name: row.name,
    scenario: row.scenario,
    learner: row.learner,
    preset: row.preset,
    seed: row.seed,
    state: runStateSchema.parse(row.state),
    step: row.step,
    steps: row.steps,
    iteration: row.iteration,
    attempt: row.attempt,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    wallSeconds: row.wall_seconds,
    stepsPerSecond: row.steps_per_second,
    reward: row.reward,
    kernelBuild: row.kernel_build,
    parent: row.parent,
    marks: JSON.parse(row.marks),
    error: row.error === null ? null : userErrorSchema.parse(JSON.parse(row.error)),
  };
}
