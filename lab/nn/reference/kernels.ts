import {
  type Activation,
  CLIP_NORM_EPSILON,
  MASKED_LOGIT,
  type OpKind,
  type OpOf,
  STANDARDISE_EPSILON,
} from "../ops.ts";
import type { OptimiserState } from "../store.ts";

/** What one op reads and writes. Shapes are those of the op's operands, in their order. */
export interface Operands {
  readonly inputs: readonly Float64Array[];
  readonly shapes: readonly (readonly number[])[];
  readonly out: Float64Array;
  /** State of the op's optimiser; only `adam` has one. */
  readonly optimiser: OptimiserState | undefined;
}

export type ReferenceKernel<K extends OpKind> = (op: OpOf<K>, operands: Operands) => void;
export type ReferenceKernels = { readonly [K in OpKind]: ReferenceKernel<K> };

const LOG_2_PI = Math.log(2 * Math.PI);

function operand(operands: Operands, index: number): Float64Array {
  return operands.inputs[index] as Float64Array;
}

/** Rows and columns of an operand; a vector counts as one row a value. */
function extents(operands: Operands, index: number): readonly [rows: number, columns: number] {
  const [rows = 1, columns = 1] = operands.shapes[index] ?? [];
  return [rows, columns];
}

function at(values: Float64Array, index: number): number {
  return values[index] as number;
}

function activate(activation: Activation, z: number): number {
  if (activation === "tanh") return Math.tanh(z);
  return activation === "relu" ? Math.max(0, z) : z;
}

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

