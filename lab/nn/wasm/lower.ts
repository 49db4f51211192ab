import type { Graph } from "../graph.ts";
import { type Activation, type AttentionShape, CELLS, type Cell, type Node, type OpKind, type OpOf } from "../ops.ts";
import * as opcode from "./assembly/opcodes.ts";
import { FLOAT_BYTES, type Instructions, type Placement, panelBytes, ROW_UNIT, Writer } from "./writer.ts";

const ACTIVATIONS: Record<Activation, number> = {
  none: opcode.NONE,
  tanh: opcode.TANH,
  relu: opcode.RELU,
  sigmoid: opcode.SIGMOID,
};
const CELL_CODES: Record<Cell, number> = { rnn: opcode.RNN, gru: opcode.GRU, lstm: opcode.LSTM };
/** A left matrix and an inner axis from which on packing blocks of it pays: it does not fit the CPU's caches well. */
const PACKED_VALUES = 64 * 1024;
const PACKED_INNER = 128;
/** What all parameters of an optimiser's step share: see `adamStep` in assembly/update.ts. */
const COEFFICIENT_BYTES = 40;

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

/** Scratch memory of a product: a panel of `inner` rows or, where it is packed, a tile, a panel and blocks. */
function productScratch(inner: number, packed: boolean): number {
  if (!packed) return panelBytes(inner);
  const blocks = Math.max(opcode.PACKED_VALUES, opcode.BLOCK_ROWS * inner);
  return opcode.TILE_BYTES + panelBytes(inner) + blocks * FLOAT_BYTES;
}

/** Turns a graph's ops into instructions. */
export function lower(graph: Graph, placement: Placement): Instructions {
  const writer = new Writer(graph, placement);
  for (const node of graph.nodes) {
    writer.begin(node);
    (lowerings[node.op.kind] as Lowering<OpKind>)(node.op, writer, node);
  }
  return writer.finish();
}

type Lowering<K extends OpKind> = (op: OpOf<K>, writer: Writer, node: Node) => void;

