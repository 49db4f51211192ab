import { activate, slopeAt } from "./activations.ts";
import { at, operand, type ReferenceKernels } from "./operands.ts";

/** Ops that go through values one by one. */
export const elementwiseKernels = {
  fill: ({ value }, { out }) => {
    out.fill(value);
  },

  broadcast({ scale }, operands) {
    operands.out.fill(scale * at(operand(operands, 0), 0));
  },

  activation({ activation }, operands) {
    const x = operand(operands, 0);
    for (let i = 0; i < x.length; i++) operands.out[i] = activate(activation, at(x, i));
  },

  activationGradient({ activation }, operands) {
    const [upstream, y] = [operand(operands, 0), operand(operands, 1)];
    for (let i = 0; i < y.length; i++) operands.out[i] = at(upstream, i) * slopeAt(activation, at(y, i));
  },

  scale({ factor }, operands) {
    const x = operand(operands, 0);
    for (let i = 0; i < x.length; i++) operands.out[i] = factor * at(x, i);
  },

  add(_op, operands) {
    const [a, b] = [operand(operands, 0), operand(operands, 1)];
    for (let i = 0; i < a.length; i++) operands.out[i] = at(a, i) + at(b, i);
  },

  multiply(_op, operands) {
    const [a, b] = [operand(operands, 0), operand(operands, 1)];
    for (let i = 0; i < a.length; i++) operands.out[i] = at(a, i) * at(b, i);
  },

  reshape(_op, operands) {
    operands.out.set(operand(operands, 0));
  },
} satisfies Partial<ReferenceKernels>;
