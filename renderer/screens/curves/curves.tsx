import "../../styles/curves.css";
import { useEffect, useMemo, useRef, useState } from "react";
import type { RunSummary } from "../../../preload/contract.ts";
import { pointsALine } from "../../charts/drawn-lines.ts";
import { machinePrefix } from "../../model/chart-metrics.ts";
import { groupLines, type Line, mostLines, parentsOf, runLines } from "../../model/curve-lines.ts";
import { metricName } from "../../model/metrics.ts";
import { isWorking } from "../../model/runs.ts";
import { useDark } from "../../parts/use-dark.ts";
import {
  followRecorded,
  moveMetric,
  removeMetric,
  useRecordedMetrics,
  useShownMetrics,
} from "../../state/curve-metrics.ts";
import { stage } from "../../state/curve-stage.ts";
import { useCurveView } from "../../state/curve-view.ts";
import { useDesk } from "../../state/desk.ts";
import { curves, useSession } from "../../state/session.ts";
import { CurvesCaption } from "./caption.tsx";
import { ChartCard, type ChartLook } from "./chart-card.tsx";
import { Legend } from "./legend.tsx";
import { LogPanel } from "./log-panel.tsx";
import { CurvesToolbar } from "./toolbar.tsx";

export function CurvesScreen() {
  const runs = useShownRuns();
  const selectedCount = useSession((state) => state.selection.selected.length);
  const active = useSession((state) => state.selection.active);
  const log = useCurveView((view) => view.log);
  useEffect(followRecorded, []);
  if (runs.length === 0) {
    return <p className="dim pad">Select runs in the list to see their curves; Ctrl and click adds one.</p>;
  }
  return (
    <div className="curves-screen">
      <CurvesToolbar />
      {selectedCount > mostLines ? (
        <p className="dim curves-note">
          The first {mostLines} of {selectedCount} selected runs are drawn.
        </p>
      ) : null}
      <Charts runs={runs} />
      {log && active !== undefined ? <LogPanel run={active} /> : null}
    </div>
  );
}

function Charts({ runs }: { readonly runs: readonly RunSummary[] }) {
  const dark = useDark();
  const view = useCurveView((state) => state);
  const axis = useSession((state) => state.xAxis);
  const scenarios = useSession((state) => state.scenarios);
  const parameters = useDesk((state) => state.parameters);
  const recorded = useRecordedMetrics();
  const metrics = useShownMetrics();
  const lines = useLines(runs, view.grouped, dark);
  const { visible, observer, scroller } = useVisible();

  const machine = useMemo(() => recorded.filter((id) => id.startsWith(machinePrefix)), [recorded]);
  const shown = useMemo(
    () => [...metrics, ...(view.machine ? machine : [])].filter((metric) => visible.has(metric)),
    [metrics, machine, view.machine, visible],
  );
  useWanted(lines, shown, view.ancestors && !view.grouped);
  useEffect(() => stage.setAxis(axis, view.logX), [axis, view.logX]);

  const look = useMemo(
    (): ChartLook => ({ axis, logX: view.logX, logY: view.logY, dark }),
    [axis, view.logX, view.logY, dark],
  );
  const titleOf = useMemo(() => (metric: string) => metricName(metric, scenarios).title, [scenarios]);
  const card = (metric: string, small: boolean) => (
    <ChartCard
      key={metric}
      name={metricName(metric, scenarios)}
      lines={lines}
      look={look}
      small={small}
      mounted={visible.has(metric)}
      empty={emptyReason(metric, runs, parameters)}
      onMove={small || metrics.length < 2 ? undefined : moveMetric}
      onRemove={small || metrics.length < 2 ? undefined : removeMetric}
      observer={observer}
    />
  );
  const columns = Math.min(view.columns, metrics.length);
  return (
    <div className="chart-and-legend">
      <div className="charts" ref={scroller}>
        <div className="chart-grid" style={{ "--chart-columns": columns } as React.CSSProperties}>
          {metrics.map((metric) => card(metric, false))}
        </div>
        {view.machine ? (
          <section className="machine" aria-label="Machine">
            <h3>Machine</h3>
            {machine.length === 0 ? (
              <p className="dim">These runs recorded nothing of the machine.</p>
            ) : (
              <div className="machine-grid">{machine.map((metric) => card(metric, true))}</div>
            )}
          </section>
        ) : null}
        <CurvesCaption metrics={shown} lines={lines} />
      </div>
      <Legend lines={lines} grouped={view.grouped} metrics={metrics} titleOf={titleOf} />
    </div>
  );
}

