import type { Graph } from "../graph.ts";
import {
  type Activation,
  type AttentionShape,
  CELLS,
  type Cell,
  type Node,
  type OpKind,
  type OpOf,
  sizeOf,
} from "../ops.ts";
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

const ACTIVATIONS: Record<Activation, number> = {
  none: opcode.NONE,
  tanh: opcode.TANH,
  relu: opcode.RELU,
  sigmoid: opcode.SIGMOID,
};
const CELL_CODES: Record<Cell, number> = { rnn: opcode.RNN, gru: opcode.GRU, lstm: opcode.LSTM };
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;
/** Packed panels are as long as the inner axis of their product, rounded up to whole vectors of four. */
const PANEL_ROW_BYTES = opcode.PANEL_COLUMNS * FLOAT_BYTES;

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

/** Size of a packed panel of `inner` rows. */
function panelBytes(inner: number): number {
  return Math.ceil(inner / 4) * 4 * PANEL_ROW_BYTES;
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
    this.emitWithScratchBytes(panelBytes(inner), kind, ...words);
  }

  /** As {@link emit}, with the address of `bytes` of scratch memory as the last word. */
  emitWithScratchBytes(bytes: number, kind: number, ...words: readonly number[]): void {
    this.scratchBytes = Math.max(this.scratchBytes, bytes);
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

/** Copies a block of columns between addresses; `fromWidth` and `toWidth` are the columns of whole rows. */
function copyColumns(
  w: Writer,
  from: number,
  fromWidth: number,
  to: number,
  toWidth: number,
  columns: number,
  rows: number,
): void {
  w.emit(opcode.COPY_COLUMNS, from, fromWidth * FLOAT_BYTES, to, toWidth * FLOAT_BYTES, columns, rows);
}

/** One of the three products of attention; `width` is the columns of the queries, keys and values. */
function attention(
  w: Writer,
  kind: number,
  left: number,
  right: number,
  id: number,
  { heads, queries, keys, scale }: AttentionShape & { readonly scale: number },
  width: number,
): void {
  const outRows = w.rows(id);
  const rowsAnExample =
    kind === opcode.ATTENTION_SCORES ? heads * queries : kind === opcode.ATTENTION_MIX ? queries : keys;
  const extents = [heads, queries, keys, width, outRows / rowsAnExample];
  const inner = Math.max(queries, keys, width / heads);
  w.emitWithScratch(inner, kind, w.at(left), w.at(right), w.at(id), real(scale), ...extents);
}

/** Extents of a recurrent layer, from its state and a tensor of one row a step and sequence. */
function sequences(w: Writer, cell: Cell, state: number, rows: number) {
  const batch = w.rows(state);
  return { steps: w.rows(rows) / batch, batch, units: w.columns(state) / CELLS[cell].state };
}

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
  huber: ({ inputs: [prediction, target], delta }, w, { id }) =>
    w.emit(opcode.HUBER, w.at(prediction), w.at(target), real(delta), w.at(id), w.size(target)),
  mean: ({ inputs: [x] }, w, { id }) => w.emit(opcode.MEAN, w.at(x), w.at(id), w.size(x)),
  weightedSum({ inputs, weights }, w, { id }) {
    const terms = inputs.flatMap((term, index) => [w.at(term), real(weights[index] as number)]);
    w.emit(opcode.WEIGHTED_SUM, w.placement.arena.words(terms), w.at(id), inputs.length);
  },
  activation: ({ inputs: [x], activation }, w, { id }) =>
    w.emit(opcode.ACTIVATION, ACTIVATIONS[activation], w.at(x), w.at(id), w.size(id)),
  scale: ({ inputs: [x], factor }, w, { id }) => w.emit(opcode.SCALE, w.at(x), real(factor), w.at(id), w.size(id)),
  multiply: ({ inputs: [a, b] }, w, { id }) => w.emit(opcode.MULTIPLY, w.at(a), w.at(b), w.at(id), w.size(id)),
  reshape({ inputs: [x] }, w, { id }) {
    const size = w.size(id);
    if (w.at(x) !== w.at(id)) copyColumns(w, w.at(x), size, w.at(id), size, size, 1);
  },
  columns({ inputs: [x], from }, w, { id }) {
    const count = w.columns(id);
    copyColumns(w, w.at(x) + from * FLOAT_BYTES, w.columns(x), w.at(id), count, count, w.rows(x));
  },
  concatenate({ inputs }, w, { id }) {
    let to = w.at(id);
    for (const part of inputs) {
      const count = w.columns(part);
      copyColumns(w, w.at(part), count, to, w.columns(id), count, w.rows(id));
      to += count * FLOAT_BYTES;
    }
  },
  sumRows: ({ inputs: [x], count }, w, { id }) =>
    w.emit(opcode.SUM_ROWS, w.at(x), w.at(id), count, w.columns(id), w.rows(id)),
  repeatRows: ({ inputs: [x], count }, w, { id }) =>
    w.emit(opcode.REPEAT_ROWS, w.at(x), w.at(id), count, w.columns(x), w.rows(x)),
  embedding: ({ inputs: [table, indices] }, w, { id }) =>
    w.emit(opcode.EMBEDDING, w.at(table), w.at(indices), w.at(id), w.rows(table), w.columns(table), w.rows(id)),
  selectColumn: ({ inputs: [x, indices] }, w, { id }) =>
    w.emit(opcode.SELECT_COLUMN, w.at(x), w.at(indices), w.at(id), w.columns(x), w.rows(x)),
  layerNorm({ inputs: [x, gain, bias], epsilon }, w, { id }) {
    const addresses = [w.at(x), w.at(gain), w.at(bias)];
    w.emit(opcode.LAYER_NORM, ...addresses, real(epsilon), w.at(id), w.columns(id), w.rows(id));
  },
  softmax({ inputs: [x, mask] }, w, { id }) {
    const sharing = mask === undefined ? 1 : w.rows(id) / w.rows(mask);
    w.emit(opcode.SOFTMAX, w.at(x), w.at(mask), w.at(id), w.columns(id), sharing, w.rows(id));
  },
  attentionScores: ({ inputs: [queries, keys], ...op }, w, { id }) =>
    attention(w, opcode.ATTENTION_SCORES, queries, keys, id, op, w.columns(queries)),
  attentionMix: ({ inputs: [weights, values], ...op }, w, { id }) =>
    attention(w, opcode.ATTENTION_MIX, weights, values, id, op, w.columns(id)),
  attentionMixTransposed: ({ inputs: [weights, values], ...op }, w, { id }) =>
    attention(w, opcode.ATTENTION_MIX_TRANSPOSED, weights, values, id, op, w.columns(id)),
  recurrent({ inputs, cell }, w, { id }) {
    const { steps, batch, units } = sequences(w, cell, inputs[3], id);
    const columns = CELLS[cell].gates * units;
    const panels = Math.ceil(columns / opcode.PANEL_COLUMNS) * panelBytes(units);
    const scratch = batch * (units + columns) * FLOAT_BYTES + panels;
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.emitWithScratchBytes(scratch, opcode.RECURRENT, CELL_CODES[cell], ...addresses, steps, batch, units);
  },
  recurrentOutput({ inputs: [tape] }, w, { id }) {
    const units = w.columns(id);
    copyColumns(w, w.at(tape), w.columns(tape), w.at(id), units, units, w.rows(id));
  },
  recurrentState({ inputs: [tape] }, w, { id }) {
    const [width, batch, carried] = [w.columns(tape), w.rows(id), w.columns(id)];
    const lastStep = w.at(tape) + (w.rows(tape) - batch) * width * FLOAT_BYTES;
    copyColumns(w, lastStep, width, w.at(id), carried, carried, batch);
  },
  squashLogDeterminant: ({ inputs: [raw] }, w, { id }) =>
    w.emit(opcode.SQUASH_LOG_DETERMINANT, w.at(raw), w.at(id), w.columns(raw), w.rows(raw)),
  simplexLogDeterminant: ({ inputs: [raw] }, w, { id }) =>
    w.emit(opcode.SIMPLEX_LOG_DETERMINANT, w.at(raw), w.at(id), w.columns(raw), w.rows(raw)),
  categoricalKl: ({ inputs: [old, now] }, w, { id }) =>
    w.emit(opcode.CATEGORICAL_KL, w.at(old), w.at(now), w.at(id), w.columns(now), w.rows(now)),
  gaussianKl({ inputs }, w, { id }) {
    const [, , mean] = inputs;
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.emit(opcode.GAUSSIAN_KL, ...addresses, w.columns(mean), w.rows(mean));
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
  huberGradient({ inputs: [upstream, prediction, target], delta }, w, { id }) {
    const addresses = [w.at(upstream), w.at(prediction), w.at(target)];
    w.emit(opcode.HUBER_GRADIENT, ...addresses, real(delta), w.at(id), w.size(target));
  },
  padColumns: ({ inputs: [upstream], from }, w, { id }) =>
    w.emit(opcode.PAD_COLUMNS, w.at(upstream), w.at(id), from, w.columns(upstream), w.columns(id), w.rows(id)),
  embeddingGradient({ inputs: [upstream, indices] }, w, { id }) {
    const addresses = [w.at(upstream), w.at(indices), w.at(id)];
    w.emit(opcode.EMBEDDING_GRADIENT, ...addresses, w.rows(upstream), w.columns(id), w.rows(id));
  },
  selectColumnGradient: ({ inputs: [upstream, indices] }, w, { id }) =>
    w.emit(opcode.SELECT_COLUMN_GRADIENT, w.at(upstream), w.at(indices), w.at(id), w.columns(id), w.rows(id)),
  layerNormInputGradient({ inputs: [upstream, x, gain], epsilon }, w, { id }) {
    const addresses = [w.at(upstream), w.at(x), w.at(gain)];
    w.emit(opcode.LAYER_NORM_INPUT_GRADIENT, ...addresses, real(epsilon), w.at(id), w.columns(id), w.rows(id));
  },
  layerNormGainGradient({ inputs: [upstream, x], epsilon }, w, { id }) {
    const addresses = [w.at(upstream), w.at(x)];
    w.emit(opcode.LAYER_NORM_GAIN_GRADIENT, ...addresses, real(epsilon), w.at(id), w.rows(x), w.columns(x));
  },
  softmaxGradient: ({ inputs: [upstream, y] }, w, { id }) =>
    w.emit(opcode.SOFTMAX_GRADIENT, w.at(upstream), w.at(y), w.at(id), w.columns(id), w.rows(id)),
  recurrentGradient({ inputs, cell }, w, { id }) {
    const { steps, batch, units } = sequences(w, cell, inputs[3], id);
    const columns = CELLS[cell].gates * units;
    const panels = Math.ceil(units / opcode.PANEL_COLUMNS) * panelBytes(columns);
    const scratch = 2 * batch * units * FLOAT_BYTES + panels;
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.emitWithScratchBytes(scratch, opcode.RECURRENT_GRADIENT, CELL_CODES[cell], ...addresses, steps, batch, units);
  },
  recurrentInput({ inputs, cell }, w, { id }) {
    const { steps, batch, units } = sequences(w, cell, inputs[1], id);
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.emit(opcode.RECURRENT_INPUT, CELL_CODES[cell], ...addresses, steps, batch, units);
  },
  squashLogDeterminantGradient: ({ inputs: [upstream, raw] }, w, { id }) =>
    w.emit(opcode.SQUASH_LOG_DETERMINANT_GRADIENT, w.at(upstream), w.at(raw), w.at(id), w.columns(id), w.rows(id)),
  simplexLogDeterminantGradient: ({ inputs: [upstream, raw] }, w, { id }) =>
    w.emit(opcode.SIMPLEX_LOG_DETERMINANT_GRADIENT, w.at(upstream), w.at(raw), w.at(id), w.columns(id), w.rows(id)),
  categoricalKlGradient({ inputs: [upstream, old, now] }, w, { id }) {
    const addresses = [w.at(upstream), w.at(old), w.at(now), w.at(id)];
    w.emit(opcode.CATEGORICAL_KL_GRADIENT, ...addresses, w.columns(id), w.rows(id));
  },
  gaussianKlMeanGradient({ inputs }, w, { id }) {
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.emit(opcode.GAUSSIAN_KL_MEAN_GRADIENT, ...addresses, w.columns(id), w.rows(id));
  },
  gaussianKlLogStdGradient({ inputs }, w, { id }) {
    const [, , , mean] = inputs;
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.emit(opcode.GAUSSIAN_KL_LOG_STD_GRADIENT, ...addresses, w.rows(mean), w.columns(mean));
  },
  add: ({ inputs: [a, b] }, w, { id }) => w.emit(opcode.ADD, w.at(a), w.at(b), w.at(id), w.size(id)),

  globalNorm({ inputs }, w, { id }) {
    const tensors = w.placement.arena.words(inputs.flatMap((tensor) => [w.at(tensor), w.size(tensor)]));
    w.emit(opcode.GLOBAL_NORM, tensors, w.at(id), inputs.length);
  },
  clipByNorm: ({ inputs: [x, norm], maximum }, w, { id }) =>
    w.emit(opcode.CLIP_BY_NORM, w.at(x), w.at(norm), real(maximum), w.at(id), w.size(id)),
  adam({ inputs, optimiser, parameters, options }, w) {
    const { beta1, beta2, epsilon, weightDecay = 0 } = options;
    const { arena } = w.placement;
    const { step, moments } = w.placement.optimiser(optimiser, parameters);
    const coefficients = arena.allocate(40);
    arena.float64(coefficients, 3).set([beta1, beta2, weightDecay]);
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
  polyak({ inputs, parameters }, w) {
    parameters.forEach((_name, index) => {
      const [target, source] = [inputs[1 + 2 * index] as number, inputs[2 + 2 * index] as number];
      w.emit(opcode.POLYAK, w.at(inputs[0]), w.at(target), w.at(source), w.size(target));
    });
  },
};
