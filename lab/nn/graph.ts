/**
 * The static graph of a network and its losses: a list of ops over tensors of fixed shape, built once, run many times.
 *
 * An op is data (its kind, the ids of the tensors it reads, its constants), and the backward pass that
 * {@link Graph.gradients} appends is made of ops too. An executor therefore needs one function an op kind and no
 * automatic differentiation of its own. Tensors are row-major. The batch is the first axis, B below.
 */

import { derivatives } from "./derivatives.ts";
import {
  type Activation,
  type AdamOptions,
  type AttentionShape,
  CELLS,
  type Cell,
  type Id,
  type Node,
  type Op,
  type OpKind,
  type OpOf,
  type Shape,
  sizeOf,
  type Tensor,
  UPDATE_KINDS,
} from "./ops.ts";

/** A gradient that an op sends to a tensor it read; `build` appends it and is called only where it is wanted. */
export type Contribution = readonly [target: Id, build: () => Tensor];
export type Derivative<K extends OpKind> = (
  graph: Graph,
  op: OpOf<K>,
  node: Node,
  upstream: Tensor,
) => readonly Contribution[];

/** {@link Graph.layerNorm} adds this to the variance, as PyTorch does. */
const LAYER_NORM_EPSILON = 1e-5;

export class Graph {
  readonly name: string;
  private readonly list: Node[] = [];
  private readonly inputs = new Map<string, Tensor>();
  private readonly parameters = new Map<string, Tensor>();
  private readonly named = new Map<string, Tensor>();
  private readonly logSoftmaxes = new Map<string, Tensor>();

  constructor(name: string) {
    this.name = name;
  }

  /** Ops in the order in which they run; a node's id is its position. */
  get nodes(): readonly Node[] {
    return this.list;
  }

  get outputs(): ReadonlyMap<string, Tensor> {
    return this.named;
  }

  /** Values that the caller writes before each run. */
  input(name: string, shape: Shape): Tensor {
    if (this.inputs.has(name)) throw this.error(`has two inputs named "${name}"`);
    const tensor = this.append({ kind: "input", inputs: [], name }, shape);
    this.inputs.set(name, tensor);
    return tensor;
  }

  /** A named parameter; graphs of one workspace that use the same name share its values. */
  parameter(name: string, shape: Shape): Tensor {
    const known = this.parameters.get(name);
    if (known) {
      this.expect(`parameter "${name}"`, shape, known.shape);
      return known;
    }
    const tensor = this.append({ kind: "parameter", inputs: [], name }, shape);
    this.parameters.set(name, tensor);
    return tensor;
  }

  /** activation(x W + b): x [B, I], weight [I, O], bias [O] -> [B, O]. */
  dense(x: Tensor, weight: Tensor, bias: Tensor, activation: Activation): Tensor {
    const [batch, features] = this.matrix("dense x", x);
    const [rows, columns] = this.matrix("dense weight", weight);
    if (features !== rows) throw this.misfit("dense", "x", x.shape, "weight", weight.shape);
    if (bias.shape.length !== 1 || bias.shape[0] !== columns) {
      throw this.misfit("dense", "weight", weight.shape, "bias", bias.shape);
    }
    return this.append({ kind: "dense", inputs: [x.id, weight.id, bias.id], activation }, [batch, columns]);
  }

  /**
   * log p(actions | logits), summed over heads -> [B]. The heads lie one after another in `logits` [B, sum(choices)];
   * `actions` [B, heads] holds option indices (NaN results from an index outside its head). Where `mask` is 0 the
   * logit counts as {@link MASKED_LOGIT} and gets no gradient (Huang and Ontanon, 2022).
   */
  categoricalLogProbability(logits: Tensor, actions: Tensor, choices: readonly number[], mask?: Tensor): Tensor {
    const batch = this.heads("categoricalLogProbability", logits, choices, mask);
    this.expect("categoricalLogProbability actions", actions.shape, [batch, choices.length]);
    const logSoftmax = this.logSoftmax(logits, choices, mask);
    return this.append({ kind: "categoricalLogProbability", inputs: [logSoftmax.id, actions.id], choices }, [batch]);
  }

