import { at, extents, operand, type ReferenceKernels } from "./operands.ts";

const LOG_2_PI = Math.log(2 * Math.PI);

/** Diagonal Gaussians. */
export const gaussianKernels = {
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

  gaussianKl(_op, operands) {
    const [oldMean, oldLogStd] = [operand(operands, 0), operand(operands, 1)];
    const [mean, logStd] = [operand(operands, 2), operand(operands, 3)];
    const [batch, width] = extents(operands, 0);
    for (let b = 0; b < batch; b++) {
      let sum = 0;
      for (let a = 0; a < width; a++) {
        const distance = at(oldMean, b * width + a) - at(mean, b * width + a);
        const squares = Math.exp(2 * at(oldLogStd, a)) + distance * distance;
        sum += at(logStd, a) - at(oldLogStd, a) + (0.5 * squares) / Math.exp(2 * at(logStd, a)) - 0.5;
      }
      operands.out[b] = sum;
    }
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

  gaussianKlMeanGradient(_op, operands) {
    const [upstream, oldMean] = [operand(operands, 0), operand(operands, 1)];
    const [mean, logStd] = [operand(operands, 2), operand(operands, 3)];
    const [batch, width] = extents(operands, 1);
    for (let b = 0; b < batch; b++) {
      for (let a = 0; a < width; a++) {
        const i = b * width + a;
        operands.out[i] = (at(upstream, b) * (at(mean, i) - at(oldMean, i))) / Math.exp(2 * at(logStd, a));
      }
    }
  },

  gaussianKlLogStdGradient(_op, operands) {
    const [upstream, oldMean, oldLogStd] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    const [mean, logStd] = [operand(operands, 3), operand(operands, 4)];
    const [batch, width] = extents(operands, 1);
    for (let a = 0; a < width; a++) {
      let sum = 0;
      for (let b = 0; b < batch; b++) {
        const distance = at(oldMean, b * width + a) - at(mean, b * width + a);
        const squares = Math.exp(2 * at(oldLogStd, a)) + distance * distance;
        sum += at(upstream, b) * (1 - squares / Math.exp(2 * at(logStd, a)));
      }
      operands.out[a] = sum;
    }
  },
} satisfies Partial<ReferenceKernels>;
