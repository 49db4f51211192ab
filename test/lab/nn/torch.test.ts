import { describe, expect, it } from "vitest";
import { Graph } from "../../../lab/nn/graph.ts";
import { CELLS, type Cell, type Tensor } from "../../../lab/nn/ops.ts";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";
import recorded from "../../fixtures/torch/results.json" with { type: "json" };

/** Of the largest value of a tensor: both sides compute in float64. */
const TOLERANCE = 1e-6;

/** A recorded tensor: nested lists, row by row. */
type Nested = number | readonly Nested[];

const flat = (values: Nested): number[] => (typeof values === "number" ? [values] : values.flatMap(flat));

/** A weight as PyTorch stores it [O, I] -> [I, O], its rows in blocks of O / order in another order. */
function transposed(values: readonly (readonly number[])[], order: readonly number[]): number[] {
  const rows = reordered(values, order);
  return (rows[0] as readonly number[]).flatMap((_, column) => rows.map((row) => row[column] as number));
}

function reordered<T>(rows: readonly T[], order: readonly number[]): T[] {
  const size = rows.length / order.length;
  return order.flatMap((block) => rows.slice(block * size, (block + 1) * size));
}

/** Records a graph's tensors with their values, runs it and compares its named outputs. */
class Trial {
  readonly graph = new Graph("torch");
  private readonly values = new Map<string, readonly number[]>();
  private readonly expected = new Map<string, readonly number[]>();
  private readonly parameters: Tensor[] = [];
  private readonly gradients: (readonly [name: string, values: readonly number[]])[] = [];

  input(name: string, shape: readonly number[], values: Nested): Tensor {
    this.values.set(name, flat(values));
    return this.graph.input(name, shape);
  }

  /** A parameter and the gradient that it should get. */
  parameter(name: string, shape: readonly number[], values: Nested, gradient: Nested): Tensor {
    this.values.set(name, flat(values));
    this.gradients.push([`gradient of ${name}`, flat(gradient)]);
    const tensor = this.graph.parameter(name, shape);
    this.parameters.push(tensor);
    return tensor;
  }

  expects(name: string, tensor: Tensor, values: Nested): void {
    this.graph.output(name, tensor);
    this.expected.set(name, flat(values));
  }

  /** The loss of the records: mean(result * upstream). */
  loss(result: Tensor, upstream: Nested): Tensor {
    const weights = this.input("upstream", result.shape, upstream);
    return this.graph.mean(this.graph.multiply(result, weights));
  }

  check(loss?: Tensor): void {
    if (loss) {
      this.graph.gradients(loss, this.parameters).forEach((tensor, index) => {
        const [name, values] = this.gradients[index] as readonly [string, number[]];
        this.expects(name, tensor, values);
      });
    }
    const workspace = createReferenceWorkspace();
    const program = workspace.compile(this.graph);
    for (const [name, values] of this.values) {
      const target = workspace.parameterNames.includes(name) ? workspace.parameter(name) : program.input(name);
      expect(target.length, name).toBe(values.length);
      target.set(values);
    }
    program.run();
    for (const [name, values] of this.expected) close(name, program.output(name), values);
  }
}

function close(name: string, actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length, name).toBe(expected.length);
  const size = Math.max(...expected.map(Math.abs));
  const distance = Math.max(...expected.map((value, i) => Math.abs((actual[i] as number) - value)));
  expect(distance / size, name).toBeLessThan(TOLERANCE);
}

/** Blocks of our input gates, and of our own weight, in PyTorch's order (r, z, n of a GRU; i, f, g, o of an LSTM). */
const BLOCKS: Readonly<Record<Cell, readonly [input: readonly number[], own: readonly number[]]>> = {
  rnn: [[0], [0]],
  gru: [
    [2, 0, 1],
    [0, 1, 2],
  ],
  lstm: [
    [0, 1, 2, 3],
    [0, 1, 2, 3],
  ],
};

