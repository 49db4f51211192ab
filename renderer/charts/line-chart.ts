import uPlot from "uplot";
import type { XAxis } from "../../preload/contract.ts";
import { countBelow } from "../model/columns.ts";
import { formatCount, formatDuration, formatParameter, formatTicks } from "../model/format.ts";
import type { Range } from "../model/zoom.ts";
import type { ChartStage } from "./chart-stage.ts";
import { DenseLayer } from "./dense-layer.ts";
import { drawSoon, dropDrawing } from "./frames.ts";

/** One line as it is drawn; columns of equal length, x ascends. */
export interface DrawnLine {
  readonly id: string;
  readonly colour: string;
  readonly dash: number[] | undefined;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The interval about `y`. */
  readonly low?: Float64Array | undefined;
  readonly high?: Float64Array | undefined;
  /** Runs behind each mean; undefined for a single run. */
  readonly n?: Float64Array | undefined;
  /** What was recorded, behind a smoothed line. */
  readonly faint?: { readonly x: Float64Array; readonly y: Float64Array } | undefined;
}

export interface ChartSetting {
  readonly metric: string;
  readonly axis: XAxis;
  readonly dark: boolean;
  readonly logX: boolean;
  readonly logY: boolean;
  /** Small charts have no axis title. */
  readonly small: boolean;
}

export const xLabels: Record<XAxis, string> = {
  step: "Environment steps",
  iteration: "Iterations",
  wall: "Running time",
};

/**
 * With more points in sight lines are one pixel of the screen wide: without a graphics card that takes a thirtieth of the
 * time (measured: 40,000 points in 7 ms, at 1.5 pixels in 190 ms).
 */
const mostThickPoints = 2500;
/** With more points in sight lines are drawn pixel by pixel, see dense-lines.ts. */
const mostStrokedPoints = 4000;
/** Points are marked where they are further apart than this. */
const markedPixels = 14;
const fadedAlpha = 0.2;
const faintAlpha = 0.3;
const bandAlpha = 0.16;
/** What the labels beside the vertical axis take. */
const labelRoom = 16;
const letterWidth = 7;

/**
 * The dense live chart. uPlot does the axes, the selection by dragging and the cursor; the lines are drawn from their
 * typed columns, each with its own x, without joining them into one table first.
 */
export class LineChart {
  readonly plot: uPlot;
  private readonly stage: ChartStage;
  private readonly setting: ChartSetting;
  private lines: readonly DrawnLine[] = [];
  private shown: Range = { from: 0, to: 1 };
  private focused: string | undefined;
  private width = 1;
  private readonly dense = new DenseLayer();

  constructor(element: HTMLElement, stage: ChartStage, setting: ChartSetting) {
    this.stage = stage;
    this.setting = setting;
    this.plot = new uPlot(
      this.options(element),
      [
        [0, 1],
        [0, 1],
      ],
      element,
    );
    this.shown = stage.range;
  }

  setLines(lines: readonly DrawnLine[]): void {
    this.lines = lines;
    this.redraw();
  }

  /** Follows the stage: another range or emphasis draws anew, another cursor only moves a line. */
  follow(): void {
    const { range } = this.stage;
    const focused = this.stage.focused();
    if (range.from !== this.shown.from || range.to !== this.shown.to || focused !== this.focused) this.redraw();
    const cursor = this.stage.cursor();
    if (cursor?.metric === this.setting.metric) return;
    const left = cursor === undefined ? -10 : this.plot.valToPos(cursor.x, "x");
    if (left !== this.plot.cursor.left) this.plot.setCursor({ left, top: cursor === undefined ? -10 : 0 }, false);
  }

  resize(width: number, height: number): void {
    if (width > 0 && height > 0) this.plot.setSize({ width, height });
  }

  destroy(): void {
    dropDrawing(this);
    this.plot.destroy();
  }

  private redraw(): void {
    drawSoon(this, () => {
      this.shown = this.stage.range;
      this.focused = this.stage.focused();
      const y = this.yRange();
      this.plot.batch(() => {
        this.plot.setScale("x", { min: this.shown.from, max: this.shown.to });
        this.plot.setScale("y", y);
      });
    });
  }

  /** The values of what is shown, with a little room. */
  private yRange(): { min: number; max: number } {
    const { logY } = this.setting;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    const take = (x: Float64Array, y: Float64Array) => {
      const [begin, end] = this.visible(x);
      for (let i = begin; i < end; i++) {
        const value = y[i]!;
        if (!Number.isFinite(value) || (logY && value <= 0)) continue;
        if (value < min) min = value;
        if (value > max) max = value;
      }
    };
    for (const { x, y, low, high, faint } of this.lines) {
      take(x, y);
      if (low !== undefined && high !== undefined) {
        take(x, low);
        take(x, high);
      }
      if (faint !== undefined) take(faint.x, faint.y);
    }
    if (min > max) return logY ? { min: 0.1, max: 10 } : { min: 0, max: 1 };
    if (logY) return min === max ? { min: min / 2, max: max * 2 } : { min: min / 1.1, max: max * 1.1 };
    const room = min === max ? Math.abs(min) * 0.1 || 1 : (max - min) * 0.05;
    return { min: min - room, max: max + room };
  }

