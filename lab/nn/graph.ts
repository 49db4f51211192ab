/**
 * The static graph of a network and its losses: a list of ops over tensors of fixed shape, built once, run many times.
 *
 * An op is data (its kind, the ids of the tensors it reads, its constants), and the backward pass that
 * {@link Graph.gradients} appends is made of ops too. An executor therefore needs one function an op kind and no
 * automatic differentiation of its own. Tensors are row-major. The batch is the first axis, B below.
 */

export type Activation = "none" | "tanh" | "relu";

/** A handle of one op's result. */
export interface Tensor {
  readonly id: number;
  readonly shape: readonly number[];
}

/** Decay rates of the moments and the term that keeps the denominator off zero (Kingma and Ba, 2015, Algorithm 1). */
export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Ids of the tensors an op reads, in the order its kind documents. */
type Id = number;

export type Op =
  // Sources
  | { kind: "input"; inputs: readonly []; name: string }
  | { kind: "parameter"; inputs: readonly []; name: string }
  | { kind: "fill"; inputs: readonly []; value: number }
  // Forward
  | { kind: "dense"; inputs: readonly [x: Id, weight: Id, bias: Id]; activation: Activation }
  | { kind: "logSoftmax"; inputs: readonly [logits: Id, mask?: Id]; choices: readonly number[] }
  | {
      kind: "categoricalLogProbability";
      inputs: readonly [logSoftmax: Id, actions: Id];
      choices: readonly number[];
    }
  | { kind: "categoricalEntropy"; inputs: readonly [logSoftmax: Id, mask?: Id]; choices: readonly number[] }
  | { kind: "gaussianLogProbability"; inputs: readonly [mean: Id, logStd: Id, actions: Id] }
  | { kind: "gaussianEntropy"; inputs: readonly [logStd: Id] }
  | { kind: "standardise"; inputs: readonly [x: Id] }
  | {
      kind: "clippedSurrogate";
      inputs: readonly [logProbability: Id, oldLogProbability: Id, advantage: Id];
      clip: number;
    }
  | { kind: "approximateKl"; inputs: readonly [logProbability: Id, oldLogProbability: Id] }
  | { kind: "clipFraction"; inputs: readonly [logProbability: Id, oldLogProbability: Id]; clip: number }
  | { kind: "squaredError"; inputs: readonly [prediction: Id, target: Id] }
  | { kind: "mean"; inputs: readonly [x: Id] }
  | { kind: "weightedSum"; inputs: readonly Id[]; weights: readonly number[] }
  // Backward
  | { kind: "activationGradient"; inputs: readonly [upstream: Id, y: Id]; activation: "tanh" | "relu" }
  | { kind: "denseInputGradient"; inputs: readonly [upstream: Id, weight: Id] }
  | { kind: "denseWeightGradient"; inputs: readonly [x: Id, upstream: Id] }
  | { kind: "denseBiasGradient"; inputs: readonly [upstream: Id] }
  | {
      kind: "categoricalLogProbabilityGradient";
      inputs: readonly [upstream: Id, logSoftmax: Id, actions: Id, mask?: Id];
      choices: readonly number[];
    }
  | {
      kind: "categoricalEntropyGradient";
      inputs: readonly [upstream: Id, logSoftmax: Id, mask?: Id];
      choices: readonly number[];
    }
  | { kind: "gaussianMeanGradient"; inputs: readonly [upstream: Id, mean: Id, logStd: Id, actions: Id] }
  | { kind: "gaussianLogStdGradient"; inputs: readonly [upstream: Id, mean: Id, logStd: Id, actions: Id] }
  | {
      kind: "clippedSurrogateGradient";
      inputs: readonly [upstream: Id, logProbability: Id, oldLogProbability: Id, advantage: Id];
      clip: number;
    }
  | { kind: "squaredErrorGradient"; inputs: readonly [upstream: Id, prediction: Id, target: Id] }
  | { kind: "broadcast"; inputs: readonly [scalar: Id]; scale: number }
  | { kind: "add"; inputs: readonly [a: Id, b: Id] }
  // Update
  | { kind: "globalNorm"; inputs: readonly Id[] }
  | { kind: "clipByNorm"; inputs: readonly [x: Id, norm: Id]; maximum: number }
  | {
      kind: "adam";
      /** learningRate, then parameter and gradient in turn. */
      inputs: readonly Id[];
      optimiser: string;
      /** Names of the parameters, in the order of `inputs`. */
      parameters: readonly string[];
      options: AdamOptions;
    };

