// Losses and statistics over one value a row of the batch.

import { exp, expRemainder, keep, madd, splat, sumLanes } from "./simd";

// @ts-ignore: decorator
@inline
const STANDARDISE_EPSILON: f32 = 1e-8;

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): v128 {
  return v128.load(base + (i << 2));
}

/** min(max(ratio, 1 - clip), 1 + clip); NaN stays NaN. */
// @ts-ignore: decorator
@inline
function clipped(ratio: v128, clip: f32): v128 {
  return f32x4.pmin(f32x4.pmax(ratio, splat(1 - clip)), splat(1 + clip));
}

export function mean(x: usize, out: usize, n: i32): void {
  let sum = splat(0);
  for (let i = 0; i < n; i += 4) sum = f32x4.add(sum, keep(at(x, i), n - i));
  store<f32>(out, sumLanes(sum) / <f32>n);
}

export function standardise(x: usize, out: usize, n: i32): void {
  mean(x, out, n);
  const centre = v128.load32_splat(out);
  let sum = splat(0);
  for (let i = 0; i < n; i += 4) {
    const d = keep(f32x4.sub(at(x, i), centre), n - i);
    sum = madd(d, d, sum);
  }
  const std = sqrt<f32>(sumLanes(sum) / <f32>max(1, n - 1));
  const scale = splat(1 / (std + STANDARDISE_EPSILON));
  for (let i = 0; i < n; i += 4) v128.store(out + (i << 2), f32x4.mul(f32x4.sub(at(x, i), centre), scale));
}

export function clippedSurrogate(lp: usize, old: usize, advantage: usize, clip: f32, out: usize, n: i32): void {
  let sum = splat(0);
  for (let i = 0; i < n; i += 4) {
    const ratio = exp(f32x4.sub(at(lp, i), at(old, i)));
    const a = at(advantage, i);
    const objective = f32x4.pmin(f32x4.mul(ratio, a), f32x4.mul(clipped(ratio, clip), a));
    sum = f32x4.sub(sum, keep(objective, n - i));
  }
  store<f32>(out, sumLanes(sum) / <f32>n);
}

export function clippedSurrogateGradient(
  upstream: usize, lp: usize, old: usize, advantage: usize, clip: f32, out: usize, n: i32,
): void {
  const scale = splat(-load<f32>(upstream) / <f32>n);
  for (let i = 0; i < n; i += 4) {
    const ratio = exp(f32x4.sub(at(lp, i), at(old, i)));
    const a = at(advantage, i);
    const objective = f32x4.mul(ratio, a);
    // "not greater" rather than "less or equal": a NaN must reach the gradient.
    const blocked = f32x4.gt(objective, f32x4.mul(clipped(ratio, clip), a));
    v128.store(out + (i << 2), v128.andnot(f32x4.mul(scale, objective), blocked));
  }
}

export function approximateKl(lp: usize, old: usize, out: usize, n: i32): void {
  let sum = splat(0);
  for (let i = 0; i < n; i += 4) {
    sum = f32x4.add(sum, keep(expRemainder(f32x4.sub(at(lp, i), at(old, i))), n - i));
  }
  store<f32>(out, sumLanes(sum) / <f32>n);
}

export function clipFraction(lp: usize, old: usize, clip: f32, out: usize, n: i32): void {
  let count = splat(0);
  for (let i = 0; i < n; i += 4) {
    const distance = f32x4.abs(f32x4.sub(exp(f32x4.sub(at(lp, i), at(old, i))), splat(1)));
    const outside = v128.and(f32x4.gt(distance, splat(clip)), splat(1));
    count = f32x4.add(count, keep(outside, n - i));
  }
  store<f32>(out, sumLanes(count) / <f32>n);
}

export function squaredError(prediction: usize, target: usize, out: usize, n: i32): void {
  let sum = splat(0);
  for (let i = 0; i < n; i += 4) {
    const d = keep(f32x4.sub(at(prediction, i), at(target, i)), n - i);
    sum = madd(d, d, sum);
  }
  store<f32>(out, sumLanes(sum) / <f32>n);
}

export function squaredErrorGradient(upstream: usize, prediction: usize, target: usize, out: usize, n: i32): void {
  const scale = splat((2 * load<f32>(upstream)) / <f32>n);
  for (let i = 0; i < n; i += 4) {
    v128.store(out + (i << 2), f32x4.mul(scale, f32x4.sub(at(prediction, i), at(target, i))));
  }
}

/** e, but no further from zero than delta; NaN stays NaN. */
// @ts-ignore: decorator
@inline
function bounded(e: v128, delta: f32): v128 {
  return f32x4.pmax(f32x4.pmin(e, splat(delta)), splat(-delta));
}

export function huber(prediction: usize, target: usize, delta: f32, out: usize, n: i32): void {
  let sum = splat(0);
  for (let i = 0; i < n; i += 4) {
    const e = f32x4.sub(at(prediction, i), at(target, i));
    const c = bounded(e, delta);
    // c (e - c / 2): e^2 / 2 inside, delta (|e| - delta / 2) outside.
    sum = f32x4.add(sum, keep(f32x4.mul(c, f32x4.sub(e, f32x4.mul(splat(0.5), c))), n - i));
  }
  store<f32>(out, sumLanes(sum) / <f32>n);
}

export function huberGradient(
  upstream: usize, prediction: usize, target: usize, delta: f32, out: usize, n: i32,
): void {
  const scale = splat(load<f32>(upstream) / <f32>n);
  for (let i = 0; i < n; i += 4) {
    const e = f32x4.sub(at(prediction, i), at(target, i));
    v128.store(out + (i << 2), f32x4.mul(scale, bounded(e, delta)));
  }
}

/** `terms` points at n pairs of a term's address and its weight. */
export function weightedSum(terms: usize, out: usize, n: i32): void {
  let sum: f32 = 0;
  for (let i = 0; i < n; ++i) {
    sum += load<f32>(terms, 4) * load<f32>(load<u32>(terms));
    terms += 8;
  }
  store<f32>(out, sum);
}
