import { existsSync } from "node:fs";
import type { Peer } from "../link/server.ts";
import { leaveWatchWish, pictureFramesMark, readPictureFrames, removeWatchWish } from "../runs/watch.ts";

/** Between two looks at a watched run's folder. */
const LOOK_MILLISECONDS = 250;
/** Between two wishes: the trainer records for some seconds after each. */
const WISH_LOOKS = 8;
/** Unsent bytes beyond which a client gets no frames: it takes the next ones when it has caught up. */
const BACKLOG_BYTES = 256 * 1024;

interface Watched {
  readonly peers: Map<number, Peer>;
  /** Which frames were sent last. */
  mark: string | undefined;
  looks: number;
  /** Looking failed the last time; said once. */
  failing: boolean;
}

export interface WatchersSetting {
  /** @throws UserError `run-unknown` */
  folder(run: string): string;
  trains(run: string): boolean;
  problem(text: string, error: unknown): void;
}

/** Clients that look at the worlds of training runs, one run each. Without any, nothing is done. */
export class Watchers {
  private readonly setting: WatchersSetting;
  private readonly byRun = new Map<string, Watched>();
  private timer: NodeJS.Timeout | undefined;

  constructor(setting: WatchersSetting) {
    this.setting = setting;
  }

  /** The client looks at this run from now on, or at none. */
  watch(peer: Peer, run: string | null): void {
    this.closed(peer.id);
    if (run === null) return;
    const watched = this.byRun.get(run) ?? {
      peers: new Map<number, Peer>(),
      mark: undefined,
      looks: 0,
      failing: false,
    };
    watched.peers.set(peer.id, peer);
    // The present frames are new to this client.
    watched.mark = undefined;
    this.byRun.set(run, watched);
    this.timer ??= setInterval(() => this.look(), LOOK_MILLISECONDS);
    this.look();
  }

  /** The client is gone, or looks elsewhere. */
  closed(client: number): void {
    for (const [run, watched] of this.byRun) {
      if (!watched.peers.delete(client) || watched.peers.size > 0) continue;
      this.byRun.delete(run);
      this.attempt(run, watched, () => removeWatchWish(this.setting.folder(run)));
    }
    if (this.byRun.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  close(): void {
    for (const { peers } of [...this.byRun.values()]) for (const client of [...peers.keys()]) this.closed(client);
  }

  private look(): void {
    for (const [run, watched] of this.byRun) {
      this.attempt(run, watched, () => {
        const folder = this.setting.folder(run);
        if (!existsSync(folder) || !this.setting.trains(run)) return;
        if (watched.looks++ % WISH_LOOKS === 0) leaveWatchWish(folder);
        const mark = pictureFramesMark(folder);
        if (mark === undefined || mark === watched.mark) return;
        watched.mark = mark;
        this.send(run, folder, [...watched.peers.values()]);
      });
    }
  }

  private send(run: string, folder: string, peers: readonly Peer[]): void {
    const ready = peers.filter(({ backlogBytes }) => backlogBytes < BACKLOG_BYTES);
    const found = ready.length === 0 ? undefined : readPictureFrames(folder);
    if (found === undefined) return;
    const { step, count, steps, values } = found;
    for (const peer of ready) peer.send("picture", { run, step, frames: { count, values }, steps });
  }

  /** A run that cannot be looked at now (moved, removed, a full disk) is tried again at the next look. */
  private attempt(run: string, watched: Watched, work: () => void): void {
    try {
      work();
      watched.failing = false;
    } catch (error) {
      if (watched.failing) return;
      watched.failing = true;
      this.setting.problem(`looking at the world of ${run}`, error);
    }
  }
}
