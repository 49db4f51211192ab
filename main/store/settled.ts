import type Database from "better-sqlite3";

/** Run folders that were read to their end and of runs that are over, with what their files looked like then. */
export class SettledTable {
  private readonly upsert: Database.Statement<[string, string]>;
  private readonly removeRun: Database.Statement<[string]>;
  private readonly all: Database.Statement<[], { id: string; signature: string }>;

  constructor(database: Database.Database) {
    this.upsert = database.prepare(
      "INSERT OR REPLACE INTO settled (run, signature) VALUES ((SELECT number FROM run WHERE id = ?), ?)",
    );
    this.removeRun = database.prepare("DELETE FROM settled WHERE run = (SELECT number FROM run WHERE id = ?)");
    this.all = database.prepare("SELECT run.id, signature FROM settled JOIN run ON run.number = settled.run");
  }

  put(run: string, signature: string): void {
    this.upsert.run(run, signature);
  }

  remove(run: string): void {
    this.removeRun.run(run);
  }

  /** Run id -> signature. */
  list(): Map<string, string> {
    return new Map(this.all.all().map(({ id, signature }) => [id, signature]));
  }
}
