import { CLIP_NORM_EPSILON } from "../ops.ts";
import type { OptimiserState } from "../store.ts";
import { at, operand, type ReferenceKernels } from "./operands.ts";

/** What comes after the gradients. */
export const updateKernels = {
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

  adam({ parameters, options: { beta1, beta2, epsilon, weightDecay = 0 } }, operands) {
    const { step, moments } = operands.optimiser as OptimiserState;
    const t = at(step, 0) + 1;
    step[0] = t;
    const rate = at(operand(operands, 0), 0);
    const stepSize = rate / (1 - beta1 ** t);
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
        const decayed = at(values, i) * (1 - rate * weightDecay);
        values[i] = decayed - (stepSize * m) / (Math.sqrt(v) / correction + epsilon);
      }
    });
  },

  polyak({ parameters }, operands) {
    const rate = at(operand(operands, 0), 0);
    parameters.forEach((_, index) => {
      const [target, source] = [operand(operands, 1 + 2 * index), operand(operands, 2 + 2 * index)];
      // As two products, so that rate 1 copies to the last bit.
      for (let i = 0; i < target.length; i++) target[i] = (1 - rate) * at(target, i) + rate * at(source, i);
    });
  },
} satisfies Partial<ReferenceKernels>;
