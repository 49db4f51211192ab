import { describe, expect, it } from "vitest";
import { Graph } from "../../../lab/nn/graph.ts";
import type { Cell, Tensor } from "../../../lab/nn/ops.ts";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";

const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** What does not fit, and the two shapes (or names) that the message must hold. */
const MISFITS: readonly (readonly [name: string, build: (graph: Graph) => unknown, message: RegExp])[] = [
  [
    "a weight with other rows than the input has columns",
    (g) => g.dense(g.input("x", [2, 3]), g.parameter("w", [4, 5]), g.parameter("b", [5]), "none"),
    /\[2, 3\].*\[4, 5\]/,
  ],
  [
    "a bias of another width",
    (g) => g.dense(g.input("x", [2, 3]), g.parameter("w", [3, 5]), g.parameter("b", [4]), "none"),
    /\[3, 5\].*\[4\]/,
  ],
  [
    "an input of a dense layer with one axis",
    (g) => g.dense(g.input("x", [3]), g.parameter("w", [3, 5]), g.parameter("b", [5]), "none"),
    /two axes.*\[3\]/,
  ],
  [
    "heads that do not fill the logits",
    (g) => g.categoricalLogProbability(g.input("l", [2, 5]), g.input("a", [2, 2]), [2, 2]),
    /\[2, 5\].*\[2, 2\]/,
  ],
  ["a head without options", (g) => g.categoricalEntropy(g.input("l", [2, 5]), [5, 0]), /\[2, 5\].*\[5, 0\]/],
  [
    "actions for another number of heads",
    (g) => g.categoricalLogProbability(g.input("l", [2, 5]), g.input("a", [2, 3]), [2, 3]),
    /\[2, 3\].*\[2, 2\]/,
  ],
  [
    "a mask of another shape",
    (g) => g.categoricalEntropy(g.input("l", [2, 5]), [2, 3], g.input("m", [5])),
    /\[5\].*\[2, 5\]/,
  ],
  [
    "a log std of another width",
    (g) => g.gaussianLogProbability(g.input("m", [2, 3]), g.parameter("s", [2]), g.input("a", [2, 3])),
    /\[2, 3\].*\[2\]/,
  ],
  [
    "actions of another shape than the mean",
    (g) => g.gaussianLogProbability(g.input("m", [2, 3]), g.parameter("s", [3]), g.input("a", [2, 4])),
    /\[2, 4\].*\[2, 3\]/,
  ],
  [
    "advantages of another batch",
    (g) => g.clippedSurrogate(g.input("n", [2]), g.input("o", [2]), g.input("a", [3]), 0.2),
    /\[3\].*\[2\]/,
  ],
  ["old values of another batch", (g) => g.approximateKl(g.input("n", [2]), g.input("o", [3])), /\[3\].*\[2\]/],
  ["a target of another batch", (g) => g.squaredError(g.input("p", [2, 1]), g.input("t", [3])), /\[2, 1\].*\[3, 1\]/],
  ["a term that is no scalar", (g) => g.weightedSum([{ term: g.input("x", [2]), weight: 1 }]), /\[2\].*\[1\]/],
  ["the gradient of a vector", (g) => g.gradients(g.parameter("x", [2]), []), /\[2\].*\[1\]/],
  [
    "a parameter declared twice with different shapes",
    (g) => [g.parameter("w", [2]), g.parameter("w", [3])],
    /"w".*\[3\].*\[2\]/,
  ],
  ["two inputs of one name", (g) => [g.input("x", [2]), g.input("x", [2])], /two inputs named "x"/],
  ["two outputs of one name", (g) => [0, 1].map(() => g.output("y", g.input("x", [1]))), /two inputs named "x"/],
  ["an empty axis", (g) => g.input("x", [2, 0]), /\[2, 0\]/],
  [
    "a gradient of another shape than its parameter",
    (g) => g.adam("o", [g.parameter("w", [2])], [g.input("d", [3])], g.input("rate", [1]), ADAM),
    /"w".*\[3\].*\[2\]/,
  ],
  [
    "Adam on something that is no parameter",
    (g) => g.adam("o", [g.input("w", [2])], [g.input("d", [2])], g.input("rate", [1]), ADAM),
    /parameters only.*input "w"/,
  ],
  ["a sum of different shapes", (g) => g.add(g.input("a", [2, 3]), g.input("b", [3, 2])), /\[3, 2\].*\[2, 3\]/],
  ["a product of different shapes", (g) => g.multiply(g.input("a", [2]), g.input("b", [3])), /\[3\].*\[2\]/],
  ["a reshape to another size", (g) => g.reshape(g.input("x", [2, 3]), [4]), /\[2, 3\].*\[4\]/],
  ["columns past the last one", (g) => g.columns(g.input("x", [2, 3]), 1, 3), /\[2, 3\].*3 columns from 1/],
  ["columns before the first one", (g) => g.columns(g.input("x", [2, 3]), -1, 2), /\[2, 3\].*2 columns from -1/],
  ["nothing to concatenate", (g) => g.concatenate([]), /concatenate needs a tensor/],
  [
    "parts of different batches side by side",
    (g) => g.concatenate([g.input("a", [2, 3]), g.input("b", [3, 3])]),
    /\[3, 3\].*\[2, 3\]/,
  ],
  ["rows that do not make whole groups", (g) => g.sumRows(g.input("x", [5, 3]), 2), /\[5, 3\].*2 rows/],
  ["rows repeated no times", (g) => g.repeatRows(g.input("x", [5, 3]), 0), /\[0, 3\]/],
  ["a table with one axis", (g) => g.embedding(g.input("t", [4]), g.input("i", [2])), /table.*two axes.*\[4\]/],
  [
    "indices of a table with two axes",
    (g) => g.embedding(g.input("t", [4, 3]), g.input("i", [2, 1])),
    /indices.*one axis.*\[2, 1\]/,
  ],
  [
    "column indices of another batch",
    (g) => g.selectColumn(g.input("x", [4, 3]), g.input("i", [3])),
    /indices.*\[3\].*\[4\]/,
  ],
  [
    "a layer norm's gain of another width",
    (g) => g.layerNorm(g.input("x", [4, 3]), g.input("g", [4]), g.input("b", [3])),
    /gain.*\[4\].*\[3\]/,
  ],
  [
    "a layer norm's bias of another width",
    (g) => g.layerNorm(g.input("x", [4, 3]), g.input("g", [3]), g.input("b", [4])),
    /bias.*\[4\].*\[3\]/,
  ],
  [
    "a softmax mask of another width",
    (g) => g.softmax(g.input("x", [4, 3]), g.input("m", [4, 2])),
    /\[4, 3\].*mask \[4, 2\]/,
  ],
  [
    "a softmax mask that serves no whole number of rows",
    (g) => g.softmax(g.input("x", [4, 3]), g.input("m", [3, 3])),
    /\[4, 3\].*mask \[3, 3\]/,
  ],
  [
    "queries and keys of different widths",
    (g) => g.attentionScores(g.input("q", [4, 6]), g.input("k", [6, 4]), { heads: 1, queries: 2, keys: 3 }, 1),
    /\[4, 6\].*\[6, 4\].*1 heads of 2 queries and 3 keys/,
  ],
  [
    "queries and keys of different batches",
    (g) => g.attentionScores(g.input("q", [4, 6]), g.input("k", [9, 6]), { heads: 1, queries: 2, keys: 3 }, 1),
    /\[4, 6\].*\[9, 6\].*1 heads of 2 queries and 3 keys/,
  ],
  [
    "heads that do not divide the width",
    (g) => g.attentionScores(g.input("q", [4, 6]), g.input("k", [6, 6]), { heads: 4, queries: 2, keys: 3 }, 1),
    /\[4, 6\].*\[6, 6\].*4 heads of 2 queries and 3 keys/,
  ],
  [
    "attention weights of another shape",
    (g) => g.attentionMix(g.input("w", [4, 3]), g.input("v", [6, 6]), { heads: 2, queries: 2, keys: 3 }, 1),
    /\[4, 3\].*\[8, 3\]/,
  ],
  [
    "heads that do not divide the values",
    (g) => g.attentionMix(g.input("w", [16, 3]), g.input("v", [6, 6]), { heads: 4, queries: 2, keys: 3 }, 1),
    /6 columns.*4 heads/,
  ],
  [
    "values that make no whole number of examples",
    (g) => g.attentionMix(g.input("w", [3, 2]), g.input("v", [3, 6]), { heads: 2, queries: 1, keys: 2 }, 1),
    /values \[3, 6\].*2 keys/,
  ],
  ["gates of another width", (g) => recurrent(g, { gates: [6, 8] }), /gates \[6, 8\].*state \[2, 3\]/],
  ["gates that make no whole number of steps", (g) => recurrent(g, { gates: [5, 9] }), /gates \[5, 9\].*\[2, 3\]/],
  ["an LSTM's state without cells", (g) => recurrent(g, { gates: [6, 6], state: [2, 3] }, "lstm"), /state \[2, 3\]/],
  ["a recurrent weight of another shape", (g) => recurrent(g, { weight: [9, 3] }), /weight.*\[9, 3\].*\[3, 9\]/],
  ["a recurrent bias of another width", (g) => recurrent(g, { bias: [3] }), /bias.*\[3\].*\[9\]/],
  ["resets for another number of steps", (g) => recurrent(g, { keep: [2] }), /keep.*\[2\].*\[6\]/],
  ["a state with one axis", (g) => recurrent(g, { state: [3] }), /state.*two axes.*\[3\]/],
  ["raw actions with one axis", (g) => g.squashLogDeterminant(g.input("u", [3])), /raw.*two axes.*\[3\]/],
  ["raw fractions with one axis", (g) => g.simplexLogDeterminant(g.input("u", [3])), /raw.*two axes.*\[3\]/],
  [
    "old logits of another shape",
    (g) => g.categoricalKl(g.input("o", [2, 4]), g.input("l", [2, 5]), [2, 3]),
    /oldLogits.*\[2, 4\].*\[2, 5\]/,
  ],
  [
    "an old mean of another shape",
    (g) => g.gaussianKl(g.input("o", [2, 4]), g.input("p", [3]), g.input("m", [2, 3]), g.input("s", [3])),
    /oldMean.*\[2, 4\].*\[2, 3\]/,
  ],
  [
    "an old log std of another width",
    (g) => g.gaussianKl(g.input("o", [2, 3]), g.input("p", [2]), g.input("m", [2, 3]), g.input("s", [3])),
    /oldLogStd.*\[2\].*\[3\]/,
  ],
  [
    "a new log std of another width",
    (g) => g.gaussianKl(g.input("o", [2, 3]), g.input("p", [3]), g.input("m", [2, 3]), g.input("s", [2])),
    /logStd.*\[2\].*\[3\]/,
  ],
  ["a Huber target of another batch", (g) => g.huber(g.input("p", [2]), g.input("t", [3]), 1), /\[2\].*\[3, 1\]/],
  ["a Huber delta of zero", (g) => g.huber(g.input("p", [2]), g.input("t", [2]), 0), /positive delta, not 0/],
  [
    "a source of another shape than its target",
    (g) => g.polyak([g.parameter("w", [2])], [g.parameter("v", [3])], g.input("rate", [1])),
    /"w".*\[3\].*\[2\]/,
  ],
  [
    "more targets than sources",
    (g) => g.polyak([g.parameter("w", [2])], [], g.input("rate", [1])),
    /1 targets and 0 sources/,
  ],
  [
    "Polyak averaging of something that is no parameter",
    (g) => g.polyak([g.input("w", [2])], [g.parameter("v", [2])], g.input("rate", [1])),
    /polyak can change parameters only.*input "w"/,
  ],
  [
    "a Polyak rate for each parameter",
    (g) => g.polyak([g.parameter("w", [2])], [g.parameter("v", [2])], g.input("rate", [2])),
    /rate.*\[2\].*\[1\]/,
  ],
  [
    "a loss that ignores a parameter",
    (g) => g.gradients(g.mean(g.parameter("w", [2])), [g.parameter("unused", [2])]),
    /does not depend on parameter "unused"/,
  ],
];

