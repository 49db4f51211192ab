import {
  BATCHES,
  type Check,
  formulaCheck,
  gradientCheck,
  mean,
  propertyCheck,
  rowsOf,
  scalar,
  valuesOf,
} from "./check.ts";

function gradients(): Check[] {
  return BATCHES.flatMap((batch) =>
    [1, 3, 7, 65].map((width) =>
      gradientCheck(`layer norm [${batch}, ${width}]`, 1400, (setting) => {
        const x = setting.parameter("x", [batch, width]);
        const gain = setting.parameter("gain", [width]);
        return scalar(setting, setting.graph.layerNorm(x, gain, setting.parameter("bias", [width])));
      }),
    ),
  );
}

const variance = (row: readonly number[]) => mean(row.map((value) => value * value)) - mean(row) ** 2;

function definition(): Check {
  return formulaCheck("layer norm by its definition", 1401, (setting) => {
    // So small a spread that the term beside the variance counts.
    const x = setting.input("x", [5, 7], () => 0.01 * setting.stream.normal());
    const [gain, bias] = [setting.input("gain", [7]), setting.input("bias", [7])];
    setting.graph.output("y", setting.graph.layerNorm(x, gain, bias));
    const [gains, biases] = [valuesOf(setting, "gain"), valuesOf(setting, "bias")];
    return {
      y: rowsOf(valuesOf(setting, "x"), 7).flatMap((row) =>
        row.map(
          (value, j) =>
            ((gains[j] as number) * (value - mean(row))) / Math.sqrt(variance(row) + 1e-5) + (biases[j] as number),
        ),
      ),
    };
  });
}

function moments(): Check {
  return propertyCheck(
    "layer norm gives each row mean 0 and variance 1",
    1402,
    (setting) => {
      const x = setting.input("x", [64, 65], () => 100 * setting.stream.normal() + 300);
      const [one, zero] = [setting.input("one", [65], () => 1), setting.input("zero", [65], () => 0)];
      setting.graph.output("y", setting.graph.layerNorm(x, one, zero));
    },
    (read) => {
      const rows = rowsOf(read("y"), 65);
      return [
        [rows.map(mean), rows.map(() => 0)],
        [rows.map(variance), rows.map(() => 1)],
      ];
    },
  );
}

export const normalisationChecks: readonly Check[] = [definition(), moments(), ...gradients()];
