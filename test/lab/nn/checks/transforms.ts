import {
  BATCHES,
  type Check,
  formulaCheck,
  gradientCheck,
  propertyCheck,
  rowsOf,
  scalarOfRows,
  sum,
  valuesOf,
} from "./check.ts";

function gradients(): Check[] {
  return BATCHES.flatMap((batch) =>
    [1, 3, 7, 65].flatMap((width) => [
      gradientCheck(`log-determinant of tanh [${batch}, ${width}]`, 1100, (setting) =>
        scalarOfRows(setting, setting.graph.squashLogDeterminant(setting.parameter("raw", [batch, width]))),
      ),
      gradientCheck(`log-determinant of fractions [${batch}, ${width}]`, 1101, (setting) =>
        scalarOfRows(setting, setting.graph.simplexLogDeterminant(setting.parameter("raw", [batch, width]))),
      ),
    ]),
  );
}

function definition(): Check {
  return formulaCheck("log-determinants by their definition", 1102, (setting) => {
    const raw = setting.input("raw", [5, 3]);
    setting.graph.output("squash", setting.graph.squashLogDeterminant(raw));
    setting.graph.output("simplex", setting.graph.simplexLogDeterminant(raw));
    const rows = rowsOf(valuesOf(setting, "raw"), 3);
    return {
      squash: rows.map((row) => sum(row.map((u) => Math.log(1 - Math.tanh(u) ** 2)))),
      simplex: rows.map((row) => {
        const weights = [...row, 0].map(Math.exp);
        return sum(weights.map((weight) => Math.log(weight / sum(weights))));
      }),
    };
  });
}

/** Where tanh rounds to 1 and a fraction to 0, the logarithm is known from its limit. */
function extremes(): Check {
  return formulaCheck("log-determinants of large values", 1103, (setting) => {
    const raw = setting.input("raw", [4, 1], (i) => [40, -40, 1000, -1000][i] as number);
    setting.graph.output("squash", setting.graph.squashLogDeterminant(raw));
    setting.graph.output("simplex", setting.graph.simplexLogDeterminant(raw));
    const sizes = [40, 40, 1000, 1000];
    return {
      squash: sizes.map((size) => 2 * Math.log(2) - 2 * size),
      simplex: sizes.map((size) => -size),
    };
  });
}

/**
 * The log density of bounded values, log p(u) - log-determinant, integrates to 1: `raw` are the u [points, A] of a grid
 * over the bounded values whose points stand for `cell` each.
 */
function densityCheck(
  name: string,
  determinant: "squashLogDeterminant" | "simplexLogDeterminant",
  seed: number,
  raw: readonly (readonly number[])[],
  cell: readonly number[],
): Check {
  const width = (raw[0] as readonly number[]).length;
  const flat = raw.flat();
  return propertyCheck(
    `the density of ${name} integrates to 1`,
    seed,
    (setting) => {
      const { graph } = setting;
      const u = setting.input("raw", [raw.length, width], (i) => flat[i] as number);
      const mean = setting.input("mean", [raw.length, width], (i) => [0.3, -0.2][i % width] as number);
      const logStd = setting.input("logStd", [width], (i) => [-0.4, -0.7][i] as number);
      graph.output("gaussian", graph.gaussianLogProbability(mean, logStd, u));
      graph.output("determinant", graph[determinant](u));
    },
    (read) => {
      const determinants = read("determinant");
      const densities = read("gaussian").map((log, i) => Math.exp(log - (determinants[i] as number)));
      return [[[sum(densities.map((density, i) => density * (cell[i] as number)))], [1]]];
    },
  );
}

/** Middles of `count` equal parts of (0, 1). */
const middles = (count: number) => Array.from({ length: count }, (_, i) => (i + 0.5) / count);

function densities(): Check[] {
  const line = middles(2000);
  const square = middles(80).flatMap((x) => middles(80).map((part) => [x, (1 - x) * part] as const));
  return [
    densityCheck(
      "a squashed Gaussian",
      "squashLogDeterminant",
      1104,
      line.map((x) => [Math.atanh(2 * x - 1)]),
      line.map(() => 2 / 2000),
    ),
    densityCheck(
      "two fractions",
      "simplexLogDeterminant",
      1105,
      line.map((x) => [Math.log(x / (1 - x))]),
      line.map(() => 1 / 2000),
    ),
    densityCheck(
      "three fractions",
      "simplexLogDeterminant",
      1106,
      square.map(([x, y]) => [Math.log(x / (1 - x - y)), Math.log(y / (1 - x - y))]),
      square.map(([x]) => (1 - x) / 80 ** 2),
    ),
  ];
}

export const transformChecks: readonly Check[] = [definition(), extremes(), ...densities(), ...gradients()];
