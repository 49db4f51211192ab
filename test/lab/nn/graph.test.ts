import { describe, expect, it } from "vitest";
import { Graph } from "../../../lab/nn/graph.ts";
import type { Tensor } from "../../../lab/nn/ops.ts";
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
  [
    "a loss that ignores a parameter",
    (g) => g.gradients(g.mean(g.parameter("w", [2])), [g.parameter("unused", [2])]),
    /does not depend on parameter "unused"/,
  ],
];

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
});
