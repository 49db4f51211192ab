import type { Derivative, Graph } from "./graph.ts";
import {
  type AttentionShape,
  CELLS,
  type Id,
  type Node,
  type OpKind,
  type OpOf,
  type Shape,
  sizeOf,
  type Tensor,
} from "./ops.ts";

/** Logits and mask under a log-softmax: its readers send their gradients straight to the logits. */
function logitsUnder(graph: Graph, logSoftmax: Id): OpOf<"logSoftmax">["inputs"] {
  return ((graph.nodes[logSoftmax] as Node).op as OpOf<"logSoftmax">).inputs;
}

/** Columns of a gradient; the gradient itself where it has no others. */
function part(graph: Graph, gradient: Tensor, from: number, count: number): Tensor {
  return gradient.shape[1] === count ? gradient : graph.columns(gradient, from, count);
}

/** scale * weights^T V a head: weights [B heads M, N], values [B M, D] -> [B N, D]. */
function mixTransposed(
  graph: Graph,
  weights: Id,
  values: Id,
  { heads, queries, keys }: AttentionShape,
  scale: number,
  shape: Shape,
): Tensor {
  const op = { kind: "attentionMixTransposed", inputs: [weights, values], scale, heads, queries, keys } as const;
  return graph.append(op, shape);
}

