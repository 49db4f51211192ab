import { activate } from "./activations.ts";
import { at, extents, operand, type ReferenceKernels } from "./operands.ts";

export const denseKernels = {
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
} satisfies Partial<ReferenceKernels>;
