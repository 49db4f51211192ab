import { describe, expect, it } from "vitest";
import { instantiate, relaxedSimdSupported } from "../../../lab/nn/wasm/kernels.ts";
import { readKernels } from "./setting.ts";

const VARIANTS = relaxedSimdSupported() ? (["relaxed", "plain"] as const) : (["plain"] as const);
const COUNT = 200_000;

const RIGHT = { exp: Math.exp, log: Math.log, tanh: Math.tanh, sigmoid: (z: number) => 1 / (1 + Math.exp(-z)) };
type FunctionName = keyof typeof RIGHT;

describe.each(VARIANTS)("the functions inside the %s kernels", (variant) => {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
  const kernels = instantiate(readKernels(variant).module, memory);
  const [from, to] = [4096, 4096 + 4 * COUNT];
  const x = new Float32Array(memory.buffer, from, COUNT);
  const y = new Float32Array(memory.buffer, to, COUNT);

  /** Largest |y - f(x)| / scale(f(x)) over COUNT points between low and high. */
  function worst(name: FunctionName, low: number, high: number, scale: (right: number) => number): number {
    for (let i = 0; i < COUNT; i++) x[i] = low + ((high - low) * i) / (COUNT - 1);
    kernels[name](from, to, COUNT);
    let error = 0;
    for (let i = 0; i < COUNT; i++) {
      const right = RIGHT[name](x[i] as number);
      error = Math.max(error, Math.abs((y[i] as number) - right) / scale(right));
    }
    return error;
  }

  function valuesOf(name: FunctionName, points: readonly number[]): number[] {
    x.set(points);
    kernels[name](from, to, points.length);
    return [...y.subarray(0, points.length)];
  }

  it("give tanh within 4e-7, and within 4e-7 of its size near zero", () => {
    expect(worst("tanh", -12, 12, () => 1)).toBeLessThan(4e-7);
    expect(worst("tanh", -0.6, 0.6, (right) => Math.abs(right) || 1)).toBeLessThan(4e-7);
  });

  it("give tanh its limits, its sign and NaN", () => {
    const limits = valuesOf("tanh", [0, 1e30, -1e30, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
    expect(limits[0]).toBe(0);
    [1, -1, 1, -1].forEach((limit, i) => {
      expect(limits[i + 1]).toBeCloseTo(limit, 6);
      expect(Math.abs(limits[i + 1] as number)).toBeLessThanOrEqual(1);
    });
    expect(limits[5]).toBeNaN();
  });

  it("give sigmoid within 4e-7 of its size", () => {
    expect(worst("sigmoid", -50, 50, (right) => right)).toBeLessThan(4e-7);
  });

  it("give sigmoid its limits, without denormals, and NaN", () => {
    const infinite = Number.POSITIVE_INFINITY;
    const limits = valuesOf("sigmoid", [0, 100, infinite, -100, -infinite, Number.NaN]);
    expect(limits.slice(0, 3)).toEqual([0.5, 1, 1]);
    for (const low of limits.slice(3, 5)) {
      expect(low).toBeGreaterThan(1e-30);
      expect(low).toBeLessThan(1e-20);
    }
    expect(limits[5]).toBeNaN();
  });

  it("give exp within 3e-7 of its size", () => {
    expect(worst("exp", -87, 88.3, (right) => right)).toBeLessThan(3e-7);
    expect(worst("exp", -1, 1, (right) => right)).toBeLessThan(2e-7);
  });

  it("give exp its limits, without denormals, and NaN", () => {
    const points = [0, -88, -1e8, Number.NEGATIVE_INFINITY, 89, Number.POSITIVE_INFINITY, Number.NaN];
    const infinite = Number.POSITIVE_INFINITY;
    expect(valuesOf("exp", points)).toEqual([1, 0, 0, 0, infinite, infinite, Number.NaN]);
  });

  it("give log within 2e-7 of its size, and within 1e-7 around one", () => {
    expect(worst("log", 1e-30, 1e-20, (right) => Math.abs(right))).toBeLessThan(2e-7);
    expect(worst("log", 2, 1e6, (right) => Math.abs(right))).toBeLessThan(2e-7);
    expect(worst("log", 0.5, 2, () => 1)).toBeLessThan(1e-7);
    expect(valuesOf("log", [1])).toEqual([0]);
  });
});
