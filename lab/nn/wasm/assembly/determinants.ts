// Log-determinants of the maps that squash a Gaussian, over the rows `first` .. `last - 1`.

import { exp, keep, log, lanes, maximumLanes, splat, storeLanes, sumLanes, tanh } from "./simd";

// @ts-ignore: decorator
@inline
const LOG_2: f32 = 0.69314718055994531;

/** Sum of log(1 - tanh(u)^2) = 2 (log 2 - |u| - log(1 + e^(-2 |u|))). */
export function squash(raw: usize, out: usize, width: i32, first: i32, last: i32): void {
  for (let row = first; row < last; ++row) {
    const from = raw + <usize>row * (<usize>width << 2);
    let sum = splat(0);
    for (let j = 0; j < width; j += 4) {
      const size = f32x4.abs(v128.load(from + (j << 2)));
      const tail = log(f32x4.add(splat(1), exp(f32x4.mul(splat(-2), size))));
      sum = f32x4.add(sum, keep(f32x4.sub(f32x4.sub(splat(LOG_2), size), tail), width - j));
    }
    store<f32>(out + (<usize>row << 2), 2 * sumLanes(sum));
  }
}

/** -2 upstream[row] tanh(u). */
export function squashGradient(upstream: usize, raw: usize, out: usize, width: i32, first: i32, last: i32): void {
  const stride = <usize>width << 2;
  for (let row = first; row < last; ++row) {
    const from = raw + <usize>row * stride, to = out + <usize>row * stride;
    const scale = f32x4.mul(splat(-2), v128.load32_splat(upstream + (<usize>row << 2)));
    for (let j = 0; j < width; j += 4) {
      storeLanes(to + (j << 2), f32x4.mul(scale, tanh(v128.load(from + (j << 2)))), width - j);
    }
  }
}

/** Largest of a row and 0, in all lanes. */
// @ts-ignore: decorator
@inline
function largestOf(u: usize, width: i32): v128 {
  let largest = splat(0);
  for (let j = 0; j < width; j += 4) {
    largest = f32x4.pmax(largest, v128.bitselect(v128.load(u + (j << 2)), largest, lanes(width - j)));
  }
  return maximumLanes(largest);
}

/** e^-largest + sum of e^(u - largest), in all lanes. */
// @ts-ignore: decorator
@inline
function totalOf(u: usize, largest: v128, width: i32): v128 {
  let sum = splat(0);
  for (let j = 0; j < width; j += 4) {
    sum = f32x4.add(sum, keep(exp(f32x4.sub(v128.load(u + (j << 2)), largest)), width - j));
  }
  return f32x4.add(splat(sumLanes(sum)), exp(f32x4.neg(largest)));
}

/** Sum of the logs of softmax(u_1, .., u_A, 0): sum of u less A + 1 times log(1 + sum of e^u). */
export function simplex(raw: usize, out: usize, width: i32, first: i32, last: i32): void {
  for (let row = first; row < last; ++row) {
    const u = raw + <usize>row * (<usize>width << 2);
    const largest = largestOf(u, width);
    const logTotal = f32x4.add(largest, log(totalOf(u, largest, width)));
    let sum = splat(0);
    for (let j = 0; j < width; j += 4) {
      sum = f32x4.add(sum, keep(f32x4.sub(v128.load(u + (j << 2)), logTotal), width - j));
    }
    store<f32>(out + (<usize>row << 2), sumLanes(sum) - f32x4.extract_lane(logTotal, 0));
  }
}

/** upstream[row] (1 - (A + 1) x_i) with x = softmax(u_1, .., u_A, 0). */
export function simplexGradient(upstream: usize, raw: usize, out: usize, width: i32, first: i32, last: i32): void {
  const stride = <usize>width << 2;
  for (let row = first; row < last; ++row) {
    const u = raw + <usize>row * stride, to = out + <usize>row * stride;
    const largest = largestOf(u, width);
    const share = f32x4.div(splat(<f32>(width + 1)), totalOf(u, largest, width));
    const scale = v128.load32_splat(upstream + (<usize>row << 2));
    for (let j = 0; j < width; j += 4) {
      const fraction = f32x4.mul(share, exp(f32x4.sub(v128.load(u + (j << 2)), largest)));
      storeLanes(to + (j << 2), f32x4.mul(scale, f32x4.sub(splat(1), fraction)), width - j);
    }
  }
}
