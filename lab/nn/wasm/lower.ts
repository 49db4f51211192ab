import type { Graph } from "../graph.ts";
import { type Activation, type Node, type OpKind, type OpOf, sizeOf } from "../ops.ts";
import type { OptimiserState } from "../store.ts";
import type { Arena } from "./arena.ts";
import * as opcode from "./assembly/opcodes.ts";

/** Instructions in memory, ready for the kernels' `run`. */
export interface Instructions {
  readonly from: number;
  readonly end: number;
}

/** What lowering needs to know of a workspace. */
export interface Placement {
  readonly arena: Arena;
  /** Address of each tensor of the graph. */
  readonly addresses: readonly number[];
  readonly optimiser: (name: string, parameters: readonly string[]) => OptimiserState;
}

const ACTIVATIONS: Record<Activation, number> = { none: opcode.NONE, tanh: opcode.TANH, relu: opcode.RELU };
/** Packed panels are as long as the inner axis of their product, rounded up to whole vectors of four. */
const PANEL_ROW_BYTES = opcode.PANEL_COLUMNS * Float32Array.BYTES_PER_ELEMENT;

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** A float32 as an instruction's word. */
function real(value: number): number {
  float[0] = value;
  return bits[0] as number;
}

/**
 * Rows in each of the (at most four) parts in which sums over the batch are taken. It depends on the batch alone, so
 * that the order of every sum stays the same however many workers share the parts.
 */
function partRows(batch: number): number {
  return Math.max(32, Math.ceil(batch / 4));
}

/** Turns a graph's ops into instructions. */
export function lower(graph: Graph, placement: Placement): Instructions {
  const writer = new Writer(graph, placement);
  for (const node of graph.nodes) (lowerings[node.op.kind] as Lowering<OpKind>)(node.op, writer, node);
  return writer.finish();
}

class Writer {
  readonly placement: Placement;
  private readonly graph: Graph;
  private readonly written: number[] = [];
  /** Instruction words that take the address of the scratch panel, known only once its size is. */
  private readonly scratchWords: number[] = [];
  private scratchBytes = 0;

  constructor(graph: Graph, placement: Placement) {
    this.graph = graph;
    this.placement = placement;
  }

  /** Address of a tensor, 0 for an operand that is not there. */
  at(id: number | undefined): number {
    return id === undefined ? 0 : (this.placement.addresses[id] as number);
  }

  shape(id: number): readonly number[] {
    return this.graph.shapeOf(id);
  }

  size(id: number): number {
    return sizeOf(this.shape(id));
  }

  rows(id: number): number {
    return this.shape(id)[0] as number;
  }

  columns(id: number): number {
    return this.shape(id)[1] as number;
  }

  emit(kind: number, ...words: readonly number[]): void {
    const padding = opcode.INSTRUCTION_WORDS - 1 - words.length;
    this.written.push(kind, ...words, ...new Array<number>(padding).fill(0));
  }

  /** As {@link emit}, with the address of a scratch panel of `inner` rows as the last word. */
  emitWithScratch(inner: number, kind: number, ...words: readonly number[]): void {
    this.scratchBytes = Math.max(this.scratchBytes, Math.ceil(inner / 4) * 4 * PANEL_ROW_BYTES);
    this.scratchWords.push(this.written.length + 1 + words.length);
    this.emit(kind, ...words, 0);
  }

  finish(): Instructions {
    const { arena } = this.placement;
    const scratch = arena.allocate(this.scratchBytes);
    for (const word of this.scratchWords) this.written[word] = scratch;
    const from = arena.words(this.written);
    return { from, end: from + this.written.length * 4 };
  }
}

type Lowering<K extends OpKind> = (op: OpOf<K>, writer: Writer, node: Node) => void;

