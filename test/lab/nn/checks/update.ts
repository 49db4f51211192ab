import type { AdamOptions } from "../../../../lab/nn/ops.ts";
import { type Check, formulaCheck, valuesOf } from "./check.ts";

function clipping(): Check[] {
  return [0.5, 1000].map((maximum) =>
    formulaCheck(`gradient norm clipped to ${maximum}`, 900, (setting) => {
      const tensors = [setting.input("a", [7, 65]), setting.input("b", [3]), setting.input("c", [1])];
      const norm = setting.graph.globalNorm(tensors);
      setting.graph.output("norm", norm);
      setting.graph.clipByGlobalNorm(tensors, norm, maximum).forEach((tensor, index) => {
        setting.graph.output(`clipped/${index}`, tensor);
      });
      const values = [...setting.inputs.values()];
      const length = Math.hypot(...values.flat());
      const scale = length > maximum ? maximum / (length + 1e-6) : 1;
      const clipped = values.map((list, index) => [`clipped/${index}`, list.map((value) => value * scale)]);
      return { norm: [length], ...Object.fromEntries(clipped) };
    }),
  );
}

/** PyTorch's single-tensor Adam (AdamW where weights decay) for one number and a constant gradient. */
export function adamByHand(start: number, gradient: number, rate: number, steps: number, options: AdamOptions): number {
  let [value, m, v] = [start, 0, 0];
  for (let t = 1; t <= steps; t++) {
    value -= rate * (options.weightDecay ?? 0) * value;
    m += (gradient - m) * (1 - options.beta1);
    v = v * options.beta2 + (1 - options.beta2) * gradient * gradient;
    const denominator = Math.sqrt(v) / Math.sqrt(1 - options.beta2 ** t) + options.epsilon;
    value -= (rate / (1 - options.beta1 ** t)) * (m / denominator);
  }
  return value;
}

function adam(): Check[] {
  const runs = [1, 2, 50].flatMap((steps) => [undefined, 0.1].map((weightDecay) => ({ steps, weightDecay })));
  return runs.map(({ steps, weightDecay }) =>
    formulaCheck(
      `${weightDecay === undefined ? "Adam" : "AdamW"}, ${steps} steps`,
      1000,
      (setting) => {
        const options: AdamOptions = {
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-5,
          ...(weightDecay !== undefined && { weightDecay }),
        };
        const rate = setting.input("rate", [1], () => 0.01);
        const parameters = [setting.parameter("a", [7, 9]), setting.parameter("b", [3])];
        const gradients = [setting.input("da", [7, 9]), setting.input("db", [3], (i) => [1e-6, 0, 100][i] as number)];
        setting.graph.adam("optimiser", parameters, gradients, rate, options);
        const [step] = setting.inputs.get("rate") as [number];
        const after = (parameter: string, gradient: string) =>
          (setting.parameters.get(parameter) as number[]).map((value, i) =>
            adamByHand(value, setting.inputs.get(gradient)?.[i] as number, step, steps, options),
          );
        return { a: after("a", "da"), b: after("b", "db") };
      },
      steps,
    ),
  );
}

function polyak(): Check[] {
  return [0, 1, 0.005].flatMap((rate) =>
    [1, 3].map((runs) =>
      formulaCheck(
        `Polyak averaging with rate ${rate}, ${runs} times`,
        1001,
        (setting) => {
          const { graph } = setting;
          const targets = [setting.parameter("a", [7, 9]), setting.parameter("b", [3])];
          const sources = [setting.parameter("c", [7, 9]), setting.input("d", [3])];
          graph.polyak(
            targets,
            sources,
            setting.input("rate", [1], () => rate),
          );
          const [stored] = valuesOf(setting, "rate") as readonly [number];
          // What remains of the distance after each run is 1 - rate of it.
          const after = (target: string, source: string) =>
            valuesOf(setting, source).map((end, i) => {
              const start = valuesOf(setting, target)[i] as number;
              return end + (start - end) * (1 - stored) ** runs;
            });
          return { a: after("a", "c"), b: after("b", "d"), c: [...valuesOf(setting, "c")] };
        },
        runs,
      ),
    ),
  );
}

export const updateChecks: readonly Check[] = [...clipping(), ...adam(), ...polyak()];
