import type Database from "better-sqlite3";
import type { CheckpointSummary } from "../../preload/contract.ts";
import { tagsOf } from "./items.ts";

interface CheckpointRow {
  readonly run: string;
  readonly step: number;
  readonly iteration: number;
  readonly attempt: number;
  readonly bytes: number;
  readonly created_at: number;
  readonly reward: number | null;
  readonly is_last: number;
  readonly is_best: number;
  readonly sha256: string;
  readonly pinned: number | null;
  readonly label: string | null;
  readonly tags: string | null;
  readonly notes: string | null;
  readonly trashed_at: number | null;
}

/** Without its path, which changes when the data folder is moved. */
export type StoredCheckpoint = Omit<CheckpointSummary, "path">;

/** Index of the checkpoints that lie in the runs' folders. */
export class CheckpointTable {
  private readonly insert: Database.Statement<unknown[]>;
  private readonly clear: Database.Statement<[string]>;
  private readonly ofRun: Database.Statement<[string], CheckpointRow>;
  private readonly one: Database.Statement<[string, number], CheckpointRow>;
  private readonly all: Database.Statement<[], CheckpointRow>;

  constructor(database: Database.Database) {
    const select = `SELECT run.id AS run, c.step, c.iteration, c.attempt, c.bytes, c.created_at, c.reward,
      c.is_last, c.is_best, c.sha256, item.pinned, item.name AS label, item.tags, item.notes, item.trashed_at
      FROM checkpoint c JOIN run ON run.number = c.run
      LEFT JOIN item ON item.kind = 'checkpoint' AND item.id = run.id || ':' || CAST(c.step AS INTEGER)`;
    this.insert = database.prepare(
      `INSERT INTO checkpoint (run, step, iteration, attempt, bytes, created_at, reward, is_last, is_best, sha256)
       VALUES ((SELECT number FROM run WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.clear = database.prepare("DELETE FROM checkpoint WHERE run = (SELECT number FROM run WHERE id = ?)");
    this.ofRun = database.prepare(`${select} WHERE run.id = ? ORDER BY c.step`);
    this.one = database.prepare(`${select} WHERE run.id = ? AND c.step = ?`);
    this.all = database.prepare(`${select} ORDER BY run.created_at, run.number, c.step`);
  }

  /** Replaces what is known of a run's checkpoints; what a person said of them is kept elsewhere and unchanged. */
  replace(run: string, checkpoints: readonly StoredCheckpoint[]): void {
    this.clear.run(run);
    for (const c of checkpoints) {
      this.insert.run(
        run,
        c.step,
        c.iteration,
        c.attempt,
        c.bytes,
        c.createdAt,
        c.reward,
        Number(c.isLast),
        Number(c.isBest),
        c.sha256,
      );
    }
  }

  /** The checkpoints of one run or of all, by run and step. */
  list(run?: string): StoredCheckpoint[] {
    return (run === undefined ? this.all.all() : this.ofRun.all(run)).map(checkpoint);
  }

  /** @param id `<run>:<step>` */
  get(id: string): StoredCheckpoint | undefined {
    const colon = id.lastIndexOf(":");
    const row = this.one.get(id.slice(0, colon), Number(id.slice(colon + 1)));
    return row === undefined ? undefined : checkpoint(row);
  }
}

function checkpoint(row: CheckpointRow): StoredCheckpoint {
  return {
    id: `${row.run}:${row.step}`,
    run: row.run,
    step: row.step,
    iteration: row.iteration,
    attempt: row.attempt,
    bytes: row.bytes,
    createdAt: row.created_at,
    reward: row.reward,
    isLast: row.is_last === 1,
    isBest: row.is_best === 1,
    pinned: row.pinned === 1,
    label: row.label ?? "",
    tags: tagsOf(row.tags),
    notes: row.notes ?? "",
    trashedAt: row.trashed_at,
    sha256: row.sha256,
  };
}
