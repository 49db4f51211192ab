import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { formatCount, formatDuration, formatTicks } from "../model/format.ts";
import type { XAxis } from "../state/session.ts";

export interface Curve {
  readonly run: string;
  readonly label: string;
  readonly colour: string;
  readonly dash: number[] | undefined;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

interface CurveChartProps {
  readonly curves: readonly Curve[];
  readonly xAxis: XAxis;
  readonly yLabel: string;
  readonly dark: boolean;
  /** The run that is emphasised, as the legend's row under the pointer. */
  readonly focused: string | undefined;
  /** Values under the pointer, one a curve in their order; undefined when the pointer is elsewhere. */
  onCursor(values: readonly (number | undefined)[] | undefined): void;
}

const xLabels: Record<XAxis, string> = { step: "Environment steps", wall: "Running time" };

/** The dense live chart: one line a run, redrawn from typed columns whenever they have grown. */
export function CurveChart({ curves, xAxis, yLabel, dark, focused, onCursor }: CurveChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const cursor = useRef(onCursor);
  cursor.current = onCursor;
  // What needs another chart; new points only need other data.
  const shape = JSON.stringify([
    xAxis,
    yLabel,
    dark,
    curves.map(({ run, label, colour, dash }) => [run, label, colour, dash]),
  ]);
  const latest = useRef(curves);
  latest.current = curves;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for all that the chart is made of
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const chart = new uPlot(
      options(element, latest.current, xAxis, yLabel, dark, (values) => cursor.current(values)),
      aligned(latest.current),
      element,
    );
    plot.current = chart;
    const observer = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => plot.current?.setData(aligned(curves)), [curves]);

  useEffect(() => {
    const index = latest.current.findIndex((curve) => curve.run === focused);
    plot.current?.setSeries(index === -1 ? null : index + 1, { focus: true });
  }, [focused]);

  const points = curves.reduce((sum, curve) => sum + curve.y.length, 0);
  return (
    <div
      ref={host}
      className="chart"
      role="img"
      aria-label={`${yLabel} over ${xLabels[xAxis].toLowerCase()}, ${curves.length} runs, ${points} points`}
      data-points={points}
    />
  );
}

function options(
  element: HTMLElement,
  curves: readonly Curve[],
  xAxis: XAxis,
  yLabel: string,
  dark: boolean,
  onCursor: (values: readonly (number | undefined)[] | undefined) => void,
): uPlot.Options {
  const ink = dark ? "#a9b1bd" : "#4b5563";
  const grid = { stroke: dark ? "#2c313a" : "#e6e9ed", width: 1 };
  const axis = {
    stroke: ink,
    grid,
    ticks: grid,
    font: "12px 'Inter Variable'",
    labelFont: "12px 'Inter Variable'",
    labelGap: 0,
    labelSize: 22,
  };
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, focus: { prox: 24 }, drag: { x: true, y: false } },
    focus: { alpha: 0.25 },
    scales: { x: { time: false } },
    axes: [
      {
        ...axis,
        label: xLabels[xAxis],
        values: (_plot, ticks) => ticks.map(xAxis === "step" ? formatCount : formatDuration),
        space: 72,
        size: 32,
      },
      { ...axis, label: yLabel, values: (_plot, ticks) => formatTicks(ticks), size: 64 },
    ],
    series: [
      {},
      ...curves.map(
        (curve): uPlot.Series => ({
          label: curve.label,
          stroke: curve.colour,
          dash: curve.dash,
          width: 1.5,
          spanGaps: true,
          // uPlot draws the points themselves where they are few enough to be told apart.
          points: { size: 5, fill: curve.colour },
        }),
      ),
    ],
    hooks: {
      setCursor: [
        (chart) => {
          const index = chart.cursor.idx;
          if (index === null || index === undefined || (chart.cursor.left ?? -1) < 0) onCursor(undefined);
          else onCursor(curves.map((_curve, series) => before(chart.data[series + 1], index)));
        },
      ],
    },
  };
}

/** The value at a place of the shared x axis: a curve without a point just there has the one before. */
function before(column: ArrayLike<number | null | undefined> | undefined, index: number): number | undefined {
  if (column === undefined) return undefined;
  for (let i = index; i >= 0; i--) {
    const value = column[i];
    if (value !== null && value !== undefined) return value;
  }
  return undefined;
}

/** Puts all curves on one x axis, as uPlot wants them; values that are no numbers become gaps. */
function aligned(curves: readonly Curve[]): uPlot.AlignedData {
  const tables = curves.map(({ x, y }): uPlot.AlignedData => [x, y.every(Number.isFinite) ? y : finite(y)]);
  const [first] = tables;
  if (first === undefined) return [[]];
  return tables.length === 1 ? first : uPlot.join(tables);
}

function finite(column: Float64Array): (number | null)[] {
  return Array.from(column, (value) => (Number.isFinite(value) ? value : null));
}
