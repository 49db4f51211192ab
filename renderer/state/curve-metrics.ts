/** Which metrics have a chart. */
import { useMemo } from "react";
import { defaultMetrics, moved } from "../model/chart-metrics.ts";
import { allMetrics } from "../model/metrics.ts";
import { curveView, useCurveView } from "./curve-view.ts";
import { bridge, type SessionState, session, useSession } from "./session.ts";
import { createStore, useStore } from "./store.ts";

/** The time between two readings while runs go on. */
const readMilliseconds = 2000;

/** What the selected runs recorded. */
const recorded = createStore<{ readonly metrics: readonly string[] }>({ metrics: [] });

/** Keeps the metrics of the selected runs up to date, with one call however many they are; answers how to end that. */
export function followRecorded(): () => void {
  let selected: readonly string[] | undefined;
  let runs: SessionState["runs"] | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = async () => {
    clearTimeout(timer);
    timer = undefined;
    const wanted = session.get().selection.selected;
    const answer = await bridge.call("metrics.list", { runs: [...wanted] });
    if (!answer.ok || session.get().selection.selected !== wanted) return;
    const metrics = allMetrics([answer.value]);
    if (metrics.join("\n") !== recorded.get().metrics.join("\n")) recorded.set({ metrics });
  };
  const look = () => {
    const now = session.get();
    if (now.engine.state !== "connected") return;
    if (now.selection.selected !== selected) void read();
    else if (now.runs !== runs) timer ??= setTimeout(() => void read(), readMilliseconds);
    selected = now.selection.selected;
    runs = now.runs;
  };
  look();
  const end = session.subscribe(look);
  return () => {
    clearTimeout(timer);
    end();
  };
}

/** Every metric that the selected runs recorded; the same value until there is another. */
export function useRecordedMetrics(): readonly string[] {
  return useStore(recorded, ({ metrics }) => metrics);
}

/** The metrics of the charts, in their order: the chosen ones, else what suits the runs. */
export function useShownMetrics(): readonly string[] {
  const chosen = useCurveView((view) => view.metrics);
  const metrics = useRecordedMetrics();
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
        metrics,
        scenarios.filter(({ id }) => used.has(id)),
      ),
    [chosen, metrics, scenarios, key],
  );
}

export function shownMetrics(): readonly string[] {
  const { metrics } = curveView.get();
  if (metrics !== undefined) return metrics;
  const state = session.get();
  const ids = new Set(state.selection.selected);
  const used = new Set(state.runs.filter(({ id }) => ids.has(id)).map(({ scenario }) => scenario));
  return defaultMetrics(
    recorded.get().metrics,
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
  const [first, ...rest] = shownMetrics();
  const free = recorded.get().metrics.filter((metric) => !rest.includes(metric));
  if (free.length === 0) return;
  const at = free.indexOf(first ?? "");
  const next = free[(at + direction + free.length) % free.length];
  if (next !== undefined) curveView.set({ metrics: [next, ...rest] });
}
