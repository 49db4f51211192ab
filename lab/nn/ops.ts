/**
 * The vocabulary of graphs: every op as data. What an op computes is said where {@link Graph} builds it; how, in plain
 * loops, in reference/kernels. Ops of the backward pass name in their comment the op whose gradient they are.
 */

export type Activation = "none" | "tanh" | "relu" | "sigmoid";

export type Shape = readonly number[];

/** A handle of one op's result. */
export interface Tensor {
  readonly id: number;
  readonly shape: Shape;
}

/** Decay rates of the moments and the term that keeps the denominator off zero (Kingma and Ba, 2015, Algorithm 1). */
export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay of AdamW (Loshchilov and Hutter, 2019, Algorithm 2); 0 when absent. */
  readonly weightDecay?: number;
}

/** A recurrent cell: plain tanh (Elman), GRU (Cho et al., 2014) or LSTM (Hochreiter and Schmidhuber, 1997). */
export type Cell = "rnn" | "gru" | "lstm";

/** Blocks of H columns, H being the cell's units, in the tensors of a recurrent layer. */
export interface CellLayout {
  /** Pre-activations that the layer's input contributes: rnn (h); gru (n, r, z); lstm (i, f, g, o). */
  readonly gates: number;
  /** What the cell carries from step to step: (h) or, for an LSTM, (h, c). */
  readonly state: number;
  /** What the forward pass notes of each step: rnn (h); gru (h, r, z, n, q); lstm (h, c, i, f, g, o). */
  readonly tape: number;
  /** Gradients of the pre-activations: rnn (h); gru (n, r, z, q); lstm (i, f, g, o). */
  readonly gradient: number;
  /** First block of {@link gradient} that belongs to h W + b rather than to the layer's input: (r, z, q) of a GRU. */
  readonly recurrentFrom: number;
}

export const CELLS: Readonly<Record<Cell, CellLayout>> = {
  rnn: { gates: 1, state: 1, tape: 1, gradient: 1, recurrentFrom: 0 },
  gru: { gates: 3, state: 1, tape: 5, gradient: 4, recurrentFrom: 1 },
  lstm: { gates: 4, state: 2, tape: 6, gradient: 4, recurrentFrom: 0 },
};

/** Attention of `queries` tokens to `keys` tokens, rows of one example one after another, `heads` equal parts of D. */
export interface AttentionShape {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
}

