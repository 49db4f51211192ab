import type Database from "better-sqlite3";
import { z } from "zod";
import { type RunSummary, runStateSchema, userErrorSchema } from "../../preload/contract.ts";
import { tagsOf } from "./items.ts";

/** The run itself, as its folder tells it. */
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
  readonly ordinal: number;
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

/** With what a person said of it. */
interface MarkedRow extends RunRow {
  readonly label: string | null;
  readonly tags: string | null;
  readonly noted: number;
  readonly archived: number | null;
  readonly trashed_at: number | null;
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
  "id, experiment, name, scenario, learner, preset, seed, state, step, steps, iteration, attempt, ordinal, created_at, " +
  "started_at, finished_at, wall_seconds, steps_per_second, reward, kernel_build, parent, marks, error, last_state";
const fields = columns.split(", ");
/** Its experiment and that one's name are those of the run's folder only until a person says otherwise. */
const ownFields = fields.filter((field) => !["id", "experiment", "name"].includes(field));

const select = `SELECT run.id, coalesce(place.id, run.experiment) AS experiment,
  coalesce(placed.name, place.name, home.name) AS name, ${ownFields.map((field) => `run.${field}`).join(", ")},
  item.name AS label, item.tags, coalesce(item.notes, '') <> '' AS noted, item.archived, item.trashed_at
  FROM run JOIN experiment home ON home.id = run.experiment
  LEFT JOIN item ON item.kind = 'run' AND item.id = run.id
  LEFT JOIN experiment place ON place.id = item.parent
  LEFT JOIN item placed ON placed.kind = 'experiment' AND placed.id = coalesce(place.id, run.experiment)`;

/** The runs and what is known of each. */
export class RunTable {
  private readonly upsert: Database.Statement<[RunRow]>;
  private readonly byId: Database.Statement<[string], MarkedRow>;
  private readonly all: Database.Statement<[], MarkedRow>;
  private readonly notesOf: Database.Statement<[string], { notes: string }>;
  private readonly ids: Database.Statement<[], { id: string }>;
  private readonly allOrdinals: Database.Statement<[], { ordinal: number }>;
  private readonly numberOf: Database.Statement<[string], { number: number }>;
  private readonly removeRun: Database.Statement<[string]>;
  private readonly attemptStart: Database.Statement<[string, number, number]>;

  constructor(database: Database.Database) {
    const updates = ownFields.map((field) => `${field} = excluded.${field}`);
    this.upsert = database.prepare(
      `INSERT INTO run (${columns}) VALUES (${fields.map((field) => `@${field}`).join(", ")})
       ON CONFLICT (id) DO UPDATE SET ${updates.join(", ")}`,
    );
    this.byId = database.prepare(`${select} WHERE run.id = ?`);
    this.all = database.prepare(`${select} WHERE coalesce(item.removed, 0) = 0 ORDER BY run.created_at, run.number`);
    this.notesOf = database.prepare("SELECT notes FROM item WHERE kind = 'run' AND id = ?");
    this.ids = database.prepare("SELECT id FROM run");
    this.allOrdinals = database.prepare("SELECT ordinal FROM run");
    this.numberOf = database.prepare("SELECT number FROM run WHERE id = ?");
    this.removeRun = database.prepare("DELETE FROM run WHERE id = ?");
    this.attemptStart = database.prepare(
      "INSERT OR REPLACE INTO attempt (run, attempt, from_step) VALUES ((SELECT number FROM run WHERE id = ?), ?, ?)",
    );
  }

  /**
   * Adds a run, or replaces what its folder tells of it; its experiment must be there. What a person said of it is kept
   * elsewhere and unchanged.
   */
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
      ordinal: run.ordinal,
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

  /** Markdown that a person wrote about a run. */
  notes(id: string): string {
    return this.notesOf.get(id)?.notes ?? "";
  }

  /** All runs, oldest first; without those that are being removed for good. */
  list(): RunSummary[] {
    return this.all.all().map(summary);
  }

  listIds(): string[] {
    return this.ids.all().map((row) => row.id);
  }

  /** The numbers that are taken. */
  ordinals(): number[] {
    return this.allOrdinals.all().map((row) => row.ordinal);
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

function summary(row: MarkedRow): RunSummary {
  return {
    id: row.id,
    experiment: row.experiment,
    name: row.name,
    label: row.label ?? "",
    tags: tagsOf(row.tags),
    noted: row.noted === 1,
    archived: row.archived === 1,
    trashedAt: row.trashed_at,
    priority: "normal",
    scenario: row.scenario,
    learner: row.learner,
    preset: row.preset,
    seed: row.seed,
    state: runStateSchema.parse(row.state),
    step: row.step,
    steps: row.steps,
    iteration: row.iteration,
    attempt: row.attempt,
    ordinal: row.ordinal,
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
