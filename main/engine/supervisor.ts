import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import type { RunState, RunSummary } from "../../preload/contract.ts";
import { type LocalProcess, launchDetached } from "../launch/local.ts";
import { UserError } from "../platform/user-error.ts";
import { type RunCommand, readCommand, writeCommand } from "../runs/command.ts";
import { runPaths } from "../runs/run-file.ts";
import type { Library } from "./library.ts";
import { recordStartFailure, startFailure } from "./start-failure.ts";

/** How often the journals of active runs are read. */
const TICK_MILLISECONDS = 100;
/** The wait after an error such as a full disk. */
const TROUBLE_MILLISECONDS = 2000;
/** Every so many ticks locks and commands are looked at as well. */
const SETTLE_TICKS = 5;
/** Blocks of one journal read in one tick, so that a large backlog leaves time for everything else. */
const BLOCKS_A_TICK = 2;

/** A run that has, or is about to have, a trainer. */
interface ActiveRun {
  readonly run: string;
  /** The trainer that this engine started; undefined for one that it found. */
  readonly trainer: LocalProcess | undefined;
  /** The wish that lay in the folder when the trainer was started. */
  readonly wish: string | undefined;
  /** The run's attempt when the trainer was started. */
  readonly attemptBefore: number | undefined;
  /** Trained on another machine: this one cannot see its process and gives it no place. */
  readonly elsewhere: boolean;
}

export interface SupervisorSetting {
  readonly library: Library;
  /** The trainer's script. */
  readonly script: string;
  /** Trainers at once. */
  readonly parallel: number;
  /** Handles an error that is not the run's own, such as a full disk. */
  failed(error: unknown): void;
  /** The first round without an error after one with. */
  recovered(): void;
}

/** Keeps the queue, starts trainers in the order of the wishes, follows their journals and notices when they end. */
export class Supervisor {
  private readonly library: Library;
  private readonly script: string;
  private readonly failed: (error: unknown) => void;
  private readonly recovered: () => void;
  private readonly active = new Map<string, ActiveRun>();
  private readonly forced = new Set<string>();
  private queue: string[] = [];
  private parallelLimit: number;
  private ticks = 0;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private suspended = false;
  private trouble = false;

  constructor({ library, script, parallel, failed, recovered }: SupervisorSetting) {
    this.library = library;
    this.script = script;
    this.parallelLimit = parallel;
    this.failed = failed;
    this.recovered = recovered;
  }

  get parallel(): number {
    return this.parallelLimit;
  }

  /** True when no run on this machine is being trained or waits for it. */
  get idle(): boolean {
    return this.queue.length === 0 && this.placesTaken() === 0;
  }

  setParallel(parallel: number): void {
    this.parallelLimit = parallel;
    this.startNext();
  }

  /** Takes over what the folders say: living trainers are followed, queued runs wait in the order of their wishes. */
  adopt(): void {
    const queued: string[] = [];
    for (const { id, state } of this.library.list()) {
      if (this.active.has(id) || state === "finished" || state === "cancelled") continue;
      const { summary, lock } = this.library.refresh(id);
      if (summary.state === "queued") queued.push(id);
      else if (isTrained(summary.state)) this.takeOver(id, lock === "foreign");
    }
    const wishes = new Map(queued.map((run) => [run, this.wishTime(run)]));
    this.queue = queued.sort((a, b) => wishes.get(a)! - wishes.get(b)!);
    this.startNext();
  }

  /** A new run: it waits for its turn. */
  enqueue(run: string): void {
    this.queue.push(run);
    this.startNext();
  }

  /**
   * Carries out a wish of a person.
   * @throws UserError `run-unknown`, `run-finished`, `run-cancelled`, `run-not-running`, `disk-full`
   */
  command(run: string, command: RunCommand["command"], force: boolean): RunSummary {
    const { state } = this.library.get(run);
    if (isFulfilled(command, state)) return this.library.get(run);
    checkWish(run, command, state);
    if (force && command === "resume") this.forced.add(run);
    writeCommand(this.library.folder(run), { command, id: randomUUID() });
    const active = this.active.get(run);
    const { summary } = this.library.refresh(run, active === undefined ? undefined : startedFrom(active));
    this.queue = this.queue.filter((waiting) => waiting !== run);
    if (active === undefined && summary.state === "queued") this.enqueue(run);
    return this.library.get(run);
  }

  /** Stops reading and starting until {@link resume}, while the store is being replaced. */
  suspend(): void {
    this.suspended = true;
  }

  resume(): void {
    this.suspended = false;
    this.adopt();
  }

