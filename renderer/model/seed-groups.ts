import type { ParameterValue, ParameterValues, RunSummary } from "../../preload/contract.ts";

/** Runs that differ in nothing but their seed: repetitions of one experiment, whose mean means something. */
export interface SeedGroup {
  /** The same for the same scenario, learner, parameters and starting point. */
  readonly key: string;
  /** In the order given. */
  readonly runs: readonly RunSummary[];
  /**
   * One run a seed: what a mean and its interval are made of. The same seed again gives the same numbers again, so that
   * counting it twice would make the interval narrower than it is. Of several the one that got furthest counts.
   */
  readonly counted: readonly RunSummary[];
  /** What tells the group from the others: parameters that are not the same in all groups, in alphabetical order. */
  readonly differences: readonly (readonly [key: string, value: ParameterValue])[];
}

/**
 * Groups runs that are equal in scenario, learner and all parameters but the seed, in the order of their first runs. Forks
 * go together when they began at the same step of runs that go together. A run whose parameters are not known is alone.
 */
export function seedGroups(
  runs: readonly RunSummary[],
  parameters: ReadonlyMap<string, ParameterValues>,
): readonly SeedGroup[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const keys = new Map<string, string>();
  const keyOf = (run: RunSummary): string => {
    const known = keys.get(run.id);
    if (known !== undefined) return known;
    const values = parameters.get(run.id);
    const own = values === undefined ? run.id : JSON.stringify(sortedValues(values));
    const key = JSON.stringify([run.scenario, run.learner, own, origin(run.parent)]);
    keys.set(run.id, key);
    return key;
  };
  const origin = (checkpoint: string | null): readonly string[] => {
    if (checkpoint === null) return [];
    const { run, step } = checkpointPlace(checkpoint);
    const parent = byId.get(run);
    return [parent === undefined ? run : keyOf(parent), String(step)];
  };
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const key = keyOf(run);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [run]);
    else group.push(run);
  }
  const values = [...groups.values()].map(([first]) => (first === undefined ? {} : (parameters.get(first.id) ?? {})));
  const differing = differingKeys(values);
  return [...groups].map(([key, members], index) => ({
    key,
    runs: members,
    counted: oneASeed(members),
    differences: differing.flatMap((name) => {
      const value = values[index]?.[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  }));
}

/** Run and step of a checkpoint's id, `<run>:<step>`. */
export function checkpointPlace(checkpoint: string): { readonly run: string; readonly step: number } {
  const colon = checkpoint.lastIndexOf(":");
  return { run: checkpoint.slice(0, colon), step: Number(checkpoint.slice(colon + 1)) };
}

function oneASeed(runs: readonly RunSummary[]): readonly RunSummary[] {
  const furthest = new Map<number, RunSummary>();
  for (const run of runs) {
    const other = furthest.get(run.seed);
    if (other === undefined || run.step > other.step) furthest.set(run.seed, run);
  }
  return furthest.size === runs.length ? runs : runs.filter((run) => furthest.get(run.seed) === run);
}

function sortedValues(values: ParameterValues): readonly (readonly [string, ParameterValue])[] {
  return Object.entries(values)
    .filter(([name]) => name !== "seed")
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function differingKeys(groups: readonly ParameterValues[]): readonly string[] {
  const names = new Set(groups.flatMap((values) => Object.keys(values)));
  names.delete("seed");
  return [...names].filter((name) => groups.some((values) => values[name] !== groups[0]?.[name])).sort();
}
