import { useElementSize } from "@mantine/hooks";
import {
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import {
  type Axis,
  formatEnd,
  moveEnd,
  placesOf,
  type Range,
  type RangeEnd,
  rangeBetween,
  snapped,
  ticks,
} from "../model/overview/axes.ts";

export interface Line {
  readonly id: string;
  readonly label: string;
  readonly colour: string;
  /** One an axis; undefined where the run has no value. */
  readonly places: readonly (number | undefined)[];
  /** Inside every range. */
  readonly kept: boolean;
  /** Not finished: its value may still change. */
  readonly open: boolean;
}

interface ParallelCoordinatesProps {
  readonly axes: readonly Axis[];
  readonly lines: readonly Line[];
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
  readonly ranges: ReadonlyMap<string, Range>;
  readonly hovered: ReadonlySet<string>;
  readonly dark: boolean;
  /** While dragging, `final` is false: nothing is selected yet. */
  onRange(axis: string, range: Range | undefined, final: boolean): void;
  onMove(axis: string, by: number): void;
  onLog(axis: string, log: boolean): void;
  onHover(ids: readonly string[]): void;
  onPick(id: string): void;
}

const height = 320;
const top = 40;
const bottom = 36;
const side = 92;
const leastSpacing = 104;
const plotHeight = height - top - bottom;
/** Where runs without a value pass. */
const noneY = top + plotHeight + 20;
/** A pointer this near to a line means it. */
const reach = 8;
/** A shorter drag is a click. */
const leastDrag = 4;

/**
 * Parallel coordinates: one line a run. The lines are on a canvas, because a thousand of them have to follow a dragged
 * range; everything that is read or operated is above it.
 */
export function ParallelCoordinates(props: ParallelCoordinatesProps) {
  const { axes, lines, label, ranges, hovered, dark, onRange, onMove, onLog, onHover, onPick } = props;
  const { ref, width: room } = useElementSize();
  const width = Math.max(room, 2 * side + leastSpacing * Math.max(1, axes.length - 1));
  const spacing = axes.length < 2 ? 0 : (width - 2 * side) / (axes.length - 1);
  const xOf = (index: number) => side + index * spacing;
  const base = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const hasMissing = useMemo(() => lines.some(({ places }) => places.includes(undefined)), [lines]);

  useLayoutEffect(() => {
    const draw = begin(base.current, width);
    if (draw === undefined) return;
    const order = [...lines.filter(({ kept }) => !kept), ...lines.filter(({ kept }) => kept)];
    const busy = lines.length > 200;
    for (const line of order) {
      draw.globalAlpha = line.kept ? (busy ? 0.55 : 0.85) : 0.12;
      draw.strokeStyle = line.kept ? line.colour : dark ? "#9aa4b2" : "#56606d";
      draw.lineWidth = line.kept ? 1.5 : 1;
      draw.setLineDash(line.open ? [4, 3] : []);
      trace(draw, line.places, spacing);
    }
  }, [lines, width, spacing, dark]);

  useLayoutEffect(() => {
    const draw = begin(above.current, width);
    if (draw === undefined || hovered.size === 0) return;
    for (const line of lines) {
      if (!hovered.has(line.id)) continue;
      for (const [colour, thickness] of [
        [dark ? "#16181d" : "#ffffff", 6],
        [line.colour, 3],
      ] as const) {
        draw.strokeStyle = colour;
        draw.lineWidth = thickness;
        trace(draw, line.places, spacing);
      }
    }
  }, [lines, hovered, width, spacing, dark]);

  const nearest = (event: MouseEvent<HTMLElement>): string | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    return nearestLine(lines, event.clientX - box.left, event.clientY - box.top, spacing);
  };

  return (
    <div className="pc" ref={ref}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the list of cells selects the same runs by keyboard */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
      <div
        className="pc-plot"
        style={{ width, height }}
        data-lines={lines.length}
        data-kept={lines.filter(({ kept }) => kept).length}
        onPointerMove={(event) => {
          const id = nearest(event);
          onHover(id === undefined ? [] : [id]);
        }}
        onPointerLeave={() => onHover([])}
        onClick={(event) => {
          const id = nearest(event);
          if (id !== undefined) onPick(id);
        }}
      >
        <canvas ref={base} role="img" aria-label={label} />
        <canvas ref={above} />
        {hasMissing ? (
          <span className="pc-none" style={{ top: noneY - 10 }}>
            none
          </span>
        ) : null}
        {axes.map((axis, index) => (
          <AxisView
            key={axis.key}
            axis={axis}
            x={xOf(index)}
            room={axes.length < 2 ? 2 * side : Math.min(spacing, 2 * side)}
            spacing={spacing}
            range={ranges.get(axis.key)}
            movable={index < axes.length - 1}
            labelsLeft={index === 0}
            onRange={(range, final) => onRange(axis.key, range, final)}
            onMove={(by) => onMove(axis.key, by)}
            onLog={(log) => onLog(axis.key, log)}
          />
        ))}
      </div>
    </div>
  );
}

