import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Priority, RunState, RunSummary } from "../../preload/contract.ts";
import { type LocalProcess, launchDetached } from "../launch/local.ts";
import { freeBytes } from "../platform/files.ts";
import { availableMemoryBytes } from "../platform/memory.ts";
import { UserError } from "../platform/user-error.ts";
import { type RunCommand, readCommand, writeCommand } from "../runs/command.ts";
import { runPaths } from "../runs/run-file.ts";
import { gigabytes, type Load, type Machine, type RunningLoad, whatKeeps } from "./admission.ts";
import { isActive } from "./desk-rules.ts";
import type { Library } from "./library.ts";
import type { Measurements } from "./measurements.ts";
import type { QueueFile } from "./queue-file.ts";
import { byPriority, type Move, moveRuns } from "./queue-order.ts";
import type { SettingsFile } from "./settings.ts";
import { recordStartFailure, startFailure } from "./start-failure.ts";

/** How often the journals of active runs are read. */
const TICK_MILLISECONDS = 100;
/** The wait after an error such as a full disk, and while a run waits for space and none trains. */
const TROUBLE_MILLISECONDS = 2000;
/** A trainer that has said its last word has this long to be gone. */
const TRAINER_END_MILLISECONDS = 5000;
/** Every so many ticks locks and commands are looked at as well. */
const SETTLE_TICKS = 5;
/** Every so many ticks memory and disk are looked at. */
const MACHINE_TICKS = 10;
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
  readonly queueFile: QueueFile;
  readonly settings: SettingsFile;
  readonly measurements: Measurements;
  /** Cores for trainers at once, in place of the settings' number until that is changed; undefined = the settings'. */
  readonly parallel: number | undefined;
  /** Handles an error that is not the run's own, such as a full disk. */
  failed(error: unknown): void;
  /** The first round without an error after one with. */
  recovered(): void;
  /** The queue, or what is known of it, may be another one now. */
  changed(): void;
}

/** A run as the queue sees it. */
export interface QueuedRun extends Load {
  readonly summary: RunSummary;
}

/** What trains and what waits, in the order of starting. */
export interface QueueState {
  readonly running: readonly (QueuedRun & RunningLoad)[];
  readonly waiting: readonly QueuedRun[];
  /** What keeps the first waiting run, in words; "" when nothing does. */
  readonly waitsFor: string;
  readonly machine: Machine;
}

/** Keeps the queue, starts trainers in the order of the wishes, follows their journals and notices when they end. */
export class Supervisor {
  private readonly library: Library;
  private readonly script: string;
  private readonly queueFile: QueueFile;
  private readonly settings: SettingsFile;
  private readonly measurements: Measurements;
  private readonly failed: (error: unknown) => void;
  private readonly recovered: () => void;
  private readonly changed: () => void;
  private readonly active = new Map<string, ActiveRun>();
  /** In the order of starting. */
  private queue: string[] = [];
  private ownParallel: number | undefined;
  private ticks = 0;
  private timer: NodeJS.Timeout | undefined;
  private slowTimer = false;
  private closed = false;
  private suspended = false;
  private trouble = false;

  constructor(setting: SupervisorSetting) {
    this.library = setting.library;
    this.script = setting.script;
    this.queueFile = setting.queueFile;
    this.settings = setting.settings;
    this.measurements = setting.measurements;
    this.ownParallel = setting.parallel;
    this.failed = setting.failed;
    this.recovered = setting.recovered;
    this.changed = setting.changed;
  }

  /** Cores that runs may take at once. */
  get parallel(): number {
    return this.ownParallel ?? this.settings.get().parallel ?? availableParallelism();
  }

  /** True when no run on this machine is being trained or waits for it. */
  get idle(): boolean {
    return this.queue.length === 0 && this.placesTaken() === 0;
  }

  /** Allows another number of cores than the settings, until they or the engine change. */
  setParallel(parallel: number): void {
    this.ownParallel = parallel;
    this.startNext();
  }

  /** Follows settings that have changed. */
  settingsChanged(parallelToo: boolean): void {
    if (parallelToo) this.ownParallel = undefined;
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
    const places = new Map(this.queueFile.get().order.map((run, place) => [run, place]));
    const place = (run: string) => places.get(run) ?? places.size;
    const wishes = new Map(queued.map((run) => [run, this.wishTime(run)]));
    queued.sort((a, b) => place(a) - place(b) || wishes.get(a)! - wishes.get(b)!);
    this.queue = byPriority(queued, this.priority);
    for (const run of Object.keys(this.queueFile.get().pausedForSpace)) this.explainPause(run);
    this.startNext();
  }

  /** Writes down the priority of runs that are about to be made. @throws UserError `disk-full` */
  reservePriority(runs: readonly string[], priority: Priority): void {
    if (priority !== "normal") this.writePriorities(runs, priority);
  }

