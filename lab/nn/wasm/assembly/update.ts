// Gradient clipping, Adam and Polyak averaging.

import { flush, keep, madd, splat, sumLanes } from "./simd";

// @ts-ignore: decorator
@inline
const CLIP_NORM_EPSILON: f32 = 1e-6;

// Denormal numbers make a CPU up to 45 times slower, so Adam never makes one: a gradient below 1e-16 counts as zero (its
// square would be denormal) and moments below 1e-30 are dropped (1e-15 after the square root, far below any epsilon).
const TINY = memory.data<f32>([1e-16, 1e-30]);

/** `tensors` points at n pairs of a tensor's address and its size. */
export function globalNorm(tensors: usize, out: usize, n: i32): void {
  let total: f32 = 0;
  for (let tensor = 0; tensor < n; ++tensor) {
    let x = <usize>load<u32>(tensors);
    let left = load<i32>(tensors, 4);
    tensors += 8;
    let s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
    for (; left >= 16; left -= 16) {
      const x0 = v128.load(x), x1 = v128.load(x, 16), x2 = v128.load(x, 32), x3 = v128.load(x, 48);
      s0 = madd(x0, x0, s0);
      s1 = madd(x1, x1, s1);
      s2 = madd(x2, x2, s2);
      s3 = madd(x3, x3, s3);
      x += 64;
    }
    for (; left > 0; left -= 4) {
      const value = keep(v128.load(x), left);
      s0 = madd(value, value, s0);
      x += 16;
    }
    total += sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  }
  store<f32>(out, sqrt<f32>(total));
}

export function clipByNorm(x: usize, norm: usize, maximum: f32, out: usize, n: i32): void {
  // pmin(a, b) is a unless b < a, so a NaN norm gives NaN.
  const scale = f32x4.pmin(splat(maximum / (load<f32>(norm) + CLIP_NORM_EPSILON)), splat(1));
  for (let i = 0; i < n; i += 4) {
    const offset = <usize>(i << 2);
    v128.store(out + offset, f32x4.mul(v128.load(x + offset), scale));
  }
}

function power(base: f64, exponent: u32): f64 {
  let result: f64 = 1;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result *= base;
    base *= base;
  }
  return result;
}

/**
 * Counts a step and writes what all parameters of the step share: `coefficients` points at beta1, beta2 and the weight
 * decay (float64, read), then learningRate / (1 - beta1^t), 1 / sqrt(1 - beta2^t) and 1 - learningRate * decay
 * (float32, written).
 */
export function adamStep(step: usize, learningRate: usize, coefficients: usize): void {
  const t = load<f64>(step) + 1;
  store<f64>(step, t);
  const bias1 = 1 - power(load<f64>(coefficients), <u32>t);
  const bias2 = 1 - power(load<f64>(coefficients, 8), <u32>t);
  const rate = <f64>load<f32>(learningRate);
  store<f32>(coefficients, <f32>(rate / bias1), 24);
  store<f32>(coefficients, <f32>(1 / sqrt<f64>(bias2)), 28);
  store<f32>(coefficients, <f32>(1 - rate * load<f64>(coefficients, 16)), 32);
}

export function adam(
  values: usize, gradient: usize, first: usize, second: usize, n: i32, coefficients: usize, beta1: f32, rest1: f32,
  beta2: f32, rest2: f32, epsilon: f32,
): void {
  // Loaded before the loop, or V8 would build them anew at each use.
  const tinyGradient = v128.load32_splat(TINY), tinyMoment = v128.load32_splat(TINY, 4);
  const stepSize = v128.load32_splat(coefficients, 24), correction = v128.load32_splat(coefficients, 28);
  const shrink = v128.load32_splat(coefficients, 32);
  const keep1 = splat(beta1), take1 = splat(rest1), keep2 = splat(beta2), take2 = splat(rest2), offset = splat(epsilon);
  const end = values + (<usize>n << 2);
  while (values < end) {
    const g = flush(v128.load(gradient), tinyGradient);
    const m = flush(madd(take1, g, f32x4.mul(keep1, v128.load(first))), tinyMoment);
    const v = flush(madd(f32x4.mul(take2, g), g, f32x4.mul(keep2, v128.load(second))), tinyMoment);
    v128.store(first, m);
    v128.store(second, v);
    const change = f32x4.div(f32x4.mul(stepSize, m), madd(f32x4.sqrt(v), correction, offset));
    v128.store(values, f32x4.sub(f32x4.mul(shrink, v128.load(values)), change));
    values += 16;
    gradient += 16;
    first += 16;
    second += 16;
  }
}

/** target += rate * (source - target); at rate 1 a copy, to the last bit. */
export function polyak(rate: usize, target: usize, source: usize, n: i32): void {
  if (load<f32>(rate) == 1) {
    memory.copy(target, source, <usize>n << 2);
    return;
  }
  const step = v128.load32_splat(rate), tiny = v128.load32_splat(TINY, 4);
  const end = target + (<usize>n << 2);
  for (; target < end; target += 16, source += 16) {
    const value = v128.load(target);
    v128.store(target, flush(madd(step, f32x4.sub(v128.load(source), value), value), tiny));
  }
}
