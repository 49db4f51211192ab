import {
  BATCHES,
  type Check,
  formulaCheck,
  gradientCheck,
  mean,
  propertyCheck,
  scalarOfRows,
  valuesOf,
} from "./check.ts";

/** Old log-probabilities and advantages around a parameter, so that some ratios lie inside and some outside the clip. */
function surrogate(): Check[] {
  return BATCHES.map((batch) =>
    gradientCheck(`clipped surrogate [${batch}]`, 500, (setting) => {
      const logProbability = setting.parameter("logProbability", [batch], () => 0.3 * setting.stream.normal());
      const old = setting.input("old", [batch], () => 0.1 * setting.stream.normal());
      const advantage = setting.input("advantage", [batch]);
      return setting.graph.clippedSurrogate(logProbability, old, advantage, 0.2);
    }),
  );
}

function reductions(): Check[] {
  return BATCHES.flatMap((batch) => [
    gradientCheck(`squared error [${batch}]`, 600, (setting) => scalarOfRows(setting, setting.parameter("x", [batch]))),
    gradientCheck(`squared error [${batch}, 1]`, 601, (setting) =>
      setting.graph.squaredError(setting.parameter("x", [batch, 1]), setting.input("target", [batch])),
    ),
    gradientCheck(`mean [${batch}, 7]`, 602, (setting) => {
      const mean = setting.graph.mean(setting.parameter("x", [batch, 7]));
      return setting.graph.squaredError(mean, setting.input("target", [1]));
    }),
    gradientCheck(`weighted sum [${batch}]`, 603, (setting) => {
      const { graph } = setting;
      const terms = [
        { term: graph.mean(setting.parameter("x", [batch])), weight: 0.7 },
        { term: graph.mean(setting.parameter("y", [3])), weight: -2 },
      ];
      return graph.squaredError(graph.weightedSum(terms), setting.input("target", [1]));
    }),
  ]);
}

function statistics(): Check[] {
  return BATCHES.flatMap((batch) => [
    formulaCheck(`standardise [${batch}]`, 800, (setting) => {
      const x = setting.input("x", [batch], () => 3 + 5 * setting.stream.normal());
      setting.graph.output("standardised", setting.graph.standardise(x));
      const values = setting.inputs.get("x") as number[];
      const squares = mean(values.map((value) => value * value)) - mean(values) ** 2;
      const std = batch > 1 ? Math.sqrt((squares * batch) / (batch - 1)) : 0;
      return { standardised: values.map((value) => (value - mean(values)) / (std + 1e-8)) };
    }),
    formulaCheck(`approximate KL and clip fraction [${batch}]`, 801, (setting) => {
      const now = setting.input("now", [batch], () => 0.5 * setting.stream.normal());
      const old = setting.input("old", [batch], () => 0.5 * setting.stream.normal());
      setting.graph.output("kl", setting.graph.approximateKl(now, old));
      setting.graph.output("clipped", setting.graph.clipFraction(now, old, 0.2));
      const before = setting.inputs.get("old") as number[];
      const ratios = (setting.inputs.get("now") as number[]).map((value, i) => Math.exp(value - (before[i] as number)));
      return {
        kl: [mean(ratios.map((ratio) => ratio - 1 - Math.log(ratio)))],
        clipped: [mean(ratios.map((ratio) => Number(ratio < 0.8 || ratio > 1.2)))],
      };
    }),
  ]);
}

/** Errors on both sides of delta. */
function huber(): Check[] {
  return BATCHES.flatMap((batch) =>
    [0.3, 1].flatMap((delta) => [
      gradientCheck(`Huber loss with delta ${delta} [${batch}]`, 604, (setting) =>
        setting.graph.huber(setting.parameter("x", [batch]), setting.input("target", [batch]), delta),
      ),
      gradientCheck(`Huber loss with delta ${delta} [${batch}, 1]`, 605, (setting) => {
        const loss = setting.graph.huber(setting.parameter("x", [batch, 1]), setting.input("target", [batch]), delta);
        return setting.graph.squaredError(loss, setting.input("end", [1]));
      }),
    ]),
  );
}

function huberLimits(): Check {
  return propertyCheck(
    "Huber loss: half the squared error where small, a straight line where large",
    606,
    (setting) => {
      const { graph } = setting;
      const target = setting.input("target", [64], () => 0);
      const small = setting.input("small", [64], () => setting.stream.uniform() - 0.5);
      const large = setting.input("large", [64], (i) => (i % 2 === 0 ? 1 : -1) * (1 + setting.stream.uniform()));
      graph.output("small", graph.huber(small, target, 0.5));
      graph.output("squared", graph.squaredError(small, target));
      graph.output("large", graph.huber(large, target, 0.5));
      graph.output(
        "edge",
        graph.huber(
          setting.input("edge", [1], () => 0.5),
          setting.input("zero", [1], () => 0),
          0.5,
        ),
      );
    },
    (read, setting) => [
      [read("small"), read("squared").map((value) => value / 2)],
      [read("large"), [mean(valuesOf(setting, "large").map((value) => 0.5 * Math.abs(value) - 0.125))]],
      [read("edge"), [0.125]],
    ],
  );
}

export const lossChecks: readonly Check[] = [
  ...surrogate(),
  ...reductions(),
  ...statistics(),
  huberLimits(),
  ...huber(),
];
