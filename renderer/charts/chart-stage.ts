/**
 * What the charts of a screen have in common: the stretch of the axis that is shown, the place of the cursor and the line
 * that is emphasised. They change with every frame of a movement, so charts and legend hear of them without React.
 */
import type { XAxis } from "../../preload/contract.ts";
import { pan, type Range, within, zoomAbout, zoomFactor } from "../model/zoom.ts";
import type { DrawnLine } from "./line-chart.ts";

export interface Cursor {
  readonly x: number;
  /** The chart under the pointer. */
  readonly metric: string;
}

export class ChartStage {
  private readonly listeners = new Set<() => void>();
  private shown: Range | undefined;
  private everything: Range = { from: 0, to: 1 };
  private axis: XAxis = "step";
  private log = false;
  private readonly drawn = new Map<string, readonly DrawnLine[]>();
  private place: Cursor | undefined;
  private emphasised: string | undefined;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The chosen stretch; undefined = everything. */
  readonly zoom = (): Range | undefined => this.shown;
  readonly cursor = (): Cursor | undefined => this.place;
  readonly focused = (): string | undefined => this.emphasised;
  /** What every chart shows. */
  get range(): Range {
    return this.shown ?? this.everything;
  }
  get whole(): Range {
    return this.everything;
  }

  /** The lines of a chart as they are drawn. */
  lines(metric: string): readonly DrawnLine[] {
    return this.drawn.get(metric) ?? [];
  }

  /** Takes a chart's lines (undefined = the chart is gone): all charts together decide what everything is. */
  setLines(metric: string, lines: readonly DrawnLine[] | undefined): void {
    if (lines === undefined) this.drawn.delete(metric);
    else this.drawn.set(metric, lines);
    this.measure();
  }

  /** Another axis: what was zoomed in on was a stretch of the former one. */
  setAxis(axis: XAxis, log: boolean): void {
    if (axis === this.axis && log === this.log) return;
    this.axis = axis;
    this.log = log;
    this.shown = undefined;
    this.place = undefined;
    this.measure();
  }

  private measure(): void {
    this.everything = extent([...this.drawn.values()].flat(), this.log);
    if (this.shown !== undefined) this.shown = within(this.shown, this.everything, this.log);
    this.tell();
  }

  setZoom(zoom: Range | undefined): void {
    this.shown = zoom === undefined ? undefined : within(zoom, this.everything, this.log);
    this.tell();
  }

  /** Shows `factor` times as little about a place; below 1 as much. */
  zoomBy(factor: number, place = this.middle()): void {
    this.shown = zoomAbout(this.range, this.everything, factor, place, { log: this.log });
    this.tell();
  }

  panBy(share: number): void {
    if (this.shown === undefined) return;
    this.shown = pan(this.shown, this.everything, share, { log: this.log });
    this.tell();
  }

  setCursor(cursor: Cursor | undefined): void {
    if (cursor?.x === this.place?.x && cursor?.metric === this.place?.metric) return;
    this.place = cursor;
    this.tell();
  }

  setFocused(line: string | undefined): void {
    if (line === this.emphasised) return;
    this.emphasised = line;
    this.tell();
  }

  zoomIn(): void {
    this.zoomBy(zoomFactor);
  }
  zoomOut(): void {
    this.zoomBy(1 / zoomFactor);
  }

  private middle(): number {
    const { from, to } = this.range;
    return this.log ? Math.sqrt(from * to) : (from + to) / 2;
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

/** The stretch that all of the lines take together; wide enough to be drawn where they have one place only. */
function extent(lines: readonly DrawnLine[], log: boolean): Range {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { x } of lines) {
    const first = log ? x.find((value) => value > 0) : x[0];
    if (first === undefined) continue;
    from = Math.min(from, first);
    to = Math.max(to, x.at(-1) ?? first);
  }
  if (from > to) return log ? { from: 1, to: 10 } : { from: 0, to: 1 };
  if (from < to) return { from, to };
  return log ? { from: from / 2, to: to * 2 } : { from: from - 0.5, to: to + 0.5 };
}