  /** Indices of the shown points and of one outside at each end. */
  private visible(x: Float64Array): readonly [number, number] {
    const { from, to } = this.shown;
    return [Math.max(0, countBelow(x, from, false) - 1), Math.min(x.length, countBelow(x, to, true) + 1)];
  }

  private draw(): void {
    const { ctx, bbox } = this.plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const emphasised = this.lines.find(({ id }) => id === this.focused);
    const points = this.pointsInSight();
    this.width = points > mostThickPoints ? 1 : 1.5 * uPlot.pxRatio;
    if (points > mostStrokedPoints && this.lines.every(({ low, faint }) => low === undefined && faint === undefined)) {
      this.drawDense(emphasised);
      ctx.restore();
      return;
    }
    for (const line of this.lines) {
      if (line !== emphasised) this.drawLine(line, emphasised === undefined ? 1 : fadedAlpha, 1);
    }
    if (emphasised !== undefined) this.drawLine(emphasised, 1, 2);
    ctx.restore();
  }

  private drawLine({ x, y, low, high, faint, colour, dash }: DrawnLine, alpha: number, weight: number): void {
    const { ctx } = this.plot;
    const pixel = uPlot.pxRatio;
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    ctx.lineJoin = "bevel";
    if (low !== undefined && high !== undefined) {
      ctx.globalAlpha = alpha * bandAlpha;
      this.fillBand(x, low, high);
    }
    ctx.lineWidth = 1;
    if (faint !== undefined) {
      ctx.globalAlpha = alpha * faintAlpha;
      ctx.setLineDash([]);
      this.strokeLine(faint.x, faint.y);
    }
    ctx.globalAlpha = alpha;
    ctx.lineWidth = this.width * weight;
    // Dense lines are up and down all over the place: dashes could not be told there, and cost several times the drawing.
    const plain = dash === undefined || (this.width === 1 && weight === 1);
    ctx.setLineDash(plain ? [] : dash.map((length) => length * pixel));
    this.strokeLine(x, y);
    ctx.setLineDash([]);
    const [begin, end] = this.visible(x);
    if (end - begin <= this.plot.bbox.width / (markedPixels * pixel)) this.markPoints(x, y, begin, end);
  }

  /** Single lines only: bands and what lies behind smoothed lines are few, and need blending. */
  private drawDense(emphasised: DrawnLine | undefined): void {
    const { ctx, bbox } = this.plot;
    const toX = this.toPixels("x");
    const toY = this.toPixels("y");
    this.dense.begin(bbox.width, bbox.height);
    const draw = ({ x, y, colour }: DrawnLine, alpha: number) => {
      const [begin, end] = this.visible(x);
      this.dense.line(
        colour,
        alpha,
        begin,
        end,
        (i) => toX(x[i]!) - bbox.left,
        (i) => toY(y[i]!) - bbox.top,
      );
    };
    for (const line of this.lines) if (line !== emphasised) draw(line, emphasised === undefined ? 1 : fadedAlpha);
    if (emphasised !== undefined) draw(emphasised, 1);
    this.dense.show(ctx, bbox.left, bbox.top);
  }

  private pointsInSight(): number {
    let points = 0;
    for (const { x } of this.lines) {
      const [begin, end] = this.visible(x);
      points += end - begin;
    }
    return points;
  }

  private strokeLine(x: Float64Array, y: Float64Array): void {
    const { ctx } = this.plot;
    const [begin, end] = this.visible(x);
    const toX = this.toPixels("x");
    const toY = this.toPixels("y");
    ctx.beginPath();
    let down = false;
    for (let i = begin; i < end; i++) {
      const px = toX(x[i]!);
      const py = toY(y[i]!);
      if (!Number.isFinite(px) || !Number.isFinite(py)) down = false;
      else if (down) ctx.lineTo(px, py);
      else {
        ctx.moveTo(px, py);
        down = true;
      }
    }
    ctx.stroke();
  }

  private fillBand(x: Float64Array, low: Float64Array, high: Float64Array): void {
    const { ctx } = this.plot;
    const [begin, end] = this.visible(x);
    const toX = this.toPixels("x");
    const toY = this.toPixels("y");
    // On a logarithmic axis what reaches to 0 or below reaches to the lower edge.
    const bottom = this.plot.bbox.top + this.plot.bbox.height;
    const edge = (value: number) => {
      const at = toY(value);
      return Number.isFinite(at) ? at : bottom;
    };
    ctx.beginPath();
    for (let i = begin; i < end; i++) {
      const px = toX(x[i]!);
      if (Number.isFinite(px)) ctx.lineTo(px, edge(high[i]!));
    }
    for (let i = end - 1; i >= begin; i--) {
      const px = toX(x[i]!);
      if (Number.isFinite(px)) ctx.lineTo(px, edge(low[i]!));
    }
    ctx.fill();
  }

