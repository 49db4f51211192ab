import { BATCHES, type Check, gradientCheck, scalar } from "./check.ts";

const WIDTHS: readonly (readonly [width: number, columns: number])[] = [
  [1, 7],
  [3, 1],
  [7, 3],
  [65, 65],
];

function dense(): Check[] {
  return (["none", "tanh", "relu", "sigmoid"] as const).flatMap((activation) =>
    BATCHES.flatMap((batch) =>
      WIDTHS.map(([width, columns], index) =>
        gradientCheck(`dense ${activation} [${batch}, ${width}] -> ${columns}`, 100 + index, (setting) => {
          const scale = 1 / Math.sqrt(width);
          const x = setting.parameter("x", [batch, width]);
          const weight = setting.parameter("weight", [width, columns], () => scale * setting.stream.normal());
          const bias = setting.parameter("bias", [columns]);
          return scalar(setting, setting.graph.dense(x, weight, bias, activation));
        }),
      ),
    ),
  );
}

function sharedWeight(): Check {
  return gradientCheck("a weight used twice", 200, (setting) => {
    const weight = setting.parameter("weight", [3, 3]);
    const bias = setting.parameter("bias", [3]);
    const hidden = setting.graph.dense(setting.input("x", [5, 3]), weight, bias, "tanh");
    return scalar(setting, setting.graph.dense(hidden, weight, bias, "tanh"));
  });
}

export const denseChecks: readonly Check[] = [...dense(), sharedWeight()];
