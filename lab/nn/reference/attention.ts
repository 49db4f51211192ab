import type { AttentionShape } from "../ops.ts";
import { at, extents, increase, type Operands, operand, type ReferenceKernels } from "./operands.ts";

/**
 * Calls `visit` for every pair of a query and a key of one example and head and every one of the head's columns, with
 * the places of the pair among the weights [B heads M, N], of the query in [B M, D] and of the key in [B N, D].
 */
function forEachProduct(
  { heads, queries, keys }: AttentionShape,
  batch: number,
  width: number,
  visit: (pair: number, query: number, key: number) => void,
): void {
  for (let b = 0; b < batch; b++) {
    for (let column = 0; column < width; column++) {
      const head = Math.floor((column * heads) / width);
      for (let m = 0; m < queries; m++) {
        for (let n = 0; n < keys; n++) {
          const pair = ((b * heads + head) * queries + m) * keys + n;
          visit(pair, (b * queries + m) * width + column, (b * keys + n) * width + column);
        }
      }
    }
  }
}

/** Examples and columns of the second operand, `rows` rows an example. */
function examples(operands: Operands, rows: number): readonly [batch: number, width: number] {
  const [total, width] = extents(operands, 1);
  return [total / rows, width];
}

export const attentionKernels = {
  softmax(_op, operands) {
    const [x, mask] = [operand(operands, 0), operands.inputs[1]];
    const [rows, width] = extents(operands, 0);
    const shared = mask ? rows / extents(operands, 1)[0] : 1;
    for (let row = 0; row < rows; row++) {
      const allowed = (j: number) => !mask || at(mask, Math.floor(row / shared) * width + j) !== 0;
      let maximum = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < width; j++) if (allowed(j)) maximum = Math.max(maximum, at(x, row * width + j));
      let sum = 0;
      for (let j = 0; j < width; j++) {
        const weight = allowed(j) ? Math.exp(at(x, row * width + j) - maximum) : 0;
        operands.out[row * width + j] = weight;
        sum += weight;
      }
      // The largest allowed value weighs 1: only a row without any sums to 0.
      if (sum === 0) continue;
      for (let i = row * width; i < (row + 1) * width; i++) operands.out[i] = at(operands.out, i) / sum;
    }
  },

  // d y_j / d x_i = y_i ([i = j] - y_j), zero where masked
  softmaxGradient(_op, operands) {
    const [upstream, y] = [operand(operands, 0), operand(operands, 1)];
    const [rows, width] = extents(operands, 1);
    for (let row = 0; row < rows; row++) {
      let mean = 0;
      for (let i = row * width; i < (row + 1) * width; i++) mean += at(y, i) * at(upstream, i);
      for (let i = row * width; i < (row + 1) * width; i++) operands.out[i] = at(y, i) * (at(upstream, i) - mean);
    }
  },

  attentionScores(op, operands) {
    const [queries, keys] = [operand(operands, 0), operand(operands, 1)];
    const [batch, width] = examples(operands, op.keys);
    operands.out.fill(0);
    forEachProduct(op, batch, width, (pair, query, key) => {
      increase(operands.out, pair, op.scale * at(queries, query) * at(keys, key));
    });
  },

  attentionMix(op, operands) {
    const [weights, values] = [operand(operands, 0), operand(operands, 1)];
    const [batch, width] = examples(operands, op.keys);
    operands.out.fill(0);
    forEachProduct(op, batch, width, (pair, query, key) => {
      increase(operands.out, query, op.scale * at(weights, pair) * at(values, key));
    });
  },

  attentionMixTransposed(op, operands) {
    const [weights, values] = [operand(operands, 0), operand(operands, 1)];
    const [batch, width] = examples(operands, op.queries);
    operands.out.fill(0);
    forEachProduct(op, batch, width, (pair, query, key) => {
      increase(operands.out, key, op.scale * at(weights, pair) * at(values, query));
    });
  },
} satisfies Partial<ReferenceKernels>;