/** The chain rule, one entry a differentiable op. What is missing here sends no gradient. */
export const derivatives: { readonly [K in OpKind]?: Derivative<K> } = {
  dense(graph, { inputs: [x, weight, bias], activation }, y, upstream) {
    const dz =
      activation === "none"
        ? upstream
        : graph.append({ kind: "activationGradient", inputs: [upstream.id, y.id], activation }, y.shape);
    return [
      [weight, () => graph.append({ kind: "denseWeightGradient", inputs: [x, dz.id] }, graph.shapeOf(weight))],
      [bias, () => graph.append({ kind: "denseBiasGradient", inputs: [dz.id] }, graph.shapeOf(bias))],
      [x, () => graph.append({ kind: "denseInputGradient", inputs: [dz.id, weight] }, graph.shapeOf(x))],
    ];
  },
  activation: (graph, { inputs: [x], activation }, y, upstream) => [
    [x, () => graph.append({ kind: "activationGradient", inputs: [upstream.id, y.id], activation }, y.shape)],
  ],
  scale: (graph, { inputs: [x], factor }, _node, upstream) => [[x, () => graph.scale(upstream, factor)]],
  add: (_graph, { inputs: [a, b] }, _node, upstream) => [
    [a, () => upstream],
    [b, () => upstream],
  ],
  multiply: (graph, { inputs: [a, b] }, _node, upstream) => [
    [a, () => graph.multiply(upstream, graph.tensor(b))],
    [b, () => graph.multiply(upstream, graph.tensor(a))],
  ],
  reshape: (graph, { inputs: [x] }, _node, upstream) => [[x, () => graph.reshape(upstream, graph.shapeOf(x))]],
  columns: (graph, { inputs: [x], from }, _node, upstream) => [
    [x, () => graph.append({ kind: "padColumns", inputs: [upstream.id], from }, graph.shapeOf(x))],
  ],
  concatenate(graph, { inputs }, _node, upstream) {
    let end = 0;
    return inputs.map((part) => {
      const count = graph.shapeOf(part)[1] as number;
      const from = end;
      end += count;
      return [part, () => graph.columns(upstream, from, count)];
    });
  },
  sumRows: (graph, { inputs: [x], count }, _node, upstream) => [[x, () => graph.repeatRows(upstream, count)]],
  repeatRows: (graph, { inputs: [x], count }, _node, upstream) => [[x, () => graph.sumRows(upstream, count)]],
  embedding: (graph, { inputs: [table, indices] }, _node, upstream) => [
    [table, () => graph.append({ kind: "embeddingGradient", inputs: [upstream.id, indices] }, graph.shapeOf(table))],
  ],
  selectColumn: (graph, { inputs: [x, indices] }, _node, upstream) => [
    [x, () => graph.append({ kind: "selectColumnGradient", inputs: [upstream.id, indices] }, graph.shapeOf(x))],
  ],
  layerNorm: (graph, { inputs: [x, gain, bias], epsilon }, _node, upstream) => [
    [
      x,
      () => graph.append({ kind: "layerNormInputGradient", inputs: [upstream.id, x, gain], epsilon }, graph.shapeOf(x)),
    ],
    [
      gain,
      () => graph.append({ kind: "layerNormGainGradient", inputs: [upstream.id, x], epsilon }, graph.shapeOf(gain)),
    ],
    [bias, () => graph.append({ kind: "denseBiasGradient", inputs: [upstream.id] }, graph.shapeOf(bias))],
  ],
  softmax: (graph, { inputs: [x] }, y, upstream) => [
    [x, () => graph.append({ kind: "softmaxGradient", inputs: [upstream.id, y.id] }, y.shape)],
  ],
  attentionScores: (graph, { inputs: [queries, keys], scale, ...shape }, _node, upstream) => [
    [queries, () => graph.attentionMix(upstream, graph.tensor(keys), shape, scale)],
    [keys, () => mixTransposed(graph, upstream.id, queries, shape, scale, graph.shapeOf(keys))],
  ],
  attentionMix: (graph, { inputs: [weights, values], scale, ...shape }, _node, upstream) => [
    [weights, () => graph.attentionScores(upstream, graph.tensor(values), shape, scale)],
    [values, () => mixTransposed(graph, weights, upstream.id, shape, scale, graph.shapeOf(values))],
  ],
  recurrent: () => [],
  recurrentOutput(graph, { inputs: [tape], cell }, _node, upstream) {
    const [gates, weight, bias, state, keep] = ((graph.nodes[tape] as Node).op as OpOf<"recurrent">).inputs;
    const layout = CELLS[cell];
    const [rows, units] = upstream.shape as readonly [number, number];
    const width = layout.gates * units;
    // One pass back through time serves all three.
    let gradient: Tensor | undefined;
    const through = (): Tensor => {
      const inputs = [upstream.id, tape, weight, state, keep] as const;
      gradient ??= graph.append({ kind: "recurrentGradient", inputs, cell }, [rows, layout.gradient * units]);
      return gradient;
    };
    let recurrentPart: Tensor | undefined;
    const own = (): Tensor => {
      recurrentPart ??= part(graph, through(), layout.recurrentFrom * units, width);
      return recurrentPart;
    };
    return [
      [gates, () => part(graph, through(), 0, width)],
      [
        weight,
        () => {
          const input = graph.append({ kind: "recurrentInput", inputs: [tape, state, keep], cell }, [rows, units]);
          const inputs = [input.id, own().id] as const;
          return graph.append({ kind: "denseWeightGradient", inputs }, graph.shapeOf(weight));
        },
      ],
      [bias, () => graph.append({ kind: "denseBiasGradient", inputs: [own().id] }, graph.shapeOf(bias))],
    ];
  },
  squashLogDeterminant: (graph, { inputs: [raw] }, _node, upstream) => [
    [raw, () => graph.append({ kind: "squashLogDeterminantGradient", inputs: [upstream.id, raw] }, graph.shapeOf(raw))],
  ],
  simplexLogDeterminant: (graph, { inputs: [raw] }, _node, upstream) => [
    [
      raw,
      () => graph.append({ kind: "simplexLogDeterminantGradient", inputs: [upstream.id, raw] }, graph.shapeOf(raw)),
    ],
  ],
  categoricalKl(graph, { inputs: [old, now], choices }, _node, upstream) {
    const [logits] = logitsUnder(graph, now);
    const op = { kind: "categoricalKlGradient", inputs: [upstream.id, old, now], choices } as const;
    return [[logits, () => graph.append(op, graph.shapeOf(logits))]];
  },
  gaussianKl: (graph, { inputs: [oldMean, oldLogStd, mean, logStd] }, _node, upstream) => [
    [
      mean,
      () => {
        const inputs = [upstream.id, oldMean, mean, logStd] as const;
        return graph.append({ kind: "gaussianKlMeanGradient", inputs }, graph.shapeOf(mean));
      },
    ],
    [
      logStd,
      () => {
        const inputs = [upstream.id, oldMean, oldLogStd, mean, logStd] as const;
        return graph.append({ kind: "gaussianKlLogStdGradient", inputs }, graph.shapeOf(logStd));
      },
    ],
  ],
  logSoftmax: () => [],
  categoricalLogProbability(graph, { inputs: [logSoftmax, actions], choices }, _node, upstream) {
    const [logits, mask] = logitsUnder(graph, logSoftmax);
    const operands = [upstream.id, logSoftmax, actions] as const;
    const inputs = mask === undefined ? operands : ([...operands, mask] as const);
    const kind = "categoricalLogProbabilityGradient";
    return [[logits, () => graph.append({ kind, inputs, choices }, graph.shapeOf(logits))]];
  },
  categoricalEntropy(graph, { inputs: [logSoftmax, mask], choices }, _node, upstream) {
    const [logits] = logitsUnder(graph, logSoftmax);
    const operands = [upstream.id, logSoftmax] as const;
    const inputs = mask === undefined ? operands : ([...operands, mask] as const);
    return [
      [logits, () => graph.append({ kind: "categoricalEntropyGradient", inputs, choices }, graph.shapeOf(logits))],
    ];
  },
  gaussianLogProbability(graph, { inputs: [mean, logStd, actions] }, _node, upstream) {
    const inputs = [upstream.id, mean, logStd, actions] as const;
    return [
      [mean, () => graph.append({ kind: "gaussianMeanGradient", inputs }, graph.shapeOf(mean))],
      [logStd, () => graph.append({ kind: "gaussianLogStdGradient", inputs }, graph.shapeOf(logStd))],
    ];
  },
  gaussianEntropy: (graph, { inputs: [logStd] }, _node, upstream) => [
    [logStd, () => graph.append({ kind: "broadcast", inputs: [upstream.id], scale: 1 }, graph.shapeOf(logStd))],
  ],
  clippedSurrogate(graph, { inputs: [logProbability, old, advantage], clip }, _node, upstream) {
    const inputs = [upstream.id, logProbability, old, advantage] as const;
    const kind = "clippedSurrogateGradient";
    return [[logProbability, () => graph.append({ kind, inputs, clip }, graph.shapeOf(logProbability))]];
  },
  squaredError(graph, { inputs: [prediction, target] }, _node, upstream) {
    const inputs = [upstream.id, prediction, target] as const;
    return [[prediction, () => graph.append({ kind: "squaredErrorGradient", inputs }, graph.shapeOf(prediction))]];
  },
  huber(graph, { inputs: [prediction, target], delta }, _node, upstream) {
    const inputs = [upstream.id, prediction, target] as const;
    return [[prediction, () => graph.append({ kind: "huberGradient", inputs, delta }, graph.shapeOf(prediction))]];
  },
  mean(graph, { inputs: [x] }, _node, upstream) {
    const shape = graph.shapeOf(x);
    const scale = 1 / sizeOf(shape);
    return [[x, () => graph.append({ kind: "broadcast", inputs: [upstream.id], scale }, shape)]];
  },
  weightedSum: (graph, { inputs, weights }, _node, upstream) =>
    inputs.map((term, index) => {
      const scale = weights[index] as number;
      return [term, () => graph.append({ kind: "broadcast", inputs: [upstream.id], scale }, [1])];
    }),
};

/** Kinds of op through which {@link Graph.gradients} passes. */
export const DIFFERENTIABLE_KINDS = Object.keys(derivatives) as readonly OpKind[];
