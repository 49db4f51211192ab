import { at, extents, increase, operand, type ReferenceKernels } from "./operands.ts";

/** A row's values less their mean, over their standard deviation, and that deviation. */
function normalise(x: Float64Array, first: number, width: number, epsilon: number): { row: number[]; std: number } {
  const values = Array.from(x.subarray(first, first + width));
  const mean = values.reduce((sum, value) => sum + value, 0) / width;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
  const std = Math.sqrt(variance + epsilon);
  return { row: values.map((value) => (value - mean) / std), std };
}

export const normalisationKernels = {
  layerNorm({ epsilon }, operands) {
    const [x, gain, bias] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    const [batch, width] = extents(operands, 0);
    for (let b = 0; b < batch; b++) {
      const { row } = normalise(x, b * width, width, epsilon);
      row.forEach((value, j) => {
        operands.out[b * width + j] = at(gain, j) * value + at(bias, j);
      });
    }
  },

  // With n the normalised row and d = upstream gain: (d - mean(d) - n mean(d n)) / std
  layerNormInputGradient({ epsilon }, operands) {
    const [upstream, x, gain] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    const [batch, width] = extents(operands, 1);
    for (let b = 0; b < batch; b++) {
      const { row, std } = normalise(x, b * width, width, epsilon);
      const slopes = row.map((_, j) => at(upstream, b * width + j) * at(gain, j));
      const mean = slopes.reduce((sum, slope) => sum + slope, 0) / width;
      const along = slopes.reduce((sum, slope, j) => sum + slope * (row[j] as number), 0) / width;
      row.forEach((value, j) => {
        operands.out[b * width + j] = ((slopes[j] as number) - mean - value * along) / std;
      });
    }
  },

  layerNormGainGradient({ epsilon }, operands) {
    const [upstream, x] = [operand(operands, 0), operand(operands, 1)];
    const [batch, width] = extents(operands, 1);
    operands.out.fill(0);
    for (let b = 0; b < batch; b++) {
      const { row } = normalise(x, b * width, width, epsilon);
      row.forEach((value, j) => {
        increase(operands.out, j, at(upstream, b * width + j) * value);
      });
    }
  },
} satisfies Partial<ReferenceKernels>;
