// Layer norm and softmax: one row at a time, over the rows `first` .. `last - 1`. A result may take the place of an
// operand of its shape: a row is stored value by value after it was read, and never past its end.

import { exp, flush, keep, lanes, madd, maximumLanes, splat, storeLanes, sumLanes } from "./simd";

// Probabilities below this count as zero: products with denormal numbers are many times slower.
const TINY = memory.data<f32>([1e-20]);

/** Mean of a row, two sums at a time. */
// @ts-ignore: decorator
@inline
function meanOf(x: usize, width: i32): v128 {
  let s0 = splat(0), s1 = splat(0);
  let left = width;
  for (; left >= 8; left -= 8, x += 32) {
    s0 = f32x4.add(s0, v128.load(x));
    s1 = f32x4.add(s1, v128.load(x, 16));
  }
  for (; left > 0; left -= 4, x += 16) s0 = f32x4.add(s0, keep(v128.load(x), left));
  return splat(sumLanes(f32x4.add(s0, s1)) / <f32>width);
}

/** 1 / sqrt(variance + epsilon) of a row. */
// @ts-ignore: decorator
@inline
function inverseStdOf(x: usize, mean: v128, width: i32, epsilon: f32): v128 {
  let s0 = splat(0), s1 = splat(0);
  let left = width;
  for (; left >= 8; left -= 8, x += 32) {
    const d0 = f32x4.sub(v128.load(x), mean), d1 = f32x4.sub(v128.load(x, 16), mean);
    s0 = madd(d0, d0, s0);
    s1 = madd(d1, d1, s1);
  }
  for (; left > 0; left -= 4, x += 16) {
    const d = keep(f32x4.sub(v128.load(x), mean), left);
    s0 = madd(d, d, s0);
  }
  return splat(1 / sqrt<f32>(sumLanes(f32x4.add(s0, s1)) / <f32>width + epsilon));
}

export function layerNorm(
  x: usize, gain: usize, bias: usize, epsilon: f32, out: usize, width: i32, first: i32, last: i32,
): void {
  const stride = <usize>width << 2;
  for (let row = first; row < last; ++row) {
    const from = x + <usize>row * stride, to = out + <usize>row * stride;
    const mean = meanOf(from, width);
    const inverseStd = inverseStdOf(from, mean, width, epsilon);
    for (let j = 0; j < width; j += 4) {
      const offset = <usize>(j << 2);
      const z = f32x4.mul(f32x4.sub(v128.load(from + offset), mean), inverseStd);
      storeLanes(to + offset, madd(z, v128.load(gain + offset), v128.load(bias + offset)), width - j);
    }
  }
}

/** With z = (x - mean) / std and g = gain * upstream: (g - mean(g) - z mean(g z)) / std. */
export function layerNormInputGradient(
  upstream: usize, x: usize, gain: usize, epsilon: f32, out: usize, width: i32, first: i32, last: i32,
): void {
  const stride = <usize>width << 2;
  for (let row = first; row < last; ++row) {
    const offset = <usize>row * stride;
    const from = x + offset, slopes = upstream + offset, to = out + offset;
    const mean = meanOf(from, width);
    const inverseStd = inverseStdOf(from, mean, width, epsilon);
    let sum = splat(0), product = splat(0);
    for (let j = 0; j < width; j += 4) {
      const at = <usize>(j << 2);
      const g = keep(f32x4.mul(v128.load(slopes + at), v128.load(gain + at)), width - j);
      const z = keep(f32x4.mul(f32x4.sub(v128.load(from + at), mean), inverseStd), width - j);
      sum = f32x4.add(sum, g);
      product = madd(g, z, product);
    }
    const meanSlope = splat(sumLanes(sum) / <f32>width), meanProduct = splat(sumLanes(product) / <f32>width);
    for (let j = 0; j < width; j += 4) {
      const at = <usize>(j << 2);
      const g = f32x4.mul(v128.load(slopes + at), v128.load(gain + at));
      const z = f32x4.mul(f32x4.sub(v128.load(from + at), mean), inverseStd);
      const centred = f32x4.sub(f32x4.sub(g, meanSlope), f32x4.mul(z, meanProduct));
      storeLanes(to + at, f32x4.mul(inverseStd, centred), width - j);
    }
  }
}