  /** -sum p log p over each head's allowed options, summed over heads -> [B]. */
  categoricalEntropy(logits: Tensor, choices: readonly number[], mask?: Tensor): Tensor {
    const batch = this.heads("categoricalEntropy", logits, choices, mask);
    const logSoftmax = this.logSoftmax(logits, choices, mask);
    const inputs = mask ? ([logSoftmax.id, mask.id] as const) : ([logSoftmax.id] as const);
    return this.append({ kind: "categoricalEntropy", inputs, choices }, [batch]);
  }

  /** Log density of a diagonal Gaussian: mean [B, A], logStd [A], actions [B, A], summed over A -> [B]. */
  gaussianLogProbability(mean: Tensor, logStd: Tensor, actions: Tensor): Tensor {
    const [batch, width] = this.matrix("gaussianLogProbability mean", mean);
    if (logStd.shape.length !== 1 || logStd.shape[0] !== width) {
      throw this.misfit("gaussianLogProbability", "mean", mean.shape, "logStd", logStd.shape);
    }
    this.expect("gaussianLogProbability actions", actions.shape, mean.shape);
    return this.append({ kind: "gaussianLogProbability", inputs: [mean.id, logStd.id, actions.id] }, [batch]);
  }

  /** Entropy of a diagonal Gaussian: sum over A of logStd + log(2 pi e) / 2 -> [1]. */
  gaussianEntropy(logStd: Tensor): Tensor {
    if (logStd.shape.length !== 1) throw this.error(`gaussianEntropy needs logStd [A], not ${text(logStd.shape)}`);
    return this.append({ kind: "gaussianEntropy", inputs: [logStd.id] }, [1]);
  }

  /** (x - mean) / (std + 1e-8) with the sample's std (n - 1); zero for one value. x [B] -> [B]; no gradient. */
  standardise(x: Tensor): Tensor {
    this.vector("standardise x", x);
    return this.append({ kind: "standardise", inputs: [x.id] }, x.shape);
  }

  /**
   * PPO's loss -mean(min(r A, clip(r, 1 - clip, 1 + clip) A)) with r = exp(logProbability - oldLogProbability)
   * (Schulman et al., 2017, equation 7, negated) -> [1]. Its gradient goes to `logProbability` alone.
   */
  clippedSurrogate(logProbability: Tensor, oldLogProbability: Tensor, advantage: Tensor, clip: number): Tensor {
    this.vector("clippedSurrogate logProbability", logProbability);
    this.expect("clippedSurrogate oldLogProbability", oldLogProbability.shape, logProbability.shape);
    this.expect("clippedSurrogate advantage", advantage.shape, logProbability.shape);
    const inputs = [logProbability.id, oldLogProbability.id, advantage.id] as const;
    return this.append({ kind: "clippedSurrogate", inputs, clip }, [1]);
  }

  /** mean((r - 1) - log r), an estimate of KL(old || new) without bias and below zero never -> [1]; no gradient. */
  approximateKl(logProbability: Tensor, oldLogProbability: Tensor): Tensor {
    this.vector("approximateKl logProbability", logProbability);
    this.expect("approximateKl oldLogProbability", oldLogProbability.shape, logProbability.shape);
    return this.append({ kind: "approximateKl", inputs: [logProbability.id, oldLogProbability.id] }, [1]);
  }

  /** Share of the batch with |r - 1| > clip -> [1]; no gradient. */
  clipFraction(logProbability: Tensor, oldLogProbability: Tensor, clip: number): Tensor {
    this.vector("clipFraction logProbability", logProbability);
    this.expect("clipFraction oldLogProbability", oldLogProbability.shape, logProbability.shape);
    return this.append({ kind: "clipFraction", inputs: [logProbability.id, oldLogProbability.id], clip }, [1]);
  }

  /** mean((prediction - target)^2): prediction [B] or [B, 1], target [B] -> [1]. No gradient to the target. */
  squaredError(prediction: Tensor, target: Tensor): Tensor {
    this.prediction("squaredError", prediction, target);
    return this.append({ kind: "squaredError", inputs: [prediction.id, target.id] }, [1]);
  }

  /** Mean Huber loss: e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2); shapes as {@link squaredError}. */
  huber(prediction: Tensor, target: Tensor, delta: number): Tensor {
    this.prediction("huber", prediction, target);
    if (!(delta > 0)) throw this.error(`huber needs a positive delta, not ${delta}`);
    return this.append({ kind: "huber", inputs: [prediction.id, target.id], delta }, [1]);
  }

  /** activation(x), value by value. */
  activate(x: Tensor, activation: "tanh" | "relu" | "sigmoid"): Tensor {
    return this.append({ kind: "activation", inputs: [x.id], activation }, x.shape);
  }