/** The selected runs in the order of their creation. */
function useShownRuns(): readonly RunSummary[] {
  const runs = useSession((state) => state.runs);
  const selected = useSession((state) => state.selection.selected);
  return useMemo(() => {
    const wanted = new Set(selected);
    return runs.filter(({ id }) => wanted.has(id)).slice(0, mostLines);
  }, [runs, selected]);
}

/** The lines of every chart; the same value until one of them looks different. */
function useLines(runs: readonly RunSummary[], grouped: boolean, dark: boolean): readonly Line[] {
  const parameters = useDesk((state) => state.parameters);
  const kept = useRef<{ key: string; lines: readonly Line[] }>({ key: "", lines: [] });
  return useMemo(() => {
    const lines = grouped ? groupLines(runs, parameters, dark) : runLines(runs, parameters, dark);
    const key = JSON.stringify(
      lines.map(({ runs, ...line }) => [line, runs.map(({ id, state }) => (grouped ? id : [id, state]))]),
    );
    if (key !== kept.current.key) kept.current = { key, lines };
    return kept.current.lines;
  }, [runs, parameters, grouped, dark]);
}

/** Follows the curves of the charts that can be seen, and the groups whose runs go on. */
function useWanted(lines: readonly Line[], metrics: readonly string[], withAncestors: boolean): void {
  const axis = useSession((state) => state.xAxis);
  const halfLife = useCurveView((state) => state.halfLife);
  const runs = useSession((state) => state.runs);
  const all = useRef(runs);
  all.current = runs;
  useEffect(() => {
    const single = lines.filter((line) => line.runs.length === 1).flatMap((line) => line.runs);
    const byId = new Map(all.current.map((run) => [run.id, run]));
    const parents = withAncestors ? parentsOf(single, byId) : new Map();
    const followed = new Set([...single.map(({ id }) => id), ...[...parents.values()].map(({ run }) => run)]);
    curves.want(
      metrics.flatMap((metric) => [...followed].map((run) => ({ run, metric }))),
      metrics.flatMap((metric) =>
        lines
          .filter((line) => line.runs.length > 1)
          .map((line) => ({ key: line.id, runs: line.runs.map(({ id }) => id), metric })),
      ),
      { axis, halfLife, points: pointsALine(lines.length) },
      parents,
    );
  }, [lines, metrics, axis, halfLife, withAncestors]);
  useEffect(() => () => curves.want([]), []);
  useEffect(() => stage.subscribe(() => curves.setWindow(stage.zoom())), []);
  useMovedGroups(lines, runs);
}

function useMovedGroups(lines: readonly Line[], runs: readonly RunSummary[]): void {
  const before = useRef(new Map<string, number>());
  useEffect(() => {
    const grouped = new Set(
      lines.filter((line) => line.runs.length > 1).flatMap((line) => line.runs.map(({ id }) => id)),
    );
    if (grouped.size === 0) return;
    const steps = new Map(runs.filter(({ id }) => grouped.has(id)).map(({ id, step }) => [id, step]));
    const moved = [...steps].filter(([id, step]) => before.current.has(id) && before.current.get(id) !== step);
    before.current = steps;
    if (moved.length > 0) curves.runsMoved(new Set(moved.map(([id]) => id)));
  }, [lines, runs]);
}

/** Which charts can be seen, or nearly: only those are followed and drawn. */
function useVisible() {
  const scroller = useRef<HTMLDivElement>(null);
  const [visible, setVisible] = useState<ReadonlySet<string>>(new Set());
  const [observer, setObserver] = useState<IntersectionObserver>();
  useEffect(() => {
    const made = new IntersectionObserver(
      (entries) =>
        setVisible((before) => {
          const next = new Set(before);
          for (const { target, isIntersecting } of entries) {
            const metric = (target as HTMLElement).dataset.metric ?? "";
            if (isIntersecting) next.add(metric);
            else next.delete(metric);
          }
          return next;
        }),
      { root: scroller.current, rootMargin: "120px" },
    );
    setObserver(made);
    return () => made.disconnect();
  }, []);
  return { visible, observer, scroller };
}

function emptyReason(
  metric: string,
  runs: readonly RunSummary[],
  parameters: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
): string {
  if (runs.every((run) => run.state === "queued")) return "Waiting for a free core";
  const working = runs.filter((run) => isWorking(run));
  if (!metric.startsWith("eval/")) {
    return working.length > 0 ? `No value of ${metric} yet` : `These runs recorded no ${metric}`;
  }
  if (working.length === 0) return "These runs recorded no evaluation";
  const firsts = working.map((run) => Number(parameters.get(run.id)?.evaluationEvery));
  const first = Math.min(...firsts.filter((step) => step > 0));
  return Number.isFinite(first) ? `No evaluation yet: first at step ${first}` : "No evaluation yet";
}