/** Sum over all rows of upstream * (x - mean) / std. */
export function layerNormGainGradient(
  upstream: usize, x: usize, epsilon: f32, out: usize, rows: i32, width: i32,
): void {
  const stride = <usize>width << 2;
  memory.fill(out, 0, stride);
  for (let row = 0; row < rows; ++row) {
    const mean = meanOf(x, width);
    const inverseStd = inverseStdOf(x, mean, width, epsilon);
    for (let j = 0; j < width; j += 4) {
      const at = <usize>(j << 2);
      const z = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverseStd);
      storeLanes(out + at, madd(v128.load(upstream + at), z, v128.load(out + at)), width - j);
    }
    x += stride;
    upstream += stride;
  }
}

/** Bits of the lanes below `left` whose option `mask` (0: there is none) allows. */
// @ts-ignore: decorator
@inline
function taken(mask: usize, left: i32): v128 {
  const inside = lanes(left);
  return mask ? v128.and(inside, f32x4.ne(v128.load(mask), splat(0))) : inside;
}

/** `mask` is 0 where there is none; each of its rows serves `sharing` rows of x. */
export function softmax(
  x: usize, mask: usize, out: usize, width: i32, sharing: i32, first: i32, last: i32,
): void {
  const stride = <usize>width << 2;
  const tiny = v128.load32_splat(TINY);
  for (let row = first; row < last; ++row) {
    const from = x + <usize>row * stride, to = out + <usize>row * stride;
    const allowed = mask ? mask + <usize>(row / sharing) * stride : 0;
    let largest = splat(-Infinity);
    for (let j = 0; j < width; j += 4) {
      const at = <usize>(j << 2);
      const chosen = taken(allowed ? allowed + at : 0, width - j);
      largest = f32x4.pmax(largest, v128.bitselect(v128.load(from + at), largest, chosen));
    }
    largest = maximumLanes(largest);
    let sums = splat(0);
    for (let j = 0; j < width; j += 4) {
      const at = <usize>(j << 2);
      const power = flush(exp(f32x4.sub(v128.load(from + at), largest)), tiny);
      const value = v128.and(power, taken(allowed ? allowed + at : 0, width - j));
      sums = f32x4.add(sums, value);
      storeLanes(to + at, value, width - j);
    }
    // Only a row without an allowed value has the sum 0: the largest adds 1 to any other.
    const sum = sumLanes(sums);
    const scale = splat(sum == 0 ? 0 : 1 / sum);
    for (let j = 0; j < width; j += 4) {
      const at = to + (j << 2);
      storeLanes(at, f32x4.mul(scale, v128.load(at)), width - j);
    }
  }
}

/** y (g - sum(g y)) with the upstream gradient g. */
export function softmaxGradient(upstream: usize, y: usize, out: usize, width: i32, first: i32, last: i32): void {
  const stride = <usize>width << 2;
  for (let row = first; row < last; ++row) {
    const offset = <usize>row * stride;
    const slopes = upstream + offset, values = y + offset, to = out + offset;
    let products = splat(0);
    for (let j = 0; j < width; j += 4) {
      const at = <usize>(j << 2);
      products = f32x4.add(products, keep(f32x4.mul(v128.load(slopes + at), v128.load(values + at)), width - j));
    }
    const product = splat(sumLanes(products));
    for (let j = 0; j < width; j += 4) {
      const at = <usize>(j << 2);
      const slope = f32x4.mul(v128.load(values + at), f32x4.sub(v128.load(slopes + at), product));
      storeLanes(to + at, slope, width - j);
    }
  }
}
