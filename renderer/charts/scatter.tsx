import { useElementSize } from "@mantine/hooks";
import { type MouseEvent, memo, useMemo, useState } from "react";
import { CartesianGrid, Scatter, ScatterChart, XAxis, YAxis } from "recharts";
import { type Axis, ticks } from "../model/overview/axes.ts";

export interface ScatterPoint {
  /** Runs behind it: one, or those of a cell. */
  readonly runs: readonly string[];
  readonly label: string;
  readonly detail: string;
  readonly colour: string;
  /** Places on the axes. */
  readonly x: number;
  readonly y: number;
  /** How far the interval reaches below and above, in places; undefined without one. */
  readonly error: readonly [number, number] | undefined;
  /** Not finished. */
  readonly open: boolean;
}

interface ScatterPlotProps {
  readonly x: Axis;
  readonly y: Axis;
  readonly points: readonly ScatterPoint[];
  readonly hovered: ReadonlySet<string>;
  readonly label: string;
  onHover(runs: readonly string[]): void;
  onPick(runs: readonly string[]): void;
}

const height = 280;
/** Inside of the frame: what the axes and their names take off each side. */
const inset = { top: 8, right: 16, bottom: 52, left: 80 } as const;
const xAxisHeight = 28;
const yAxisWidth = 72;
/** The points lie a little inside the frame. */
const beyond = 0.04;
/** A pointer this near to a point means it. */
const reach = 10;

/** From a place on an axis to pixels. */
interface Frame {
  readonly width: number;
  xOf(place: number): number;
  yOf(place: number): number;
}

function frameOf(width: number): Frame {
  const across = Math.max(0, width - inset.left - inset.right);
  const down = height - inset.top - inset.bottom;
  const share = (place: number) => (place + beyond) / (1 + 2 * beyond);
  return {
    width,
    xOf: (place) => inset.left + share(place) * across,
    yOf: (place) => inset.top + (1 - share(place)) * down,
  };
}

/**
 * One point a run, or a cell with its interval, on linear, log or choice axes. recharts draws the frame; the points are one
 * drawing above it, because a thousand of them would make it think for seconds at every movement of the pointer.
 */
export function ScatterPlot({ x, y, points, hovered, label, onHover, onPick }: ScatterPlotProps) {
  const { ref, width } = useElementSize();
  const frame = useMemo(() => frameOf(width), [width]);
  const [under, setUnder] = useState<ScatterPoint>();
  const find = (event: MouseEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return nearestPoint(points, frame, event.clientX - box.left, event.clientY - box.top);
  };
  const marked = points.filter(({ runs }) => runs.some((id) => hovered.has(id)));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list of cells selects the same runs by keyboard
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div
      ref={ref}
      className="scatter"
      data-points={points.length}
      onMouseMove={(event) => {
        const point = find(event);
        if (point === under) return;
        setUnder(point);
        onHover(point?.runs ?? []);
      }}
      onMouseLeave={() => {
        setUnder(undefined);
        onHover([]);
      }}
      onClick={(event) => onPick(find(event)?.runs ?? [])}
    >
      <AxesAndGrid x={x} y={y} width={width} />
      <Dots points={points} frame={frame} label={label} />
      <svg className="scatter-above" width={width} height={height} aria-hidden="true">
        {marked.map((point) => (
          <circle
            key={point.runs.join(" ")}
            cx={frame.xOf(point.x)}
            cy={frame.yOf(point.y)}
            r={7}
            fill={point.colour}
            stroke="var(--ink)"
            strokeWidth={1.5}
          />
        ))}
      </svg>
      {under === undefined ? null : (
        <div
          className="chart-tip"
          style={{
            top: frame.yOf(under.y) + 12,
            ...(under.x < 0.5 ? { left: frame.xOf(under.x) } : { right: width - frame.xOf(under.x) }),
          }}
        >
          <div>{under.label}</div>
          <div className="dim">{under.detail}</div>
        </div>
      )}
    </div>
  );
}

interface AxesAndGridProps {
  readonly x: Axis;
  readonly y: Axis;
  readonly width: number;
}

/** recharts draws no axis without something on it. */
const corners = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
];
const nothing = () => <g />;

const AxesAndGrid = memo(function AxesAndGrid({ x, y, width }: AxesAndGridProps) {
  if (width === 0) return null;
  const name = { fill: "var(--dim)", fontSize: 12 };
  return (
    <ScatterChart
      width={width}
      height={height}
      margin={{
        top: inset.top,
        right: inset.right,
        bottom: inset.bottom - xAxisHeight,
        left: inset.left - yAxisWidth,
      }}
      accessibilityLayer={false}
    >
      <CartesianGrid stroke="var(--line)" />
      <XAxis
        type="number"
        dataKey="x"
        height={xAxisHeight}
        {...axisProps(x)}
        label={{ ...name, value: nameOf(x), position: "bottom", offset: 4 }}
      />
      <YAxis
        type="number"
        dataKey="y"
        width={yAxisWidth}
        {...axisProps(y)}
        label={{
          ...name,
          value: nameOf(y),
          angle: -90,
          position: "insideLeft",
          offset: 4,
          style: { textAnchor: "middle" },
        }}
      />
      <Scatter data={corners} shape={nothing} isAnimationActive={false} />
    </ScatterChart>
  );
});

function axisProps(axis: Axis) {
  const marks = ticks(axis);
  const labels = new Map(marks.map(({ at, label }) => [at, label]));
  return {
    domain: [-beyond, 1 + beyond],
    ticks: marks.map(({ at }) => at),
    tickFormatter: (at: number) => labels.get(at) ?? "",
    stroke: "var(--dim)",
    tick: { fill: "var(--dim)", fontSize: 12 },
    interval: "preserveStartEnd" as const,
    allowDataOverflow: true,
  };
}

function nameOf(axis: Axis): string {
  const notes = [axis.unit, axis.scale === "log" ? "log" : ""].filter((part) => part !== "");
  return notes.length === 0 ? axis.title : `${axis.title} (${notes.join(", ")})`;
}

interface DotsProps {
  readonly points: readonly ScatterPoint[];
  readonly frame: Frame;
  readonly label: string;
}

/** Filled when finished, hollow when not. */
const Dots = memo(function Dots({ points, frame, label }: DotsProps) {
  return (
    <svg className="scatter-above" width={frame.width} height={height} role="img" aria-label={label}>
      {points.map(({ runs, x, y, error, colour, open }) => {
        const cx = frame.xOf(x);
        return (
          <g key={runs.join(" ")}>
            {error === undefined ? null : (
              <path
                className="scatter-interval"
                d={`M${cx - 4} ${frame.yOf(y - error[0])} h8 m-4 0 V${frame.yOf(y + error[1])} m-4 0 h8`}
              />
            )}
            <circle
              cx={cx}
              cy={frame.yOf(y)}
              r={4}
              fill={open ? "var(--surface)" : colour}
              stroke={open ? colour : "var(--surface)"}
              strokeWidth={open ? 1.5 : 1}
            />
          </g>
        );
      })}
    </svg>
  );
});

function nearestPoint(points: readonly ScatterPoint[], frame: Frame, x: number, y: number): ScatterPoint | undefined {
  let nearest: ScatterPoint | undefined;
  let distance = reach;
  for (const point of points) {
    const away = Math.hypot(frame.xOf(point.x) - x, frame.yOf(point.y) - y);
    if (away >= distance) continue;
    distance = away;
    nearest = point;
  }
  return nearest;
}
