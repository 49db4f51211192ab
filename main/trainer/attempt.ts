/**
 * One attempt of a run: from taking the lock to its release. docs/run-folder.md says what it writes and when;
 * lab/training.ts computes.
 */
import { rmSync } from "node:fs";
import { cpus } from "node:os";
import { setImmediate } from "node:timers/promises";
import { TrainingDiverged } from "../../lab/learners/learner.ts";
import type { TensorMap } from "../../lab/tensors.ts";
import { type ResolvedParameters, TrainingLoop, type TrainingValues } from "../../lab/training.ts";
import { fileError, removeLeftovers, writeFileDurable } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { programVersion } from "../platform/version.ts";
import { expendableCheckpoints, listCheckpoints, removeCheckpoint, writeCheckpoint } from "../runs/checkpoint.ts";
import { clearCommand, discardCommand, type RunCommand, readCommand } from "../runs/command.ts";
import { JournalWriter, journalRecords } from "../runs/journal.ts";
import { acquireLock, type RunLock } from "../runs/lock.ts";
import { readPins } from "../runs/pins.ts";
import { parseRunEvent, type RunEvent, type RunStateEvent } from "../runs/run-event.ts";
import { type RunFile, readRunFile, runPaths } from "../runs/run-file.ts";
import { describeError } from "./describe-error.ts";
import { openWorkspace } from "./kernels.ts";
import { PointBatch } from "./point-batch.ts";
import { RunningClock } from "./running-clock.ts";
import { checkStartingPoint, findStartingPoint, type StartingPoint } from "./starting-point.ts";
import { checkVersions, requireLearner, requireParameters, requireScenario } from "./subject.ts";
import { SystemMetrics } from "./system-metrics.ts";
import { openTensorflow } from "./tensorflow.ts";
import { WatchedWorld } from "./watched-world.ts";

const HEARTBEAT_SECONDS = 10;
const SYNC_SECONDS = 1;
const RESERVE_BYTES = 64 * 1024;

export interface AttemptOptions {
  /** Go on although kernel build or versions are not those of the run so far; the run is marked. */
  readonly force: boolean;
  /** Go on from the checkpoint at this step instead of the newest. */
  readonly fromStep: number | undefined;
  /** Asked between iterations: true once a signal wants the attempt to pause. */
  readonly interrupted: () => boolean;
  readonly print: (line: string) => void;
}

/** How an attempt ended; failures are thrown. */
export type AttemptEnd = "finished" | "paused" | "cancelled";

/** How far a run has come. */
type Progress = Pick<RunStateEvent, "step" | "iteration" | "wallSeconds">;

/**
 * Trains a run until it is finished, paused or stopped. However it ends, the journal says so if it can be written, and
 * the lock is released.
 * @throws UserError what a person can act on: locked, damaged, full disk, diverged ...
 */
export async function trainAttempt(folder: string, options: AttemptOptions): Promise<AttemptEnd> {
  const run = readRunFile(folder);
  const lock = acquireLock(folder, 0);
  try {
    const history = readHistory(folder);
    refuseEnded(run, history.state);
    const attempt = history.attempt + 1;
    lock.heartbeat(attempt);
    const journal = JournalWriter.open(runPaths.journal(folder), { attempt });
    const session = new Session(folder, run, attempt, journal, lock, options);
    try {
      return await session.train();
    } catch (error) {
      session.fail(error, history.progress);
      throw error;
    }
  } finally {
    releaseReserve(folder);
    lock.release();
  }
}

/** Takes the bytes that the last words about a full disk will need. */
function takeReserve(folder: string): void {
  releaseReserve(folder); // one that a killed attempt left
  const file = runPaths.reserve(folder);
  try {
    writeFileDurable(file, Buffer.alloc(RESERVE_BYTES));
  } catch (error) {
    throw fileError(error, file);
  }
}

function releaseReserve(folder: string): void {
  rmSync(runPaths.reserve(folder), { force: true });
}

/** What the journal says of earlier attempts. */
interface History {
  readonly attempt: number;
  readonly state: RunStateEvent["state"] | undefined;
  readonly progress: Progress;
}

function readHistory(folder: string): History {
  const file = runPaths.journal(folder);
  let attempt = 0;
  let state: History["state"];
  let progress: Progress = { step: 0, iteration: 0, wallSeconds: 0 };
  for (const record of journalRecords(file)) {
    attempt = Math.max(attempt, record.attempt);
    if (record.kind !== "event") continue;
    const event = parseRunEvent(record, file);
    if (event.type !== "state") continue;
    const { step, iteration, wallSeconds } = event;
    state = event.state;
    progress = { step, iteration, wallSeconds };
  }
  return { attempt, state, progress };
}

function refuseEnded({ id }: RunFile, state: History["state"]): void {
  if (state !== "finished" && state !== "cancelled") return;
  throw new UserError(`run-${state}`, `The run ${id} is ${state}.`, "Fork from one of its checkpoints to train on.");
}

