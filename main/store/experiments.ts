import type Database from "better-sqlite3";
import { type ExperimentSummary, FIRST_PROJECT } from "../../preload/contract.ts";
import { type MarkColumns, marksOf } from "./items.ts";

export interface Experiment {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** The project it was made in; the first one without. */
  readonly project?: string | undefined;
}

interface ExperimentRow extends MarkColumns {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
  readonly project: string;
}

/** What a person made and named; each has runs. */
export class ExperimentTable {
  private readonly insert: Database.Statement<[string, string, number]>;
  private readonly upsert: Database.Statement<[string, string, number, string]>;
  private readonly byId: Database.Statement<[string], ExperimentRow>;
  private readonly all: Database.Statement<[], ExperimentRow>;

  constructor(database: Database.Database) {
    this.insert = database.prepare(
      "INSERT INTO experiment (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
    );
    this.upsert = database.prepare(
      `INSERT INTO experiment (id, name, created_at, project) VALUES (?, ?, ?, ?) ON CONFLICT (id)
       DO UPDATE SET name = excluded.name, created_at = excluded.created_at, project = excluded.project`,
    );
    // One that was removed for good shows again when a folder of one of its runs was put back.
    const select = `SELECT e.id, coalesce(item.name, e.name) AS name, e.created_at,
      coalesce(project.id, '${FIRST_PROJECT}') AS project, item.tags, item.notes, item.archived, item.trashed_at
      FROM experiment e LEFT JOIN item ON item.kind = 'experiment' AND item.id = e.id
      LEFT JOIN project ON project.id = coalesce(item.parent, e.project)
      WHERE (coalesce(item.removed, 0) = 0 OR (item.removed = 2 AND EXISTS (
        SELECT 1 FROM run LEFT JOIN item moved ON moved.kind = 'run' AND moved.id = run.id
        WHERE coalesce(moved.parent, run.experiment) = e.id)))`;
    this.byId = database.prepare(`${select} AND e.id = ?`);
    this.all = database.prepare(`${select} ORDER BY e.created_at, e.id`);
  }

  /** Takes the experiment as the project's journal tells it. */
  put({ id, name, createdAt, project }: Experiment): void {
    this.upsert.run(id, name, createdAt, project ?? FIRST_PROJECT);
  }

  /** Takes the experiment as one of its runs tells it, where the project's journal does not know it. */
  putIfMissing({ id, name, createdAt }: Experiment): void {
    this.insert.run(id, name, createdAt);
  }

  get(id: string): ExperimentSummary | undefined {
    const row = this.byId.get(id);
    return row === undefined ? undefined : summary(row);
  }

  /** Oldest first. */
  list(): ExperimentSummary[] {
    return this.all.all().map(summary);
  }
}

function summary(row: ExperimentRow): ExperimentSummary {
  return { id: row.id, name: row.name, createdAt: row.created_at, project: row.project, ...marksOf(row) };
}