  /** factor * x. */
  scale(x: Tensor, factor: number): Tensor {
    return this.append({ kind: "scale", inputs: [x.id], factor }, x.shape);
  }

  /** a + b, both of one shape. */
  add(a: Tensor, b: Tensor): Tensor {
    this.expect("add b", b.shape, a.shape);
    return this.append({ kind: "add", inputs: [a.id, b.id] }, a.shape);
  }

  /** a * b, value by value, both of one shape. */
  multiply(a: Tensor, b: Tensor): Tensor {
    this.expect("multiply b", b.shape, a.shape);
    return this.append({ kind: "multiply", inputs: [a.id, b.id] }, a.shape);
  }

  /** The same values in the same order under another shape. */
  reshape(x: Tensor, shape: Shape): Tensor {
    if (sizeOf(shape) !== sizeOf(x.shape)) throw this.error(`reshape: ${text(x.shape)} does not hold ${text(shape)}`);
    return this.append({ kind: "reshape", inputs: [x.id] }, shape);
  }

  /** The columns from .. from + count - 1 of x [B, C] -> [B, count]. */
  columns(x: Tensor, from: number, count: number): Tensor {
    const [batch, width] = this.matrix("columns x", x);
    if (!(Number.isSafeInteger(from) && from >= 0 && count >= 1 && from + count <= width)) {
      throw this.error(`columns: ${text(x.shape)} has no ${count} columns from ${from} on`);
    }
    return this.append({ kind: "columns", inputs: [x.id], from }, [batch, count]);
  }

  /** Tensors [B, C_i] side by side -> [B, sum C_i]. */
  concatenate(parts: readonly Tensor[]): Tensor {
    const [first] = parts;
    if (!first) throw this.error("concatenate needs a tensor");
    const [batch] = this.matrix("concatenate part", first);
    let width = 0;
    for (const part of parts) {
      const [rows, columns] = this.matrix("concatenate part", part);
      if (rows !== batch) throw this.misfit("concatenate", "part", part.shape, "part", first.shape);
      width += columns;
    }
    return this.append({ kind: "concatenate", inputs: parts.map(({ id }) => id) }, [batch, width]);
  }

  /** Sums of each `count` consecutive rows: [B count, C] -> [B, C]. Scaled by 1 / count it is the mean over a set. */
  sumRows(x: Tensor, count: number): Tensor {
    const [rows, width] = this.matrix("sumRows x", x);
    if (rows % count !== 0) throw this.error(`sumRows: ${text(x.shape)} is not made of groups of ${count} rows`);
    return this.append({ kind: "sumRows", inputs: [x.id], count }, [rows / count, width]);
  }

  /** Each row `count` times in a row: [B, C] -> [B count, C]. */
  repeatRows(x: Tensor, count: number): Tensor {
    const [rows, width] = this.matrix("repeatRows x", x);
    return this.append({ kind: "repeatRows", inputs: [x.id], count }, [rows * count, width]);
  }

  /** Rows of a table [V, D] by their indices [B] -> [B, D]. An index outside the table gives NaN and no gradient. */
  embedding(table: Tensor, indices: Tensor): Tensor {
    const [, width] = this.matrix("embedding table", table);
    this.vector("embedding indices", indices);
    return this.append({ kind: "embedding", inputs: [table.id, indices.id] }, [indices.shape[0] as number, width]);
  }

  /** x[b, indices[b]]: x [B, C], indices [B] -> [B]. An index outside the row gives NaN and no gradient. */
  selectColumn(x: Tensor, indices: Tensor): Tensor {
    const [batch] = this.matrix("selectColumn x", x);
    this.expect("selectColumn indices", indices.shape, [batch]);
    return this.append({ kind: "selectColumn", inputs: [x.id, indices.id] }, [batch]);
  }

  /** gain * (x - mean) / sqrt(variance + 1e-5) + bias over the last axis (Ba et al., 2016): x [B, C], gain, bias [C]. */
  layerNorm(x: Tensor, gain: Tensor, bias: Tensor): Tensor {
    const [, width] = this.matrix("layerNorm x", x);
    this.expect("layerNorm gain", gain.shape, [width]);
    this.expect("layerNorm bias", bias.shape, [width]);
    const inputs = [x.id, gain.id, bias.id] as const;
    return this.append({ kind: "layerNorm", inputs, epsilon: LAYER_NORM_EPSILON }, x.shape);
  }

