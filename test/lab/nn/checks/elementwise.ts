import { BATCHES, type Check, formulaCheck, gradientCheck, scalar, valuesOf } from "./check.ts";

const ACTIVATIONS = ["tanh", "relu", "sigmoid"] as const;

function gradients(): Check[] {
  return BATCHES.flatMap((batch) =>
    [1, 3, 7, 65].flatMap((width) => [
      ...ACTIVATIONS.map((activation) =>
        gradientCheck(`${activation} [${batch}, ${width}]`, 1200, (setting) =>
          scalar(setting, setting.graph.activate(setting.parameter("x", [batch, width]), activation)),
        ),
      ),
      gradientCheck(`scale, add and multiply [${batch}, ${width}]`, 1201, (setting) => {
        const { graph } = setting;
        const [a, b] = [setting.parameter("a", [batch, width]), setting.parameter("b", [batch, width])];
        return scalar(setting, graph.add(graph.multiply(a, b), graph.scale(graph.multiply(a, a), -0.7)));
      }),
      gradientCheck(`reshape [${batch}, ${width}]`, 1202, (setting) => {
        const { graph } = setting;
        const x = graph.reshape(setting.parameter("x", [batch, 2 * width]), [2 * batch, width]);
        return scalar(setting, graph.activate(x, "tanh"));
      }),
    ]),
  );
}

function values(): Check {
  return formulaCheck("activations, scale, sums, products and reshape, value by value", 1203, (setting) => {
    const { graph } = setting;
    const [a, b] = [setting.input("a", [5, 7]), setting.input("b", [5, 7])];
    for (const activation of ACTIVATIONS) graph.output(activation, graph.activate(a, activation));
    graph.output("scaled", graph.scale(a, -0.7));
    graph.output("sum", graph.add(a, b));
    graph.output("product", graph.multiply(a, b));
    graph.output("reshaped", graph.reshape(a, [7, 5]));
    const [as, bs] = [valuesOf(setting, "a"), valuesOf(setting, "b")];
    const pairs = as.map((value, i) => [value, bs[i] as number] as const);
    return {
      tanh: as.map((value) => 1 - 2 / (Math.exp(2 * value) + 1)),
      relu: as.map((value) => (value > 0 ? value : 0)),
      sigmoid: as.map((value) => 0.5 + 0.5 * Math.tanh(value / 2)),
      scaled: as.map((value) => -0.7 * value),
      sum: pairs.map(([x, y]) => x + y),
      product: pairs.map(([x, y]) => x * y),
      reshaped: as,
    };
  });
}

/** Far out, the exponential inside a sigmoid overflows; the sigmoid must not. */
function saturation(): Check {
  return formulaCheck("sigmoid of large values", 1204, (setting) => {
    const x = setting.input("x", [4], (i) => [-1000, -100, 100, 1000][i] as number);
    setting.graph.output("y", setting.graph.activate(x, "sigmoid"));
    return { y: [0, 0, 1, 1] };
  });
}

export const elementwiseChecks: readonly Check[] = [values(), saturation(), ...gradients()];