export type OpKind = Op["kind"];
export type OpOf<K extends OpKind> = Extract<Op, { kind: K }>;

/** One step of a graph: an op, the id and the shape of its result. `adam` has no result (shape [0]). */
export interface Node extends Tensor {
  readonly op: Op;
}

/** Number of values in a tensor. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Masked logits are set to this before the softmax; their probability is 0 in every executor. */
export const MASKED_LOGIT = -1e8;
/** {@link Graph.standardise} divides by the standard deviation plus this. */
export const STANDARDISE_EPSILON = 1e-8;
/** {@link Graph.clipByGlobalNorm} scales by maximum / (norm + this). */
export const CLIP_NORM_EPSILON = 1e-6;

type Shape = readonly number[];
/** A gradient that an op sends to a tensor it read; `build` appends it and is called only where it is wanted. */
type Contribution = readonly [target: Id, build: () => Tensor];
type Derivative<K extends OpKind> = (graph: Graph, op: OpOf<K>, node: Node, upstream: Tensor) => Contribution[];

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
    this.vector("squaredError target", target);
    if (!same(prediction.shape, target.shape)) {
      this.expect("squaredError prediction", prediction.shape, [target.shape[0] as number, 1]);
    }
    return this.append({ kind: "squaredError", inputs: [prediction.id, target.id] }, [1]);
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
    const names: string[] = [];
    const inputs: Id[] = [learningRate.id];
    parameters.forEach((parameter, index) => {
      const { op } = this.list[parameter.id] as Node;
      if (op.kind !== "parameter") throw this.error(`adam can change parameters only, not ${this.describe(parameter)}`);
      const gradient = gradients[index] as Tensor;
      this.expect(`adam gradient of "${op.name}"`, gradient.shape, parameter.shape);
      names.push(op.name);
      inputs.push(parameter.id, gradient.id);
    });
    this.append({ kind: "adam", inputs, optimiser, parameters: names, options }, [0]);
  }

  /** Names a tensor that the caller reads after each run. */
  output(name: string, tensor: Tensor): void {
    if (this.named.has(name)) throw this.error(`has two outputs named "${name}"`);
    this.named.set(name, tensor);
  }

  /** Adds an op without checks; for the derivative rules below. */
  append(op: Op, shape: Shape): Tensor {
    for (const extent of shape) {
      if (!Number.isSafeInteger(extent) || extent < (op.kind === "adam" ? 0 : 1)) {
        throw this.error(`cannot hold a tensor of shape ${text(shape)}`);
      }
    }
    const node: Node = { id: this.list.length, shape: [...shape], op };
    this.list.push(node);
    return node;
  }

  /** Shape of a tensor by id; for the derivative rules below. */
  shapeOf(id: Id): Shape {
    return (this.list[id] as Node).shape;
  }

  private add(a: Tensor, b: Tensor): Tensor {
    return this.append({ kind: "add", inputs: [a.id, b.id] }, a.shape);
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

/** Logits and mask under a log-softmax: its readers send their gradients straight to the logits. */
function logitsUnder(graph: Graph, logSoftmax: Id): OpOf<"logSoftmax">["inputs"] {
  return ((graph.nodes[logSoftmax] as Node).op as OpOf<"logSoftmax">).inputs;
}

/** The chain rule, one entry a differentiable op. What is missing here sends no gradient. */
const derivatives: { readonly [K in OpKind]?: Derivative<K> } = {
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
