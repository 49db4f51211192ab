import type { Bridge, EventPayload } from "../../preload/contract.ts";
import { LiveSeries } from "./live-series.ts";

/** Points asked of the store for one curve; more are decimated there. */
const queryPoints = 4000;
/** A curve that has grown beyond this is asked for again, decimated, so that a long look costs bounded memory. */
const mostPoints = 20_000;
/** The time between two redraws for new points: drawing takes processor time from the trainers. */
const liveMilliseconds = 250;

interface Held {
  readonly series: LiveSeries;
  loading: boolean;
  /** Something arrived or changed while the store was being asked. */
  stale: boolean;
}

export interface Wanted {
  readonly run: string;
  readonly metric: string;
}

/**
 * The curves on the screen: read from the store once, then kept up to date by live batches. Batches are acknowledged a
 * drawn frame at a time, so that a slow or hidden window is sent no more than it can show.
 */
export class Curves {
  private readonly bridge: Bridge;
  private readonly held = new Map<string, Held>();
  private readonly listeners = new Set<() => void>();
  private changes = 0;
  private unacknowledged: number | undefined;
  private livePoints: ReturnType<typeof setTimeout> | undefined;
  private frame: number | undefined;
  private connected = false;

  constructor(bridge: Bridge) {
    this.bridge = bridge;
    bridge.listen("points", (payload) => this.receive(payload));
  }

  /** Grows with every change; for `useSyncExternalStore`. */
  readonly version = (): number => this.changes;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  get(run: string, metric: string): LiveSeries | undefined {
    return this.held.get(key(run, metric))?.series;
  }

  /** Replaces the set of curves that are followed. */
  want(wanted: readonly Wanted[]): void {
    const keys = new Set(wanted.map(({ run, metric }) => key(run, metric)));
    for (const name of this.held.keys()) if (!keys.has(name)) this.held.delete(name);
    const fresh = wanted.filter(({ run, metric }) => !this.held.has(key(run, metric)));
    for (const { run, metric } of fresh) {
      this.held.set(key(run, metric), { series: new LiveSeries(run, metric), loading: false, stale: false });
    }
    if (!this.connected) return;
    void this.bridge.call("subscribe", { runs: true, points: [...wanted] });
    for (const { run, metric } of fresh) void this.load(key(run, metric));
    this.changed();
  }

  /** A new connection knows nothing of what was wanted. */
  reconnected(): void {
    this.connected = true;
    this.unacknowledged = undefined;
    const wanted = [...this.held.values()].map(({ series }) => ({ run: series.run, metric: series.metric }));
    void this.bridge.call("subscribe", { runs: true, points: wanted });
    for (const name of this.held.keys()) void this.load(name);
  }

  disconnected(): void {
    this.connected = false;
  }

  /** A new attempt of a run repeats the points behind its checkpoint: read them again. */
  reload(run: string): void {
    for (const [name, { series }] of this.held) if (series.run === run) void this.load(name);
  }

  private receive(payload: EventPayload<"points">): void {
    for (const batch of payload.batches) {
      const name = key(batch.run, batch.metric);
      const held = this.held.get(name);
      if (held === undefined) continue;
      if (held.loading) held.stale = true;
      else if (!held.series.append(batch) || held.series.points > mostPoints) void this.load(name);
    }
    this.unacknowledged = payload.sequence;
    this.livePoints ??= setTimeout(() => {
      this.livePoints = undefined;
      this.changed();
    }, liveMilliseconds);
  }

  private async load(name: string): Promise<void> {
    const held = this.held.get(name);
    if (held === undefined || !this.connected) return;
    held.stale = held.loading;
    if (held.loading) return;
    held.loading = true;
    const { run, metric } = held.series;
    const answer = await this.bridge.call("series.get", { run, metric, maxPoints: queryPoints });
    held.loading = false;
    // Without an answer the next connection, or the next batch, asks again.
    if (answer.ok) held.series.replace(answer.value);
    this.changed();
    if (answer.ok && held.stale) void this.load(name);
  }

  /** Tells the screens at most once a frame, and the engine that the frame's batches have been taken. */
  private changed(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.changes++;
      for (const listener of this.listeners) listener();
      if (this.unacknowledged === undefined) return;
      const sequence = this.unacknowledged;
      this.unacknowledged = undefined;
      void this.bridge.call("points.ack", { sequence });
    });
  }
}

function key(run: string, metric: string): string {
  return `${run}\n${metric}`;
}