/** A started training: the loop and what it has to be measured by. */
interface Training {
  readonly loop: TrainingLoop;
  readonly watched: WatchedWorld;
  readonly system: SystemMetrics;
  readonly parameters: ResolvedParameters;
  readonly kernelBuild: string;
  readonly start: StartingPoint | undefined;
  readonly marks: readonly string[];
}

class Session {
  private readonly folder: string;
  private readonly run: RunFile;
  private readonly attempt: number;
  private readonly journal: JournalWriter;
  private readonly lock: RunLock;
  private readonly options: AttemptOptions;
  private training: Training | undefined;
  /** Running time before this attempt, and this attempt's own. */
  private earlierSeconds = 0;
  private clock = new RunningClock();

  constructor(
    folder: string,
    run: RunFile,
    attempt: number,
    journal: JournalWriter,
    lock: RunLock,
    options: AttemptOptions,
  ) {
    this.folder = folder;
    this.run = run;
    this.attempt = attempt;
    this.journal = journal;
    this.lock = lock;
    this.options = options;
  }

  async train(): Promise<AttemptEnd> {
    this.consumeResume();
    takeReserve(this.folder);
    const training = this.prepare();
    this.training = training;
    this.begin(training);
    const end = await this.iterate(training);
    training.watched.close();
    training.system.close();
    this.journal.close();
    return end;
  }

  /** Writes down why the attempt failed, as far as that is possible. */
  fail(error: unknown, earlier: Progress): void {
    const { print } = this.options;
    // Without the lock the journal may be another process's by now.
    if (error instanceof UserError && error.code === "lock-lost") return;
    const { code, message, hint } = describeError(error);
    const progress = this.training === undefined ? earlier : this.progress(this.training.loop);
    releaseReserve(this.folder);
    try {
      this.event({ type: "state", state: "failed", at: Date.now(), ...progress, error: { code, message, hint } });
      this.journal.close();
    } catch (journalError) {
      if (!(journalError instanceof UserError)) throw journalError;
      print(`the journal could not record the failure: ${journalError.message}`);
    }
  }

  private prepare(): Training {
    const { folder, run, options } = this;
    const scenario = requireScenario(run.scenario.id);
    const learner = requireLearner(run.learner.id);
    const marks = checkVersions(run, scenario, learner, options.force);
    const parameters = requireParameters(scenario, learner, run.parameters);
    removeLeftovers(runPaths.checkpoints(folder));
    const start = findStartingPoint(folder, run, options.fromStep);
    const { device, kernels, threads } = parameters.training;
    const workspace =
      device === "tensorflow-cpu" || device === "tensorflow-gpu"
        ? openTensorflow(device)
        : openWorkspace(kernels, start?.checkpoint.manifest.kernelBuild, threads);
    const { kernelBuild } = workspace;
    if (start !== undefined) marks.push(...checkStartingPoint(start, run, kernelBuild, options.force));
    const loop = new TrainingLoop({ scenario, learner, parameters, seed: run.seed, workspace });
    if (start !== undefined) this.load(loop, start);
    const watched = new WatchedWorld(folder, loop, options.print);
    return { loop, watched, system: new SystemMetrics(device), parameters, kernelBuild, start, marks };
  }

  private load(loop: TrainingLoop, { checkpoint, forked }: StartingPoint): void {
    const { manifest } = checkpoint;
    try {
      loop.load(checkpoint);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const message = `The checkpoint ${manifest.run}:${manifest.step} does not fit this run: ${error.message}.`;
      throw new UserError("checkpoint-unfit", message, "Networks and worlds must have the sizes they had there.");
    }
    if (!forked) this.earlierSeconds = manifest.wallSeconds;
  }

  private begin({ loop, kernelBuild, start, marks }: Training): void {
    this.clock = new RunningClock();
    const from = start?.checkpoint.manifest;
    this.event({
      type: "started",
      attempt: this.attempt,
      kernelBuild,
      cpu: cpus()[0]?.model ?? "unknown",
      node: process.versions.node,
      programVersion,
      fromStep: loop.steps,
      fromCheckpoint: from === undefined ? null : `${from.run}:${from.step}`,
      pid: process.pid,
      at: Date.now(),
    });
    for (const text of marks) this.event({ type: "mark", text, at: Date.now() });
    this.options.print(`attempt ${this.attempt} from step ${loop.steps} on ${kernelBuild}`);
    this.state("running", loop);
  }

