import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type {
  CheckpointSummary,
  EventPayload,
  ParameterValues,
  Priority,
  RunSummary,
  UserErrorValue,
} from "../../preload/contract.ts";
import { errorValue } from "../link/server.ts";
import { freeBytes, removeFolderAtomic } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { type RunCommand, readCommand } from "../runs/command.ts";
import { type LockState, lockState } from "../runs/lock.ts";
import { createRunFolder, createRunFolders, type RunFile, readRunFile, runPaths } from "../runs/run-file.ts";
import { deriveRunState } from "../runs/state.ts";
import { removeCompanions, setDatabaseAside } from "../store/database.ts";
import type { Experiment } from "../store/experiments.ts";
import { Store } from "../store/store.ts";
import { Desk } from "./desk.ts";
import { isOver } from "./desk-rules.ts";
import { diskFull } from "./errors.ts";
import { describeCheckpoints, freshSummary, type Ingested, RunIngestion } from "./ingestion.ts";
import { unknownName } from "./names.ts";
import { placePins } from "./pinning.ts";
import { ProjectJournal } from "./project-journal.ts";
import { Trash } from "./trash.ts";

/** Receives what changes in the library. */
export interface LibraryObserver {
  /** A run was added, or what its summary says has changed. */
  run(summary: RunSummary): void;
  /** Points of a run went into the store. */
  points(run: string, ingested: Ingested): void;
  /** The priority that a person gave the run in the queue. */
  priority(run: string): Priority;
  /** Projects and experiments were added or changed, or items removed for good. */
  desk(event: EventPayload<"desk">): void;
}

/**
 * With less than this on the disk nothing new begins: what a trainer that failed for want of space gave back is enough
 * to make a run's folder, and no more.
 */
const LEAST_FREE_BYTES = 1024 * 1024;

/** What is read of journals, or how many of them, before everything else has its turn. */
const BATCH_BYTES = 2 * 1024 * 1024;
const BATCH_RUNS = 50;

const startingState = { state: "starting", error: undefined } as const;

/** How far reading the journals is, in bytes. */
export type Progress = (done: number, total: number) => void;

/** The runs of a data folder: their folders, and the store as the index of these. */
export class Library {
  readonly dataFolder: string;
  readonly runsFolder: string;
  /** Run folders, and perhaps the project's journal, that cannot be read, with the reason. */
  readonly unreadable = new Map<string, UserErrorValue>();
  readonly desk: Desk;
  readonly trash: Trash;
  private readonly project: ProjectJournal;
  private readonly observer: LibraryObserver;
  private current: Store;
  private ingestions = new Map<string, RunIngestion>();
  /** No run that was made since this program began has this number or a greater one. */
  private freeOrdinal = 0;
  /** What keeps a run's index behind its folder; shown instead of the run's own error. */
  private readonly notices = new Map<string, UserErrorValue>();

  /** @throws NewerStore; errors of SQLite when its native module cannot be loaded */
  constructor(dataFolder: string, observer: LibraryObserver) {
    this.dataFolder = dataFolder;
    this.runsFolder = path.join(dataFolder, "runs");
    mkdirSync(this.runsFolder, { recursive: true });
    this.project = new ProjectJournal(dataFolder);
    this.observer = observer;
    this.desk = new Desk(this, this.project, (event) => observer.desk(event));
    this.trash = new Trash(this, this.project);
    this.current = new Store(this.storeFile);
  }

  get store(): Store {
    return this.current;
  }

  /** All runs, oldest first. */
  list(): RunSummary[] {
    return this.current.runs.list().map((summary) => this.noticed(summary));
  }

  /** undefined for an unknown run. */
  find(run: string): RunSummary | undefined {
    const stored = this.current.runs.get(run);
    return stored === undefined ? undefined : this.noticed(stored.summary);
  }

  /** @throws UserError `run-unknown` */
  get(run: string): RunSummary {
    const found = this.find(run);
    if (found !== undefined) return found;
    throw unknownName("run", run, this.current.runs.listIds(), "run");
  }

  /** @throws UserError `run-unknown` */
  folder(run: string): string {
    return path.join(this.runsFolder, this.get(run).id);
  }

  checkpoints(run?: string): CheckpointSummary[] {
    return this.current.checkpoints.list(run).map((checkpoint) => {
      const folder = runPaths.checkpoints(path.join(this.runsFolder, checkpoint.run));
      return { ...checkpoint, path: path.join(folder, String(checkpoint.step)) };
    });
  }