  /** Runs that have a trainer now. */
  activeRuns(): string[] {
    return [...this.active.keys()];
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private placesTaken(): number {
    let taken = 0;
    for (const { elsewhere } of this.active.values()) if (!elsewhere) taken++;
    return taken;
  }

  /** When a queued run was asked for: its creation, or the wish to go on. */
  private wishTime(run: string): number {
    const folder = this.library.folder(run);
    if (readCommand(folder)?.command !== "resume") return this.library.get(run).createdAt;
    return statSync(runPaths.command(folder)).mtimeMs;
  }

  private startNext(): void {
    this.guard(() => {
      while (!this.closed && !this.suspended && this.placesTaken() < this.parallelLimit) {
        const run = this.queue[0];
        if (run === undefined) return;
        this.launch(run);
        this.queue.shift();
      }
    });
    this.schedule();
  }

  private launch(run: string): void {
    const folder = this.library.folder(run);
    const words = this.forced.has(run) ? [folder, "--force"] : [folder];
    const wish = readCommand(folder)?.id;
    const trainer = launchDetached(this.script, words, runPaths.log(folder));
    this.forced.delete(run);
    const attemptBefore = this.library.get(run).attempt;
    this.active.set(run, { run, trainer, wish, attemptBefore, elsewhere: false });
    trainer.onEnd(() => this.guard(() => this.settle(run)));
    this.library.refresh(run, attemptBefore);
  }

  private takeOver(run: string, elsewhere: boolean): void {
    this.active.set(run, { run, trainer: undefined, wish: undefined, attemptBefore: undefined, elsewhere });
    this.schedule();
  }

  private schedule(): void {
    const work = this.active.size > 0 || (this.trouble && this.queue.length > 0);
    if (this.timer !== undefined || this.closed || !work) return;
    const tick = () => {
      this.timer = undefined;
      const troubled = this.trouble;
      this.trouble = false;
      if (!this.suspended) this.guard(() => this.tick());
      if (troubled && !this.trouble) this.recovered();
      this.schedule();
    };
    this.timer = setTimeout(tick, this.trouble ? TROUBLE_MILLISECONDS : TICK_MILLISECONDS);
  }

  private tick(): void {
    this.ticks++;
    if (this.active.size === 0) this.startNext();
    for (const { run } of [...this.active.values()]) {
      if (this.follow(run) || this.ticks % SETTLE_TICKS === 0) this.settle(run);
    }
  }

  /** Reads what has come to a run's journal; true when that changes the run's state. */
  private follow(run: string): boolean {
    let changed = false;
    for (let block = 0; block < BLOCKS_A_TICK; block++) {
      const ingested = this.library.ingest(run);
      if (ingested?.stateChanged) changed = true;
      if (!ingested?.more) break;
    }
    return changed;
  }

  /** Looks at a run's lock and process, and lets go of it when its trainer is gone. */
  private settle(run: string): void {
    const active = this.active.get(run);
    if (active === undefined || this.closed || this.suspended) return;
    const { lock } = this.library.refresh(run, startedFrom(active));
    if (lives(active) || lock === "held" || lock === "foreign") return;
    this.release(run, active);
  }

  private release(run: string, active: ActiveRun): void {
    this.active.delete(run);
    this.library.indexCheckpoints(run);
    const { summary } = this.library.refresh(run);
    this.library.forget(run);
    if (summary.state === "queued") {
      // A wish to go on that came while the trainer was pausing is a new one.
      const again = readCommand(this.library.folder(run))?.id !== active.wish;
      if (again) this.queue.push(run);
      else this.failStart(summary, active.trainer?.ended?.text ?? "no word");
    }
    this.startNext();
  }

  private failStart(summary: RunSummary, end: string): void {
    const { id } = summary;
    const folder = this.library.folder(id);
    const failure = startFailure(folder, end);
    recordStartFailure(folder, summary, failure);
    this.library.ingestAll(id);
    if (this.library.refresh(id).summary.state !== "failed") this.library.notice(id, failure);
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.trouble = true;
      this.failed(error);
    }
  }
}

function lives({ trainer }: ActiveRun): boolean {
  return trainer !== undefined && trainer.ended === undefined;
}

/** The attempt from which a living trainer was started; undefined when there is none. */
function startedFrom(active: ActiveRun): number | undefined {
  return lives(active) ? active.attemptBefore : undefined;
}

function isTrained(state: RunState): boolean {
  return state === "starting" || state === "running" || state === "pausing";
}

/** True when there is nothing to do for a wish. */
function isFulfilled(command: RunCommand["command"], state: RunState): boolean {
  if (command === "pause") return state === "paused";
  if (command === "stop") return state === "cancelled";
  return command === "resume" && (state === "queued" || state === "starting" || state === "running");
}

function checkWish(run: string, command: RunCommand["command"], state: RunState): void {
  const over = state === "finished" || state === "cancelled";
  if (over) {
    const hint = command === "resume" ? `"edgeloom fork ${run}:last" makes a new run that goes on from its end.` : "";
    throw new UserError(`run-${state}`, `The run ${run} is ${state}: it cannot ${verb(command)} any more.`, hint);
  }
  if (command === "checkpoint" && !isTrained(state)) {
    throw new UserError("run-not-running", `The run ${run} is ${state}: there is nothing new to save.`);
  }
  if (command === "pause" && state === "failed") {
    throw new UserError("run-not-running", `The run ${run} has failed and is not running.`);
  }
}

function verb(command: RunCommand["command"]): string {
  if (command === "checkpoint") return "save a checkpoint";
  return command === "resume" ? "go on" : command;
}