describe(`the float64 reference agrees with PyTorch ${recorded.torch} in`, () => {
  it.each(Object.keys(BLOCKS) as Cell[])("%s, forward and back through time", (cell) => {
    const made = recorded.recurrent[cell];
    const [given, own] = BLOCKS[cell];
    const trial = new Trial();
    const [rows, features, units] = [8, 3, 4];
    const width = given.length * units;
    const x = trial.parameter("x", [rows, features], made.x, made.dx);
    const input = trial.parameter(
      "input",
      [features, width],
      transposed(made.input, given),
      transposed(made.dinput, given),
    );
    const inputBias = trial.parameter(
      "inputBias",
      [width],
      reordered(made.inputBias, given),
      reordered(made.dinputBias, given),
    );
    const gates = trial.graph.dense(x, input, inputBias, "none");
    const { output, state } = trial.graph.recurrent(
      cell,
      gates,
      trial.parameter("weight", [units, width], transposed(made.weight, own), transposed(made.dweight, own)),
      trial.parameter("bias", [width], reordered(made.bias, own), reordered(made.dbias, own)),
      trial.input("start", [2, CELLS[cell].state * units], made.start),
      trial.input("keep", [rows], made.keep),
    );
    trial.expects("output", output, made.output);
    trial.expects("state", state, made.state);
    trial.check(trial.loss(output, made.upstream));
  });

  it("attention of several heads with a mask", () => {
    const made = recorded.attention;
    const trial = new Trial();
    const result = trial.graph.attention(
      trial.parameter("queries", [6, 6], made.queries, made.dqueries),
      trial.parameter("keys", [8, 6], made.keys, made.dkeys),
      trial.parameter("values", [8, 6], made.values, made.dvalues),
      { heads: 2, queries: 3, keys: 4 },
      trial.input("mask", [2, 4], made.mask),
    );
    trial.expects("result", result, made.result);
    trial.check(trial.loss(result, made.upstream));
  });

  it("layer norm", () => {
    const made = recorded.layerNorm;
    const trial = new Trial();
    const result = trial.graph.layerNorm(
      trial.parameter("x", [3, 5], made.x, made.dx),
      trial.parameter("gain", [5], made.gain, made.dgain),
      trial.parameter("bias", [5], made.bias, made.dbias),
    );
    trial.expects("result", result, made.result);
    trial.check(trial.loss(result, made.upstream));
  });

  it.each(recorded.adam)("AdamW with weight decay $weightDecay, step by step", ({ weightDecay, start, steps }) => {
    const graph = new Graph("torch");
    const [value, gradient] = [graph.parameter("value", [5]), graph.input("gradient", [5])];
    const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-5, weightDecay };
    graph.adam("adam", [value], [gradient], graph.input("rate", [1]), options);
    const workspace = createReferenceWorkspace();
    const program = workspace.compile(graph);
    workspace.parameter("value").set(start);
    program.input("rate").fill(0.01);
    for (const step of steps) {
      program.input("gradient").set(step.gradient);
      program.run();
      close("value", workspace.parameter("value"), step.value);
    }
  });

  it("the Huber loss", () => {
    const made = recorded.huber;
    const trial = new Trial();
    const prediction = trial.parameter("prediction", [6], made.prediction, made.dprediction);
    const loss = trial.graph.huber(prediction, trial.input("target", [6], made.target), 0.7);
    trial.expects("result", loss, made.result);
    trial.check(loss);
  });

  it("categorical log-probability, entropy and KL divergence", () => {
    const made = recorded.categorical;
    const trial = new Trial();
    const { graph } = trial;
    const logits = trial.parameter("logits", [3, 4], made.logits, made.dkl);
    const actions = trial.input("actions", [3, 1], made.actions);
    const divergence = graph.categoricalKl(trial.input("old", [3, 4], made.old), logits, [4]);
    trial.expects("logProbability", graph.categoricalLogProbability(logits, actions, [4]), made.logProbability);
    trial.expects("entropy", graph.categoricalEntropy(logits, [4]), made.entropy);
    trial.expects("kl", divergence, made.kl);
    trial.check(trial.loss(divergence, made.upstream));
  });

  it("Gaussian log-probability, entropy and KL divergence", () => {
    const made = recorded.gaussian;
    const trial = new Trial();
    const { graph } = trial;
    const mean = trial.parameter("mean", [3, 2], made.mean, made.dmean);
    const logStd = trial.parameter("logStd", [2], made.logStd, made.dlogStd);
    const actions = trial.input("actions", [3, 2], made.actions);
    const [oldMean, oldLogStd] = [
      trial.input("oldMean", [3, 2], made.oldMean),
      trial.input("oldLogStd", [2], made.oldLogStd),
    ];
    const divergence = graph.gaussianKl(oldMean, oldLogStd, mean, logStd);
    trial.expects("logProbability", graph.gaussianLogProbability(mean, logStd, actions), made.logProbability);
    trial.expects("entropy", graph.gaussianEntropy(logStd), made.entropy);
    trial.expects("kl", divergence, made.kl);
    trial.check(trial.loss(divergence, made.upstream));
  });

  it.each(["squash", "simplex"] as const)("the log-determinant of %s", (map) => {
    const made = recorded[map];
    const trial = new Trial();
    const raw = trial.parameter("raw", [3, 2], made.raw, made.draw);
    const { graph } = trial;
    const result = map === "squash" ? graph.squashLogDeterminant(raw) : graph.simplexLogDeterminant(raw);
    trial.expects("result", result, made.result);
    trial.check(trial.loss(result, made.upstream));
  });
});