  /** New runs: they wait for their turn, behind those of their priority. */
  enqueue(runs: readonly string[]): void {
    this.append(runs);
    this.startNext();
  }

  /**
   * Moves waiting runs among those of their priority.
   * @throws UserError `run-unknown`, `run-not-waiting`, `disk-full`
   */
  move(runs: readonly string[], to: Move): void {
    for (const run of runs) this.requireWaiting(run);
    this.reorder(moveRuns(this.queue, new Set(runs), to, this.priority));
    this.startNext();
  }

  /**
   * Gives runs a priority; those that wait and had another one go behind the others that have it.
   * @throws UserError `run-unknown`, `disk-full`
   */
  setPriority(runs: readonly string[], priority: Priority): void {
    for (const run of runs) this.library.get(run);
    const changed = new Set(runs.filter((run) => this.priority(run) !== priority));
    if (changed.size === 0) return;
    this.writePriorities([...changed], priority);
    const others = this.queue.filter((run) => !changed.has(run));
    const moved = this.queue.filter((run) => changed.has(run));
    this.reorder(byPriority([...others, ...moved], this.priority));
    for (const run of changed) this.library.announce(run);
    this.startNext();
  }

  get held(): boolean {
    return this.queueFile.get().held;
  }

  /** Starts no waiting run until it is let go. @throws UserError `disk-full` */
  hold(held: boolean): void {
    this.queueFile.change({ held });
    this.startNext();
  }

  /** The machine has slept: trainers may have gone meanwhile. */
  slept(): void {
    this.guard(() => {
      for (const run of [...this.active.keys()]) this.settle(run);
    });
    this.startNext();
  }

  state(): QueueState {
    const running = [...this.active.values()].map((active) => {
      const summary = this.library.get(active.run);
      return { summary, ...this.runningLoad(active, summary) };
    });
    const waiting = this.queue.map((run) => ({ summary: this.library.get(run), ...this.load(run) }));
    return { running, waiting, waitsFor: this.waitsFor(), machine: this.machine() };
  }