  /**
   * Makes an experiment; its name is in the project's journal before it is in the store.
   * @throws UserError `disk-full`, `project-unknown`, `project-trashed`
   */
  addExperiment(experiment: Experiment): void {
    this.desk.addExperiment(experiment);
  }

  /**
   * Makes a run, with the next number: its folder and its row in the store, or neither.
   * @throws UserError `disk-full`
   */
  addRun(runFile: Omit<RunFile, "ordinal">, parentCheckpoint?: string): RunSummary {
    this.requireSpace();
    const ordinal = this.takeOrdinals(1);
    const numbered = { ...runFile, ordinal };
    const folder = createRunFolder(this.runsFolder, numbered, parentCheckpoint);
    try {
      this.register(this.current, numbered, ordinal);
    } catch (error) {
      removeFolderAtomic(folder);
      throw error;
    }
    const summary = this.get(runFile.id);
    this.observer.run(summary);
    return summary;
  }

  /**
   * Makes many runs, numbered in their order, without holding up what else the engine does: the folders of all and their
   * rows, or none.
   * @param experiment to make for them; undefined when theirs is there already
   * @throws UserError `disk-full`
   */
  async addRuns(runFiles: readonly Omit<RunFile, "ordinal">[], experiment?: Experiment): Promise<RunSummary[]> {
    this.requireSpace();
    const first = this.takeOrdinals(runFiles.length);
    const numbered = runFiles.map((runFile, place) => ({ ...runFile, ordinal: first + place }));
    await createRunFolders(this.runsFolder, numbered);
    try {
      if (experiment !== undefined) this.addExperiment(experiment);
      this.current.transaction(() => {
        for (const runFile of numbered) this.register(this.current, runFile, runFile.ordinal);
      });
    } catch (error) {
      for (const { id } of runFiles) removeFolderAtomic(this.pathOf(id));
      throw error;
    }
    return runFiles.map(({ id }) => {
      const summary = this.get(id);
      this.observer.run(summary);
      return summary;
    });
  }

  /** @throws UserError `disk-full` */
  requireSpace(): void {
    if (freeBytes(this.dataFolder) < LEAST_FREE_BYTES) throw diskFull(this.dataFolder);
  }

  /** Takes a run from the disk and from the store, whatever of it is still there. */
  removeRun(run: string): void {
    removeFolderAtomic(this.pathOf(run));
    this.ingestions.delete(run);
    this.notices.delete(run);
    this.current.points.forget();
    this.current.transaction(() => {
      this.current.runs.remove(run);
      this.current.ingestion.remove(run);
    });
  }

  /** Takes a checkpoint `<run>:<step>` from the disk and from the store, whatever of it is still there. */
  removeCheckpoint(checkpoint: string): void {
    const colon = checkpoint.lastIndexOf(":");
    const run = checkpoint.slice(0, colon);
    removeFolderAtomic(path.join(runPaths.checkpoints(this.pathOf(run)), checkpoint.slice(colon + 1)));
    if (this.current.runs.number(run) === undefined) return;
    const left = describeCheckpoints(run, this.pathOf(run));
    this.current.transaction(() => this.current.checkpoints.replace(run, left));
  }

  /** Tells the observer of a run that a person changed. */
  runChanged(run: string): void {
    this.observer.run(this.get(run));
  }

  /**
   * Reads the next block of a run's journal into the store.
   * @returns false when the run's index cannot follow; its summary then says why
   */
  ingest(run: string): Ingested | undefined {
    try {
      const ingestion = this.ingestions.get(run) ?? new RunIngestion(this.current, this.pathOf(run), run);
      this.ingestions.set(run, ingestion);
      const ingested = ingestion.step();
      if (ingested.points > 0 || ingested.startedAttempt !== undefined) {
        this.notices.delete(run);
        this.observer.points(run, ingested);
      }
      return ingested;
    } catch (error) {
      this.ingestions.delete(run);
      if (!(error instanceof UserError)) throw error;
      this.notice(run, error);
      return undefined;
    }
  }

  /** Reads all that a run's journal holds. */
  ingestAll(run: string): void {
    while (this.ingest(run)?.more);
  }

