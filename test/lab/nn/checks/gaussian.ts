import type { Tensor } from "../../../../lab/nn/ops.ts";
import type { Setting } from "../setting.ts";
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

const WIDTHS = [1, 3, 7, 65];

/** log std around -0.5, so that no density is extreme. */
function logStdOf(setting: Setting, name: string, width: number): Tensor {
  return setting.parameter(name, [width], () => 0.5 * setting.stream.normal() - 0.5);
}

function gradients(): Check[] {
  return BATCHES.flatMap((batch) =>
    WIDTHS.flatMap((width) => [
      gradientCheck(`Gaussian log-probability [${batch}, ${width}]`, 400, (setting) => {
        const mean = setting.parameter("mean", [batch, width]);
        const actions = setting.input("actions", [batch, width]);
        const rows = setting.graph.gaussianLogProbability(mean, logStdOf(setting, "logStd", width), actions);
        return scalarOfRows(setting, rows);
      }),
      gradientCheck(`Gaussian entropy [${width}]`, 401, (setting) => {
        const entropy = setting.graph.gaussianEntropy(logStdOf(setting, "logStd", width));
        return setting.graph.squaredError(entropy, setting.input("target", [1]));
      }),
      gradientCheck(`Gaussian KL [${batch}, ${width}]`, 402, (setting) => {
        const oldMean = setting.input("oldMean", [batch, width]);
        const oldLogStd = setting.input("oldLogStd", [width], () => 0.5 * setting.stream.normal() - 0.5);
        const mean = setting.parameter("mean", [batch, width]);
        const logStd = logStdOf(setting, "logStd", width);
        return scalarOfRows(setting, setting.graph.gaussianKl(oldMean, oldLogStd, mean, logStd));
      }),
    ]),
  );
}

const density = (x: number, mean: number, std: number) =>
  Math.exp(-0.5 * ((x - mean) / std) ** 2) / (std * Math.sqrt(2 * Math.PI));

/** Expectation of f(x) under a Gaussian, by the trapezoid rule over twelve standard deviations to each side. */
function expectation(mean: number, std: number, f: (x: number) => number): number {
  const points = Array.from({ length: 2401 }, (_, i) => mean + std * (i / 100 - 12));
  return sum(points.map((x) => density(x, mean, std) * f(x) * (std / 100)));
}

function definition(): Check {
  const [batch, width] = [5, 3];
  return formulaCheck("Gaussian densities, entropy and KL by integration", 403, (setting) => {
    const { graph } = setting;
    const oldMean = setting.input("oldMean", [batch, width]);
    const oldLogStd = logStdOf(setting, "oldLogStd", width);
    const mean = setting.input("mean", [batch, width]);
    const logStd = logStdOf(setting, "logStd", width);
    const actions = setting.input("actions", [batch, width]);
    graph.output("logProbability", graph.gaussianLogProbability(mean, logStd, actions));
    graph.output("entropy", graph.gaussianEntropy(logStd));
    graph.output("kl", graph.gaussianKl(oldMean, oldLogStd, mean, logStd));
    const rows = (name: string) => rowsOf(valuesOf(setting, name), width);
    const [before, after, taken] = [rows("oldMean"), rows("mean"), rows("actions")];
    const [oldStd, std] = ["oldLogStd", "logStd"].map((name) => valuesOf(setting, name).map(Math.exp)) as [
      number[],
      number[],
    ];
    const perRow = (term: (row: number, column: number) => number) =>
      before.map((_, row) => sum(std.map((_, column) => term(row, column))));
    const log = (x: number, row: number, column: number) =>
      Math.log(density(x, after[row]?.[column] as number, std[column] as number));
    const [entropy] = perRow((row, column) =>
      expectation(after[row]?.[column] as number, std[column] as number, (x) => -log(x, row, column)),
    );
    return {
      logProbability: perRow((row, column) => log(taken[row]?.[column] as number, row, column)),
      entropy: [entropy as number],
      kl: perRow((row, column) => {
        const [mu, sigma] = [before[row]?.[column] as number, oldStd[column] as number];
        // The logarithm of the quotient, written out: the densities themselves underflow in the tails.
        return expectation(mu, sigma, (x) => {
          const [z, zNew] = [(x - mu) / sigma, (x - (after[row]?.[column] as number)) / (std[column] as number)];
          return Math.log((std[column] as number) / sigma) + (zNew * zNew - z * z) / 2;
        });
      }),
    };
  });
}

function klProperties(): Check {
  return propertyCheck(
    "Gaussian KL: above zero, zero at equality",
    404,
    (setting) => {
      const { graph } = setting;
      const [before, after] = [setting.input("before", [64, 3]), setting.input("after", [64, 3])];
      const [oldLogStd, logStd] = [logStdOf(setting, "oldLogStd", 3), logStdOf(setting, "logStd", 3)];
      graph.output("kl", graph.gaussianKl(before, oldLogStd, after, logStd));
      graph.output("same", graph.gaussianKl(before, logStd, before, logStd));
    },
    (read) => [
      [[read("kl").filter((kl) => kl <= 0).length], [0]],
      [read("same"), new Array(64).fill(0)],
    ],
  );
}

export const gaussianChecks: readonly Check[] = [definition(), klProperties(), ...gradients()];
