import { existsSync } from "node:fs";
import { PROTOCOL_VERSION, type RunSummary } from "../../preload/contract.ts";
import { type EngineLock, engineLockPath, holdsEngineLock, releaseEngineLock } from "../link/engine-lock.ts";
import { type LinkServer, type MethodHandlers, type Peer, serve } from "../link/server.ts";
import { entryPath } from "../platform/paths.ts";
import { UserError } from "../platform/user-error.ts";
import { isDamage } from "../store/database.ts";
import type { EngineLog } from "./engine-log.ts";
import { explain } from "./errors.ts";
import { Evaluations } from "./evaluations.ts";
import { Library } from "./library.ts";
import { Measurements } from "./measurements.ts";
import { engineMethods } from "./methods/index.ts";
import { QueueBoard } from "./queue-board.ts";
import { QueueFile } from "./queue-file.ts";
import { SettingsFile } from "./settings.ts";
import { Subscribers } from "./subscribers.ts";
import { Supervisor } from "./supervisor.ts";
import { Watchers } from "./watchers.ts";

/** How long an engine without client, run and queue waits before it ends. */
const IDLE_MILLISECONDS = 3000;
const CARE_MILLISECONDS = 500;
const RETRY_MILLISECONDS = 2000;

export interface EngineSetting {
  readonly dataFolder: string;
  readonly lock: EngineLock;
  readonly log: EngineLog;
  /** Cores for trainers at once; undefined = as the settings say. */
  readonly parallel: number | undefined;
  /** Called once everything is closed. */
  ended(code: number): void;
}

/** One engine: the store, the queue and the clients of one data folder. */
export class Engine {
  readonly dataFolder: string;
  readonly log: EngineLog;
  readonly library: Library;
  readonly supervisor: Supervisor;
  readonly queueFile: QueueFile;
  readonly settings: SettingsFile;
  readonly measurements: Measurements;
  readonly board: QueueBoard;
  readonly subscribers: Subscribers;
  readonly evaluations: Evaluations;
  readonly watchers: Watchers;
  /** Resolves when the store has caught up with the folders; rejects with the reason when it cannot for now. */
  ready: Promise<void> = Promise.resolve();
  /** What keeps the engine from following the runs, shown by the doctor; undefined when nothing does. */
  trouble: UserError | undefined;
  private readonly setting: EngineSetting;
  private server: LinkServer | undefined;
  private care: NodeJS.Timeout | undefined;
  private lastTime = 0;
  private lastBusy = Date.now();
  private lastProgress = 0;
  private work = 0;
  private closing = false;
  private caughtUp = false;

  /** @throws NewerStore, and errors of the native module */
  constructor(setting: EngineSetting) {
    this.setting = setting;
    this.dataFolder = setting.dataFolder;
    this.log = setting.log;
    this.queueFile = new QueueFile(setting.dataFolder);
    if (this.queueFile.setAside !== undefined) {
      this.log.info(`queue.json could not be read; it is now ${this.queueFile.setAside}`);
    }
    this.settings = new SettingsFile(setting.dataFolder);
    this.library = new Library(setting.dataFolder, {
      run: (summary) => this.runChanged(summary),
      priority: (run) => this.queueFile.priority(run),
      desk: (event) => this.subscribers.deskChanged(event),
      points: (run, ingested) => {
        this.subscribers.pointsCame(run, ingested);
        // Steps, speed and last evaluation have moved on with the points.
        this.runChanged(this.library.get(run));
      },
    });
    this.subscribers = new Subscribers(this.library);
    this.evaluations = new Evaluations(setting.dataFolder);
    this.watchers = new Watchers({
      folder: (run) => this.library.folder(run),
      trains: (run) => this.library.store.runs.get(run)?.summary.state === "running",
      problem: (text, error) => this.log.error(text, error),
    });
    this.measurements = new Measurements(this.library);
    this.supervisor = new Supervisor({
      library: this.library,
      script: entryPath("trainer"),
      queueFile: this.queueFile,
      settings: this.settings,
      measurements: this.measurements,
      parallel: setting.parallel,
      failed: (error) => this.failed(error),
      recovered: () => this.recovered(),
      changed: () => this.board.changed(),
    });
    this.board = new QueueBoard(
      this.supervisor,
      this.measurements,
      (queue) => this.subscribers.queueChanged(queue),
      () => this.caughtUp && this.subscribers.wantRuns,
    );
    this.supervisor.suspend();
    if (this.library.store.setAside !== undefined) {
      this.log.info(`the database could not be used; it is now ${this.library.store.setAside}`);
    }
    this.begin();
  }

  /** Begins to serve clients. */
  async start(): Promise<void> {
    this.server = await serve({
      socket: this.setting.lock.socket,
      version: this.setting.lock.version,
      handlers: this.guarded(engineMethods(this)),
      opened: (peer) => this.subscribers.opened(peer),
      closed: (peer) => {
        this.subscribers.closed(peer);
        this.evaluations.abandon(peer.id);
        this.watchers.closed(peer.id);
      },
      drained: (peer) => this.subscribers.drained(peer),
      problem: (text, error) => this.log.error(text, error),
    });
    this.log.info(`serving ${this.dataFolder} at ${this.setting.lock.socket}, protocol ${PROTOCOL_VERSION}`);
    this.care = setInterval(() => this.takeCare(), CARE_MILLISECONDS);
  }