/** Every op in float64, written to be read: the other executors are judged by it, it is judged by finite differences. */
export const referenceKernels: ReferenceKernels = {
  // The workspace binds the memory of inputs and parameters; nothing is computed.
  input: () => {},
  parameter: () => {},
  fill: ({ value }, { out }) => {
    out.fill(value);
  },

  dense({ activation }, operands) {
    const [x, weight, bias] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    const [batch, width] = extents(operands, 0);
    const columns = bias.length;
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < columns; j++) {
        let z = at(bias, j);
        for (let i = 0; i < width; i++) z += at(x, b * width + i) * at(weight, i * columns + j);
        operands.out[b * columns + j] = activate(activation, z);
      }
    }
  },

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

  gaussianLogProbability(_op, operands) {
    const [mean, logStd, actions] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    const [batch, width] = extents(operands, 0);
    for (let b = 0; b < batch; b++) {
      let sum = 0;
      for (let a = 0; a < width; a++) {
        const z = (at(actions, b * width + a) - at(mean, b * width + a)) / Math.exp(at(logStd, a));
        sum += -0.5 * z * z - at(logStd, a) - 0.5 * LOG_2_PI;
      }
      operands.out[b] = sum;
    }
  },

  gaussianEntropy(_op, operands) {
    let sum = 0;
    for (const value of operand(operands, 0)) sum += value + 0.5 * (LOG_2_PI + 1);
    operands.out[0] = sum;
  },

  standardise(_op, operands) {
    const x = operand(operands, 0);
    let mean = 0;
    for (const value of x) mean += value / x.length;
    let variance = 0;
    for (const value of x) variance += (value - mean) ** 2 / Math.max(1, x.length - 1);
    for (let i = 0; i < x.length; i++) {
      operands.out[i] = (at(x, i) - mean) / (Math.sqrt(variance) + STANDARDISE_EPSILON);
    }
  },

  clippedSurrogate({ clip }, operands) {
    const [logProbability, old, advantage] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    let sum = 0;
    for (let b = 0; b < old.length; b++) {
      const ratio = Math.exp(at(logProbability, b) - at(old, b));
      const clipped = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
      sum -= Math.min(ratio * at(advantage, b), clipped * at(advantage, b));
    }
    operands.out[0] = sum / old.length;
  },

  approximateKl(_op, operands) {
    const [logProbability, old] = [operand(operands, 0), operand(operands, 1)];
    let sum = 0;
    for (let b = 0; b < old.length; b++) {
      const logRatio = at(logProbability, b) - at(old, b);
      sum += Math.expm1(logRatio) - logRatio;
    }
    operands.out[0] = sum / old.length;
  },

  clipFraction({ clip }, operands) {
    const [logProbability, old] = [operand(operands, 0), operand(operands, 1)];
    let count = 0;
    for (let b = 0; b < old.length; b++) {
      if (Math.abs(Math.expm1(at(logProbability, b) - at(old, b))) > clip) count++;
    }
    operands.out[0] = count / old.length;
  },

  squaredError(_op, operands) {
    const [prediction, target] = [operand(operands, 0), operand(operands, 1)];
    let sum = 0;
    for (let b = 0; b < target.length; b++) sum += (at(prediction, b) - at(target, b)) ** 2;
    operands.out[0] = sum / target.length;
  },

  mean(_op, operands) {
    const x = operand(operands, 0);
    let sum = 0;
    for (const value of x) sum += value;
    operands.out[0] = sum / x.length;
  },

  weightedSum({ weights }, operands) {
    let sum = 0;
    weights.forEach((weight, index) => {
      sum += weight * at(operand(operands, index), 0);
    });
    operands.out[0] = sum;
  },

  activationGradient({ activation }, operands) {
    const [upstream, y] = [operand(operands, 0), operand(operands, 1)];
    for (let i = 0; i < y.length; i++) {
      const slope = activation === "tanh" ? 1 - at(y, i) ** 2 : Number(at(y, i) > 0);
      operands.out[i] = at(upstream, i) * slope;
    }
  },

  denseInputGradient(_op, operands) {
    const [upstream, weight] = [operand(operands, 0), operand(operands, 1)];
    const [batch, columns] = extents(operands, 0);
    const [width] = extents(operands, 1);
    for (let b = 0; b < batch; b++) {
      for (let i = 0; i < width; i++) {
        let sum = 0;
        for (let j = 0; j < columns; j++) sum += at(upstream, b * columns + j) * at(weight, i * columns + j);
        operands.out[b * width + i] = sum;
      }
    }
  },

  denseWeightGradient(_op, operands) {
    const [x, upstream] = [operand(operands, 0), operand(operands, 1)];
    const [batch, width] = extents(operands, 0);
    const [, columns] = extents(operands, 1);
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let b = 0; b < batch; b++) sum += at(x, b * width + i) * at(upstream, b * columns + j);
        operands.out[i * columns + j] = sum;
      }
    }
  },

  denseBiasGradient(_op, operands) {
    const upstream = operand(operands, 0);
    const [batch, columns] = extents(operands, 0);
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let b = 0; b < batch; b++) sum += at(upstream, b * columns + j);
      operands.out[j] = sum;
    }
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

  gaussianMeanGradient(_op, operands) {
    const [upstream, mean] = [operand(operands, 0), operand(operands, 1)];
    const [logStd, actions] = [operand(operands, 2), operand(operands, 3)];
    const [batch, width] = extents(operands, 1);
    for (let b = 0; b < batch; b++) {
      for (let a = 0; a < width; a++) {
        const i = b * width + a;
        operands.out[i] = (at(upstream, b) * (at(actions, i) - at(mean, i))) / Math.exp(2 * at(logStd, a));
      }
    }
  },

  gaussianLogStdGradient(_op, operands) {
    const [upstream, mean] = [operand(operands, 0), operand(operands, 1)];
    const [logStd, actions] = [operand(operands, 2), operand(operands, 3)];
    const [batch, width] = extents(operands, 1);
    for (let a = 0; a < width; a++) {
      let sum = 0;
      for (let b = 0; b < batch; b++) {
        const z = (at(actions, b * width + a) - at(mean, b * width + a)) / Math.exp(at(logStd, a));
        sum += at(upstream, b) * (z * z - 1);
      }
      operands.out[a] = sum;
    }
  },

  // The gradient passes where the unclipped term is the smaller one.
  clippedSurrogateGradient({ clip }, operands) {
    const [upstream, logProbability] = [operand(operands, 0), operand(operands, 1)];
    const [old, advantage] = [operand(operands, 2), operand(operands, 3)];
    for (let b = 0; b < old.length; b++) {
      const ratio = Math.exp(at(logProbability, b) - at(old, b));
      const clipped = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
      const passes = ratio * at(advantage, b) <= clipped * at(advantage, b);
      operands.out[b] = passes ? (-at(upstream, 0) * ratio * at(advantage, b)) / old.length : 0;
    }
  },

  squaredErrorGradient(_op, operands) {
    const [upstream, prediction, target] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    for (let b = 0; b < target.length; b++) {
      operands.out[b] = (at(upstream, 0) * 2 * (at(prediction, b) - at(target, b))) / target.length;
    }
  },

  broadcast({ scale }, operands) {
    operands.out.fill(scale * at(operand(operands, 0), 0));
  },

  add(_op, operands) {
    const [a, b] = [operand(operands, 0), operand(operands, 1)];
    for (let i = 0; i < a.length; i++) operands.out[i] = at(a, i) + at(b, i);
  },

  globalNorm(_op, { inputs, out }) {
    let sum = 0;
    for (const tensor of inputs) for (const value of tensor) sum += value * value;
    out[0] = Math.sqrt(sum);
  },

  clipByNorm({ maximum }, operands) {
    const [x, norm] = [operand(operands, 0), operand(operands, 1)];
    const scale = Math.min(1, maximum / (at(norm, 0) + CLIP_NORM_EPSILON));
    for (let i = 0; i < x.length; i++) operands.out[i] = at(x, i) * scale;
  },

  adam({ parameters, options: { beta1, beta2, epsilon } }, operands) {
    const { step, moments } = operands.optimiser as OptimiserState;
    const t = at(step, 0) + 1;
    step[0] = t;
    const stepSize = at(operand(operands, 0), 0) / (1 - beta1 ** t);
    const correction = Math.sqrt(1 - beta2 ** t);
    parameters.forEach((name, index) => {
      const values = operand(operands, 1 + 2 * index);
      const gradient = operand(operands, 2 + 2 * index);
      const { first, second } = moments.get(name) as { first: Float64Array; second: Float64Array };
      for (let i = 0; i < values.length; i++) {
        const g = at(gradient, i);
        const m = beta1 * at(first, i) + (1 - beta1) * g;
        const v = beta2 * at(second, i) + (1 - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        values[i] = at(values, i) - (stepSize * m) / (Math.sqrt(v) / correction + epsilon);
      }
    });
  },
};
