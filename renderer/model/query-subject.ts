/** What a query finds in runs, experiments and projects. */
import type {
  ExperimentSummary,
  LearnerSummary,
  ParameterValues,
  ProjectSummary,
  RunSummary,
  ScenarioSummary,
} from "../../preload/contract.ts";
import { formatParameter } from "./format.ts";
import { allMetrics } from "./metrics.ts";
import type { Query, Subject } from "./query.ts";
import type { KnownParameter, QueryWords } from "./query-fields.ts";
import { isWorking, progress, stateLabels } from "./runs.ts";
import { experimentIsArchived, experimentOf, type Places, runIsArchived } from "./tree.ts";

export function runSubject(
  run: RunSummary,
  places: Places,
  parameters: ReadonlyMap<string, ParameterValues>,
  lastValues: ReadonlyMap<string, ReadonlyMap<string, number | null>>,
): Subject {
  const experiment = experimentOf(run, places);
  const project = places.projects.get(experiment.project)?.name ?? "";
  const fields: Readonly<Record<string, () => ReturnType<Subject["value"]>>> = {
    state: () => [stateLabels[run.state], ...(isWorking(run) || run.state === "queued" ? ["active"] : [])],
    scenario: () => run.scenario,
    learner: () => run.learner,
    preset: () => run.preset,
    seed: () => run.seed,
    name: () => [run.label, run.name],
    id: () => run.id,
    tag: () => run.tags,
    project: () => project,
    experiment: () => experiment.name,
    created: () => run.createdAt,
    step: () => run.step,
    steps: () => run.steps,
    progress: () => progress(run) * 100,
    reward: () => run.reward ?? undefined,
    priority: () => run.priority,
    archived: () => runIsArchived(run, places),
    note: () => run.noted,
    fork: () => run.parent !== null,
  };
  return {
    names:
      `${run.label} ${run.name} ${project} ${run.scenario} ${run.learner} ${run.preset} ${stateLabels[run.state]} ${run.id} seed ${run.seed} ${run.tags.join(" ")}`.toLowerCase(),
    value: (source, name) => {
      if (source === "field") return fields[name]?.();
      if (source === "parameter") return parameters.get(run.id)?.[name];
      return lastValues.get(name)?.get(run.id) ?? undefined;
    },
  };
}

/** A project or experiment that has no run to be found by. */
export function itemSubject(item: ProjectSummary | ExperimentSummary, places: Places): Subject {
  const isExperiment = "project" in item;
  const project = isExperiment ? (places.projects.get(item.project)?.name ?? "") : item.name;
  const fields: Readonly<Record<string, ReturnType<Subject["value"]>>> = {
    name: item.name,
    id: item.id,
    tag: item.tags,
    project,
    experiment: isExperiment ? item.name : undefined,
    created: item.createdAt,
    archived: isExperiment ? experimentIsArchived(item, places) : item.archived,
    note: item.notes !== "",
  };
  return {
    names: `${item.name} ${project} ${item.tags.join(" ")}`.toLowerCase(),
    value: (source, name) => (source === "field" ? fields[name] : undefined),
  };
}

/** Metrics that a query compares. */
export function queryMetrics(query: Query): string[] {
  switch (query.kind) {
    case "all":
    case "any":
      return [...new Set(query.of.flatMap(queryMetrics))].sort();
    case "not":
      return queryMetrics(query.of);
    case "compare":
      return query.field.source === "metric" ? [query.field.name] : [];
    case "word":
      return [];
  }
}

/** More values than these are not offered. */
const mostChoices = 40;

/** The words that a project knows. */
export function queryWords(
  parameters: ReadonlyMap<string, ParameterValues>,
  metrics: readonly string[],
  scenarios: readonly ScenarioSummary[],
  learners: readonly LearnerSummary[],
  projects: Places["projects"],
  experiments: Places["experiments"],
  /** One a line. */
  tags: string,
): QueryWords {
  const values = new Map<string, Set<string | number | boolean>>();
  for (const each of parameters.values())
    for (const key in each) {
      if (key === "seed") continue;
      const known = values.get(key) ?? new Set();
      if (known.size < mostChoices) known.add(each[key]!);
      values.set(key, known);
    }
  const named = (list: Iterable<{ readonly name: string }>) => [...new Set([...list].map(({ name }) => name))].sort();
  return {
    parameters: new Map([...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, set]) => [key, known([...set])])),
    metrics: allMetrics([metrics, scenarios.flatMap((each) => each.metrics.map(({ id }) => `eval/${id}`))]),
    choices: {
      scenario: scenarios.map(({ id }) => id),
      learner: learners.map(({ id }) => id),
      preset: [...new Set(scenarios.flatMap(({ presets }) => Object.keys(presets)))],
      tag: tags === "" ? [] : tags.split("\n"),
      project: named(projects.values()),
      experiment: named(experiments.values()),
    },
  };
}

function known(values: readonly (string | number | boolean)[]): KnownParameter {
  const kinds = new Set(values.map((value) => typeof value));
  if (kinds.size === 1 && kinds.has("boolean")) return { kind: "flag", choices: ["yes", "no"] };
  if (kinds.size === 1 && kinds.has("number"))
    return { kind: "number", choices: [...(values as number[])].sort((a, b) => a - b).map(String) };
  return { kind: "text", choices: values.map((value) => formatParameter(value)).sort() };
}