  /** Shows an error at a run until its next points come in. */
  notice(run: string, error: UserError): void {
    const value = errorValue(error);
    if (this.notices.get(run)?.message === value.message) return;
    this.notices.set(run, value);
    this.observer.run(this.get(run));
  }

  /** Tells that what belongs to a run's summary has changed outside its folder. */
  announce(run: string): void {
    this.observer.run(this.get(run));
  }

  clearNotice(run: string): void {
    if (this.notices.delete(run)) this.observer.run(this.get(run));
  }

  /** Enters the checkpoints that lie in a run's folder, also one whose event was lost with its trainer. */
  indexCheckpoints(run: string): void {
    const { state } = this.get(run);
    if (state === "finished" || state === "cancelled") return;
    const found = describeCheckpoints(run, this.pathOf(run));
    this.current.transaction(() => this.current.checkpoints.replace(run, found));
  }

  /** Frees what following this run's journal has taken. */
  forget(run: string): void {
    this.ingestions.delete(run);
    this.current.points.forget();
  }

  /**
   * Brings a run's state up to date with its folder: first the lock, then all that the journal says, so that what a
   * trainer wrote before it let go is never missed.
   * @param attemptBefore the attempt at which a trainer was started that still lives: until the next one begins, the run
   * is starting
   */
  refresh(run: string, attemptBefore?: number): { readonly summary: RunSummary; readonly lock: LockState } {
    const facts = this.readFacts(run);
    if (facts === undefined) return { summary: this.get(run), lock: "foreign" };
    const { lock } = facts;
    const untouched = lock === "free" || lock === "stale";
    if (untouched) this.ingestAll(run);
    const stored = this.current.runs.get(run);
    if (stored === undefined) throw unknownName("run", run, []);
    const { summary, lastState } = stored;
    const starting = summary.attempt === attemptBefore;
    const derived = starting ? startingState : deriveRunState({ lastState, ...facts });
    const error = explainInterruption(derived.error, run);
    if (derived.state !== summary.state || error?.message !== summary.error?.message) {
      this.current.runs.put({ summary: { ...summary, state: derived.state, error }, lastState });
      this.settle(this.current, run);
      this.observer.run(this.get(run));
    }
    return { summary: this.get(run), lock };
  }

  /**
   * Makes the store agree with the folders: new and vanished runs, and everything that journals tell beyond what was
   * read before. For an empty store that is the rebuild.
   */
  async catchUp(progress: Progress): Promise<void> {
    this.registerFolders(this.current);
    this.readProject(this.current);
    await this.finishRemovals();
    placePins(this);
    const unread = this.unsettled(this.current).map((run) => ({ run, bytes: journalBytes(this.pathOf(run)) }));
    const total = unread.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    for (const batch of batches(unread)) {
      const [first] = batch;
      if (batch.length === 1 && first !== undefined) {
        while (this.ingest(first.run)?.more) {
          progress(done + Math.min(this.current.ingestion.get(first.run).offset, first.bytes), total);
          await turn();
        }
      }
      this.readWhole(batch.map(({ run }) => run));
      for (const { bytes } of batch) done += bytes;
      progress(done, total);
      await turn();
    }
  }

  /** As long as the project's journal cannot be read, nothing more is removed. */
  private async finishRemovals(): Promise<void> {
    try {
      await this.trash.catchUp();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.unreadable.set("project.journal", errorValue(error));
    }
  }

  /** Reads what is left of runs, with one wait for the disk for all of them. */
  private readWhole(runs: readonly string[]): void {
    try {
      this.current.transaction(() => {
        for (const run of runs) {
          this.ingestAll(run);
          this.refresh(run);
          this.indexCheckpoints(run);
          this.settle(this.current, run);
          this.forget(run);
        }
      });
    } catch (error) {
      for (const run of runs) this.ingestions.delete(run);
      throw error;
    }
  }