  private markPoints(x: Float64Array, y: Float64Array, begin: number, end: number): void {
    const { ctx } = this.plot;
    const size = 4 * uPlot.pxRatio;
    const toX = this.toPixels("x");
    const toY = this.toPixels("y");
    for (let i = begin; i < end; i++) ctx.fillRect(toX(x[i]!) - size / 2, toY(y[i]!) - size / 2, size, size);
  }

  /** From a value to its place on the canvas; not finite where a logarithmic axis has no place for it. */
  private toPixels(name: "x" | "y"): (value: number) => number {
    const { bbox, scales } = this.plot;
    const log = name === "x" ? this.setting.logX : this.setting.logY;
    const low = scales[name]?.min ?? 0;
    const high = scales[name]?.max ?? 1;
    const [begin, length] = name === "x" ? [bbox.left, bbox.width] : [bbox.top + bbox.height, -bbox.height];
    if (!log) {
      const factor = length / (high - low);
      return (value) => begin + (value - low) * factor;
    }
    const first = Math.log10(low);
    const factor = length / (Math.log10(high) - first);
    return (value) => begin + (value > 0 ? Math.log10(value) - first : Number.NaN) * factor;
  }

  private options(element: HTMLElement): uPlot.Options {
    const { axis, dark, logX, logY, small, metric } = this.setting;
    const { stage } = this;
    const grid = { stroke: dark ? "#2c313a" : "#e6e9ed", width: 1 };
    const common = {
      stroke: dark ? "#a9b1bd" : "#4b5563",
      grid,
      ticks: grid,
      font: "12px 'Inter Variable'",
      labelFont: "12px 'Inter Variable'",
      labelGap: 0,
      labelSize: 20,
    };
    const ticks = axis === "wall" ? formatDuration : formatCount;
    const log = (on: boolean): uPlot.Scale => (on ? { distr: 3, log: 10 } : { distr: 1 });
    return {
      width: Math.max(1, element.clientWidth),
      height: Math.max(1, element.clientHeight),
      padding: [8, 24, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false },
        bind: {
          // With Shift a drag moves the charts instead.
          mousedown: (_plot, _target, handler) => (event) => {
            if (event.button === 0 && !event.shiftKey) handler(event);
            return null;
          },
          dblclick: () => () => null,
        },
      },
      scales: {
        x: { time: false, auto: false, range: (_plot, min, max) => [min, max], ...log(logX) },
        y: { auto: false, range: (_plot, min, max) => [min, max], ...log(logY) },
      },
      axes: [
        {
          ...common,
          ...(small ? {} : { label: xLabels[axis] }),
          ...(logX ? { splits: logSplits } : {}),
          values: (_plot, splits) => (logX ? labelled(splits, ticks) : splits.map(ticks)),
          space: 72,
          size: 28,
        },
        {
          ...common,
          ...(logY ? { splits: logSplits } : {}),
          values: (_plot, splits) => (logY ? labelled(splits, formatParameter) : formatTicks(splits)),
          size: (_plot, labels) => labelRoom + letterWidth * Math.max(5, ...(labels ?? []).map((text) => text.length)),
        },
      ],
      series: [{}, { show: false }],
      hooks: {
        draw: [() => this.draw()],
        setCursor: [
          (plot) => {
            const left = plot.cursor.left ?? -1;
            if (left >= 0) stage.setCursor({ x: plot.posToVal(left, "x"), metric });
            else if (stage.cursor()?.metric === metric) stage.setCursor(undefined);
          },
        ],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 4) return;
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            stage.setZoom({ from: plot.posToVal(left, "x"), to: plot.posToVal(left + width, "x") });
          },
        ],
      },
    };
  }
}

/** The places 1, 2, ... 9 of every decade; a stretch with hardly any of them is divided evenly. */
function logSplits(_plot: uPlot, _axis: number, min: number, max: number): number[] {
  const splits: number[] = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
    for (let digit = 1; digit <= 9; digit++) {
      const value = Number(`${digit}e${power}`);
      if (value >= min && value <= max) splits.push(value);
    }
  }
  return splits.length >= 2
    ? splits
    : Array.from({ length: 5 }, (_, i) => Number((min + (i * (max - min)) / 4).toPrecision(4)));
}

/** Numbers where there is room: at 1, 2 and 5 of a decade, or at whole decades only where there are many. */
function labelled(splits: readonly (number | null)[], text: (value: number) => string): string[] {
  const many = splits.length > 20;
  return splits.map((value) => {
    // uPlot has left out what it finds too dense.
    if (value === null) return "";
    const digit = value.toExponential(0).charAt(0);
    return splits.length <= 5 || digit === "1" || (!many && (digit === "2" || digit === "5")) ? text(value) : "";
  });
}
