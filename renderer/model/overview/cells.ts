/** Cells of a sweep (runs that differ by seed alone), ranked as far as their seeds allow. */
import { mean } from "../../../lab/stats/descriptive.ts";
import { type Estimate, holm, meanInterval, welch } from "../../../lab/stats/tests.ts";
import type { ParameterValue } from "../../../preload/contract.ts";
import { formatParameter } from "../format.ts";
import { seedGroups } from "../seed-groups.ts";
import type { SweepRun, Varied } from "./sweep.ts";

export interface Cell {
  readonly key: string;
  /** In the order of the varied parameters; undefined where a run does not have the parameter. */
  readonly levels: readonly (ParameterValue | undefined)[];
  /** Finished, with a value, one a seed. */
  readonly runs: readonly SweepRun[];
  readonly values: readonly number[];
  readonly mean: number;
  /** 95% Student-t interval of the mean over seeds; undefined for one seed. */
  readonly interval: Estimate | undefined;
  /** Runs of the cell that have not finished, failed, were stopped, lack the metric or repeat a seed. */
  readonly leftOut: number;
}

export type AgainstNext =
  /** Better, after Holm over all neighbours. */
  | "better"
  | "not-distinguishable"
  /** The test says better, but fewer than five seeds on either side give no verdict. */
  | "few-seeds"
  /** One seed on either side: there is nothing to judge by. */
  | "one-seed"
  /** It is the last one. */
  | "last";

export interface RankedCell extends Cell {
  /** From 1; undefined for a cell of one seed, which holds no rank. */
  readonly rank: number | undefined;
  readonly againstNext: AgainstNext;
  /** Welch's test against the next, after Holm; undefined where it cannot be made. */
  readonly p: number | undefined;
}

/** A claim that one setting is better needs this many training seeds on both sides. */
export const seedsForVerdict = 5;

/**
 * Runs that are equal but for their seed, in the order of their first run; each seed counts once. Cells without a value are
 * not listed.
 */
export function cellsOf(
  runs: readonly SweepRun[],
  varied: readonly Varied[],
  values: ReadonlyMap<string, number>,
): Cell[] {
  const byId = new Map(runs.map((each) => [each.run.id, each]));
  const parameters = new Map(runs.map((each) => [each.run.id, each.parameters]));
  const summaries = runs.map(({ run }) => run);
  return seedGroups(summaries, parameters).flatMap((group): Cell[] => {
    const usable = group.runs.filter((run) => run.state === "finished" && values.has(run.id));
    const counted = seedGroups(usable, parameters).flatMap((each) => each.counted);
    const first = byId.get(group.runs[0]!.id)!;
    if (counted.length === 0) return [];
    const found = counted.map(({ id }) => values.get(id)!);
    return [
      {
        key: group.key,
        levels: varied.map(({ key }) => first.parameters[key]),
        runs: counted.map(({ id }) => byId.get(id)!),
        values: found,
        mean: mean(found),
        interval: found.length < 2 ? undefined : meanInterval(found),
        leftOut: group.runs.length - counted.length,
      },
    ];
  });
}

/** Best first, each tested against the next. */
export function rankCells(cells: readonly Cell[], better: "higher" | "lower"): RankedCell[] {
  const sign = better === "higher" ? 1 : -1;
  const sorted = [...cells].sort((a, b) => sign * (b.mean - a.mean));
  const tests = sorted.map(({ values }, i) => {
    const next = sorted[i + 1];
    if (next === undefined || values.length < 2 || next.values.length < 2) return undefined;
    return welch(values, next.values).pTwoSided;
  });
  const tested = tests.flatMap((p, i) => (p === undefined ? [] : [{ p, i }]));
  const adjusted = holm(tested.map(({ p }) => p));
  const pOf = new Map(tested.map(({ i }, place) => [i, adjusted[place]!]));
  let rank = 0;
  return sorted.map((cell, i) => {
    const next = sorted[i + 1];
    const p = pOf.get(i);
    return {
      ...cell,
      rank: cell.values.length < 2 ? undefined : ++rank,
      againstNext: verdict(cell, next, p),
      p,
    };
  });
}

function verdict(cell: Cell, next: Cell | undefined, p: number | undefined): AgainstNext {
  if (next === undefined) return "last";
  if (p === undefined) return "one-seed";
  if (p >= 0.05) return "not-distinguishable";
  return Math.min(cell.values.length, next.values.length) < seedsForVerdict ? "few-seeds" : "better";
}

/** What a cell's neighbour means, in words; a metric without a direction has nothing better. */
export function againstNextText(against: AgainstNext, directed: boolean): string {
  switch (against) {
    case "better":
      return directed ? "better than the next" : "higher than the next";
    case "not-distinguishable":
      return "not distinguishable from the next";
    case "few-seeds":
      return `ahead of the next, but a verdict needs ${seedsForVerdict} seeds each`;
    case "one-seed":
      return "cannot be compared with the next: one seed";
    case "last":
      return "";
  }
}

/** `Users 3, Learning rate 0.001`; "" where nothing varies. */
export function cellLabel({ levels }: Cell, varied: readonly Varied[]): string {
  return varied
    .flatMap(({ title }, i) => {
      const level = levels[i];
      return level === undefined ? [] : [`${title} ${formatParameter(level)}`];
    })
    .join(", ");
}