  /**
   * Carries out a wish of a person.
   * @throws UserError `run-unknown`, `run-finished`, `run-cancelled`, `run-not-running`, `disk-full`
   */
  command(run: string, command: RunCommand["command"], force: boolean): RunSummary {
    const { state } = this.library.get(run);
    if (isFulfilled(command, state)) return this.library.get(run);
    checkWish(run, command, state);
    if (command === "resume") this.noteResume(run, force);
    writeCommand(this.library.folder(run), { command, id: randomUUID() });
    const active = this.active.get(run);
    const { summary } = this.library.refresh(run, active === undefined ? undefined : startedFrom(active));
    this.queue = this.queue.filter((waiting) => waiting !== run);
    if (active === undefined && summary.state === "queued") this.append([run]);
    this.startNext();
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

  /** Resolves when runs that are over have no trainer any more: it needs a moment to end after its last word. */
  async trainersGone(): Promise<void> {
    const deadline = performance.now() + TRAINER_END_MILLISECONDS;
    const ending = () => [...this.active.keys()].some((run) => !isActive(this.library.get(run).state));
    while (ending() && performance.now() < deadline) await sleep(TICK_MILLISECONDS);
  }

  /** Runs that have a trainer now. */
  activeRuns(): string[] {
    return [...this.active.keys()];
  }

  close(): void {
    this.closed = true;
    this.stopTimer();
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
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

  private readonly priority = (run: string): Priority => this.queueFile.priority(run);

  private writePriorities(runs: readonly string[], priority: Priority): void {
    const { priorities: before } = this.queueFile.get();
    const others = Object.entries(before).filter(([run]) => this.library.store.runs.number(run) !== undefined);
    const priorities = Object.fromEntries(others);
    for (const run of runs) {
      if (priority === "normal") delete priorities[run];
      else priorities[run] = priority;
    }
    this.queueFile.change({ priorities });
  }

  private append(runs: readonly string[]): void {
    this.queue = byPriority([...this.queue, ...runs], this.priority);
  }

  private reorder(queue: string[]): void {
    this.queueFile.change({ order: queue });
    this.queue = queue;
  }

  private requireWaiting(run: string): void {
    if (this.queue.includes(run)) return;
    const { state } = this.library.get(run);
    throw new UserError("run-not-waiting", `The run ${run} is ${state}: it does not wait in the queue.`);
  }

  /** A run that goes on waits behind the others, whatever place it had before. */
  private noteResume(run: string, force: boolean): void {
    const { order, forced, pausedForSpace } = this.queueFile.get();
    this.library.clearNotice(run);
    if (!force && !order.includes(run) && !forced.includes(run) && pausedForSpace[run] === undefined) return;
    const others = forced.filter((other) => other !== run);
    const { [run]: _, ...paused } = pausedForSpace;
    this.queueFile.change({
      order: order.filter((other) => other !== run),
      forced: force ? [...others, run] : others,
      pausedForSpace: paused,
    });
  }

  private load(run: string): Load {
    const profile = this.measurements.profile(run);
    if (profile === undefined) return { threads: 1, memoryBytes: 0 };
    return { threads: profile.threads, memoryBytes: this.measurements.expect(profile).memoryBytes };
  }

  private runningLoad({ run, elsewhere }: ActiveRun, summary: RunSummary): RunningLoad {
    if (elsewhere) return { threads: 0, memoryBytes: 0, usedMemoryBytes: 0 };
    const { threads, memoryBytes } = this.load(run);
    const usedMemoryBytes = this.measurements.of(summary)?.memoryBytes ?? 0;
    return { threads, memoryBytes: Math.max(memoryBytes, usedMemoryBytes), usedMemoryBytes };
  }

  private machine(): Machine {
    const { memoryKeptFreeBytes, diskKeptFreeBytes } = this.settings.get();
    return {
      parallel: this.parallel,
      memoryAvailableBytes: availableMemoryBytes(),
      memoryKeptFreeBytes,
      diskFreeBytes: freeBytes(this.library.dataFolder),
      diskKeptFreeBytes,
    };
  }

  /** What keeps the first waiting run from starting now. */
  private waitsFor(): string {
    const [run] = this.queue;
    if (run === undefined) return "";
    if (this.held) return "the queue, which is held";
    const running = [...this.active.values()].filter(({ elsewhere }) => !elsewhere);
    const loads = running.map((active) => this.runningLoad(active, this.library.get(active.run)));
    return whatKeeps(this.load(run), loads, this.machine());
  }

  private startNext(): void {
    this.guard(() => {
      while (!this.closed && !this.suspended && this.waitsFor() === "") {
        const run = this.queue[0];
        if (run === undefined) break;
        this.launch(run);
        this.queue.shift();
      }
    });
    this.changed();
    this.schedule();
  }

  /** Pauses what trains here once the disk is nearly full, so that it ends with whole checkpoints. */
  private keepSpace(): void {
    const { diskFreeBytes, diskKeptFreeBytes } = this.machine();
    if (diskFreeBytes >= diskKeptFreeBytes) return;
    const { pausedForSpace } = this.queueFile.get();
    const going = [...this.active.values()].filter(
      ({ run, elsewhere }) => !elsewhere && this.library.get(run).state === "running",
    );
    if (going.length === 0) return;
    for (const { run } of going) {
      writeCommand(this.library.folder(run), { command: "pause", id: randomUUID() });
      this.library.refresh(run);
    }
    const paused = Object.fromEntries(going.map(({ run }) => [run, diskFreeBytes]));
    this.queueFile.change({ pausedForSpace: { ...pausedForSpace, ...paused } });
  }

  /** Says at a paused run that it was the disk, not a person. */
  private explainPause(run: string): void {
    const free = this.queueFile.get().pausedForSpace[run];
    if (free === undefined || this.library.store.runs.get(run)?.summary.state !== "paused") return;
    const kept = gigabytes(this.settings.get().diskKeptFreeBytes);
    const message = `Paused at a checkpoint: the disk had ${gigabytes(free)} free, and ${kept} are kept free.`;
    const hint = "Free some space, or keep less free in the settings; then resume.";
    this.library.notice(run, new UserError("disk-low", message, hint));
  }

  private launch(run: string): void {
    const folder = this.library.folder(run);
    const words = this.queueFile.get().forced.includes(run) ? [folder, "--force"] : [folder];
    const wish = readCommand(folder)?.id;
    const trainer = launchDetached(this.script, words, runPaths.log(folder));
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
    const work = this.active.size > 0 || (this.queue.length > 0 && (this.trouble || !this.held));
    const slow = this.trouble || this.active.size === 0;
    if (this.timer !== undefined && this.slowTimer && !slow) this.stopTimer();
    if (this.timer !== undefined || this.closed || !work) return;
    const tick = () => {
      this.timer = undefined;
      const troubled = this.trouble;
      this.trouble = false;
      if (!this.suspended) this.guard(() => this.tick());
      if (troubled && !this.trouble) this.recovered();
      this.schedule();
    };
    this.slowTimer = slow;
    this.timer = setTimeout(tick, slow ? TROUBLE_MILLISECONDS : TICK_MILLISECONDS);
  }

  private tick(): void {
    this.ticks++;
    const look = this.active.size === 0 || this.ticks % MACHINE_TICKS === 0;
    if (look && this.active.size > 0) this.keepSpace();
    if (look && this.queue.length > 0) this.startNext();
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
    this.explainPause(run);
    if (summary.state === "queued") {
      // A wish to go on that came while the trainer was pausing is a new one.
      const again = readCommand(this.library.folder(run))?.id !== active.wish;
      if (again) this.append([run]);
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
