import { STANDARDISE_EPSILON } from "../ops.ts";
import { at, operand, type ReferenceKernels } from "./operands.ts";

/** Reductions of a batch to one value, and what prepares them. */
export const lossKernels = {
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

  huber({ delta }, operands) {
    const [prediction, target] = [operand(operands, 0), operand(operands, 1)];
    let sum = 0;
    for (let b = 0; b < target.length; b++) {
      const error = Math.abs(at(prediction, b) - at(target, b));
      sum += error <= delta ? 0.5 * error * error : delta * (error - 0.5 * delta);
    }
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

  huberGradient({ delta }, operands) {
    const [upstream, prediction, target] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    for (let b = 0; b < target.length; b++) {
      const error = at(prediction, b) - at(target, b);
      operands.out[b] = (at(upstream, 0) * Math.min(Math.max(error, -delta), delta)) / target.length;
    }
  },
} satisfies Partial<ReferenceKernels>;