/** Argument order of each instruction: see its case in assembly/index.ts. */
const lowerings: { readonly [K in OpKind]: Lowering<K> } = {
  input: () => {},
  parameter: () => {},
  fill: ({ value }, w, { id }) => w.emit(opcode.FILL, w.at(id), real(value), w.size(id)),

  dense({ inputs: [x, weight, bias], activation }, w, { id }) {
    const [width, columns] = [w.columns(x), w.columns(id)];
    const addresses = [w.at(x), w.at(weight), w.at(bias), w.at(id)];
    w.emitWithScratch(width, opcode.DENSE, ...addresses, w.rows(x), width, columns, ACTIVATIONS[activation]);
  },
  logSoftmax({ inputs: [logits, mask], choices }, w, { id }) {
    const heads = w.placement.arena.words(choices);
    const addresses = [w.at(logits), w.at(mask), w.at(id)];
    w.emit(opcode.LOG_SOFTMAX, ...addresses, w.rows(logits), heads, choices.length);
  },
  categoricalLogProbability({ inputs: [logSoftmax, actions], choices }, w, { id }) {
    const heads = w.placement.arena.words(choices);
    const addresses = [w.at(logSoftmax), w.at(actions), w.at(id)];
    w.emit(opcode.CATEGORICAL_LOG_PROBABILITY, ...addresses, w.rows(logSoftmax), heads, choices.length);
  },
  categoricalEntropy({ inputs: [logSoftmax, mask], choices }, w, { id }) {
    const heads = w.placement.arena.words(choices);
    const addresses = [w.at(logSoftmax), w.at(mask), w.at(id)];
    w.emit(opcode.CATEGORICAL_ENTROPY, ...addresses, w.rows(logSoftmax), heads, choices.length);
  },
  gaussianLogProbability({ inputs: [mean, logStd, actions] }, w, { id }) {
    const addresses = [w.at(mean), w.at(logStd), w.at(actions), w.at(id)];
    w.emit(opcode.GAUSSIAN_LOG_PROBABILITY, ...addresses, w.rows(mean), w.columns(mean));
  },
  gaussianEntropy: ({ inputs: [logStd] }, w, { id }) =>
    w.emit(opcode.GAUSSIAN_ENTROPY, w.at(logStd), w.at(id), w.size(logStd)),
  standardise: ({ inputs: [x] }, w, { id }) => w.emit(opcode.STANDARDISE, w.at(x), w.at(id), w.size(x)),
  clippedSurrogate({ inputs: [logProbability, old, advantage], clip }, w, { id }) {
    const addresses = [w.at(logProbability), w.at(old), w.at(advantage)];
    w.emit(opcode.CLIPPED_SURROGATE, ...addresses, real(clip), w.at(id), w.size(old));
  },
  approximateKl: ({ inputs: [logProbability, old] }, w, { id }) =>
    w.emit(opcode.APPROXIMATE_KL, w.at(logProbability), w.at(old), w.at(id), w.size(old)),
  clipFraction: ({ inputs: [logProbability, old], clip }, w, { id }) =>
    w.emit(opcode.CLIP_FRACTION, w.at(logProbability), w.at(old), real(clip), w.at(id), w.size(old)),
  squaredError: ({ inputs: [prediction, target] }, w, { id }) =>
    w.emit(opcode.SQUARED_ERROR, w.at(prediction), w.at(target), w.at(id), w.size(target)),
  mean: ({ inputs: [x] }, w, { id }) => w.emit(opcode.MEAN, w.at(x), w.at(id), w.size(x)),
  weightedSum({ inputs, weights }, w, { id }) {
    const terms = inputs.flatMap((term, index) => [w.at(term), real(weights[index] as number)]);
    w.emit(opcode.WEIGHTED_SUM, w.placement.arena.words(terms), w.at(id), inputs.length);
  },

  activationGradient: ({ inputs: [upstream, y], activation }, w, { id }) =>
    w.emit(opcode.ACTIVATION_GRADIENT, ACTIVATIONS[activation], w.at(upstream), w.at(y), w.at(id), w.size(y)),
  denseInputGradient({ inputs: [upstream, weight] }, w, { id }) {
    const [batch, columns] = [w.rows(upstream), w.columns(upstream)];
    const addresses = [w.at(upstream), w.at(weight), w.at(id)];
    w.emitWithScratch(columns, opcode.DENSE_INPUT_GRADIENT, ...addresses, batch, w.rows(weight), columns);
  },
  denseWeightGradient({ inputs: [x, upstream] }, w, { id }) {
    const batch = w.rows(x);
    const extents = [batch, w.columns(x), w.columns(upstream), partRows(batch)];
    const addresses = [w.at(x), w.at(upstream), w.at(id)];
    w.emitWithScratch(partRows(batch), opcode.DENSE_WEIGHT_GRADIENT, ...addresses, ...extents);
  },
  denseBiasGradient({ inputs: [upstream] }, w, { id }) {
    const batch = w.rows(upstream);
    w.emit(opcode.DENSE_BIAS_GRADIENT, w.at(upstream), w.at(id), batch, w.columns(upstream), partRows(batch));
  },
  categoricalLogProbabilityGradient({ inputs: [upstream, logSoftmax, actions, mask], choices }, w, { id }) {
    const heads = w.placement.arena.words(choices);
    const addresses = [w.at(upstream), w.at(logSoftmax), w.at(actions), w.at(mask), w.at(id)];
    const kind = opcode.CATEGORICAL_LOG_PROBABILITY_GRADIENT;
    w.emit(kind, ...addresses, w.rows(logSoftmax), heads, choices.length);
  },
  categoricalEntropyGradient({ inputs: [upstream, logSoftmax, mask], choices }, w, { id }) {
    const heads = w.placement.arena.words(choices);
    const addresses = [w.at(upstream), w.at(logSoftmax), w.at(mask), w.at(id)];
    w.emit(opcode.CATEGORICAL_ENTROPY_GRADIENT, ...addresses, w.rows(logSoftmax), heads, choices.length);
  },
  gaussianMeanGradient({ inputs: [upstream, mean, logStd, actions] }, w, { id }) {
    const addresses = [w.at(upstream), w.at(mean), w.at(logStd), w.at(actions), w.at(id)];
    w.emit(opcode.GAUSSIAN_MEAN_GRADIENT, ...addresses, w.rows(mean), w.columns(mean));
  },
  gaussianLogStdGradient({ inputs: [upstream, mean, logStd, actions] }, w, { id }) {
    const addresses = [w.at(upstream), w.at(mean), w.at(logStd), w.at(actions), w.at(id)];
    w.emit(opcode.GAUSSIAN_LOG_STD_GRADIENT, ...addresses, w.rows(mean), w.columns(mean));
  },
  clippedSurrogateGradient({ inputs: [upstream, logProbability, old, advantage], clip }, w, { id }) {
    const addresses = [w.at(upstream), w.at(logProbability), w.at(old), w.at(advantage)];
    w.emit(opcode.CLIPPED_SURROGATE_GRADIENT, ...addresses, real(clip), w.at(id), w.size(old));
  },
  squaredErrorGradient({ inputs: [upstream, prediction, target] }, w, { id }) {
    const addresses = [w.at(upstream), w.at(prediction), w.at(target), w.at(id)];
    w.emit(opcode.SQUARED_ERROR_GRADIENT, ...addresses, w.size(target));
  },
  broadcast: ({ inputs: [scalar], scale }, w, { id }) =>
    w.emit(opcode.BROADCAST, w.at(scalar), real(scale), w.at(id), w.size(id)),
  add: ({ inputs: [a, b] }, w, { id }) => w.emit(opcode.ADD, w.at(a), w.at(b), w.at(id), w.size(id)),

  globalNorm({ inputs }, w, { id }) {
    const tensors = w.placement.arena.words(inputs.flatMap((tensor) => [w.at(tensor), w.size(tensor)]));
    w.emit(opcode.GLOBAL_NORM, tensors, w.at(id), inputs.length);
  },
  clipByNorm: ({ inputs: [x, norm], maximum }, w, { id }) =>
    w.emit(opcode.CLIP_BY_NORM, w.at(x), w.at(norm), real(maximum), w.at(id), w.size(id)),
  adam({ inputs, optimiser, parameters, options: { beta1, beta2, epsilon } }, w) {
    const { arena } = w.placement;
    const { step, moments } = w.placement.optimiser(optimiser, parameters);
    const coefficients = arena.allocate(24);
    arena.float64(coefficients, 2).set([beta1, beta2]);
    w.emit(opcode.ADAM_STEP, step.byteOffset, w.at(inputs[0]), coefficients);
    parameters.forEach((name, index) => {
      const [parameter, gradient] = [inputs[1 + 2 * index] as number, inputs[2 + 2 * index] as number];
      const moment = moments.get(name);
      const addresses = [parameter, gradient].map((id) => w.at(id));
      addresses.push(moment?.first.byteOffset as number, moment?.second.byteOffset as number);
      const decays = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon].map(real);
      w.emit(opcode.ADAM, ...addresses, w.size(parameter), coefficients, ...decays);
    });
  },
};