  /**
   * Builds the store anew beside the present one, which serves until the new one takes its place.
   * @returns the number of runs and of stored points
   */
  async rebuild(progress: Progress): Promise<{ runs: number; points: number }> {
    const file = `${this.storeFile}.rebuilding`;
    removeDatabase(file);
    const store = new Store(file);
    try {
      this.registerFolders(store);
      const total = store.runs.listIds().reduce((sum, run) => sum + journalBytes(this.pathOf(run)), 0);
      let done = 0;
      for (const run of store.runs.listIds()) {
        const before = done;
        await this.readInto(store, run, (offset) => progress(Math.min(before + offset, total), total));
        done += journalBytes(this.pathOf(run));
      }
      // What came meanwhile, without giving up the turn: nothing can happen between this and the exchange.
      this.registerFolders(store);
      store.transaction(() => {
        for (const run of store.runs.listIds()) this.readRest(store, run);
      });
      this.readProject(store);
      const result = { runs: store.runs.listIds().length, points: store.series.storedPoints() };
      store.close();
      this.exchange(file);
      return result;
    } catch (error) {
      store.close();
      removeDatabase(file);
      throw error;
    }
  }

  /** Puts a damaged store aside and begins a new one, to be filled by {@link catchUp}. @returns its new place */
  replaceDamaged(): string {
    this.current.close();
    const setAside = setDatabaseAside(this.storeFile);
    this.open();
    return setAside;
  }

  close(): void {
    this.current.close();
  }

  private get storeFile(): string {
    return path.join(this.dataFolder, "store.sqlite");
  }

  private pathOf(run: string): string {
    return path.join(this.runsFolder, run);
  }

  /** Lock and command of a run; undefined when one of them cannot be read, which its summary then says. */
  private readFacts(run: string): { lock: LockState; command: RunCommand["command"] | undefined } | undefined {
    const folder = this.pathOf(run);
    try {
      return { lock: lockState(folder), command: readCommand(folder)?.command };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.notice(run, error);
      return undefined;
    }
  }

  private noticed(summary: RunSummary): RunSummary {
    const error = this.notices.get(summary.id) ?? summary.error;
    return { ...summary, error, priority: this.observer.priority(summary.id) };
  }

  private open(): void {
    this.current = new Store(this.storeFile);
    this.ingestions = new Map();
  }

  private exchange(file: string): void {
    this.current.close();
    removeCompanions(this.storeFile);
    renameSync(file, this.storeFile);
    this.open();
  }

  /** A project journal that cannot be read costs the names in it, not the runs. */
  private readProject(store: Store): void {
    try {
      this.project.ingest(store);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.unreadable.set("project.journal", errorValue(error));
    }
  }

  private async readInto(store: Store, run: string, progress: (offset: number) => void): Promise<void> {
    const ingestion = new RunIngestion(store, this.pathOf(run), run);
    try {
      while (ingestion.step().more) {
        progress(store.ingestion.get(run).offset);
        await turn();
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.notice(run, error);
    }
    store.points.forget();
  }

  private readRest(store: Store, run: string): void {
    try {
      const ingestion = new RunIngestion(store, this.pathOf(run), run);
      while (ingestion.step().more);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
    const known = this.current.runs.get(run)?.summary.state;
    const stored = store.runs.get(run);
    if (known === undefined || stored === undefined) return;
    store.runs.put({ ...stored, summary: { ...stored.summary, state: known } });
    this.settle(store, run);
  }

  /** Enters every run folder that is new or was changed, removes what has no folder any more. */
  private registerFolders(store: Store): void {
    this.unreadable.clear();
    const settled = store.settled.list();
    const withoutParameters = new Set(store.parameters.missing());
    const found = new Set<string>();
    const read: RunFile[] = [];
    store.transaction(() => {
      for (const entry of readdirSync(this.runsFolder, { withFileTypes: true })) {
        if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
        const signature = settled.get(entry.name);
        if (signature !== undefined && signature === folderSignature(this.pathOf(entry.name))) {
          found.add(entry.name);
          continue;
        }
        try {
          const runFile = readRunFile(this.pathOf(entry.name));
          if (runFile.id !== entry.name) throw renamedFolder(entry.name, runFile.id);
          read.push(runFile);
          if (withoutParameters.has(runFile.id)) store.parameters.put(runFile.id, allParameters(runFile));
          store.settled.remove(runFile.id);
          found.add(runFile.id);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          this.unreadable.set(entry.name, errorValue(error));
        }
      }
      this.registerNumbered(store, read);
      for (const id of store.runs.listIds()) {
        if (found.has(id)) continue;
        store.runs.remove(id);
        store.ingestion.remove(id);
      }
    });
  }

  /** Runs whose folders may tell more than the store knows, oldest first. */
  private unsettled(store: Store): string[] {
    const settled = store.settled.list();
    return store.runs
      .list()
      .map(({ id }) => id)
      .filter((id) => !settled.has(id));
  }

  /** Notes what the folder of a run that is over looks like, when all of it has been read. */
  private settle(store: Store, run: string): void {
    const state = store.runs.get(run)?.summary.state;
    if (state === undefined || !isOver(state)) return;
    const folder = this.pathOf(run);
    const signature = folderSignature(folder);
    if (store.ingestion.get(run).offset === journalBytes(folder)) store.settled.put(run, signature);
  }

  /**
   * Enters runs with the numbers that they were made with, or are known by here. Those of older programs without either
   * get, in the order of their creation, the first numbers that nobody has.
   */
  private registerNumbered(store: Store, runFiles: readonly RunFile[]): void {
    const without: RunFile[] = [];
    for (const runFile of runFiles) {
      const known = store.runs.get(runFile.id) ?? this.current.runs.get(runFile.id);
      const ordinal = runFile.ordinal ?? known?.summary.ordinal;
      if (ordinal === undefined) without.push(runFile);
      else this.register(store, runFile, ordinal);
    }
    const taken = new Set(store.runs.ordinals());
    let next = 0;
    for (const runFile of without.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))) {
      while (taken.has(next)) next++;
      this.register(store, runFile, next++);
    }
  }

