/**
 * How much of a metric's variation over a sweep each parameter explains, and whether that can be told from chance.
 *
 * A full grid is taken apart exactly: the functional ANOVA of its cell means, where a cell is one combination of values and
 * its runs differ by seed alone. The part of each sum of squares that seeds alone would make is taken off (epsilon
 * squared), which needs at least two seeds somewhere. Its test permutes runs among those that agree in every other
 * parameter, so that it is exact whatever the others do.
 *
 * Any other sweep (random, a list, a grid with holes) gets one parameter at a time, on ranks: the adjusted share of rank
 * variance (Spearman for numbers, Kruskal and Wallis for choices), over cells, because runs of one cell are not independent
 * draws of its parameters. It sees monotone effects of numbers only.
 */
import { RandomStream } from "../random.ts";
import { mean } from "./descriptive.ts";
import { correlation, type RankCorrelation, rankCorrelation, ranks } from "./ranks.ts";
import { holm } from "./tests.ts";

export type Level = number | string | boolean;

/** A parameter that varies; `levels` has one entry a run. */
export interface SweepFactor {
  readonly key: string;
  readonly levels: readonly Level[];
}

export interface ParameterImportance {
  readonly key: string;
  /** Of the variance between cells (grid) or of the rank variance (ranks), in [0, 1]; the part due to chance is off. */
  readonly share: number;
  /** Permutation p-value against "this parameter does nothing". */
  readonly p: number;
  /** The same after Holm over all parameters. */
  readonly pAdjusted: number;
  /** Spearman's with its 95% interval; only by ranks, and only for numbers. */
  readonly correlation: RankCorrelation | undefined;
}

export interface ImportanceReport {
  readonly method: "grid" | "ranks";
  readonly runs: number;
  readonly cells: number;
  /** Whether the spread between seeds could be measured and taken off (at least two runs in some cell). */
  readonly noise: "removed" | "unknown";
  /** Grid only: the share that no single parameter explains, beyond chance; NaN by ranks. */
  readonly interactions: number;
  /** In the given order. */
  readonly parameters: readonly ParameterImportance[];
}

export interface ImportanceOptions {
  /** 999 can show p = 0.001 at best. */
  readonly permutations?: number;
  readonly seed?: number;
}

/**
 * Importance of every factor for `values` (one a run, all finite). Throws a RangeError for unequal lengths, no runs or
 * values that are no numbers.
 */
export function importance(
  factors: readonly SweepFactor[],
  values: readonly number[],
  { permutations = 999, seed = 1 }: ImportanceOptions = {},
): ImportanceReport {
  if (values.length === 0) throw new RangeError("importance needs at least one run");
  if (!values.every(Number.isFinite)) throw new RangeError("importance needs finite values");
  for (const { key, levels } of factors) {
    if (levels.length !== values.length)
      throw new RangeError(`${key} has ${levels.length} levels for ${values.length} runs`);
  }
  const sweep = layOut(factors, values);
  const shuffled = (key: string) => new RandomStream(seed, `importance/${key}`);
  const results = isGrid(sweep)
    ? gridImportance(factors, sweep, values, permutations, shuffled)
    : rankImportance(factors, sweep, values, permutations, shuffled);
  const adjusted = holm(results.parameters.map(({ p }) => p));
  return {
    ...results,
    runs: values.length,
    cells: sweep.counts.length,
    parameters: results.parameters.map((parameter, i) => ({ ...parameter, pAdjusted: adjusted[i]! })),
  };
}

interface Sweep {
  /** Cell of each run. */
  readonly cellOf: Uint32Array;
  /** Runs of each cell. */
  readonly counts: readonly number[];
  /** A run of each cell. */
  readonly exampleOf: readonly number[];
  /** Factor -> level number of each run, and how many levels there are. */
  readonly levelOf: readonly Uint32Array[];
  readonly levelCounts: readonly number[];
}

