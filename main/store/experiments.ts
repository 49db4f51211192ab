import type Database from "better-sqlite3";

export interface Experiment {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

interface ExperimentRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: number;
}

/** What a person made and named; each has runs. */
export class ExperimentTable {
  private readonly insert: Database.Statement<[string, string, number]>;
  private readonly upsert: Database.Statement<[string, string, number]>;
  private readonly byId: Database.Statement<[string], ExperimentRow>;

  constructor(database: Database.Database) {
    const insert = "INSERT INTO experiment (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (id) DO";
    this.insert = database.prepare(`${insert} NOTHING`);
    this.upsert = database.prepare(`${insert} UPDATE SET name = excluded.name, created_at = excluded.created_at`);
    this.byId = database.prepare("SELECT id, name, created_at FROM experiment WHERE id = ?");
  }

  /** Takes the experiment as the project's journal tells it. */
  put({ id, name, createdAt }: Experiment): void {
    this.upsert.run(id, name, createdAt);
  }

  /** Takes the experiment as one of its runs tells it, where the project's journal does not know it. */
  putIfMissing({ id, name, createdAt }: Experiment): void {
    this.insert.run(id, name, createdAt);
  }

  get(id: string): Experiment | undefined {
    const row = this.byId.get(id);
    return row === undefined ? undefined : { id: row.id, name: row.name, createdAt: row.created_at };
  }
}