  /** @returns the first of so many numbers in a row that no run has, nor one that is just being made */
  private takeOrdinals(count: number): number {
    const first = this.current.runs.ordinals().reduce((free, ordinal) => Math.max(free, ordinal + 1), this.freeOrdinal);
    this.freeOrdinal = first + count;
    return first;
  }

  private register(store: Store, runFile: RunFile, ordinal: number): void {
    const known = store.ingestion.get(runFile.id).offset;
    if (known > journalBytes(this.pathOf(runFile.id))) {
      // The folder was replaced by an older copy: what was read before is not there any more.
      store.runs.remove(runFile.id);
      store.ingestion.remove(runFile.id);
    }
    if (store.runs.get(runFile.id) !== undefined) return;
    store.transaction(() => {
      const { experiment, name, createdAt } = runFile;
      store.experiments.putIfMissing({ id: experiment, name, createdAt });
      store.runs.put({ summary: freshSummary(runFile, ordinal), lastState: undefined });
      store.parameters.put(runFile.id, allParameters(runFile));
    });
  }
}

interface UnreadRun {
  readonly run: string;
  readonly bytes: number;
}

/** Runs to be read together: many small ones, or a single large one. */
function* batches(unread: readonly UnreadRun[]): Generator<UnreadRun[]> {
  let batch: UnreadRun[] = [];
  let sum = 0;
  for (const run of unread) {
    if (batch.length > 0 && (sum + run.bytes > BATCH_BYTES || batch.length === BATCH_RUNS)) {
      yield batch;
      batch = [];
      sum = 0;
    }
    batch.push(run);
    sum += run.bytes;
  }
  if (batch.length > 0) yield batch;
}

function allParameters({ parameters }: RunFile): ParameterValues {
  return { ...parameters.scenario, ...parameters.learner, ...parameters.training };
}

function removeDatabase(file: string): void {
  rmSync(file, { force: true });
  removeCompanions(file);
}

/** Sizes and times of what a run's folder tells: another run file, a longer journal, other checkpoints change it. */
function folderSignature(folder: string): string {
  const checkpoints = statSync(runPaths.checkpoints(folder), { throwIfNoEntry: false });
  const files = [runPaths.runFile(folder), runPaths.journal(folder)].map((file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    return `${stat?.size} ${stat?.mtimeMs}`;
  });
  return `${files.join(" ")} ${checkpoints?.mtimeMs}`;
}

function journalBytes(folder: string): number {
  const file = runPaths.journal(folder);
  return existsSync(file) ? statSync(file).size : 0;
}

function renamedFolder(folder: string, id: string): UserError {
  return new UserError(
    "run-renamed",
    `The folder ${folder} holds the run ${id}.`,
    "A run's folder has its id as its name; rename it back.",
  );
}

function explainInterruption(error: UserErrorValue | undefined, run: string): UserErrorValue | null {
  if (error === undefined) return null;
  if (error.code !== "run-interrupted") return error;
  return { ...error, hint: `"edgeloom resume ${run}" goes on from its last checkpoint and repeats what was lost.` };
}
