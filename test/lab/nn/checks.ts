import type { Graph } from "../../../lab/nn/graph.ts";
import type { AdamOptions, OpKind, Tensor } from "../../../lab/nn/ops.ts";
import type { Program, Workspace } from "../../../lab/nn/workspace.ts";
import { Setting } from "./setting.ts";

/** Something about some ops that an executor can get wrong. */
export interface Check {
  readonly name: string;
  /** A new graph and its values; the same at every call. */
  prepare(): Setting;
  /** Distance between what the workspace computes and what is right, relative to the size of the right values. */
  error(workspace: Workspace): number;
}

/** Kinds of op in a check's graph. */
export function kindsOf(check: Check): ReadonlySet<OpKind> {
  return new Set(check.prepare().graph.nodes.map(({ op }) => op.kind));
}

/** Values smaller than this count as if they were of this size. */
const FLOOR = 1e-3;

function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, FLOOR];
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs((actual[i] as number) - (expected[i] as number));
    difference = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(difference, distance);
    size = Math.max(size, Math.abs(expected[i] as number));
  }
  return difference / size;
}

/** Step of a central difference: its error is of order STEP^2 plus float64 rounding over STEP. */
const STEP = 1e-5;
/** Places of each parameter where the gradient is compared: the first, the last and some between. */
const PLACES = 8;

/** The gradient that the graph's own backward pass computes against central finite differences of its loss. */
function gradientCheck(name: string, seed: number, build: (setting: Setting) => Tensor): Check {
  const prepare = (): Setting => {
    const setting = new Setting(seed);
    const loss = build(setting);
    setting.graph.output("loss", loss);
    const parameters = [...setting.parameters.keys()].map((parameter) => parameterOf(setting.graph, parameter));
    const gradients = setting.graph.gradients(loss, parameters);
    [...setting.parameters.keys()].forEach((parameter, index) => {
      setting.graph.output(`gradient/${parameter}`, gradients[index] as Tensor);
    });
    return setting;
  };
  const error = (workspace: Workspace): number => {
    const setting = prepare();
    const program = setting.open(workspace);
    program.run();
    const analytic = new Map(
      [...setting.parameters.keys()].map((parameter) => [parameter, program.output(`gradient/${parameter}`).slice()]),
    );
    let worst = 0;
    for (const [parameter, gradient] of analytic) {
      const places = samplePlaces(gradient.length, setting);
      const measured = places.map((place) => slope(workspace, program, parameter, place));
      worst = Math.max(
        worst,
        relativeError(
          Array.from(places, (place) => gradient[place] as number),
          measured,
        ),
      );
    }
    return worst;
  };
  return { name, prepare, error };
}

function parameterOf(graph: Graph, name: string): Tensor {
  const node = graph.nodes.find(({ op }) => op.kind === "parameter" && op.name === name);
  if (!node) throw new Error(`the case has no parameter ${name}`);
  return node;
}

function samplePlaces(length: number, { stream }: Setting): number[] {
  if (length <= PLACES) return Array.from({ length }, (_, place) => place);
  return [0, length - 1, ...Array.from({ length: PLACES - 2 }, () => stream.integer(length))];
}

function slope(workspace: Workspace, program: Program, parameter: string, place: number): number {
  const values = workspace.parameter(parameter);
  const held = values[place] as number;
  const lossAt = (value: number): number => {
    values[place] = value;
    program.run();
    return program.output("loss")[0] as number;
  };
  const difference = lossAt(held + STEP) - lossAt(held - STEP);
  values[place] = held;
  return difference / (2 * STEP);
}

/** Named outputs (or parameters, after the run) against values worked out here in another way. */
function formulaCheck(
  name: string,
  seed: number,
  build: (setting: Setting) => Readonly<Record<string, readonly number[]>>,
  runs = 1,
): Check {
  const prepare = (): Setting => {
    const setting = new Setting(seed);
    build(setting);
    return setting;
  };
  const error = (workspace: Workspace): number => {
    const setting = new Setting(seed);
    const expected = build(setting);
    const program = setting.open(workspace);
    for (let run = 0; run < runs; run++) program.run();
    const errors = Object.entries(expected).map(([key, values]) =>
      relativeError(setting.parameters.has(key) ? workspace.parameter(key) : program.output(key), values),
    );
    return Math.max(...errors);
  };
  return { name, prepare, error };
}

/** A loss whose gradient differs from value to value of y [B, O]. */
function scalar(setting: Setting, y: Tensor): Tensor {
  const [batch, width] = y.shape as readonly [number, number];
  const weight = setting.parameter("head/weight", [width, 1]);
  const bias = setting.parameter("head/bias", [1]);
  const target = setting.input("target", [batch]);
  return setting.graph.squaredError(setting.graph.dense(y, weight, bias, "none"), target);
}

/** As {@link scalar}, for one value a row. */
function scalarOfRows(setting: Setting, rows: Tensor): Tensor {
  return setting.graph.squaredError(rows, setting.input("target", rows.shape));
}

const BATCHES = [1, 5, 64];
const WIDTHS: readonly (readonly [width: number, columns: number])[] = [
  [1, 7],
  [3, 1],
  [7, 3],
  [65, 65],
];
/** Heads of one row; every mask below leaves the first option of each head allowed. */
const HEADS: readonly (readonly number[])[] = [[1], [3], [7], [65], [2, 5, 1, 9]];