  /**
   * Softmax of each row of x [R, N]. `mask` [B, N], R a multiple of B, serves R / B consecutive rows each: where it is
   * 0 the probability is exactly 0; a row without any allowed value is all 0.
   */
  softmax(x: Tensor, mask?: Tensor): Tensor {
    const [rows, width] = this.matrix("softmax x", x);
    if (mask) {
      const [batch, columns] = this.matrix("softmax mask", mask);
      if (columns !== width || rows % batch !== 0) throw this.misfit("softmax", "x", x.shape, "mask", mask.shape);
    }
    const inputs = mask ? ([x.id, mask.id] as const) : ([x.id] as const);
    return this.append({ kind: "softmax", inputs }, x.shape);
  }

  /**
   * scale * q . k for each head and pair of tokens: queries [B M, D], keys [B N, D] -> [B heads M, N]; D is cut into
   * `heads` equal parts. With one head and one query an example these are the logits of a pointer (Vinyals et al.,
   * 2015), ready for {@link categoricalLogProbability}.
   */
  attentionScores(queries: Tensor, keys: Tensor, shape: AttentionShape, scale: number): Tensor {
    const batch = this.tokens("attentionScores", queries, shape.queries, keys, shape.keys, shape.heads);
    const op = { kind: "attentionScores", inputs: [queries.id, keys.id], scale, ...pick(shape) } as const;
    return this.append(op, [batch * shape.heads * shape.queries, shape.keys]);
  }

  /** scale * weights V a head: weights [B heads M, N], values [B N, D] -> [B M, D]. */
  attentionMix(weights: Tensor, values: Tensor, shape: AttentionShape, scale: number): Tensor {
    const [rows, width] = this.matrix("attentionMix values", values);
    const batch = rows / shape.keys;
    if (!Number.isInteger(batch)) {
      throw this.error(`attentionMix: values ${text(values.shape)} are not made of groups of ${shape.keys} keys`);
    }
    this.expect("attentionMix weights", weights.shape, [batch * shape.heads * shape.queries, shape.keys]);
    if (width % shape.heads !== 0) throw this.error(`attentionMix: ${width} columns do not make ${shape.heads} heads`);
    const op = { kind: "attentionMix", inputs: [weights.id, values.id], scale, ...pick(shape) } as const;
    return this.append(op, [batch * shape.queries, width]);
  }

  /**
   * Multi-head attention softmax(Q K^T / sqrt(D / heads)) V without its projections (Vaswani et al., 2017): queries
   * [B M, D], keys and values [B N, D], `mask` [B, N] with 0 where a key is to be left out -> [B M, D].
   */
  attention(queries: Tensor, keys: Tensor, values: Tensor, shape: AttentionShape, mask?: Tensor): Tensor {
    const width = queries.shape[1] as number;
    const scores = this.attentionScores(queries, keys, shape, 1 / Math.sqrt(width / shape.heads));
    return this.attentionMix(this.softmax(scores, mask), values, shape, 1);
  }

  /**
   * A recurrent layer over T steps of B sequences, rows step-major (step t of sequence b is row t B + b):
   * `gates` [T B, G H], what the layer's input contributes to the pre-activations (a {@link dense} with activation
   * none); `weight` [H, G H] and `bias` [G H] for the cell's own output; `state` [B, S H], what it carries into step 0 (a
   * constant: no gradient); `keep` [T B], 0 where the state is set to zero before the step (an episode began there), else
   * 1. -> `output` [T B, H] and the `state` [B, S H] after the last step (no gradient). G and S: {@link CELLS}.
   *
   *     rnn:  h' = tanh(x + h W + b)
   *     gru:  r, z = sigmoid(x + h W + b); q = h W_n + b_n; n = tanh(x_n + r q); h' = (1 - z) n + z h
   *           gates in the order n, r, z; weight and bias in the order r, z, n
   *     lstm: i, f, o = sigmoid(x + h W + b); g = tanh(x + h W + b); c' = f c + i g; h' = o tanh(c')
   *           gates, weight and bias in the order i, f, g, o; state: h, then c
   *
   * The GRU is PyTorch's and cuDNN's: the reset gate acts on h W_n + b_n, not on h.
   */
  recurrent(
    cell: Cell,
    gates: Tensor,
    weight: Tensor,
    bias: Tensor,
    state: Tensor,
    keep: Tensor,
  ): { readonly output: Tensor; readonly state: Tensor } {
    const layout = CELLS[cell];
    const [rows, width] = this.matrix("recurrent gates", gates);
    const [batch, carried] = this.matrix("recurrent state", state);
    const units = carried / layout.state;
    if (!Number.isInteger(units) || width !== layout.gates * units || rows % batch !== 0) {
      throw this.misfit(`recurrent (${cell})`, "gates", gates.shape, "state", state.shape);
    }
    this.expect(`recurrent (${cell}) weight`, weight.shape, [units, layout.gates * units]);
    this.expect(`recurrent (${cell}) bias`, bias.shape, [layout.gates * units]);
    this.expect(`recurrent (${cell}) keep`, keep.shape, [rows]);
    const inputs = [gates.id, weight.id, bias.id, state.id, keep.id] as const;
    const tape = this.append({ kind: "recurrent", inputs, cell }, [rows, layout.tape * units]);
    return {
      output: this.append({ kind: "recurrentOutput", inputs: [tape.id], cell }, [rows, units]),
      state: this.append({ kind: "recurrentState", inputs: [tape.id], cell }, state.shape),
    };
  }