/** A GRU of 3 units over 3 steps of 2 sequences, some of its tensors of other shapes. */
function recurrent(
  graph: Graph,
  shapes: Readonly<Record<string, readonly number[]>> = {},
  cell: Cell = "gru",
): unknown {
  const right = { gates: [6, 9], weight: [3, 9], bias: [9], state: [2, 3], keep: [6] };
  const [gates, weight, bias, state, keep] = Object.entries({ ...right, ...shapes }).map(([name, shape]) =>
    graph.input(name, shape),
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  return graph.recurrent(cell, gates, weight, bias, state, keep);
}

describe("a graph", () => {
  it.each(MISFITS)("refuses %s, naming itself and both sides", (_name, build, message) => {
    const graph = new Graph("trial");
    expect(() => build(graph)).toThrow(RangeError);
    expect(() => build(new Graph("trial"))).toThrow(message);
    expect(() => build(new Graph("trial"))).toThrow(/^graph "trial"/);
  });

  it("refuses a second output of the same name", () => {
    const graph = new Graph("trial");
    graph.output("y", graph.input("x", [1]));
    expect(() => graph.output("y", graph.input("z", [1]))).toThrow(/two outputs named "y"/);
  });

  it("computes one log-softmax for a policy's log-probability and entropy", () => {
    const graph = new Graph("trial");
    const logits = graph.parameter("logits", [2, 3]);
    graph.categoricalLogProbability(logits, graph.input("a", [2, 1]), [3]);
    graph.categoricalEntropy(logits, [3]);
    graph.categoricalEntropy(logits, [1, 2]);
    expect(graph.nodes.filter(({ op }) => op.kind === "logSoftmax")).toHaveLength(2);
  });

  it("appends no gradient that nobody asked for", () => {
    const graph = new Graph("trial");
    const layer = (x: Tensor, name: string) =>
      graph.dense(x, graph.parameter(`${name}/w`, [2, 2]), graph.parameter(`${name}/b`, [2]), "tanh");
    const loss = graph.mean(layer(layer(graph.input("x", [3, 2]), "first"), "last"));
    graph.gradients(loss, [graph.parameter("last/b", [2])]);
    const count = (kind: string) => graph.nodes.filter(({ op }) => op.kind === kind).length;
    expect([count("denseBiasGradient"), count("denseWeightGradient"), count("denseInputGradient")]).toEqual([1, 0, 0]);
  });

  it("treats targets, old log-probabilities and advantages as constants", () => {
    const graph = new Graph("trial");
    const p = graph.parameter("p", [2]);
    const [gradient] = graph.gradients(graph.squaredError(p, p), [p]);
    graph.output("gradient", gradient as Tensor);
    const workspace = createReferenceWorkspace();
    const program = workspace.compile(graph);
    workspace.parameter("p").set([1, 2]);
    program.run();
    expect([...program.output("gradient")]).toEqual([0, 0]);
  });

  it("gives no entropy and no gradient to a head whose options are all masked", () => {
    const graph = new Graph("trial");
    const logits = graph.parameter("logits", [1, 3]);
    const entropy = graph.categoricalEntropy(logits, [3], graph.input("mask", [1, 3]));
    graph.output("entropy", entropy);
    graph.output("gradient", graph.gradients(graph.mean(entropy), [logits])[0] as Tensor);
    const workspace = createReferenceWorkspace();
    const program = workspace.compile(graph);
    workspace.parameter("logits").set([1, 2, 3]);
    program.run();
    expect([...program.output("entropy"), ...program.output("gradient")].map(Math.abs)).toEqual([0, 0, 0, 0]);
  });

  it("gives NaN and no gradient for an index outside its table or row", () => {
    const graph = new Graph("trial");
    const table = graph.parameter("table", [3, 2]);
    const indices = graph.input("indices", [4]);
    const embedded = graph.embedding(table, indices);
    const selected = graph.selectColumn(graph.reshape(graph.columns(embedded, 0, 1), [4, 1]), graph.input("none", [4]));
    graph.output("embedded", embedded);
    graph.output("selected", selected);
    const gradients = [graph.mean(embedded), graph.mean(selected)].map((loss) => graph.gradients(loss, [table])[0]);
    gradients.forEach((gradient, index) => {
      graph.output(`gradient/${index}`, gradient as Tensor);
    });
    const workspace = createReferenceWorkspace();
    const program = workspace.compile(graph);
    workspace.parameter("table").set([1, 2, 3, 4, 5, 6]);
    program.input("indices").set([-1, 0, 3, 0]);
    program.input("none").set([0, 1, 0, 0]);
    program.run();
    const nothing = Number.NaN;
    expect([...program.output("embedded")]).toEqual([nothing, nothing, 1, 2, nothing, nothing, 1, 2]);
    expect([...program.output("gradient/0")]).toEqual([2 / 8, 2 / 8, 0, 0, 0, 0]);
    // Only the last of the four names both a row of the table and a column.
    expect([...program.output("selected")]).toEqual([nothing, nothing, nothing, 1]);
    expect([...program.output("gradient/1")]).toEqual([1 / 4, 0, 0, 0, 0, 0]);
  });

  it("goes back through time once for a recurrent layer, and not into the state it starts from", () => {
    const graph = new Graph("trial");
    const parameters = [
      graph.parameter("gates", [6, 9]),
      graph.parameter("weight", [3, 9]),
      graph.parameter("bias", [9]),
    ] as const;
    const state = graph.parameter("state", [2, 3]);
    const made = graph.recurrent("gru", ...parameters, state, graph.input("keep", [6]));
    graph.gradients(graph.mean(made.output), parameters);
    expect(graph.nodes.filter(({ op }) => op.kind === "recurrentGradient")).toHaveLength(1);
    expect(() => graph.gradients(graph.mean(made.output), [state])).toThrow(/does not depend on parameter "state"/);
    expect(() => graph.gradients(graph.mean(made.state), [...parameters])).toThrow(/does not depend on/);
  });

  it("sends no gradient of a KL divergence to the old distribution", () => {
    const graph = new Graph("trial");
    const [old, now] = [graph.parameter("old", [2, 3]), graph.parameter("now", [2, 3])];
    const logStd = graph.parameter("logStd", [3]);
    const losses = [graph.categoricalKl(old, now, [3]), graph.gaussianKl(old, logStd, now, graph.input("s", [3]))];
    for (const loss of losses.map((rows) => graph.mean(rows))) {
      expect(() => graph.gradients(loss, [now])).not.toThrow();
      expect(() => graph.gradients(loss, [old])).toThrow(/does not depend on parameter "old"/);
    }
  });
});
