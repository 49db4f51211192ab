import type { ScenarioSummary } from "../../preload/contract.ts";

/** Charts of losses in the first choice: more are only a click away. */
const mostLosses = 2;
const fallback = 4;
export const machinePrefix = "system/";

/**
 * The metrics to begin with: the scenario's headline as evaluated and as trained, the first losses of the learner, and the
 * speed; where none of these was recorded, the first few.
 */
export function defaultMetrics(recorded: readonly string[], scenarios: readonly ScenarioSummary[]): string[] {
  const headlines = [
    ...new Set(["reward", ...scenarios.flatMap(({ metrics }) => metrics.slice(0, 1).map(({ id }) => id))]),
  ];
  const wanted = [
    ...headlines.slice(0, 2).map((id) => `eval/${id}`),
    ...headlines.slice(0, 2).map((id) => `rollout/${id}`),
    ...recorded.filter((id) => id.startsWith("train/") && id.includes("loss")).slice(0, mostLosses),
    "time/fps",
  ];
  const found = wanted.filter((id) => recorded.includes(id));
  if (found.length > 0) return found;
  const others = recorded.filter((id) => !id.startsWith(machinePrefix)).slice(0, fallback);
  return others.length > 0 ? others : ["eval/reward"];
}

/** `metrics` with one moved by `places`; the same when it cannot move that far. */
export function moved(metrics: readonly string[], metric: string, places: number): readonly string[] {
  const from = metrics.indexOf(metric);
  const to = from + places;
  if (from === -1 || to < 0 || to >= metrics.length) return metrics;
  const rest = metrics.filter((each) => each !== metric);
  return [...rest.slice(0, to), metric, ...rest.slice(to)];
}