function dense(): Check[] {
  return (["none", "tanh", "relu"] as const).flatMap((activation) =>
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

function categorical(): Check[] {
  return BATCHES.flatMap((batch) =>
    HEADS.flatMap((choices) =>
      [false, true].flatMap((masked) => {
        const width = choices.reduce((sum, count) => sum + count, 0);
        const name = `[${batch}; ${choices.join("+")}]${masked ? " masked" : ""}`;
        const starts = choices.map((_, head) => choices.slice(0, head).reduce((sum, count) => sum + count, 0));
        const open = (setting: Setting) => {
          const logits = setting.parameter("logits", [batch, width]);
          const mask = masked
            ? setting.input("mask", [batch, width], (i) =>
                starts.includes(i % width) ? 1 : Number(setting.stream.uniform() < 0.6),
              )
            : undefined;
          const actions = setting.input("actions", [batch, choices.length], (i) => {
            const head = i % choices.length;
            const row = Math.floor(i / choices.length);
            const action = setting.stream.integer(choices[head] as number);
            const place = row * width + (starts[head] as number) + action;
            return masked && setting.inputs.get("mask")?.[place] === 0 ? 0 : action;
          });
          return { logits, mask, actions };
        };
        return [
          gradientCheck(`categorical log-probability ${name}`, 300, (setting) => {
            const { logits, mask, actions } = open(setting);
            return scalarOfRows(setting, setting.graph.categoricalLogProbability(logits, actions, choices, mask));
          }),
          gradientCheck(`categorical entropy ${name}`, 301, (setting) => {
            const { logits, mask } = open(setting);
            return scalarOfRows(setting, setting.graph.categoricalEntropy(logits, choices, mask));
          }),
        ];
      }),
    ),
  );
}

function gaussian(): Check[] {
  return BATCHES.flatMap((batch) =>
    [1, 3, 7, 65].flatMap((width) => {
      const logStdOf = (setting: Setting) =>
        setting.parameter("logStd", [width], () => 0.5 * setting.stream.normal() - 0.5);
      return [
        gradientCheck(`Gaussian log-probability [${batch}, ${width}]`, 400, (setting) => {
          const mean = setting.parameter("mean", [batch, width]);
          const actions = setting.input("actions", [batch, width]);
          const rows = setting.graph.gaussianLogProbability(mean, logStdOf(setting), actions);
          return scalarOfRows(setting, rows);
        }),
        gradientCheck(`Gaussian entropy [${width}]`, 401, (setting) => {
          const entropy = setting.graph.gaussianEntropy(logStdOf(setting));
          return setting.graph.squaredError(entropy, setting.input("target", [1]));
        }),
      ];
    }),
  );
}

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

/** Everything together: two heads with a mask, a Gaussian, a critic, one trunk. */
function wholeLoss(): Check {
  return gradientCheck("PPO's whole loss", 700, (setting) => {
    const { graph, stream } = setting;
    const layer = (name: string, x: Tensor, columns: number, activation: "none" | "tanh") => {
      const weight = setting.parameter(`${name}/weight`, [x.shape[1] as number, columns], () => 0.4 * stream.normal());
      return graph.dense(x, weight, setting.parameter(`${name}/bias`, [columns]), activation);
    };
    const trunk = layer("trunk", setting.input("x", [5, 7]), 9, "tanh");
    const mask = setting.input("mask", [5, 5], (i) => Number(i % 5 !== 3));
    const choice = layer("choice", trunk, 5, "none");
    const actions = setting.input("actions", [5, 2], () => stream.integer(2));
    const chosen = graph.categoricalLogProbability(choice, actions, [2, 3], mask);
    const advantage = graph.standardise(setting.input("advantage", [5]));
    const mean = layer("mean", trunk, 3, "none");
    const logStd = setting.parameter("logStd", [3]);
    const dosed = graph.gaussianLogProbability(mean, logStd, setting.input("doses", [5, 3]));
    const value = layer("value", trunk, 1, "none");
    return graph.weightedSum([
      { term: graph.clippedSurrogate(chosen, setting.input("old", [5]), advantage, 0.2), weight: 1 },
      { term: graph.clippedSurrogate(dosed, setting.input("oldDoses", [5]), advantage, 0.2), weight: 1 },
      { term: graph.mean(graph.categoricalEntropy(choice, [2, 3], mask)), weight: -0.01 },
      { term: graph.gaussianEntropy(logStd), weight: -0.01 },
      { term: graph.squaredError(value, setting.input("returns", [5])), weight: 0.5 },
    ]);
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value / values.length, 0);

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

/** PyTorch's single-tensor Adam for one number and a constant gradient. */
export function adamByHand(start: number, gradient: number, rate: number, steps: number, options: AdamOptions): number {
  let [value, m, v] = [start, 0, 0];
  for (let t = 1; t <= steps; t++) {
    m += (gradient - m) * (1 - options.beta1);
    v = v * options.beta2 + (1 - options.beta2) * gradient * gradient;
    const denominator = Math.sqrt(v) / Math.sqrt(1 - options.beta2 ** t) + options.epsilon;
    value -= (rate / (1 - options.beta1 ** t)) * (m / denominator);
  }
  return value;
}

function adam(): Check[] {
  return [1, 2, 50].map((steps) =>
    formulaCheck(
      `Adam, ${steps} steps`,
      1000,
      (setting) => {
        const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-5 };
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

/** Every op kind must be in the graph of at least one check that notices when the op is wrong. */
export const checks: readonly Check[] = [
  ...dense(),
  sharedWeight(),
  ...categorical(),
  ...gaussian(),
  ...surrogate(),
  ...reductions(),
  wholeLoss(),
  ...statistics(),
  ...clipping(),
  ...adam(),
];