  /** Milliseconds since 1970, later than any answer before: an order that needs no other number. */
  nextTime(): number {
    this.lastTime = Math.max(Date.now(), this.lastTime + 1);
    return this.lastTime;
  }

  /** Builds the store anew while the present one serves. */
  async rebuild(peer: Peer): Promise<{ runs: number; points: number; seconds: number }> {
    await this.ready;
    const start = performance.now();
    const result = await this.library.rebuild((done, total) => {
      if (this.dueProgress()) peer.send("rebuild", { done, total });
    });
    this.supervisor.adopt();
    return { ...result, seconds: (performance.now() - start) / 1000 };
  }

  /** The computer has slept: what was awaited across the gap means nothing. */
  slept(): void {
    this.lastBusy = Date.now();
    this.supervisor.slept();
  }

  private runChanged(summary: RunSummary): void {
    this.subscribers.runChanged(summary);
    this.measurements.take(summary);
    this.board.changed();
  }

  /** Closes everything and ends; trainers go on by themselves. */
  async close(code = 0): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    clearInterval(this.care);
    this.supervisor.close();
    this.board.close();
    this.evaluations.close();
    this.watchers.close();
    await this.server?.close();
    this.library.close();
    releaseEngineLock(this.dataFolder, this.setting.lock);
    this.log.info("closed");
    this.setting.ended(code);
  }

  /** Starts catching up with the folders; when that fails, whoever waits is told why, and it is tried again. */
  private begin(): void {
    this.caughtUp = false;
    this.ready = this.catchUp();
    this.ready.catch((error: unknown) => {
      if (this.closing) return;
      this.failed(error);
      setTimeout(() => this.begin(), RETRY_MILLISECONDS);
    });
  }

  /** Reads what the folders hold beyond the store, then lets the supervisor go on. */
  private async catchUp(): Promise<void> {
    try {
      await this.library.catchUp((done, total) => {
        if (done < total && this.dueProgress()) this.subscribers.rebuildProgress(done, total);
      });
    } catch (error) {
      if (this.closing || !isDamage(error)) throw explain(error, this.dataFolder);
      this.setAside(error);
      return this.catchUp();
    }
    this.caughtUp = true;
    this.recovered();
    for (const summary of this.library.list()) this.measurements.take(summary);
    this.supervisor.resume();
  }

  private dueProgress(): boolean {
    const now = performance.now();
    if (now - this.lastProgress < 100) return false;
    this.lastProgress = now;
    return true;
  }

  /** Handlers whose errors are explained, and which are called again when the store had to be replaced. */
  private guarded(handlers: MethodHandlers): MethodHandlers {
    const guard = (handler: (params: never, peer: Peer) => unknown) => async (params: never, peer: Peer) => {
      this.work++;
      try {
        return await handler(params, peer);
      } catch (error) {
        if (!isDamage(error)) throw explain(error, this.dataFolder);
        await this.replaceStore(error);
        return await handler(params, peer);
      } finally {
        this.work--;
      }
    };
    const entries = Object.entries(handlers).map(([name, handler]) => [name, guard(handler)]);
    return Object.fromEntries(entries) as MethodHandlers;
  }

  /** An error while following runs. A full disk goes by; anything that is not a person's to mend is a bug. */
  private failed(error: unknown): void {
    if (isDamage(error)) {
      void this.replaceStore(error);
      return;
    }
    const explained = explain(error, this.dataFolder);
    if (!(explained instanceof UserError)) {
      this.log.error("following the runs", error);
      return;
    }
    if (this.trouble?.message !== explained.message) this.log.error("following the runs", explained);
    this.trouble = explained;
    for (const run of this.supervisor.activeRuns()) this.library.notice(run, explained);
  }

  private recovered(): void {
    if (this.trouble === undefined) return;
    this.log.info("going on");
    this.trouble = undefined;
    for (const run of this.supervisor.activeRuns()) this.library.clearNotice(run);
  }

  /** Begins a new store in place of a damaged one; resolves when it has caught up with the folders. */
  private replaceStore(error: unknown): Promise<void> {
    if (!this.caughtUp) return this.ready;
    this.supervisor.suspend();
    this.setAside(error);
    this.begin();
    return this.ready;
  }

  private setAside(error: unknown): void {
    this.log.error(`the database is damaged; it is now ${this.library.replaceDamaged()} and is rebuilt`, error);
  }

  private takeCare(): void {
    if (!holdsEngineLock(this.dataFolder, this.setting.lock)) {
      this.log.info(`${engineLockPath(this.dataFolder)} is not this engine's any more`);
      void this.close();
      return;
    }
    if (process.platform !== "win32" && !existsSync(this.setting.lock.socket)) {
      this.log.info(`${this.setting.lock.socket} was removed: nobody can reach this engine any more`);
      void this.close();
      return;
    }
    const busy = !this.caughtUp || (this.server?.clients ?? 0) > 0 || this.work > 0 || !this.supervisor.idle;
    if (busy) this.lastBusy = Date.now();
    else if (Date.now() - this.lastBusy > IDLE_MILLISECONDS) {
      this.log.info("no client, no run and an empty queue");
      void this.close();
    }
  }
}