/** Ids of the tensors an op reads, in the order its kind documents. */
export type Id = number;

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
  | { kind: "huber"; inputs: readonly [prediction: Id, target: Id]; delta: number }
  | { kind: "mean"; inputs: readonly [x: Id] }
  | { kind: "weightedSum"; inputs: readonly Id[]; weights: readonly number[] }
  | { kind: "activation"; inputs: readonly [x: Id]; activation: "tanh" | "relu" | "sigmoid" }
  | { kind: "scale"; inputs: readonly [x: Id]; factor: number }
  | { kind: "add"; inputs: readonly [a: Id, b: Id] }
  | { kind: "multiply"; inputs: readonly [a: Id, b: Id] }
  | { kind: "reshape"; inputs: readonly [x: Id] }
  | { kind: "columns"; inputs: readonly [x: Id]; from: number }
  | { kind: "concatenate"; inputs: readonly Id[] }
  | { kind: "sumRows"; inputs: readonly [x: Id]; count: number }
  | { kind: "repeatRows"; inputs: readonly [x: Id]; count: number }
  | { kind: "embedding"; inputs: readonly [table: Id, indices: Id] }
  | { kind: "selectColumn"; inputs: readonly [x: Id, indices: Id] }
  | { kind: "layerNorm"; inputs: readonly [x: Id, gain: Id, bias: Id]; epsilon: number }
  | { kind: "softmax"; inputs: readonly [x: Id, mask?: Id] }
  | ({ kind: "attentionScores"; inputs: readonly [queries: Id, keys: Id]; scale: number } & AttentionShape)
  | ({ kind: "attentionMix"; inputs: readonly [weights: Id, values: Id]; scale: number } & AttentionShape)
  | ({ kind: "attentionMixTransposed"; inputs: readonly [weights: Id, values: Id]; scale: number } & AttentionShape)
  | { kind: "recurrent"; inputs: readonly [gates: Id, weight: Id, bias: Id, state: Id, keep: Id]; cell: Cell }
  | { kind: "recurrentOutput"; inputs: readonly [tape: Id]; cell: Cell }
  | { kind: "recurrentState"; inputs: readonly [tape: Id]; cell: Cell }
  | { kind: "squashLogDeterminant"; inputs: readonly [raw: Id] }
  | { kind: "simplexLogDeterminant"; inputs: readonly [raw: Id] }
  | { kind: "categoricalKl"; inputs: readonly [oldLogSoftmax: Id, logSoftmax: Id]; choices: readonly number[] }
  | { kind: "gaussianKl"; inputs: readonly [oldMean: Id, oldLogStd: Id, mean: Id, logStd: Id] }
  // Backward
  | { kind: "activationGradient"; inputs: readonly [upstream: Id, y: Id]; activation: "tanh" | "relu" | "sigmoid" }
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
  | { kind: "huberGradient"; inputs: readonly [upstream: Id, prediction: Id, target: Id]; delta: number }
  | { kind: "padColumns"; inputs: readonly [upstream: Id]; from: number }
  | { kind: "embeddingGradient"; inputs: readonly [upstream: Id, indices: Id] }
  | { kind: "selectColumnGradient"; inputs: readonly [upstream: Id, indices: Id] }
  | { kind: "layerNormInputGradient"; inputs: readonly [upstream: Id, x: Id, gain: Id]; epsilon: number }
  | { kind: "layerNormGainGradient"; inputs: readonly [upstream: Id, x: Id]; epsilon: number }
  | { kind: "softmaxGradient"; inputs: readonly [upstream: Id, softmax: Id] }
  | {
      kind: "recurrentGradient";
      inputs: readonly [upstream: Id, tape: Id, weight: Id, state: Id, keep: Id];
      cell: Cell;
    }
  /** keep_t h_(t-1), which the weight met in step t. */
  | { kind: "recurrentInput"; inputs: readonly [tape: Id, state: Id, keep: Id]; cell: Cell }
  | { kind: "squashLogDeterminantGradient"; inputs: readonly [upstream: Id, raw: Id] }
  | { kind: "simplexLogDeterminantGradient"; inputs: readonly [upstream: Id, raw: Id] }
  | {
      kind: "categoricalKlGradient";
      inputs: readonly [upstream: Id, oldLogSoftmax: Id, logSoftmax: Id];
      choices: readonly number[];
    }
  | { kind: "gaussianKlMeanGradient"; inputs: readonly [upstream: Id, oldMean: Id, mean: Id, logStd: Id] }
  | {
      kind: "gaussianKlLogStdGradient";
      inputs: readonly [upstream: Id, oldMean: Id, oldLogStd: Id, mean: Id, logStd: Id];
    }
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
    }
  | {
      kind: "polyak";
      /** rate, then target and source in turn. */
      inputs: readonly Id[];
      /** Names of the targets, in the order of `inputs`. */
      parameters: readonly string[];
    };

export type OpKind = Op["kind"];
export type OpOf<K extends OpKind> = Extract<Op, { kind: K }>;

/** Ops that change parameters and have no result (shape [0]). */
export const UPDATE_KINDS: ReadonlySet<OpKind> = new Set<OpKind>(["adam", "polyak"]);

/** One step of a graph: an op, the id and the shape of its result. {@link UPDATE_KINDS} have none (shape [0]). */
export interface Node extends Tensor {
  readonly op: Op;
}

/** Number of values in a tensor. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Masked logits are set to this before the softmax; their probability is 0 in every executor. */
export const MASKED_LOGIT = -1e8;
/** {@link Graph.standardise} divides by the standard deviation plus this. */
export const STANDARDISE_EPSILON = 1e-8;
/** {@link Graph.clipByGlobalNorm} scales by maximum / (norm + this). */
export const CLIP_NORM_EPSILON = 1e-6;