/** Copies a block of columns of the shared rows; `fromWidth` and `toWidth` are the columns of whole rows. */
function copyColumns(w: Writer, from: number, fromWidth: number, to: number, toWidth: number, columns: number): void {
  w.emit(opcode.COPY_COLUMNS, from, fromWidth * FLOAT_BYTES, to, toWidth * FLOAT_BYTES, columns);
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
  const rowsAnExample =
    kind === opcode.ATTENTION_SCORES ? heads * queries : kind === opcode.ATTENTION_MIX ? queries : keys;
  const examples = w.rows(id) / rowsAnExample;
  const extents = [heads, queries, keys, width];
  const inner = Math.max(queries, keys, width / heads);
  w.share({ count: examples, unit: 1, own: [left, right, id], work: examples * queries * keys * width });
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
    const [batch, width, columns] = [w.rows(x), w.columns(x), w.columns(id)];
    const packed = batch * width >= PACKED_VALUES && width >= PACKED_INNER && columns >= PACKED_INNER;
    const addresses = [w.at(x), w.at(weight), w.at(bias), w.at(id)];
    const extents = [width, columns, ACTIVATIONS[activation], Number(packed)];
    w.share({ count: batch, own: [x, id], work: batch * width * columns });
    w.emitWithScratchBytes(productScratch(width, packed), opcode.DENSE, ...addresses, ...extents);
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
    w.shareValues([x, id]).emit(opcode.ACTIVATION, ACTIVATIONS[activation], w.at(x), w.at(id)),
  scale: ({ inputs: [x], factor }, w, { id }) =>
    w.shareValues([x, id]).emit(opcode.SCALE, w.at(x), real(factor), w.at(id)),
  multiply: ({ inputs: [a, b] }, w, { id }) =>
    w.shareValues([a, b, id]).emit(opcode.MULTIPLY, w.at(a), w.at(b), w.at(id)),
  reshape({ inputs: [x] }, w, { id }) {
    if (w.at(x) === w.at(id)) return;
    // In rows of the result, as the ops that read it.
    const [rows, columns] = [w.rows(id), w.size(id) / w.rows(id)];
    w.shareRows(rows, [x, id]);
    copyColumns(w, w.at(x), columns, w.at(id), columns, columns);
  },
  columns({ inputs: [x], from }, w, { id }) {
    const count = w.columns(id);
    w.shareRows(w.rows(x), [x, id]);
    copyColumns(w, w.at(x) + from * FLOAT_BYTES, w.columns(x), w.at(id), count, count);
  },
  concatenate({ inputs }, w, { id }) {
    let to = w.at(id);
    for (const part of inputs) {
      const count = w.columns(part);
      w.share({ count: w.rows(id), own: [part, id], reads: [], work: w.size(part) });
      copyColumns(w, w.at(part), count, to, w.columns(id), count);
      to += count * FLOAT_BYTES;
    }
  },
  sumRows: ({ inputs: [x], count }, w, { id }) =>
    w.shareRows(w.rows(id), [x, id]).emit(opcode.SUM_ROWS, w.at(x), w.at(id), count, w.columns(id)),
  repeatRows: ({ inputs: [x], count }, w, { id }) =>
    w.shareRows(w.rows(x), [x, id]).emit(opcode.REPEAT_ROWS, w.at(x), w.at(id), count, w.columns(x)),
  embedding: ({ inputs: [table, indices] }, w, { id }) =>
    w
      .shareRows(w.rows(id), [indices, id])
      .emit(opcode.EMBEDDING, w.at(table), w.at(indices), w.at(id), w.rows(table), w.columns(table)),
  selectColumn: ({ inputs: [x, indices] }, w, { id }) =>
    w.shareRows(w.rows(x), [x, indices, id]).emit(opcode.SELECT_COLUMN, w.at(x), w.at(indices), w.at(id), w.columns(x)),
  layerNorm({ inputs: [x, gain, bias], epsilon }, w, { id }) {
    const addresses = [w.at(x), w.at(gain), w.at(bias)];
    w.shareRows(w.rows(id), [x, id]);
    w.emit(opcode.LAYER_NORM, ...addresses, real(epsilon), w.at(id), w.columns(id));
  },
  softmax({ inputs: [x, mask] }, w, { id }) {
    const sharing = mask === undefined ? 1 : w.rows(id) / w.rows(mask);
    w.shareRows(w.rows(id), [x, id]);
    w.emit(opcode.SOFTMAX, w.at(x), w.at(mask), w.at(id), w.columns(id), sharing);
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
    w.shareSequences(batch, steps * batch * units * columns, id);
    w.emitWithScratchBytes(scratch, opcode.RECURRENT, CELL_CODES[cell], ...addresses, steps, batch, units);
  },
  recurrentOutput({ inputs: [tape] }, w, { id }) {
    const units = w.columns(id);
    w.shareRows(w.rows(id), [tape, id]);
    copyColumns(w, w.at(tape), w.columns(tape), w.at(id), units, units);
  },
  recurrentState({ inputs: [tape] }, w, { id }) {
    const [width, batch, carried] = [w.columns(tape), w.rows(id), w.columns(id)];
    const lastStep = w.at(tape) + (w.rows(tape) - batch) * width * FLOAT_BYTES;
    w.share({ count: batch, own: [id], work: batch * carried });
    copyColumns(w, lastStep, width, w.at(id), carried, carried);
  },
  squashLogDeterminant: ({ inputs: [raw] }, w, { id }) =>
    w.shareRows(w.rows(raw), [raw, id]).emit(opcode.SQUASH_LOG_DETERMINANT, w.at(raw), w.at(id), w.columns(raw)),
  simplexLogDeterminant: ({ inputs: [raw] }, w, { id }) =>
    w.shareRows(w.rows(raw), [raw, id]).emit(opcode.SIMPLEX_LOG_DETERMINANT, w.at(raw), w.at(id), w.columns(raw)),
  categoricalKl: ({ inputs: [old, now] }, w, { id }) =>
    w
      .shareRows(w.rows(now), [old, now, id])
      .emit(opcode.CATEGORICAL_KL, w.at(old), w.at(now), w.at(id), w.columns(now)),
  gaussianKl({ inputs }, w, { id }) {
    const [oldMean, , mean] = inputs;
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.shareRows(w.rows(mean), [oldMean, mean, id]);
    w.emit(opcode.GAUSSIAN_KL, ...addresses, w.columns(mean));
  },

  activationGradient: ({ inputs: [upstream, y], activation }, w, { id }) =>
    w
      .shareValues([upstream, y, id])
      .emit(opcode.ACTIVATION_GRADIENT, ACTIVATIONS[activation], w.at(upstream), w.at(y), w.at(id)),
  denseInputGradient({ inputs: [upstream, weight] }, w, { id }) {
    const [batch, width, columns] = [w.rows(upstream), w.rows(weight), w.columns(upstream)];
    const packed = batch * columns >= PACKED_VALUES && width >= PACKED_INNER && columns >= PACKED_INNER;
    const addresses = [w.at(upstream), w.at(weight), w.at(id)];
    const scratch = productScratch(columns, packed);
    w.share({ count: batch, own: [upstream, id], work: batch * width * columns });
    w.emitWithScratchBytes(scratch, opcode.DENSE_INPUT_GRADIENT, ...addresses, width, columns, Number(packed));
  },
  denseWeightGradient({ inputs: [x, upstream] }, w, { id }) {
    const [batch, width, columns] = [w.rows(x), w.columns(x), w.columns(upstream)];
    const part = partRows(batch);
    const packed = batch * width >= PACKED_VALUES && width >= PACKED_INNER && columns >= PACKED_INNER;
    const inner = packed && batch <= opcode.WEIGHT_DEPTH ? batch : part;
    const byRows = width >= ROW_UNIT * w.placement.workers;
    const work = batch * width * columns;
    const addresses = [w.at(x), w.at(upstream), w.at(id)];
    const extents = [batch, width, columns, part, Number(byRows), Number(packed)];
    if (byRows) w.share({ count: width, own: [id], work });
    else w.share({ count: columns, unit: opcode.PANEL_COLUMNS, own: [], writes: [id], work });
    w.emitWithScratchBytes(productScratch(inner, packed), opcode.DENSE_WEIGHT_GRADIENT, ...addresses, ...extents);
  },
  denseBiasGradient({ inputs: [upstream] }, w, { id }) {
    const [batch, columns] = [w.rows(upstream), w.columns(upstream)];
    w.share({ count: columns, unit: opcode.PANEL_COLUMNS, own: [id], work: batch * columns });
    w.emit(opcode.DENSE_BIAS_GRADIENT, w.at(upstream), w.at(id), batch, columns, partRows(batch));
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
    w
      .shareRows(w.rows(id), [upstream, id])
      .emit(opcode.PAD_COLUMNS, w.at(upstream), w.at(id), from, w.columns(upstream), w.columns(id)),
  embeddingGradient({ inputs: [upstream, indices] }, w, { id }) {
    const addresses = [w.at(upstream), w.at(indices), w.at(id)];
    w.shareRows(w.rows(id), [id]);
    w.emit(opcode.EMBEDDING_GRADIENT, ...addresses, w.rows(upstream), w.columns(id));
  },
  selectColumnGradient: ({ inputs: [upstream, indices] }, w, { id }) =>
    w
      .shareRows(w.rows(id), [upstream, indices, id])
      .emit(opcode.SELECT_COLUMN_GRADIENT, w.at(upstream), w.at(indices), w.at(id), w.columns(id)),
  layerNormInputGradient({ inputs: [upstream, x, gain], epsilon }, w, { id }) {
    const addresses = [w.at(upstream), w.at(x), w.at(gain)];
    w.shareRows(w.rows(id), [upstream, x, id]);
    w.emit(opcode.LAYER_NORM_INPUT_GRADIENT, ...addresses, real(epsilon), w.at(id), w.columns(id));
  },
  layerNormGainGradient({ inputs: [upstream, x], epsilon }, w, { id }) {
    const addresses = [w.at(upstream), w.at(x)];
    w.emit(opcode.LAYER_NORM_GAIN_GRADIENT, ...addresses, real(epsilon), w.at(id), w.rows(x), w.columns(x));
  },
  softmaxGradient: ({ inputs: [upstream, y] }, w, { id }) =>
    w
      .shareRows(w.rows(id), [upstream, y, id])
      .emit(opcode.SOFTMAX_GRADIENT, w.at(upstream), w.at(y), w.at(id), w.columns(id)),
  recurrentGradient({ inputs, cell }, w, { id }) {
    const { steps, batch, units } = sequences(w, cell, inputs[3], id);
    const columns = CELLS[cell].gates * units;
    const panels = Math.ceil(units / opcode.PANEL_COLUMNS) * panelBytes(columns);
    const scratch = 2 * batch * units * FLOAT_BYTES + panels;
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.shareSequences(batch, steps * batch * units * columns, id);
    w.emitWithScratchBytes(scratch, opcode.RECURRENT_GRADIENT, CELL_CODES[cell], ...addresses, steps, batch, units);
  },
  recurrentInput({ inputs, cell }, w, { id }) {
    const { steps, batch, units } = sequences(w, cell, inputs[1], id);
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.shareSequences(batch, w.size(id), id);
    w.emit(opcode.RECURRENT_INPUT, CELL_CODES[cell], ...addresses, steps, batch, units);
  },
  squashLogDeterminantGradient: ({ inputs: [upstream, raw] }, w, { id }) =>
    w
      .shareRows(w.rows(id), [upstream, raw, id])
      .emit(opcode.SQUASH_LOG_DETERMINANT_GRADIENT, w.at(upstream), w.at(raw), w.at(id), w.columns(id)),
  simplexLogDeterminantGradient: ({ inputs: [upstream, raw] }, w, { id }) =>
    w
      .shareRows(w.rows(id), [upstream, raw, id])
      .emit(opcode.SIMPLEX_LOG_DETERMINANT_GRADIENT, w.at(upstream), w.at(raw), w.at(id), w.columns(id)),
  categoricalKlGradient({ inputs: [upstream, old, now] }, w, { id }) {
    const addresses = [w.at(upstream), w.at(old), w.at(now), w.at(id)];
    w.shareRows(w.rows(id), [upstream, old, now, id]);
    w.emit(opcode.CATEGORICAL_KL_GRADIENT, ...addresses, w.columns(id));
  },
  gaussianKlMeanGradient({ inputs }, w, { id }) {
    const [upstream, oldMean, mean] = inputs;
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.shareRows(w.rows(id), [upstream, oldMean, mean, id]);
    w.emit(opcode.GAUSSIAN_KL_MEAN_GRADIENT, ...addresses, w.columns(id));
  },
  gaussianKlLogStdGradient({ inputs }, w, { id }) {
    const [, , , mean] = inputs;
    const addresses = [...inputs, id].map((tensor) => w.at(tensor));
    w.emit(opcode.GAUSSIAN_KL_LOG_STD_GRADIENT, ...addresses, w.rows(mean), w.columns(mean));
  },
  add: ({ inputs: [a, b] }, w, { id }) => w.shareValues([a, b, id]).emit(opcode.ADD, w.at(a), w.at(b), w.at(id)),

  globalNorm({ inputs }, w, { id }) {
    const tensors = w.placement.arena.words(inputs.flatMap((tensor) => [w.at(tensor), w.size(tensor)]));
    w.emit(opcode.GLOBAL_NORM, tensors, w.at(id), inputs.length);
  },
  clipByNorm: ({ inputs: [x, norm], maximum }, w, { id }) =>
    w.shareValues([x, id]).emit(opcode.CLIP_BY_NORM, w.at(x), w.at(norm), real(maximum), w.at(id)),
  adam({ inputs, optimiser, parameters, options }, w) {
    const { beta1, beta2, epsilon, weightDecay = 0 } = options;
    const { arena } = w.placement;
    const { step, moments } = w.placement.optimiser(optimiser, parameters);
    const coefficients = { address: arena.allocate(COEFFICIENT_BYTES), bytes: COEFFICIENT_BYTES };
    arena.float64(coefficients.address, 3).set([beta1, beta2, weightDecay]);
    const rate = inputs[0] as number;
    const touched = { reads: [w.place(rate)], writes: [coefficients] };
    w.emitTouching(touched, opcode.ADAM_STEP, step.byteOffset, w.at(rate), coefficients.address);
    parameters.forEach((name, index) => {
      const [parameter, gradient] = [inputs[1 + 2 * index] as number, inputs[2 + 2 * index] as number];
      const moment = moments.get(name);
      const addresses = [parameter, gradient].map((id) => w.at(id));
      addresses.push(moment?.first.byteOffset as number, moment?.second.byteOffset as number);
      const decays = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon].map(real);
      w.shareValues([parameter, gradient], [coefficients]);
      w.emit(opcode.ADAM, ...addresses, coefficients.address, ...decays);
    });
  },
  polyak({ inputs, parameters }, w) {
    parameters.forEach((_name, index) => {
      const [target, source] = [inputs[1 + 2 * index] as number, inputs[2 + 2 * index] as number];
      w.shareValues([target, source], [inputs[0] as number]);
      w.emit(opcode.POLYAK, w.at(inputs[0]), w.at(target), w.at(source));
    });
  },
};
