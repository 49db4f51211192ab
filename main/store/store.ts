import type Database from "better-sqlite3";
import { CheckpointTable } from "./checkpoints.ts";
import { openDatabase } from "./database.ts";
import { ExperimentTable } from "./experiments.ts";
import { IngestionTable } from "./ingestion.ts";
import { MetricTable } from "./metrics.ts";
import { RunTable } from "./runs.ts";
import { SeriesReader } from "./series-reader.ts";
import { SeriesWriter } from "./series-writer.ts";

/** The index of a data folder: everything in it can be rebuilt from the run folders and the project's journal. */
export class Store {
  readonly file: string;
  /** Where a database that could not be used was put when this one was opened. */
  readonly setAside: string | undefined;
  readonly experiments: ExperimentTable;
  readonly runs: RunTable;
  readonly checkpoints: CheckpointTable;
  readonly metrics: MetricTable;
  readonly series: SeriesReader;
  readonly points: SeriesWriter;
  readonly ingestion: IngestionTable;
  private readonly database: Database.Database;

  /** @throws NewerStore when a newer program wrote the database. */
  constructor(file: string) {
    const { database, setAside } = openDatabase(file);
    this.file = file;
    this.setAside = setAside;
    this.database = database;
    this.experiments = new ExperimentTable(database);
    this.runs = new RunTable(database);
    this.checkpoints = new CheckpointTable(database);
    this.metrics = new MetricTable(database);
    this.series = new SeriesReader(database);
    this.points = new SeriesWriter(database);
    this.ingestion = new IngestionTable(database);
  }

  /** Runs all of the work or, when it throws, none of it. Points pushed meanwhile are written at its end. */
  transaction<T>(work: () => T): T {
    try {
      return this.database
        .transaction(() => {
          const result = work();
          this.points.flush();
          return result;
        })
        .immediate();
    } catch (error) {
      this.points.forget();
      throw error;
    }
  }

  close(): void {
    this.database.close();
  }
}
