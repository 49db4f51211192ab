import type { ScenarioSummary } from "../../preload/contract.ts";

export interface MetricName {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: "higher" | "lower" | "neither";
}

const sections: Readonly<Record<string, string>> = {
  eval: "evaluation",
  rollout: "while training",
  train: "learner",
  time: "time",
  system: "system",
};

/** What trainers measure of the machine, whatever the scenario. */
const systemMetrics: Readonly<Record<string, Omit<MetricName, "id">>> = {
  "system/cpu_percent": { title: "Processor", unit: "% of a core", better: "neither" },
  "system/memory_bytes": { title: "Memory", unit: "bytes", better: "neither" },
  "system/gpu_percent": { title: "GPU", unit: "%", better: "neither" },
  "system/gpu_memory_bytes": { title: "GPU memory", unit: "bytes", better: "neither" },
};

/** What a metric id means to a person: `eval/delay_minutes` becomes "Delay, evaluation" with its unit. */
export function metricName(id: string, scenarios: readonly ScenarioSummary[]): MetricName {
  const slash = id.indexOf("/");
  const section = slash === -1 ? "" : id.slice(0, slash);
  const name = id.slice(slash + 1);
  const known = systemMetrics[id] ?? scenarios.flatMap(({ metrics }) => metrics).find((metric) => metric.id === name);
  const title = known?.title ?? sentence(name);
  const where = sections[section] ?? section;
  return {
    id,
    title: where === "" ? title : `${title}, ${where}`,
    unit: known?.unit ?? "",
    better: known?.better ?? "neither",
  };
}

/** `case/policy_loss` becomes `Policy loss (case)`. */
function sentence(name: string): string {
  const slash = name.lastIndexOf("/");
  if (slash !== -1) return `${sentence(name.slice(slash + 1))} (${name.slice(0, slash).replaceAll("/", ", ")})`;
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const order = ["eval", "rollout", "train", "time", "system"];

/** Every metric of the runs, evaluation first. */
export function allMetrics(lists: readonly (readonly string[])[]): string[] {
  const rank = (id: string) => {
    const index = order.indexOf(id.split("/")[0] ?? "");
    return index === -1 ? order.length : index;
  };
  // Within a section the order stays that of the runs, whose first metric is the headline one.
  return [...new Set(lists.flat())].sort((a, b) => rank(a) - rank(b));
}

/** The metric to show: the chosen one where it exists, else the headline of the evaluation, else the first. */
export function shownMetric(chosen: string, available: readonly string[]): string {
  if (available.includes(chosen)) return chosen;
  return available.find((id) => id === "eval/reward") ?? available[0] ?? chosen;
}