  /**
   * Sum over A of log(1 - tanh(u)^2) -> [B]: what to subtract from the log density of u [B, A] to get that of tanh(u)
   * (Haarnoja et al., 2018, appendix C), in a form that stays exact for large |u|.
   */
  squashLogDeterminant(raw: Tensor): Tensor {
    const [batch] = this.matrix("squashLogDeterminant raw", raw);
    return this.append({ kind: "squashLogDeterminant", inputs: [raw.id] }, [batch]);
  }

  /**
   * Sum over i of log x_i, x = softmax(u_1, .., u_A, 0), -> [B]: what to subtract from the log density of u [B, A] to get
   * that of the fractions x_1 .. x_A (logistic-normal; Aitchison and Shen, 1980).
   */
  simplexLogDeterminant(raw: Tensor): Tensor {
    const [batch] = this.matrix("simplexLogDeterminant raw", raw);
    return this.append({ kind: "simplexLogDeterminant", inputs: [raw.id] }, [batch]);
  }

  /** KL(old || new) of categorical heads, summed over heads -> [B]; its gradient goes to the new logits alone. */
  categoricalKl(oldLogits: Tensor, logits: Tensor, choices: readonly number[], mask?: Tensor): Tensor {
    const batch = this.heads("categoricalKl", logits, choices, mask);
    this.expect("categoricalKl oldLogits", oldLogits.shape, logits.shape);
    const [old, now] = [this.logSoftmax(oldLogits, choices, mask), this.logSoftmax(logits, choices, mask)];
    return this.append({ kind: "categoricalKl", inputs: [old.id, now.id], choices }, [batch]);
  }

  /** KL(old || new) of diagonal Gaussians, means [B, A], logStds [A] -> [B]; gradients to the new mean and logStd. */
  gaussianKl(oldMean: Tensor, oldLogStd: Tensor, mean: Tensor, logStd: Tensor): Tensor {
    const [batch, width] = this.matrix("gaussianKl mean", mean);
    this.expect("gaussianKl oldMean", oldMean.shape, mean.shape);
    this.expect("gaussianKl oldLogStd", oldLogStd.shape, [width]);
    this.expect("gaussianKl logStd", logStd.shape, [width]);
    const inputs = [oldMean.id, oldLogStd.id, mean.id, logStd.id] as const;
    return this.append({ kind: "gaussianKl", inputs }, [batch]);
  }

  /** Mean over all values -> [1]. */
  mean(x: Tensor): Tensor {
    return this.append({ kind: "mean", inputs: [x.id] }, [1]);
  }

  /** sum of weight * term; every term [1] -> [1]. */
  weightedSum(terms: readonly { term: Tensor; weight: number }[]): Tensor {
    for (const { term } of terms) this.expect("weightedSum term", term.shape, [1]);
    const inputs = terms.map(({ term }) => term.id);
    return this.append({ kind: "weightedSum", inputs, weights: terms.map(({ weight }) => weight) }, [1]);
  }