  private async iterate(training: Training): Promise<AttemptEnd> {
    const { journal, lock } = this;
    const { loop, watched, system } = training;
    const { checkpointEvery } = training.parameters.training;
    const points = new PointBatch(journal);
    const synced = new Interval(SYNC_SECONDS);
    const beaten = new Interval(HEARTBEAT_SECONDS);
    while (!loop.finished) {
      const wish = this.options.interrupted() ? ({ command: "pause", id: "" } as const) : this.readWish();
      if (wish?.command === "pause" || wish?.command === "stop") {
        this.checkpoint(training);
        const end = wish.command === "pause" ? "paused" : "cancelled";
        this.state(end, loop);
        clearCommand(this.folder, wish.id);
        return end;
      }
      if (wish?.command === "checkpoint") this.checkpoint(training);
      if (wish !== undefined) clearCommand(this.folder, wish.id);

      watched.begin();
      const before = loop.steps;
      const began = performance.now();
      loop.step((metric, step, value) => points.add(metric, step, this.wallSeconds(), value));
      const seconds = (performance.now() - began) / 1000;
      watched.end();
      const wall = this.wallSeconds();
      system.sample(wall, (metric, value) => points.add(metric, loop.steps, wall, value));
      points.add("time/fps", loop.steps, wall, (loop.steps - before) / seconds);
      points.add("time/iterations", loop.steps, wall, loop.iteration);
      points.add("time/total_timesteps", loop.steps, wall, loop.steps);
      points.write(loop.iteration);
      journal.flush();

      const due = Math.floor(loop.steps / checkpointEvery) > Math.floor(before / checkpointEvery);
      if (due || loop.finished) this.checkpoint(training);
      if (synced.over()) journal.sync();
      if (beaten.over()) lock.heartbeat(this.attempt);
      await setImmediate(); // lets signals in
    }
    this.state("finished", loop);
    discardCommand(this.folder);
    return "finished";
  }

  private checkpoint({ loop, parameters, kernelBuild }: Training): void {
    const { run, folder } = this;
    // What a resume from this checkpoint does not repeat must be on the disk before it.
    this.journal.sync();
    const reward = loop.evaluate()?.reward ?? null;
    const saved = loop.save(); // after the evaluation, which is part of what is saved
    requireFinite(saved.weights, loop.iteration);
    const { manifest, bytes } = writeCheckpoint(folder, {
      run: run.id,
      seed: run.seed,
      attempt: this.attempt,
      ...this.progress(loop),
      reward: reward !== null && Number.isFinite(reward) ? reward : null,
      kernelBuild,
      scenario: { ...run.scenario, parameters: parameters.scenario },
      learner: { ...run.learner, parameters: parameters.learner },
      training: parameters.training,
      saved,
    });
    const { step, iteration, sha256, reward: written } = manifest;
    this.event({ type: "checkpoint", step, iteration, bytes, sha256, reward: written, at: Date.now() });
    this.removeExpendable(parameters.training);
    this.journal.flush();
  }

  /** Keeps the last checkpoints, the best, the pinned and those at multiples of `keepEvery`; all when `keepCheckpoints` is 0. */
  private removeExpendable({ keepCheckpoints, keepEvery }: TrainingValues): void {
    if (keepCheckpoints === 0) return;
    const pinned = this.pinned();
    if (pinned === undefined) return;
    const entries = listCheckpoints(this.folder);
    for (const { path, step } of expendableCheckpoints(entries, keepCheckpoints, keepEvery, pinned)) {
      removeCheckpoint(path);
      this.event({ type: "checkpoint-removed", step, at: Date.now() });
    }
  }

  /** undefined when nobody can tell; then nothing may go. */
  private pinned(): ReadonlySet<number> | undefined {
    try {
      return readPins(this.folder);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.options.print(`${error.message} No checkpoint is removed.`);
      return undefined;
    }
  }

  /** The wish that made this attempt start is fulfilled by starting. */
  private consumeResume(): void {
    const wish = this.readWish();
    if (wish?.command === "resume") clearCommand(this.folder, wish.id);
  }

  private readWish(): RunCommand | undefined {
    try {
      return readCommand(this.folder);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.options.print(`${error.message} It is discarded.`);
      discardCommand(this.folder);
      return undefined;
    }
  }

  private progress(loop: TrainingLoop): Progress {
    return { step: loop.steps, iteration: loop.iteration, wallSeconds: this.wallSeconds() };
  }

  /** Running time of the whole run so far. */
  private wallSeconds(): number {
    return this.earlierSeconds + this.clock.seconds();
  }

  private state(state: RunStateEvent["state"], loop: TrainingLoop): void {
    this.event({ type: "state", state, at: Date.now(), ...this.progress(loop) });
    this.journal.sync();
    this.options.print(`${state} at step ${loop.steps}`);
  }

  private event(event: RunEvent): void {
    this.journal.event(event);
  }
}

/** A checkpoint must be worth going back to. */
function requireFinite(weights: TensorMap, iteration: number): void {
  for (const [name, { data }] of Object.entries(weights)) {
    if (!data.every(Number.isFinite)) throw new TrainingDiverged(name, iteration);
  }
}

/** Says once every so many seconds that they are over. */
class Interval {
  private readonly milliseconds: number;
  private last = performance.now();

  constructor(seconds: number) {
    this.milliseconds = 1000 * seconds;
  }

  over(): boolean {
    const now = performance.now();
    if (now - this.last < this.milliseconds) return false;
    this.last = now;
    return true;
  }
}
