import { at, extents, operand, type ReferenceKernels } from "./operands.ts";

/** log(exp(0) + sum of exp(u) over a row), without overflow. */
function logSumExpWithZero(raw: Float64Array, first: number, width: number): number {
  let maximum = 0;
  for (let i = first; i < first + width; i++) maximum = Math.max(maximum, at(raw, i));
  let sum = Math.exp(-maximum);
  for (let i = first; i < first + width; i++) sum += Math.exp(at(raw, i) - maximum);
  return maximum + Math.log(sum);
}

/** Log-determinants of the maps from raw Gaussian actions to bounded ones. */
export const transformKernels = {
  // log(1 - tanh(u)^2) = 2 (log 2 - |u| - log(1 + exp(-2 |u|)))
  squashLogDeterminant(_op, operands) {
    const raw = operand(operands, 0);
    const [batch, width] = extents(operands, 0);
    for (let b = 0; b < batch; b++) {
      let sum = 0;
      for (let i = b * width; i < (b + 1) * width; i++) {
        const size = Math.abs(at(raw, i));
        sum += 2 * (Math.LN2 - size - Math.log1p(Math.exp(-2 * size)));
      }
      operands.out[b] = sum;
    }
  },

  simplexLogDeterminant(_op, operands) {
    const raw = operand(operands, 0);
    const [batch, width] = extents(operands, 0);
    for (let b = 0; b < batch; b++) {
      // The fraction that has no raw value of its own counts too: width + 1 of them.
      let sum = -(width + 1) * logSumExpWithZero(raw, b * width, width);
      for (let i = b * width; i < (b + 1) * width; i++) sum += at(raw, i);
      operands.out[b] = sum;
    }
  },

  squashLogDeterminantGradient(_op, operands) {
    const [upstream, raw] = [operand(operands, 0), operand(operands, 1)];
    const [, width] = extents(operands, 1);
    for (let i = 0; i < raw.length; i++) {
      operands.out[i] = at(upstream, Math.floor(i / width)) * -2 * Math.tanh(at(raw, i));
    }
  },

  simplexLogDeterminantGradient(_op, operands) {
    const [upstream, raw] = [operand(operands, 0), operand(operands, 1)];
    const [batch, width] = extents(operands, 1);
    for (let b = 0; b < batch; b++) {
      const logSum = logSumExpWithZero(raw, b * width, width);
      for (let i = b * width; i < (b + 1) * width; i++) {
        operands.out[i] = at(upstream, b) * (1 - (width + 1) * Math.exp(at(raw, i) - logSum));
      }
    }
  },
} satisfies Partial<ReferenceKernels>;
