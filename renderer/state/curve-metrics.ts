/** Which metrics have a chart. */
import { useMemo } from "react";
import { defaultMetrics, moved } from "../model/chart-metrics.ts";
import { allMetrics } from "../model/metrics.ts";
import { curveView, useCurveView } from "./curve-view.ts";
import { type SessionState, session, useSession } from "./session.ts";

const none: readonly string[] = [];

function recordedMetrics({ selection, details }: Pick<SessionState, "selection" | "details">): string[] {
  return allMetrics(selection.selected.map((run) => details.get(run)?.metrics ?? none));
}

/** Every metric that the selected runs recorded; the same value until there is another. */
export function useRecordedMetrics(): readonly string[] {
  const key = useSession((state) => recordedKey(state));
  return useMemo(() => (key === "" ? none : key.split("\n")), [key]);
}

let last: { selection: unknown; details: unknown; key: string } | undefined;

function recordedKey(state: SessionState): string {
  if (last?.selection !== state.selection || last.details !== state.details) {
    last = { selection: state.selection, details: state.details, key: recordedMetrics(state).join("\n") };
  }
  return last.key;
}

/** The metrics of the charts, in their order: the chosen ones, else what suits the runs. */
export function useShownMetrics(): readonly string[] {
  const chosen = useCurveView((view) => view.metrics);
  const recorded = useRecordedMetrics();
  const scenarios = useSession((state) => state.scenarios);
  const runs = useSession((state) => state.runs);
  const selected = useSession((state) => state.selection.selected);
  const used = useMemo(() => {
    const ids = new Set(selected);
    return new Set(runs.filter(({ id }) => ids.has(id)).map(({ scenario }) => scenario));
  }, [runs, selected]);
  const key = [...used].join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says when other scenarios are shown
  return useMemo(
    () =>
      chosen ??
      defaultMetrics(
        recorded,
        scenarios.filter(({ id }) => used.has(id)),
      ),
    [chosen, recorded, scenarios, key],
  );
}

export function shownMetrics(): readonly string[] {
  const { metrics } = curveView.get();
  if (metrics !== undefined) return metrics;
  const state = session.get();
  const ids = new Set(state.selection.selected);
  const used = new Set(state.runs.filter(({ id }) => ids.has(id)).map(({ scenario }) => scenario));
  return defaultMetrics(
    recordedMetrics(state),
    state.scenarios.filter(({ id }) => used.has(id)),
  );
}

export function addMetric(metric: string): void {
  const shown = shownMetrics();
  if (!shown.includes(metric)) curveView.set({ metrics: [...shown, metric] });
}

export function removeMetric(metric: string): void {
  curveView.set({ metrics: shownMetrics().filter((each) => each !== metric) });
}

export function moveMetric(metric: string, places: number): void {
  curveView.set({ metrics: [...moved(shownMetrics(), metric, places)] });
}

/** Puts another recorded metric in the first chart's place. */
export function turnMetric(direction: 1 | -1): void {
  const recorded = recordedMetrics(session.get());
  const [first, ...rest] = shownMetrics();
  const free = recorded.filter((metric) => !rest.includes(metric));
  if (free.length === 0) return;
  const at = free.indexOf(first ?? "");
  const next = free[(at + direction + free.length) % free.length];
  if (next !== undefined) curveView.set({ metrics: [next, ...rest] });
}
