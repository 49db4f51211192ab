import type { Activation } from "../ops.ts";

export function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

export function activate(activation: Activation, z: number): number {
  if (activation === "tanh") return Math.tanh(z);
  if (activation === "sigmoid") return sigmoid(z);
  return activation === "relu" ? Math.max(0, z) : z;
}

/** Derivative of an activation where its value is y. */
export function slopeAt(activation: Exclude<Activation, "none">, y: number): number {
  if (activation === "tanh") return 1 - y ** 2;
  return activation === "sigmoid" ? y * (1 - y) : Number(y > 0);
}