interface AxisViewProps {
  readonly axis: Axis;
  readonly x: number;
  /** Width for its title and labels. */
  readonly room: number;
  /** Distance to the next axis. */
  readonly spacing: number;
  readonly range: Range | undefined;
  readonly movable: boolean;
  readonly labelsLeft: boolean;
  onRange(range: Range | undefined, final: boolean): void;
  onMove(by: number): void;
  onLog(log: boolean): void;
}

function AxisView({ axis, x, room, spacing, range, movable, labelsLeft, onRange, onMove, onLog }: AxisViewProps) {
  const title = useRef<HTMLButtonElement>(null);
  const [moved, setMoved] = useState(0);
  const drag = useRef<{ readonly from: number; moved: boolean }>(undefined);
  const titleDrag = useRef<number>(undefined);
  const [low, high] = placesOf(axis, range);
  const name = axis.unit === "" ? axis.title : `${axis.title} (${axis.unit})`;
  const toggle = axis.scale === "log" ? "linear" : "log";

  // The browser drops the focus of an element that is put elsewhere.
  useEffect(() => {
    if (moved !== 0) title.current?.focus();
  }, [moved]);

  const move = (by: number) => {
    onMove(by);
    setMoved((count) => count + 1);
  };
  const placeAt = (event: PointerEvent<SVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return snapped(axis, Math.max(0, Math.min(1, 1 - (event.clientY - box.top - 8) / plotHeight)));
  };

  return (
    <div className="pc-axis" style={{ left: x - room / 2, width: room }}>
      <button
        ref={title}
        type="button"
        className="pc-title"
        title={[
          name,
          ...(movable ? ["Drag or press ← → to move the axis."] : []),
          ...(axis.canLog ? [`Press L or double-click for a ${toggle} axis.`] : []),
        ].join("\n")}
        aria-label={`${name}, ${axis.scale === "points" ? "choices" : axis.scale} axis${movable ? "; left and right arrow move it" : ""}${axis.canLog ? `; L makes it ${toggle}` : ""}`}
        onKeyDown={(event) => {
          if (movable && event.key === "ArrowLeft") move(-1);
          else if (movable && event.key === "ArrowRight") move(1);
          else if (axis.canLog && event.key.toLowerCase() === "l") onLog(axis.scale !== "log");
          else return;
          event.preventDefault();
        }}
        onDoubleClick={() => axis.canLog && onLog(axis.scale !== "log")}
        onPointerDown={(event) => {
          if (!movable) return;
          titleDrag.current = event.clientX;
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerUp={(event) => {
          const from = titleDrag.current;
          titleDrag.current = undefined;
          const by = from === undefined ? 0 : Math.round((event.clientX - from) / spacing);
          if (by !== 0) move(by);
        }}
      >
        <span className="ellipsis">{axis.title}</span>
        {axis.unit === "" && axis.scale !== "log" ? null : (
          <span className="pc-unit ellipsis">
            {[axis.unit, axis.scale === "log" ? "log" : ""].filter((part) => part !== "").join(", ")}
          </span>
        )}
      </button>
      <svg className="pc-axis-drawing" width={room} height={height} aria-hidden="true">
        <line x1={room / 2} x2={room / 2} y1={top} y2={top + plotHeight} className="pc-line" />
        {spread(ticks(axis)).map(({ at, label }) => (
          <g key={label} transform={`translate(${room / 2} ${top + (1 - at) * plotHeight})`}>
            <line x1={-3} x2={3} className="pc-line" />
            <text x={labelsLeft ? -8 : 8} dy="0.32em" textAnchor={labelsLeft ? "end" : "start"} className="pc-tick">
              {label.length > 14 ? `${label.slice(0, 13)}…` : label}
            </text>
          </g>
        ))}
        {range === undefined ? null : (
          <rect
            className="pc-range"
            x={room / 2 - 7}
            width={14}
            y={top + (1 - high) * plotHeight - 3}
            height={(high - low) * plotHeight + 6}
          />
        )}
      </svg>
      {/* For the pointer; the handles beside it do the same by keyboard. */}
      <svg
        className="pc-catch"
        style={{ left: room / 2 - 12, top: top - 8 }}
        width={24}
        height={plotHeight + 16}
        aria-hidden="true"
        onPointerDown={(event) => {
          drag.current = { from: placeAt(event), moved: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (drag.current === undefined) return;
          event.stopPropagation();
          const to = placeAt(event);
          if (Math.abs(to - drag.current.from) * plotHeight >= leastDrag) drag.current.moved = true;
          if (drag.current.moved) onRange(rangeBetween(axis, drag.current.from, to), false);
        }}
        onPointerUp={(event) => {
          const { from, moved: wasDragged } = drag.current ?? { from: 0, moved: false };
          drag.current = undefined;
          onRange(wasDragged ? rangeBetween(axis, from, placeAt(event)) : undefined, true);
        }}
        onClick={(event) => event.stopPropagation()}
      />
      {(["to", "from"] as const).map((end) => (
        <Handle
          key={end}
          end={end}
          axis={axis}
          name={axis.title}
          range={range}
          x={room / 2}
          y={top + (1 - (end === "to" ? high : low)) * plotHeight}
          onRange={(changed) => onRange(changed, true)}
        />
      ))}
    </div>
  );
}

interface HandleProps {
  readonly end: RangeEnd;
  readonly axis: Axis;
  readonly name: string;
  readonly range: Range | undefined;
  readonly x: number;
  readonly y: number;
  onRange(range: Range | undefined): void;
}

/** One end of an axis's range, moved with the arrow keys. */
function Handle({ end, axis, name, range, x, y, onRange }: HandleProps) {
  const whole = axis.scale === "points" ? { from: 0, to: axis.levels.length - 1 } : { from: axis.low, to: axis.high };
  const value = (range ?? whole)[end];
  const press = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: 1,
      ArrowRight: 1,
      ArrowDown: -1,
      ArrowLeft: -1,
      PageUp: 5,
      PageDown: -5,
      Home: -1000,
      End: 1000,
    };
    const by = steps[event.key];
    if (by !== undefined) onRange(moveEnd(axis, range, end, by));
    else if (event.key === "Delete" || event.key === "Backspace" || (event.key === "Escape" && range !== undefined)) {
      onRange(undefined);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      className={`pc-handle pc-handle-${end}`}
      data-axis={axis.key}
      style={{ left: x - 7, top: end === "to" ? y - 9 : y + 1 }}
      aria-orientation="vertical"
      aria-label={`${end === "to" ? "Highest" : "Lowest"} ${name}`}
      aria-valuemin={whole.from}
      aria-valuemax={whole.to}
      aria-valuenow={value}
      aria-valuetext={formatEnd(axis, value)}
      onKeyDown={press}
    />
  );
}

/** Labels that would overlap are left out, from the bottom up. */
function spread<T extends { readonly at: number }>(all: readonly T[]): T[] {
  let last = Number.NEGATIVE_INFINITY;
  return all.filter(({ at }) => {
    if ((at - last) * plotHeight < 14) return false;
    last = at;
    return true;
  });
}

/** An empty canvas of the right size for this screen. */
function begin(canvas: HTMLCanvasElement | null, width: number): CanvasRenderingContext2D | undefined {
  const draw = canvas?.getContext("2d");
  if (canvas === null || draw === null || draw === undefined) return undefined;
  const scale = window.devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  draw.scale(scale, scale);
  draw.lineJoin = "round";
  return draw;
}

function yOf(at: number | undefined): number {
  return at === undefined ? noneY : top + (1 - at) * plotHeight;
}

function trace(draw: CanvasRenderingContext2D, places: readonly (number | undefined)[], spacing: number): void {
  draw.beginPath();
  places.forEach((at, index) => {
    if (index === 0) draw.moveTo(side, yOf(at));
    else draw.lineTo(side + index * spacing, yOf(at));
  });
  draw.stroke();
}

/** The line nearest to a point, among those inside the ranges; undefined when none is near. */
function nearestLine(lines: readonly Line[], x: number, y: number, spacing: number): string | undefined {
  const at = spacing === 0 ? 0 : (x - side) / spacing;
  let nearest: string | undefined;
  let distance = reach;
  for (const { id, places, kept } of lines) {
    const index = Math.max(0, Math.min(places.length - 2, Math.floor(at)));
    const share = Math.max(0, Math.min(1, at - index));
    const there = (1 - share) * yOf(places[index]) + share * yOf(places[index + 1]);
    const away = Math.abs(there - y);
    if (!kept || away >= distance) continue;
    distance = away;
    nearest = id;
  }
  return nearest;
}
