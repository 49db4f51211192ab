import type { ParameterValues, RunSummary } from "../../preload/contract.ts";
import { runColour, runDash } from "./colours.ts";
import { formatParameter } from "./format.ts";
import { runLabel } from "./runs.ts";
import { checkpointPlace, type SeedGroup, seedGroups } from "./seed-groups.ts";

/** More lines cannot be told apart. */
export const mostLines = 50;

/** One line of every chart: a run, or the mean of a group of seeds. */
export interface Line {
  /** The run's id or the group's key. */
  readonly id: string;
  /** One run; several are drawn as their mean with its interval. */
  readonly runs: readonly RunSummary[];
  /** What others have too; "" where all have the same. */
  readonly name: string;
  readonly own: string;
  /** Everything that is known of it, for hovering. */
  readonly title: string;
  readonly colour: string;
  readonly dash: number[] | undefined;
}

/** One line a run, told apart by what its parameters differ in and its seed; by its id only where nothing else does. */
export function runLines(
  runs: readonly RunSummary[],
  parameters: ReadonlyMap<string, ParameterValues>,
  dark: boolean,
): Line[] {
  const oneName = new Set(runs.map(({ name }) => name)).size === 1;
  const differences = new Map(
    seedGroups(runs, parameters).flatMap((group) => group.runs.map((run) => [run.id, differencesText(group)] as const)),
  );
  const own = runs.map((run) =>
    [`seed ${run.seed}`, differences.get(run.id) ?? ""].filter((part) => part !== "").join(", "),
  );
  const taken = new Map<string, number>();
  const whole = runs.map((run, i) => `${run.name}\n${own[i]}`);
  for (const label of whole) taken.set(label, (taken.get(label) ?? 0) + 1);
  return runs.map((run, i) => ({
    id: run.id,
    runs: [run],
    name: oneName ? "" : run.name,
    own: taken.get(whole[i] ?? "") === 1 ? (own[i] ?? run.id) : `${own[i]} (${run.id})`,
    title: [runLabel(run), ...(own[i] === `seed ${run.seed}` ? [] : [own[i]]), run.id].join("\n"),
    colour: runColour(run.ordinal, dark),
    dash: runDash(run.ordinal),
  }));
}

/** One line a group; groups take the colours in their order. */
export function groupLines(
  runs: readonly RunSummary[],
  parameters: ReadonlyMap<string, ParameterValues>,
  dark: boolean,
): Line[] {
  const groups = seedGroups(runs, parameters);
  const oneName = new Set(groups.map(groupName)).size === 1;
  const own = groups.map((group) => ownLabel(group, oneName));
  return groups.map((group, index) => {
    const repeated = group.runs.length - group.counted.length;
    const seeds = group.counted.map(({ seed }) => seed).join(", ");
    return {
      id: group.key,
      runs: drawnRuns(group),
      name: oneName ? "" : groupName(group),
      own: own[index] ?? "",
      title: [
        groupName(group),
        ...group.differences.map(([name, value]) => `${name} = ${formatParameter(value)}`),
        `${group.counted.length === 1 ? "seed" : "seeds"} ${seeds}`,
        ...(repeated === 0 ? [] : [`${repeated} more with a seed that is counted already`]),
      ].join("\n"),
      colour: runColour(index, dark),
      dash: runDash(index),
    };
  });
}

/** A single run of a group that has begun is drawn as it is: there is nothing yet to take a mean of. */
function drawnRuns({ counted }: SeedGroup): readonly RunSummary[] {
  const begun = counted.filter((run) => run.step > 0);
  return begun.length === 1 ? begun : counted;
}

function groupName({ runs }: SeedGroup): string {
  return runs[0]?.name ?? "";
}

function ownLabel(group: SeedGroup, oneName: boolean): string {
  const text = differencesText(group);
  return text === "" && oneName ? (group.runs[0]?.learner ?? "") : text;
}

function differencesText({ differences, runs }: SeedGroup): string {
  const told = differences.map(([name, value]) => `${name} ${formatParameter(value)}`);
  const parent = runs[0]?.parent ?? null;
  return [...told, ...(parent === null ? [] : [`fork at ${checkpointPlace(parent).step}`])].join(", ");
}

/** The forks among some runs and their ancestors: run -> where its parent's points end. A parent that is gone ends it. */
export function parentsOf(
  runs: readonly RunSummary[],
  byId: ReadonlyMap<string, RunSummary>,
): Map<string, { readonly run: string; readonly step: number }> {
  const parents = new Map<string, { readonly run: string; readonly step: number }>();
  const waiting = [...runs];
  for (let run = waiting.pop(); run !== undefined; run = waiting.pop()) {
    if (run.parent === null || parents.has(run.id)) continue;
    const place = checkpointPlace(run.parent);
    const parent = byId.get(place.run);
    if (parent === undefined) continue;
    parents.set(run.id, place);
    waiting.push(parent);
  }
  return parents;
}