function layOut(factors: readonly SweepFactor[], values: readonly number[]): Sweep {
  const numbered = factors.map(({ levels }) => numberOff(levels.map((level) => `${typeof level} ${level}`)));
  const levelOf = numbered.map(({ numbers }) => numbers);
  const { numbers: cellOf, count } = numberOff(values.map((_, run) => levelOf.map((levels) => levels[run]).join(" ")));
  const counts = new Array<number>(count).fill(0);
  const exampleOf = new Array<number>(count).fill(0);
  cellOf.forEach((cell, run) => {
    counts[cell]!++;
    exampleOf[cell] = run;
  });
  return { cellOf, counts, exampleOf, levelOf, levelCounts: numbered.map((factor) => factor.count) };
}

/** Gives equal names equal numbers, from 0. */
function numberOff(names: readonly string[]): { numbers: Uint32Array; count: number } {
  const known = new Map<string, number>();
  const numbers = Uint32Array.from(names, (name) => {
    const number = known.get(name) ?? known.size;
    known.set(name, number);
    return number;
  });
  return { numbers, count: known.size };
}

/** Every combination is there, and something is left to judge the main effects by. */
function isGrid({ cellOf, counts, levelCounts }: Sweep): boolean {
  const combinations = levelCounts.reduce((product, count) => product * count, 1);
  const mainDegrees = levelCounts.reduce((sum, count) => sum + count - 1, 1);
  return levelCounts.length > 0 && combinations === counts.length && cellOf.length > mainDegrees;
}

type Found = Pick<ImportanceReport, "method" | "noise" | "interactions"> & {
  readonly parameters: readonly Omit<ParameterImportance, "pAdjusted">[];
};
type Shuffled = (key: string) => RandomStream;

function gridImportance(
  factors: readonly SweepFactor[],
  sweep: Sweep,
  values: readonly number[],
  permutations: number,
  shuffled: Shuffled,
): Found {
  const { counts, cellOf, levelCounts } = sweep;
  const cells = counts.length;
  const means = cellMeans(sweep, values);
  const centre = mean(means);
  const total = means.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const replicates = values.length - cells;
  const within = values.reduce((sum, value, run) => sum + (value - means[cellOf[run]!]!) ** 2, 0);
  // What the variance of one cell's mean is because of the seeds alone.
  const noise = replicates > 0 ? (within / replicates) * mean(counts.map((count) => 1 / count)) : 0;
  const share = (squares: number, degrees: number) =>
    total > 0 ? Math.max(0, Math.min(1, (squares - degrees * noise) / total)) : 0;

  let explained = 0;
  const parameters = factors.map(({ key }, factor) => {
    const squares = mainSquares(sweep, factor, means);
    explained += squares;
    const strata = strataWithout(sweep, factor);
    const stream = shuffled(key);
    const p = permutationP(permutations, squares, () => {
      const order = strata.shuffle(stream);
      return mainSquares(sweep, factor, cellMeans(sweep, values, order));
    });
    return { key, share: share(squares, levelCounts[factor]! - 1), p, correlation: undefined };
  });
  const mainDegrees = levelCounts.reduce((sum, count) => sum + count - 1, 0);
  return {
    method: "grid",
    noise: replicates > 0 ? "removed" : "unknown",
    interactions: share(total - explained, cells - 1 - mainDegrees),
    parameters,
  };
}

/** Means of the cells when run i has the value of run `order[i]`. */
function cellMeans({ cellOf, counts }: Sweep, values: readonly number[], order?: Uint32Array): Float64Array {
  const means = new Float64Array(counts.length);
  for (let run = 0; run < values.length; run++) {
    means[cellOf[run]!]! += values[order === undefined ? run : order[run]!]!;
  }
  for (let cell = 0; cell < means.length; cell++) means[cell]! /= counts[cell]!;
  return means;
}

/** Sum of squares of a factor's main effect on the cells, every cell with the same weight. */
function mainSquares({ levelOf, levelCounts, exampleOf }: Sweep, factor: number, means: Float64Array): number {
  const levels = levelCounts[factor]!;
  const perLevel = means.length / levels;
  const sums = new Float64Array(levels);
  let sum = 0;
  for (let cell = 0; cell < means.length; cell++) {
    sums[levelOf[factor]![exampleOf[cell]!]!]! += means[cell]!;
    sum += means[cell]!;
  }
  const centre = sum / means.length;
  let squares = 0;
  for (const each of sums) squares += perLevel * (each / perLevel - centre) ** 2;
  return squares;
}

