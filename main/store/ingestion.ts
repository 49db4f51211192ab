import type Database from "better-sqlite3";

/** How far a journal has been read, and what is needed to read on from there. */
export interface IngestionPoint {
  /** Byte in the journal where reading goes on. */
  readonly offset: number;
  readonly attempt: number;
  /** Metric ids by the numbers that the present attempt has declared. */
  readonly metrics: readonly string[];
}

/** Where the reading of each journal stands; written in the same transaction as what was read. */
export class IngestionTable {
  private readonly select: Database.Statement<[string], { journal_offset: number; attempt: number; metrics: string }>;
  private readonly upsert: Database.Statement<[string, number, number, string]>;
  private readonly removeSource: Database.Statement<[string]>;

  constructor(database: Database.Database) {
    this.select = database.prepare("SELECT journal_offset, attempt, metrics FROM ingestion WHERE source = ?");
    this.upsert = database.prepare("INSERT OR REPLACE INTO ingestion VALUES (?, ?, ?, ?)");
    this.removeSource = database.prepare("DELETE FROM ingestion WHERE source = ?");
  }

  /** The source is a run's id, or `""` for the project's journal. */
  get(source: string): IngestionPoint {
    const row = this.select.get(source);
    if (row === undefined) return { offset: 0, attempt: 0, metrics: [] };
    return { offset: row.journal_offset, attempt: row.attempt, metrics: JSON.parse(row.metrics) };
  }

  put(source: string, { offset, attempt, metrics }: IngestionPoint): void {
    this.upsert.run(source, offset, attempt, JSON.stringify(metrics));
  }

  remove(source: string): void {
    this.removeSource.run(source);
  }
}
