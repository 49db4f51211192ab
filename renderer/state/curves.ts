import type { Bridge, EventPayload, GroupSeries, Series, XAxis } from "../../preload/contract.ts";
import { countBelow, joined, withDetail } from "../model/columns.ts";
import type { Range } from "../model/zoom.ts";
import { LiveSeries } from "./live-series.ts";

/** A curve that has grown beyond so many times what was asked for is asked for again: a long look costs bounded memory. */
const mostGrowth = 3;
/** The time between two redraws for new points: drawing takes processor time from the trainers. */
const liveMilliseconds = 250;
/** The time between two readings of a group whose runs go on. */
const groupMilliseconds = 2000;
/** How long a window has to stand still before its points are asked for. */
const windowMilliseconds = 150;
/** A window's points are asked for with this share of its width on both sides, so that a small move needs no question. */
const windowMargin = 0.25;
/** Questions for a window that are under way at once: a new window must not wait for many old ones. */
const lanes = 4;

export interface Wanted {
  readonly run: string;
  readonly metric: string;
}

export interface WantedGroup {
  readonly key: string;
  readonly runs: readonly string[];
  readonly metric: string;
}

/** How curves are asked for; another axis or smoothing asks for all of them again. */
export interface Look {
  readonly axis: XAxis;
  /** 0 = not smoothed. */
  readonly halfLife: number;
  /** Points asked of the store for one curve, or for the shown stretch of it; more are decimated there. */
  readonly points: number;
}

/** A run whose points up to and with this step come before another's. */
export interface Ancestor {
  readonly run: string;
  readonly step: number;
}

interface HeldSeries {
  series: LiveSeries;
  /** The shown window, where the whole is decimated. */
  detail: Series | undefined;
  loading: boolean;
  /** Something arrived or changed while the store was being asked. */
  stale: boolean;
}

interface HeldGroup {
  readonly wanted: WantedGroup;
  /** As recorded, and smoothed where that was asked for. */
  whole: GroupCurves | undefined;
  detail: GroupCurves | undefined;
  loading: boolean;
  stale: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export interface GroupCurves {
  readonly raw: GroupSeries;
  readonly smooth: GroupSeries | undefined;
}

/** One run's curve for drawing: `smooth` is `y` itself where nothing is smoothed. */
export interface RunColumns {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly smooth: Float64Array;
}

/**
 * The curves on the screen: read from the store once, then kept up to date by live batches. Batches are acknowledged a
 * drawn frame at a time, so that a slow or hidden window is sent no more than it can show.
 */
export class Curves {
  private readonly bridge: Bridge;
  private readonly held = new Map<string, HeldSeries>();
  private readonly groups = new Map<string, HeldGroup>();
  private readonly listeners = new Set<() => void>();
  private readonly versions = new Map<string, number>();
  private readonly dirty = new Set<string>();
  private look: Look = { axis: "step", halfLife: 0, points: 2000 };
  private parents: ReadonlyMap<string, Ancestor> = new Map();
  private window: Range | undefined;
  private windowTimer: ReturnType<typeof setTimeout> | undefined;
  private windowNumber = 0;
  private unacknowledged: number | undefined;
  private livePoints: ReturnType<typeof setTimeout> | undefined;
  private frame: number | undefined;
  private connected = false;

  constructor(bridge: Bridge) {
    this.bridge = bridge;
    bridge.listen("points", (payload) => this.receive(payload));
  }

