import { MASKED_LOGIT } from "../ops.ts";
import { at, extents, increase, operand, type ReferenceKernels } from "./operands.ts";

/** Calls `visit` for every head of every row with the position of its first option. */
function forEachHead(
  rows: number,
  choices: readonly number[],
  visit: (row: number, head: number, first: number, count: number) => void,
): void {
  const width = choices.reduce((total, count) => total + count, 0);
  for (let row = 0; row < rows; row++) {
    let first = row * width;
    choices.forEach((count, head) => {
      visit(row, head, first, count);
      first += count;
    });
  }
}

/** Categorical heads side by side. */
export const categoricalKernels = {
  logSoftmax({ choices }, { inputs, shapes, out }) {
    const [logits, mask] = inputs as [Float64Array, Float64Array | undefined];
    forEachHead(shapes[0]?.[0] as number, choices, (_row, _head, first, count) => {
      let maximum = Number.NEGATIVE_INFINITY;
      for (let i = first; i < first + count; i++) {
        out[i] = mask && at(mask, i) === 0 ? MASKED_LOGIT : at(logits, i);
        maximum = Math.max(maximum, at(out, i));
      }
      let sum = 0;
      for (let i = first; i < first + count; i++) sum += Math.exp(at(out, i) - maximum);
      for (let i = first; i < first + count; i++) out[i] = at(out, i) - maximum - Math.log(sum);
    });
  },

  categoricalLogProbability({ choices }, operands) {
    const [logSoftmax, actions] = [operand(operands, 0), operand(operands, 1)];
    const [batch] = extents(operands, 0);
    operands.out.fill(0);
    forEachHead(batch, choices, (row, head, first, count) => {
      const action = at(actions, row * choices.length + head);
      const chosen = action >= 0 && action < count ? at(logSoftmax, first + action) : Number.NaN;
      operands.out[row] = at(operands.out, row) + chosen;
    });
  },

  categoricalEntropy({ choices }, operands) {
    const logSoftmax = operand(operands, 0);
    const mask = operands.inputs[1];
    const [batch] = extents(operands, 0);
    operands.out.fill(0);
    forEachHead(batch, choices, (row, _head, first, count) => {
      let entropy = at(operands.out, row);
      for (let i = first; i < first + count; i++) {
        if (mask && at(mask, i) === 0) continue;
        entropy -= Math.exp(at(logSoftmax, i)) * at(logSoftmax, i);
      }
      operands.out[row] = entropy;
    });
  },

  // Masked options need no care: their probability is 0 on both sides and their log-softmax finite.
  categoricalKl({ choices }, operands) {
    const [old, now] = [operand(operands, 0), operand(operands, 1)];
    const [batch] = extents(operands, 0);
    operands.out.fill(0);
    forEachHead(batch, choices, (row, _head, first, count) => {
      for (let i = first; i < first + count; i++) {
        increase(operands.out, row, Math.exp(at(old, i)) * (at(old, i) - at(now, i)));
      }
    });
  },

  // d log p(a) / d logit_i = [i = a] - p_i
  categoricalLogProbabilityGradient({ choices }, operands) {
    const [upstream, logSoftmax, actions] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    const mask = operands.inputs[3];
    const [batch] = extents(operands, 1);
    forEachHead(batch, choices, (row, head, first, count) => {
      const action = at(actions, row * choices.length + head);
      for (let i = first; i < first + count; i++) {
        const slope = Number(i - first === action) - Math.exp(at(logSoftmax, i));
        operands.out[i] = mask && at(mask, i) === 0 ? 0 : at(upstream, row) * slope;
      }
    });
  },

  // d H / d logit_i = -p_i (log p_i + H) over the head's allowed options
  categoricalEntropyGradient({ choices }, operands) {
    const [upstream, logSoftmax] = [operand(operands, 0), operand(operands, 1)];
    const mask = operands.inputs[2];
    const [batch] = extents(operands, 1);
    forEachHead(batch, choices, (row, _head, first, count) => {
      let entropy = 0;
      for (let i = first; i < first + count; i++) {
        if (mask && at(mask, i) === 0) continue;
        entropy -= Math.exp(at(logSoftmax, i)) * at(logSoftmax, i);
      }
      for (let i = first; i < first + count; i++) {
        const slope = -Math.exp(at(logSoftmax, i)) * (at(logSoftmax, i) + entropy);
        operands.out[i] = mask && at(mask, i) === 0 ? 0 : at(upstream, row) * slope;
      }
    });
  },

  // d KL / d logit_i = p_i - pOld_i
  categoricalKlGradient({ choices }, operands) {
    const [upstream, old, now] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    const [batch] = extents(operands, 1);
    forEachHead(batch, choices, (row, _head, first, count) => {
      for (let i = first; i < first + count; i++) {
        operands.out[i] = at(upstream, row) * (Math.exp(at(now, i)) - Math.exp(at(old, i)));
      }
    });
  },
} satisfies Partial<ReferenceKernels>;