  /**
   * Appends the backward pass of `loss` [1] and returns its gradient to each parameter, in their order. Terms marked
   * "no gradient" count as constants. Throws a RangeError when the loss does not depend on one of the parameters.
   */
  gradients(loss: Tensor, parameters: readonly Tensor[]): Tensor[] {
    this.expect("gradients loss", loss.shape, [1]);
    const forward = this.list.slice(0, loss.id + 1);
    const wanted = new Set<Id | undefined>(parameters.map(({ id }) => id));
    for (const { id, op } of forward) {
      if (op.kind in derivatives && op.inputs.some((input) => wanted.has(input))) wanted.add(id);
    }
    const gradientOf = new Map<Id, Tensor>();
    gradientOf.set(loss.id, this.append({ kind: "fill", inputs: [], value: 1 }, [1]));
    for (const node of forward.reverse()) {
      const upstream = gradientOf.get(node.id);
      const derivative = derivatives[node.op.kind] as Derivative<OpKind> | undefined;
      if (!upstream || !derivative || !wanted.has(node.id)) continue;
      for (const [target, build] of derivative(this, node.op, node, upstream)) {
        if (!wanted.has(target)) continue;
        const gradient = build();
        const sum = gradientOf.get(target);
        gradientOf.set(target, sum ? this.add(sum, gradient) : gradient);
      }
    }
    return parameters.map((parameter) => {
      const gradient = gradientOf.get(parameter.id);
      if (!gradient) throw this.error(`has a loss that does not depend on ${this.describe(parameter)}`);
      return gradient;
    });
  }

  /** Euclidean norm over all values of all tensors -> [1]; no gradient. */
  globalNorm(tensors: readonly Tensor[]): Tensor {
    return this.append({ kind: "globalNorm", inputs: tensors.map(({ id }) => id) }, [1]);
  }

  /** Every gradient times min(1, maximum / (norm + 1e-6)). */
  clipByGlobalNorm(gradients: readonly Tensor[], norm: Tensor, maximum: number): Tensor[] {
    this.expect("clipByGlobalNorm norm", norm.shape, [1]);
    return gradients.map(({ id, shape }) => this.append({ kind: "clipByNorm", inputs: [id, norm.id], maximum }, shape));
  }

  /**
   * One step of Adam in place: m and v are moments of the gradient, p -= learningRate * mHat / (sqrt(vHat) + epsilon)
   * (Kingma and Ba, 2015, Algorithm 1). Moments and step count live in the workspace under the optimiser's name.
   */
  adam(
    optimiser: string,
    parameters: readonly Tensor[],
    gradients: readonly Tensor[],
    learningRate: Tensor,
    options: AdamOptions,
  ): void {
    this.expect("adam learningRate", learningRate.shape, [1]);
    if (parameters.length !== gradients.length) {
      throw this.error(`adam got ${parameters.length} parameters and ${gradients.length} gradients`);
    }
    const inputs: Id[] = [learningRate.id];
    parameters.forEach((parameter, index) => {
      const gradient = gradients[index] as Tensor;
      this.expect(`adam gradient of ${this.describe(parameter)}`, gradient.shape, parameter.shape);
      inputs.push(parameter.id, gradient.id);
    });
    const names = parameters.map((parameter) => this.nameOf("adam", parameter));
    this.append({ kind: "adam", inputs, optimiser, parameters: names, options }, [0]);
  }

  /** Polyak averaging in place: target += rate * (source - target), pair by pair; rate [1], 1 copies. */
  polyak(targets: readonly Tensor[], sources: readonly Tensor[], rate: Tensor): void {
    this.expect("polyak rate", rate.shape, [1]);
    if (targets.length !== sources.length) {
      throw this.error(`polyak got ${targets.length} targets and ${sources.length} sources`);
    }
    const inputs: Id[] = [rate.id];
    targets.forEach((target, index) => {
      const source = sources[index] as Tensor;
      this.expect(`polyak source of ${this.describe(target)}`, source.shape, target.shape);
      inputs.push(target.id, source.id);
    });
    const names = targets.map((target) => this.nameOf("polyak", target));
    this.append({ kind: "polyak", inputs, parameters: names }, [0]);
  }

  /** Names a tensor that the caller reads after each run. */
  output(name: string, tensor: Tensor): void {
    if (this.named.has(name)) throw this.error(`has two outputs named "${name}"`);
    this.named.set(name, tensor);
  }

