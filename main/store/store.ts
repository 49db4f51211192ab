import { statSync } from "node:fs";
import type Database from "better-sqlite3";
import { CheckpointTable } from "./checkpoints.ts";
import { openDatabase } from "./database.ts";
import { ExperimentTable } from "./experiments.ts";
import { IngestionTable } from "./ingestion.ts";
import { ItemTable } from "./items.ts";
import { MetricTable } from "./metrics.ts";
import { ParameterTable } from "./parameters.ts";
import { ProjectTable } from "./projects.ts";
import { RunTable } from "./runs.ts";
import { SeriesReader } from "./series-reader.ts";
import { SeriesWriter } from "./series-writer.ts";
import { SettledTable } from "./settled.ts";

/** SQLite's number for `auto_vacuum = INCREMENTAL`. */
const INCREMENTAL = 2;
/** 4 MB, a small part of a second. */
const SHRINK_PAGES = 1000;

/** The index of a data folder: everything in it can be rebuilt from the run folders and the project's journal. */
export class Store {
  readonly file: string;
  /** Where a database that could not be used was put when this one was opened. */
  readonly setAside: string | undefined;
  readonly projects: ProjectTable;
  readonly experiments: ExperimentTable;
  readonly items: ItemTable;
  readonly runs: RunTable;
  readonly parameters: ParameterTable;
  readonly checkpoints: CheckpointTable;
  readonly metrics: MetricTable;
  readonly series: SeriesReader;
  readonly points: SeriesWriter;
  readonly ingestion: IngestionTable;
  readonly settled: SettledTable;
  private readonly database: Database.Database;

  /** @throws NewerStore when a newer program wrote the database. */
  constructor(file: string) {
    const { database, setAside } = openDatabase(file);
    this.file = file;
    this.setAside = setAside;
    this.database = database;
    this.projects = new ProjectTable(database);
    this.experiments = new ExperimentTable(database);
    this.items = new ItemTable(database);
    this.runs = new RunTable(database);
    this.parameters = new ParameterTable(database);
    this.checkpoints = new CheckpointTable(database);
    this.metrics = new MetricTable(database);
    this.series = new SeriesReader(database);
    this.points = new SeriesWriter(database);
    this.ingestion = new IngestionTable(database);
    this.settled = new SettledTable(database);
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

  /** Gives pages of what was removed back to the file system, some at a time. @returns false when that is done */
  shrink(): boolean {
    if (this.database.pragma("auto_vacuum", { simple: true }) !== INCREMENTAL) {
      // A database from before. Once written anew, its pages can be given back without that.
      this.database.pragma("auto_vacuum = INCREMENTAL");
      this.database.exec("VACUUM");
    }
    this.database.pragma(`incremental_vacuum(${SHRINK_PAGES})`);
    if (Number(this.database.pragma("freelist_count", { simple: true })) > 0) return true;
    this.database.pragma("wal_checkpoint(TRUNCATE)");
    return false;
  }

  /** What the database takes on the disk, its write-ahead log included. */
  bytes(): number {
    const files = [this.file, `${this.file}-wal`];
    return files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
  }

  close(): void {
    this.database.close();
  }
}
