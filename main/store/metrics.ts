import type Database from "better-sqlite3";

/** Names of the metrics that a run has reported. */
export class MetricTable {
  private readonly insert: Database.Statement<[number, string]>;
  private readonly select: Database.Statement<[number, string], { number: number }>;
  private readonly ofRun: Database.Statement<[string], { id: string }>;
  private readonly distinct: Database.Statement<[], { id: string }>;
  private readonly distinctOf: Database.Statement<[string], { id: string }>;

  constructor(database: Database.Database) {
    this.insert = database.prepare("INSERT OR IGNORE INTO metric (run, id) VALUES (?, ?)");
    this.select = database.prepare("SELECT number FROM metric WHERE run = ? AND id = ?");
    this.ofRun = database.prepare(
      "SELECT metric.id FROM metric JOIN run ON run.number = metric.run WHERE run.id = ? ORDER BY metric.id",
    );
    this.distinct = database.prepare("SELECT DISTINCT id FROM metric ORDER BY id");
    this.distinctOf = database.prepare(
      `SELECT DISTINCT id FROM metric WHERE run IN (SELECT number FROM run WHERE id IN (SELECT value FROM json_each(?)))
       ORDER BY id`,
    );
  }

  /** The metric's small number, given out on first use. */
  number(runNumber: number, id: string): number {
    this.insert.run(runNumber, id);
    const row = this.select.get(runNumber, id);
    if (row === undefined) throw new Error(`metric ${id} was not stored`);
    return row.number;
  }

  /** Names in alphabetical order. */
  list(run: string): string[] {
    return this.ofRun.all(run).map((row) => row.id);
  }

  /** Names that any of the runs (of all without `runs`) has reported, in alphabetical order; unknown runs have none. */
  all(runs?: readonly string[]): string[] {
    const rows = runs === undefined ? this.distinct.all() : this.distinctOf.all(JSON.stringify(runs));
    return rows.map((row) => row.id);
  }
}