  /** Adds an op without checks; for the derivative rules. */
  append(op: Op, shape: Shape): Tensor {
    for (const extent of shape) {
      if (!Number.isSafeInteger(extent) || extent < (UPDATE_KINDS.has(op.kind) ? 0 : 1)) {
        throw this.error(`cannot hold a tensor of shape ${text(shape)}`);
      }
    }
    const node: Node = { id: this.list.length, shape: [...shape], op };
    this.list.push(node);
    return node;
  }

  /** A tensor by id; for the derivative rules. */
  tensor(id: Id): Tensor {
    return this.list[id] as Node;
  }

  /** Shape of a tensor by id; for the derivative rules. */
  shapeOf(id: Id): Shape {
    return (this.list[id] as Node).shape;
  }

  /** One log-softmax serves the log-probability, the entropy and their gradients. */
  private logSoftmax(logits: Tensor, choices: readonly number[], mask?: Tensor): Tensor {
    const key = `${logits.id}/${choices.join()}/${mask?.id}`;
    const known = this.logSoftmaxes.get(key);
    if (known) return known;
    const inputs = mask ? ([logits.id, mask.id] as const) : ([logits.id] as const);
    const tensor = this.append({ kind: "logSoftmax", inputs, choices }, logits.shape);
    this.logSoftmaxes.set(key, tensor);
    return tensor;
  }

  private heads(where: string, logits: Tensor, choices: readonly number[], mask?: Tensor): number {
    const [batch, width] = this.matrix(`${where} logits`, logits);
    const sum = choices.reduce((total, count) => total + count, 0);
    if (width !== sum || choices.some((count) => !Number.isSafeInteger(count) || count < 1)) {
      throw this.misfit(where, "logits", logits.shape, "choices", choices);
    }
    if (mask) this.expect(`${where} mask`, mask.shape, logits.shape);
    return batch;
  }

  /** A prediction [B] or [B, 1] and its target [B]. */
  private prediction(where: string, prediction: Tensor, target: Tensor): void {
    this.vector(`${where} target`, target);
    if (!same(prediction.shape, target.shape)) {
      this.expect(`${where} prediction`, prediction.shape, [target.shape[0] as number, 1]);
    }
  }

  /** Examples in queries [B M, D] and keys [B N, D]. */
  private tokens(where: string, queries: Tensor, m: number, keys: Tensor, n: number, heads: number): number {
    const [queryRows, queryWidth] = this.matrix(`${where} queries`, queries);
    const [keyRows, keyWidth] = this.matrix(`${where} keys`, keys);
    const batch = queryRows / m;
    if (queryWidth !== keyWidth || queryWidth % heads !== 0 || !Number.isInteger(batch) || keyRows !== batch * n) {
      const fault = this.misfit(where, "queries", queries.shape, "keys", keys.shape);
      throw new RangeError(`${fault.message} with ${heads} heads of ${m} queries and ${n} keys`);
    }
    return batch;
  }

  private matrix(what: string, { shape }: Tensor): readonly [rows: number, columns: number] {
    const [rows, columns] = shape;
    if (shape.length !== 2 || rows === undefined || columns === undefined) {
      throw this.error(`${what} must have two axes, not ${text(shape)}`);
    }
    return [rows, columns];
  }

  private vector(what: string, { shape }: Tensor): void {
    if (shape.length !== 1) throw this.error(`${what} must have one axis, not ${text(shape)}`);
  }

  private expect(what: string, actual: Shape, expected: Shape): void {
    if (!same(actual, expected)) throw this.error(`${what} has shape ${text(actual)}, expected ${text(expected)}`);
  }

  private misfit(where: string, a: string, shapeA: Shape, b: string, shapeB: Shape): RangeError {
    return this.error(`${where}: ${a} ${text(shapeA)} does not fit ${b} ${text(shapeB)}`);
  }

  /** Name of a parameter that `where` changes. */
  private nameOf(where: string, parameter: Tensor): string {
    const { op } = this.list[parameter.id] as Node;
    if (op.kind !== "parameter")
      throw this.error(`${where} can change parameters only, not ${this.describe(parameter)}`);
    return op.name;
  }

  private describe({ id, shape }: Tensor): string {
    const { op } = this.list[id] as Node;
    return "name" in op ? `${op.kind} "${op.name}"` : `the result ${text(shape)} of ${op.kind}`;
  }

  private error(message: string): RangeError {
    return new RangeError(`graph "${this.name}": ${message}`);
  }
}

function text(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

function same(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

function pick({ heads, queries, keys }: AttentionShape): AttentionShape {
  return { heads, queries, keys };
}
