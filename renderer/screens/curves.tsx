import { SegmentedControl, Select } from "@mantine/core";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { RunSummary } from "../../preload/contract.ts";
import { type Curve, CurveChart } from "../charts/curve-chart.tsx";
import { runColour, runDash } from "../model/colours.ts";
import { formatCount, formatValue } from "../model/format.ts";
import { allMetrics, metricName, shownMetric } from "../model/metrics.ts";
import { isWorking, labelsOf, runLabel } from "../model/runs.ts";
import { StatusIcon } from "../parts/status-icon.tsx";
import { useDark } from "../parts/use-dark.ts";
import { curves as liveCurves, session, useSession, type XAxis } from "../state/session.ts";

/** More lines cannot be told apart, and cost the trainers time. */
const mostCurves = 20;
const none: readonly string[] = [];

interface ShownRun {
  readonly run: RunSummary;
  readonly index: number;
}

export function CurvesScreen() {
  const shown = useShownRuns();
  const selectedCount = useSession((state) => state.selection.selected.length);
  const details = useSession((state) => state.details);
  const scenarios = useSession((state) => state.scenarios);
  const chosen = useSession((state) => state.metric);
  const xAxis = useSession((state) => state.xAxis);
  const metrics = useMemo(
    () => allMetrics(shown.map(({ run }) => details.get(run.id)?.metrics ?? none)),
    [shown, details],
  );
  const metric = shownMetric(chosen, metrics);
  const ids = shown.map(({ run }) => run.id).join("\n");
  useEffect(() => {
    liveCurves.want(ids === "" ? [] : ids.split("\n").map((run) => ({ run, metric })));
  }, [ids, metric]);
  useEffect(() => () => liveCurves.want([]), []);

  if (shown.length === 0) {
    return <p className="dim pad">Select runs in the list to see their curves; Ctrl and click adds one.</p>;
  }
  return (
    <div className="curves-screen">
      <div className="toolbar">
        <Select
          size="xs"
          aria-label="Metric"
          className="metric-select"
          searchable
          data={metrics.length === 0 ? [metric] : metrics}
          value={metric}
          onChange={(value) => value !== null && session.set({ metric: value })}
        />
        <SegmentedControl
          size="xs"
          aria-label="Horizontal axis"
          value={xAxis}
          onChange={(value) => session.set({ xAxis: value as XAxis })}
          data={[
            { value: "step", label: "Steps" },
            { value: "wall", label: "Running time" },
          ]}
        />
        {selectedCount > mostCurves ? (
          <span className="dim">
            The first {mostCurves} of {selectedCount} selected runs are drawn.
          </span>
        ) : null}
      </div>
      <ChartAndLegend shown={shown} metric={metric} xAxis={xAxis} title={metricName(metric, scenarios)} />
    </div>
  );
}

interface ChartAndLegendProps {
  readonly shown: readonly ShownRun[];
  readonly metric: string;
  readonly xAxis: XAxis;
  readonly title: ReturnType<typeof metricName>;
}

const arrows = { higher: " ↑", lower: " ↓", neither: "" } as const;

function ChartAndLegend({ shown, metric, xAxis, title }: ChartAndLegendProps) {
  const dark = useDark();
  const version = useSyncExternalStore(liveCurves.subscribe, liveCurves.version);
  const [cursor, setCursor] = useState<readonly (number | undefined)[]>();
  const [focused, setFocused] = useState<string>();
  const labels = labelsOf(shown.map(({ run }) => run));
  const lines = shown.map(({ run, index }, place) => ({
    run,
    index,
    label: labels[place] ?? { name: "", own: run.id },
    colour: runColour(index, dark),
    series: liveCurves.get(run.id, metric),
  }));
  const key = JSON.stringify([version, metric, xAxis, dark, lines.map(({ run, index }) => [run.id, index])]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says when the lines have changed
  const drawn = useMemo(
    () =>
      lines.map(
        ({ run, index, colour, series }): Curve => ({
          run: run.id,
          label: runLabel(run),
          colour,
          dash: runDash(index),
          x: (xAxis === "step" ? series?.steps : series?.wallSeconds) ?? new Float64Array(0),
          y: series?.values ?? new Float64Array(0),
        }),
      ),
    [key],
  );
  const decimated = lines.some(({ series }) => series?.decimated);
  const points = drawn.reduce((sum, curve) => sum + curve.y.length, 0);
  const yLabel = `${title.title}${title.unit === "" ? "" : ` (${title.unit})`}${arrows[title.better]}`;
  return (
    <div className="chart-and-legend">
      <figure className="chart-area">
        <CurveChart curves={drawn} xAxis={xAxis} yLabel={yLabel} dark={dark} focused={focused} onCursor={setCursor} />
        {points === 0 ? <p className="chart-empty">{emptyReason(metric, shown)}</p> : null}
        <figcaption className="dim">
          {`One line is one run (one seed), every value as recorded${decimated ? "; long curves are drawn from their extremes" : ""}.`}
        </figcaption>
      </figure>
      <div className="legend">
        <table>
          <colgroup>
            <col className="legend-mark-column" />
            <col />
            <col className="legend-value-column" />
          </colgroup>
          <thead>
            <tr>
              <th scope="col" colSpan={2}>
                Run
              </th>
              <th scope="col" className="number">
                {cursor === undefined ? "Last" : "Here"}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ run, label, colour, series }, row) => {
              const value = cursor === undefined ? series?.last : cursor[row];
              return (
                <tr
                  key={run.id}
                  data-run={run.id}
                  data-points={series?.points ?? 0}
                  data-focused={focused === run.id}
                  onPointerEnter={() => setFocused(run.id)}
                  onPointerLeave={() => setFocused(undefined)}
                >
                  <td className="legend-mark">
                    <span className="swatch" style={{ background: colour }} />
                    <StatusIcon state={run.state} />
                  </td>
                  <td
                    className="legend-name"
                    title={`${runLabel(run)}\n${run.id}\n${formatCount(series?.stored ?? 0)} points recorded`}
                  >
                    {label.name === "" ? null : <span className="ellipsis">{label.name}</span>}
                    <span>{label.own}</span>
                  </td>
                  <td className="number" data-value={value}>
                    {value === undefined ? "" : formatValue(value)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** The selected runs in the order of selection, each with its place in the project, which decides its colour. */
function useShownRuns(): readonly ShownRun[] {
  const runs = useSession((state) => state.runs);
  const selected = useSession((state) => state.selection.selected);
  return useMemo(() => {
    const places = new Map(runs.map((run, index) => [run.id, { run, index }]));
    return selected
      .flatMap((id) => places.get(id) ?? [])
      .sort((a, b) => a.index - b.index)
      .slice(0, mostCurves);
  }, [runs, selected]);
}

function emptyReason(metric: string, shown: readonly ShownRun[]): string {
  if (shown.every(({ run }) => run.state === "queued")) return "Waiting for a free core.";
  const working = shown.some(({ run }) => isWorking(run));
  if (metric.startsWith("eval/")) return working ? "No evaluation yet." : "These runs recorded no evaluation.";
  return working ? `No value of ${metric} yet.` : `These runs recorded no ${metric}.`;
}
