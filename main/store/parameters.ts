import type Database from "better-sqlite3";
import type { ParameterValues } from "../../preload/contract.ts";

/** Every parameter of every run. They never change. */
export class ParameterTable {
  private readonly upsert: Database.Statement<[string, string]>;
  private readonly ofRun: Database.Statement<[string], { values: string }>;
  private readonly all: Database.Statement<[], { run: string; values: string }>;
  private readonly withoutAny: Database.Statement<[], { id: string }>;

  constructor(database: Database.Database) {
    this.upsert = database.prepare(
      `INSERT OR REPLACE INTO parameters (run, "values") VALUES ((SELECT number FROM run WHERE id = ?), ?)`,
    );
    const from = "FROM parameters JOIN run ON run.number = parameters.run";
    this.ofRun = database.prepare(`SELECT "values" ${from} WHERE run.id = ?`);
    this.all = database.prepare(`SELECT run.id AS run, "values" ${from} ORDER BY run.created_at, run.number`);
    this.withoutAny = database.prepare("SELECT id FROM run WHERE number NOT IN (SELECT run FROM parameters)");
  }

  /** The run must be in the store. */
  put(run: string, values: ParameterValues): void {
    this.upsert.run(run, JSON.stringify(values));
  }

  /** undefined for an unknown run. */
  get(run: string): ParameterValues | undefined {
    const row = this.ofRun.get(run);
    return row === undefined ? undefined : parse(row.values);
  }

  /** All runs, oldest first. */
  list(): { readonly run: string; readonly values: ParameterValues }[] {
    return this.all.all().map(({ run, values }) => ({ run, values: parse(values) }));
  }

  /** Runs that an older program entered, without their parameters. */
  missing(): string[] {
    return this.withoutAny.all().map(({ id }) => id);
  }
}

function parse(values: string): ParameterValues {
  return JSON.parse(values);
}