/** Runs that agree in every factor but one, to be shuffled among themselves. */
function strataWithout({ levelOf, cellOf }: Sweep, factor: number): { shuffle(stream: RandomStream): Uint32Array } {
  const names = Array.from(cellOf, (_, run) =>
    levelOf.map((levels, other) => (other === factor ? "" : levels[run])).join(" "),
  );
  const { numbers, count } = numberOff(names);
  const members = Array.from({ length: count }, (): number[] => []);
  numbers.forEach((stratum, run) => {
    members[stratum]!.push(run);
  });
  const places = members.map((runs) => ({ runs, drawn: Uint32Array.from(runs) }));
  const order = new Uint32Array(cellOf.length);
  return {
    shuffle: (stream) => {
      for (const { runs, drawn } of places) {
        stream.shuffle(drawn);
        for (let i = 0; i < runs.length; i++) order[runs[i]!] = drawn[i]!;
      }
      return order;
    },
  };
}

function rankImportance(
  factors: readonly SweepFactor[],
  sweep: Sweep,
  values: readonly number[],
  permutations: number,
  shuffled: Shuffled,
): Found {
  const means = cellMeans(sweep, values);
  const ranked = ranks(means);
  const parameters = factors.map(({ key, levels }, factor) => {
    const ofCells = sweep.exampleOf.map((run) => levels[run]!);
    const numeric = ofCells.every((level) => typeof level === "number");
    const levelRanks = numeric ? ranks(ofCells) : undefined;
    const groups = numberOff(sweep.exampleOf.map((run) => String(sweep.levelOf[factor]![run])));
    const explains = (column: Float64Array) =>
      levelRanks === undefined ? betweenShare(groups, column) : correlation(levelRanks, column) ** 2;
    const observed = explains(ranked);
    const stream = shuffled(key);
    const order = Uint32Array.from(ranked, (_, cell) => cell);
    const p = permutationP(permutations, observed, () => {
      stream.shuffle(order);
      return explains(Float64Array.from(order, (cell) => ranked[cell]!));
    });
    const degrees = numeric ? 1 : groups.count - 1;
    const correlated = numeric ? rankCorrelation(ofCells, means) : undefined;
    return { key, share: adjustedShare(observed, means.length, degrees), p, correlation: correlated };
  });
  const noise = values.length > means.length ? "removed" : "unknown";
  return { method: "ranks", noise, interactions: Number.NaN, parameters };
}

/** Share of a column's variance that lies between groups. */
function betweenShare({ numbers, count }: { numbers: Uint32Array; count: number }, column: Float64Array): number {
  const centre = mean(column);
  const sums = new Float64Array(count);
  const sizes = new Float64Array(count);
  let total = 0;
  for (let i = 0; i < column.length; i++) {
    sums[numbers[i]!]! += column[i]! - centre;
    sizes[numbers[i]!]!++;
    total += (column[i]! - centre) ** 2;
  }
  const between = sums.reduce((sum, each, group) => sum + each ** 2 / sizes[group]!, 0);
  return total > 0 ? between / total : 0;
}

/** A share of variance without what so many degrees of freedom would explain of pure noise. */
function adjustedShare(share: number, n: number, degrees: number): number {
  const left = n - 1 - degrees;
  return left > 0 ? Math.max(0, 1 - ((1 - share) * (n - 1)) / left) : 0;
}

/** The observed order counts as one of the permutations, so that p is never 0. */
function permutationP(permutations: number, observed: number, draw: () => number): number {
  // Equal sums in another order differ in their last bits.
  const least = observed - 1e-9 * Math.abs(observed);
  let asLarge = 1;
  for (let i = 0; i < permutations; i++) if (draw() >= least) asLarge++;
  return asLarge / (permutations + 1);
}