  /** Grows with every change of a metric's curves; for `useSyncExternalStore`. */
  version(metric: string): number {
    return this.versions.get(metric) ?? 0;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  get(run: string, metric: string): LiveSeries | undefined {
    return this.held.get(key(run, metric))?.series;
  }

  /** Whether the store left points of a metric's curves out for drawing. */
  decimated(metric: string): boolean {
    for (const { series } of this.held.values()) if (series.metric === metric && series.decimated) return true;
    for (const { wanted, whole } of this.groups.values())
      if (wanted.metric === metric && whole?.raw.decimated) return true;
    return false;
  }

  /** What is known of a group; the window's points where they are there. */
  group(group: string, metric: string): { whole: GroupCurves; detail: GroupCurves | undefined } | undefined {
    const held = this.groups.get(key(group, metric));
    return held?.whole === undefined ? undefined : { whole: held.whole, detail: held.detail };
  }

  /** One run's curve along the axis, the shown window in full; the points of its ancestors lead into it. */
  columns(run: string, metric: string): RunColumns {
    const parts: Float64Array[][] = [];
    let part: Ancestor | undefined = { run, step: Number.POSITIVE_INFINITY };
    while (part !== undefined) {
      const [x, y, smooth, steps] = this.own(part.run, metric);
      const shift = this.shift(part.run, metric);
      const count = countBelow(steps, part.step, true);
      const shown = shift === 0 ? x : x.map((value) => value + shift);
      parts.unshift([shown, y, smooth].map((column) => column.subarray(0, count)));
      part = this.parents.get(part.run);
    }
    const [x, y, smooth] = joined(parts) as [Float64Array, Float64Array, Float64Array];
    return { x, y, smooth };
  }

  /**
   * Replaces the set of curves that are followed.
   * @param parents the runs whose points lead into another's curve; their series must be wanted too
   */
  want(
    series: readonly Wanted[],
    groups: readonly WantedGroup[] = [],
    look: Look = this.look,
    parents: ReadonlyMap<string, Ancestor> = new Map(),
  ): void {
    this.parents = parents;
    const before = this.look;
    this.look = look;
    if (look.axis !== before.axis || look.halfLife !== before.halfLife) {
      this.groups.clear();
      for (const held of this.held.values()) held.detail = undefined;
    }
    const names = new Set(series.map(({ run, metric }) => key(run, metric)));
    const heldBefore = this.held.size;
    for (const name of this.held.keys()) if (!names.has(name)) this.held.delete(name);
    const gone = heldBefore !== this.held.size;
    const fresh = series.filter(({ run, metric }) => this.get(run, metric)?.halfLife !== look.halfLife);
    for (const { run, metric } of fresh) {
      const live = new LiveSeries(run, metric, look.halfLife);
      this.held.set(key(run, metric), { series: live, detail: undefined, loading: false, stale: false });
    }
    this.wantGroups(groups);
    if (!this.connected) return;
    if (fresh.length > 0 || gone) this.follow();
    for (const { run, metric } of fresh) void this.load(key(run, metric));
    for (const { metric } of [...series, ...groups]) this.dirty.add(metric);
    this.draw();
  }

  /** The stretch of the axis that is shown; undefined = everything. Its points are asked for once it stands still. */
  setWindow(window: Range | undefined): void {
    if (window?.from === this.window?.from && window?.to === this.window?.to) return;
    this.window = window;
    this.windowNumber++;
    clearTimeout(this.windowTimer);
    if (window === undefined) this.dropDetails();
    else this.windowTimer = setTimeout(() => void this.loadDetails(), windowMilliseconds);
  }

  /** A new connection knows nothing of what was wanted. */
  reconnected(): void {
    this.connected = true;
    this.unacknowledged = undefined;
    this.follow();
    for (const name of this.held.keys()) void this.load(name);
    for (const group of this.groups.values()) void this.loadGroup(group);
  }

  disconnected(): void {
    this.connected = false;
  }

  /** A new attempt of a run repeats the points behind its checkpoint: read them again. */
  reload(run: string): void {
    for (const [name, { series }] of this.held) if (series.run === run) void this.load(name);
    this.runsMoved(new Set([run]));
  }

  /** Runs have recorded more: groups with them are read again, each at most every two seconds. */
  runsMoved(runs: ReadonlySet<string>): void {
    for (const group of this.groups.values()) {
      if (!group.wanted.runs.some((run) => runs.has(run))) continue;
      group.timer ??= setTimeout(() => {
        group.timer = undefined;
        if (this.groups.get(key(group.wanted.key, group.wanted.metric)) === group) void this.loadGroup(group);
      }, groupMilliseconds);
    }
  }

  private follow(): void {
    const points = [...this.held.values()].map(({ series: { run, metric } }) => ({ run, metric }));
    void this.bridge.call("subscribe", { runs: true, points });
  }

  private receive(payload: EventPayload<"points">): void {
    for (const batch of payload.batches) {
      const name = key(batch.run, batch.metric);
      const held = this.held.get(name);
      if (held === undefined) continue;
      this.dirty.add(batch.metric);
      if (held.loading) held.stale = true;
      else if (!held.series.append(batch) || held.series.points > mostGrowth * this.look.points) void this.load(name);
    }
    this.unacknowledged = payload.sequence;
    this.livePoints ??= setTimeout(() => {
      this.livePoints = undefined;
      this.draw();
    }, liveMilliseconds);
  }

  private async load(name: string): Promise<void> {
    const held = this.held.get(name);
    if (held === undefined || !this.connected) return;
    held.stale = held.loading;
    if (held.loading) return;
    held.loading = true;
    const { run, metric } = held.series;
    const answer = await this.bridge.call("series.get", {
      run,
      metric,
      maxPoints: this.look.points,
      ...this.smoothing(),
    });
    held.loading = false;
    // Without an answer the next connection, or the next batch, asks again.
    if (answer.ok) held.series.replace(answer.value);
    this.changed(metric);
    if (!answer.ok || this.held.get(name) !== held) return;
    if (held.stale) void this.load(name);
    else if (this.window !== undefined) void this.loadDetail(held, this.windowNumber);
  }

  private smoothing(): { halfLife?: number } {
    return this.look.halfLife === 0 ? {} : { halfLife: this.look.halfLife };
  }

  private wantGroups(groups: readonly WantedGroup[]): void {
    const before = new Map(this.groups);
    this.groups.clear();
    for (const wanted of groups) {
      const name = key(wanted.key, wanted.metric);
      const known = before.get(name);
      if (known?.wanted.runs.join() === wanted.runs.join()) {
        this.groups.set(name, known);
        continue;
      }
      const fresh: HeldGroup = {
        wanted,
        whole: undefined,
        detail: undefined,
        loading: false,
        stale: false,
        timer: undefined,
      };
      this.groups.set(name, fresh);
      void this.loadGroup(fresh);
    }
  }

  private async loadGroup(group: HeldGroup): Promise<void> {
    if (!this.connected) return;
    group.stale = group.loading;
    if (group.loading) return;
    group.loading = true;
    const whole = await this.readGroup(group.wanted, undefined);
    group.loading = false;
    const { key: name, metric } = group.wanted;
    if (this.groups.get(key(name, metric)) !== group) return;
    if (whole !== undefined) group.whole = whole;
    this.changed(metric);
    if (group.stale) void this.loadGroup(group);
    else if (this.window !== undefined) void this.loadGroupDetail(group, this.windowNumber);
  }

  private async readGroup(wanted: WantedGroup, window: Range | undefined): Promise<GroupCurves | undefined> {
    const { axis, halfLife, points } = this.look;
    const query = {
      runs: [...wanted.runs],
      metric: wanted.metric,
      axis,
      maxPoints: points,
      ...(window === undefined ? {} : { window: { axis, ...window } }),
    };
    const raw = await this.bridge.call("series.group", query);
    if (!raw.ok) return undefined;
    if (halfLife === 0) return { raw: raw.value, smooth: undefined };
    const smooth = await this.bridge.call("series.group", { ...query, halfLife });
    return smooth.ok ? { raw: raw.value, smooth: smooth.value } : undefined;
  }

  private dropDetails(): void {
    for (const held of [...this.held.values(), ...this.groups.values()]) held.detail = undefined;
    for (const { series } of this.held.values()) this.dirty.add(series.metric);
    for (const { wanted } of this.groups.values()) this.dirty.add(wanted.metric);
    this.draw();
  }

  /** Asks for the window's points of all curves that are decimated, until there is another window. */
  private async loadDetails(): Promise<void> {
    const number = this.windowNumber;
    const waiting = [
      ...[...this.held.values()].map((held) => () => this.loadDetail(held, number)),
      ...[...this.groups.values()].map((group) => () => this.loadGroupDetail(group, number)),
    ].reverse();
    const lane = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await next();
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  private async loadDetail(held: HeldSeries, number: number): Promise<void> {
    const { series } = held;
    const window = this.wideWindow();
    if (window === undefined || number !== this.windowNumber || !series.decimated) return;
    const { run, metric } = series;
    const { axis } = this.look;
    const shift = this.shift(run, metric);
    const asked = { axis, from: window.from - shift, to: window.to - shift };
    const query = { run, metric, maxPoints: this.look.points, window: asked, ...this.smoothing() };
    const answer = await this.bridge.call("series.get", query);
    if (!answer.ok || number !== this.windowNumber || axis !== this.look.axis || held.series !== series) return;
    held.detail = answer.value;
    this.changed(metric);
  }

  private async loadGroupDetail(group: HeldGroup, number: number): Promise<void> {
    const window = this.wideWindow();
    if (window === undefined || number !== this.windowNumber || group.whole?.raw.decimated !== true) return;
    const detail = await this.readGroup(group.wanted, window);
    if (detail === undefined || number !== this.windowNumber) return;
    group.detail = detail;
    this.changed(group.wanted.metric);
  }

  private wideWindow(): Range | undefined {
    if (this.window === undefined) return undefined;
    const margin = (this.window.to - this.window.from) * windowMargin;
    return { from: this.window.from - margin, to: this.window.to + margin };
  }

  /** Running seconds of a run's ancestors before it began: on that axis it goes on where its parent stopped. */
  private shift(run: string, metric: string): number {
    const parent = this.parents.get(run);
    if (parent === undefined || this.look.axis !== "wall") return 0;
    const [x, , , steps] = this.own(parent.run, metric);
    return this.shift(parent.run, metric) + (x[countBelow(steps, parent.step, true) - 1] ?? 0);
  }

  /** A run's own columns: x, values, smoothed values, steps. */
  private own(run: string, metric: string): readonly [Float64Array, Float64Array, Float64Array, Float64Array] {
    const held = this.held.get(key(run, metric));
    const none = new Float64Array(0);
    if (held === undefined) return [none, none, none, none];
    const { series, detail } = held;
    const { axis } = this.look;
    const smooth = series.halfLife === 0 ? series.values : series.smooth;
    const whole = [series.along(axis), series.values, smooth, series.steps] as const;
    if (detail === undefined) return whole;
    const { steps, wallSeconds, iterations, values, smoothed } = detail;
    const x = axis === "step" ? steps : axis === "wall" ? wallSeconds : iterations;
    const [xs, ys, smooths, at] = withDetail(whole, [x, values, smoothed?.values ?? values, steps]);
    return [xs ?? none, ys ?? none, smooths ?? none, at ?? none];
  }

  private changed(metric: string): void {
    this.dirty.add(metric);
    this.draw();
  }

  /** Tells the screens at most once a frame, and the engine that the frame's batches have been taken. */
  private draw(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      for (const metric of this.dirty) this.versions.set(metric, this.version(metric) + 1);
      this.dirty.clear();
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
