/** What varies over some runs, and the value that each of them reached. */
import type {
  LearnerSummary,
  ParameterValue,
  ParameterValues,
  RunSummary,
  ScenarioSummary,
} from "../../../preload/contract.ts";
import { formFields } from "../form.ts";
import { formatCount } from "../format.ts";
import { checkpointPlace } from "../seed-groups.ts";

/** One run with what was set and what came out of it. */
export interface SweepRun {
  readonly run: RunSummary;
  readonly parameters: ParameterValues;
}

/** Something that differs between runs: a parameter, or the learner or scenario itself. */
export interface Varied {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  /** Numbers have an order and a distance; everything else is a choice. */
  readonly kind: "number" | "choice";
  /** Distinct values: numbers ascending, choices in the order in which they come. */
  readonly levels: readonly ParameterValue[];
}

export interface ParameterName {
  readonly title: string;
  readonly unit: string;
}

/** Titles and units of every parameter of the scenarios and learners. */
export function parameterNames(
  scenarios: readonly ScenarioSummary[],
  learners: readonly LearnerSummary[],
): ReadonlyMap<string, ParameterName> {
  const fields = [...scenarios, ...learners].flatMap(({ parameters }) => formFields(parameters));
  return new Map([
    ...fields.map(({ key, title, unit }) => [key, { title, unit }] as const),
    ["scenario", { title: "Scenario", unit: "" }] as const,
    ["learner", { title: "Learner", unit: "" }] as const,
    ["forked", { title: "Forked", unit: "" }] as const,
  ]);
}

/** The runs with all that is set about them but the seed; runs whose parameters are not known yet are left out. */
export function sweepRuns(
  runs: readonly RunSummary[],
  chosen: ReadonlySet<string>,
  parameters: ReadonlyMap<string, ParameterValues>,
): SweepRun[] {
  return runs.flatMap((run): SweepRun[] => {
    const values = chosen.has(run.id) ? parameters.get(run.id) : undefined;
    if (values === undefined) return [];
    const origin = { scenario: run.scenario, learner: run.learner, forked: forkedText(run) };
    return [{ run, parameters: { ...origin, ...values } }];
  });
}

function forkedText({ parent }: RunSummary): string {
  return parent === null ? "no" : `at ${formatCount(checkpointPlace(parent).step)} steps`;
}

/** Every parameter that has at least two values among the runs, in the order of their first run. */
export function variedParameters(runs: readonly SweepRun[], names: ReadonlyMap<string, ParameterName>): Varied[] {
  const keys = new Set(runs.flatMap(({ parameters }) => Object.keys(parameters)));
  return [...keys].flatMap((key): Varied[] => {
    const values = runs.map(({ parameters }) => parameters[key]);
    const levels = [...new Set(values)];
    if (levels.length < 2) return [];
    const set = levels.filter((level) => level !== undefined);
    const numbers = set.filter((level) => typeof level === "number");
    const isNumber = numbers.length === set.length;
    const { title, unit } = names.get(key) ?? { title: key, unit: "" };
    return [
      {
        key,
        title,
        unit,
        kind: isNumber ? "number" : "choice",
        levels: isNumber ? numbers.sort((a, b) => a - b) : set,
      },
    ];
  });
}

/** How one value stands for a run's whole curve. */
export const valueUses = ["last", "best", "tail"] as const;
export type ValueUse = (typeof valueUses)[number];

export const valueUseTitles: Readonly<Record<ValueUse, string>> = {
  last: "Last value",
  best: "Best value",
  tail: "Mean of the last 10%",
};

/**
 * Mean of the values recorded over the last tenth of the steps that a run has done; undefined without any there. Steps are
 * ascending.
 */
export function tailMean(steps: Float64Array, values: Float64Array, done: number): number | undefined {
  let sum = 0;
  let count = 0;
  for (let i = steps.length - 1; i >= 0 && steps[i]! >= 0.9 * done; i--) {
    if (!Number.isFinite(values[i])) continue;
    sum += values[i]!;
    count++;
  }
  return count === 0 ? undefined : sum / count;
}

/** Largest or smallest finite value; undefined without any. */
export function bestValue(values: Float64Array, better: "higher" | "lower"): number | undefined {
  let best: number | undefined;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (best === undefined || (better === "higher" ? value > best : value < best)) best = value;
  }
  return best;
}

export interface StateCounts {
  readonly used: number;
  readonly unfinished: number;
  readonly failed: number;
  /** Finished, but the metric was never recorded. */
  readonly withoutValue: number;
  /** The same seed of the same cell once more: the same numbers again. */
  readonly repeated: number;
}

/** What becomes of each run in a comparison that uses those named, so that none is left out in silence. */
export function countStates(
  runs: readonly SweepRun[],
  values: ReadonlyMap<string, number>,
  used: ReadonlySet<string>,
): StateCounts {
  const counts = { used: 0, unfinished: 0, failed: 0, withoutValue: 0, repeated: 0 };
  for (const { run } of runs) {
    if (used.has(run.id)) counts.used++;
    else if (run.state === "failed" || run.state === "cancelled") counts.failed++;
    else if (run.state !== "finished") counts.unfinished++;
    else if (values.has(run.id)) counts.repeated++;
    else counts.withoutValue++;
  }
  return counts;
}

/** `12 finished runs; left out: 2 not finished, 1 failed or stopped`. */
export function describeCounts({ used, unfinished, failed, withoutValue, repeated }: StateCounts): string {
  const left = [
    ...(unfinished > 0 ? [`${unfinished} not finished`] : []),
    ...(failed > 0 ? [`${failed} failed or stopped`] : []),
    ...(withoutValue > 0 ? [`${withoutValue} without this metric`] : []),
    ...(repeated > 0 ? [`${repeated} with a repeated seed`] : []),
  ];
  const text = `${used} finished ${used === 1 ? "run" : "runs"}`;
  return left.length === 0 ? text : `${text}; left out: ${left.join(", ")}`;
}
