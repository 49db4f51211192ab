import type { EventPayload, ItemRef, Queue, RunSummary } from "../../preload/contract.ts";
import type { Peer } from "../link/server.ts";
import type { Ingested } from "./ingestion.ts";
import type { Library } from "./library.ts";

/** Batches of points that a client may leave unacknowledged. */
const IN_FLIGHT = 2;
/** Points of all series in one event; older ones are left to a query of the store. */
const POINTS_A_BATCH = 65_536;
/** Unsent bytes beyond which run summaries wait: only the last of each run is then sent. */
const BACKLOG_BYTES = 256 * 1024;

interface Subscription {
  readonly run: string;
  readonly metric: string;
  /** Points of the series that the client has been sent or can query. */
  sent: number;
  /** True when there are points beyond `sent`. */
  waiting: boolean;
}

/**
 * One client's events. What it has not taken yet is remembered as positions and names, never as data, so that a slow
 * client costs bounded memory: points are read from the store when there is room for a batch.
 */
class Subscriber {
  readonly peer: Peer;
  private readonly library: Library;
  wantsRuns = false;
  private readonly waitingRuns = new Set<string>();
  private readonly waitingItems = new Map<string, ItemRef>();
  private series = new Map<string, Subscription>();
  private sequence = 0;
  private acknowledged = 0;

  constructor(peer: Peer, library: Library) {
    this.peer = peer;
    this.library = library;
  }

  subscribe(runs: boolean, points: readonly { run: string; metric: string }[]): void {
    this.wantsRuns = runs;
    const before = this.series;
    this.series = new Map();
    for (const { run, metric } of points) {
      const key = seriesKey(run, metric);
      const sent = () => this.library.store.series.count(run, metric);
      this.series.set(key, before.get(key) ?? { run, metric, sent: sent(), waiting: false });
    }
  }

  runChanged(summary: RunSummary): void {
    if (!this.wantsRuns) return;
    if (this.peer.backlogBytes > BACKLOG_BYTES) this.waitingRuns.add(summary.id);
    else this.peer.send("run", summary);
  }

  deskChanged(event: EventPayload<"desk">): void {
    if (!this.wantsRuns) return;
    if (this.peer.backlogBytes <= BACKLOG_BYTES) {
      this.peer.send("desk", event);
      return;
    }
    for (const { id } of event.projects) this.waitingItems.set(id, { kind: "project", id });
    for (const { id } of event.experiments) this.waitingItems.set(id, { kind: "experiment", id });
    for (const item of event.removed) this.waitingItems.set(item.id, item);
  }

  pointsCame(run: string, { metrics, startedAttempt }: Ingested): void {
    for (const subscription of this.series.values()) {
      if (subscription.run !== run) continue;
      if (startedAttempt !== undefined) {
        // The new attempt's points follow those of earlier attempts that still count.
        const begin = this.library.store.series.countBefore(run, subscription.metric, startedAttempt);
        subscription.sent = Math.min(subscription.sent, begin);
      }
      if (metrics.has(subscription.metric)) subscription.waiting = true;
    }
  }

  acknowledge(sequence: number): void {
    this.acknowledged = Math.max(this.acknowledged, Math.min(sequence, this.sequence));
    this.sendPoints();
  }

  drained(): void {
    const runs = [...this.waitingRuns];
    this.waitingRuns.clear();
    for (const run of runs) {
      // It may have been removed for good meanwhile.
      const stored = this.library.find(run);
      if (stored !== undefined) this.runChanged(stored);
    }
    const items = [...this.waitingItems.values()];
    this.waitingItems.clear();
    if (items.length > 0) this.deskChanged(this.library.desk.describe(items));
  }

  /** Sends one batch of all that waits, if the client may be sent one. */
  sendPoints(): void {
    if (this.sequence - this.acknowledged >= IN_FLIGHT) return;
    const waiting = [...this.series.values()].filter((subscription) => subscription.waiting);
    if (waiting.length === 0) return;
    const most = Math.max(1, Math.floor(POINTS_A_BATCH / waiting.length));
    const batches: EventPayload<"points">["batches"] = [];
    for (const subscription of waiting) {
      const { run, metric, sent } = subscription;
      subscription.waiting = false;
      const { index, points } = this.library.store.series.readEnd(run, metric, sent, most);
      subscription.sent = index + points.steps.length;
      const { steps, values, wallSeconds } = points;
      const iterations = Float64Array.from(points.iterations);
      if (steps.length > 0) batches.push({ run, metric, index, steps, values, wallSeconds, iterations });
    }
    if (batches.length > 0) this.peer.send("points", { sequence: ++this.sequence, batches });
  }
}

/** All clients and what each wants to hear. */
export class Subscribers {
  private readonly library: Library;
  private readonly byPeer = new Map<number, Subscriber>();

  constructor(library: Library) {
    this.library = library;
  }

  opened(peer: Peer): void {
    this.byPeer.set(peer.id, new Subscriber(peer, this.library));
  }

  closed(peer: Peer): void {
    this.byPeer.delete(peer.id);
  }

  drained(peer: Peer): void {
    this.byPeer.get(peer.id)?.drained();
  }

  subscribe(peer: Peer, runs: boolean, points: readonly { run: string; metric: string }[]): void {
    this.byPeer.get(peer.id)?.subscribe(runs, points);
  }

  acknowledge(peer: Peer, sequence: number): void {
    this.byPeer.get(peer.id)?.acknowledge(sequence);
  }

  runChanged(summary: RunSummary): void {
    for (const subscriber of this.byPeer.values()) subscriber.runChanged(summary);
  }

  deskChanged(event: EventPayload<"desk">): void {
    for (const subscriber of this.byPeer.values()) subscriber.deskChanged(event);
  }

  pointsCame(run: string, ingested: Ingested): void {
    for (const subscriber of this.byPeer.values()) {
      subscriber.pointsCame(run, ingested);
      subscriber.sendPoints();
    }
  }

  /** Whether anybody wants to hear of runs. */
  get wantRuns(): boolean {
    return [...this.byPeer.values()].some((subscriber) => subscriber.wantsRuns);
  }

  /** A client that does not take it hears of the next change. */
  queueChanged(queue: Queue): void {
    for (const { peer, wantsRuns } of this.byPeer.values()) {
      if (wantsRuns && peer.backlogBytes < BACKLOG_BYTES) peer.send("queue", queue);
    }
  }

  /** Tells every client how far reading the journals is. */
  rebuildProgress(done: number, total: number): void {
    for (const { peer } of this.byPeer.values()) {
      if (peer.backlogBytes < BACKLOG_BYTES) peer.send("rebuild", { done, total });
    }
  }
}

function seriesKey(run: string, metric: string): string {
  return `${run}\n${metric}`;
}
