// KL(old || new) of categorical heads and of diagonal Gaussians. The heads of a row need no telling apart: their terms
// are added up, and masked options have probability 0 in both.

import { exp, expRemainder, keep, madd, nmadd, splat, storeLanes, sumLanes } from "./simd";

/** Sum of p_old (log p_old - log p_new), for rows `first` .. `last - 1`. */
export function categorical(old: usize, now: usize, out: usize, width: i32, first: i32, last: i32): void {
  const stride = <usize>width << 2;
  for (let row = first; row < last; ++row) {
    const before = old + <usize>row * stride, after = now + <usize>row * stride;
    let sum = splat(0);
    for (let j = 0; j < width; j += 4) {
      const logOld = v128.load(before + (j << 2));
      const term = f32x4.mul(exp(logOld), f32x4.sub(logOld, v128.load(after + (j << 2))));
      sum = f32x4.add(sum, keep(term, width - j));
    }
    store<f32>(out + (<usize>row << 2), sumLanes(sum));
  }
}

/** upstream[row] (p_new - p_old). */
export function categoricalGradient(
  upstream: usize, old: usize, now: usize, out: usize, width: i32, first: i32, last: i32,
): void {
  const stride = <usize>width << 2;
  for (let row = first; row < last; ++row) {
    const offset = <usize>row * stride;
    const scale = v128.load32_splat(upstream + (<usize>row << 2));
    for (let j = 0; j < width; j += 4) {
      const at = offset + (j << 2);
      const slope = f32x4.sub(exp(v128.load(now + at)), exp(v128.load(old + at)));
      storeLanes(out + at, f32x4.mul(scale, slope), width - j);
    }
  }
}

/** Sum of log(s_new / s_old) + (s_old^2 + (m_old - m_new)^2) / (2 s_new^2) - 1 / 2, for rows `first` .. `last - 1`. */
export function gaussian(
  oldMean: usize, oldLogStd: usize, mean: usize, logStd: usize, out: usize, width: i32, first: i32, last: i32,
): void {
  const stride = <usize>width << 2;
  for (let row = first; row < last; ++row) {
    const offset = <usize>row * stride;
    let sum = splat(0);
    for (let j = 0; j < width; j += 4) {
      const column = <usize>(j << 2);
      const logScale = v128.load(logStd + column);
      // With d = 2 log(s_old / s_new) the terms of the scales are (e^d - 1 - d) / 2.
      const d = f32x4.mul(splat(2), f32x4.sub(v128.load(oldLogStd + column), logScale));
      const shift = f32x4.sub(v128.load(oldMean + offset + column), v128.load(mean + offset + column));
      const z = f32x4.mul(shift, exp(f32x4.neg(logScale)));
      sum = f32x4.add(sum, keep(madd(z, z, expRemainder(d)), width - j));
    }
    store<f32>(out + (<usize>row << 2), 0.5 * sumLanes(sum));
  }
}

/** upstream[row] (m_new - m_old) / s_new^2, for rows `first` .. `last - 1`. */
export function gaussianMeanGradient(
  upstream: usize, oldMean: usize, mean: usize, logStd: usize, out: usize, width: i32, first: i32, last: i32,
): void {
  const stride = <usize>width << 2;
  for (let row = first; row < last; ++row) {
    const offset = <usize>row * stride;
    const scale = v128.load32_splat(upstream + (<usize>row << 2));
    for (let j = 0; j < width; j += 4) {
      const column = <usize>(j << 2);
      const precision = exp(f32x4.mul(splat(-2), v128.load(logStd + column)));
      const shift = f32x4.sub(v128.load(mean + offset + column), v128.load(oldMean + offset + column));
      storeLanes(out + offset + column, f32x4.mul(scale, f32x4.mul(shift, precision)), width - j);
    }
  }
}

/** Sum over rows of upstream[row] (1 - (s_old^2 + (m_new - m_old)^2) / s_new^2). */
export function gaussianLogStdGradient(
  upstream: usize, oldMean: usize, oldLogStd: usize, mean: usize, logStd: usize, out: usize, rows: i32, width: i32,
): void {
  const stride = <usize>width << 2;
  for (let j = 0; j < width; j += 4) {
    const column = <usize>(j << 2);
    const logScale = v128.load(logStd + column);
    const inverseStd = exp(f32x4.neg(logScale));
    const ratio = exp(f32x4.mul(splat(2), f32x4.sub(v128.load(oldLogStd + column), logScale)));
    const rest = f32x4.sub(splat(1), ratio);
    let sum = splat(0);
    for (let row = 0; row < rows; ++row) {
      const at = <usize>row * stride + column;
      const z = f32x4.mul(f32x4.sub(v128.load(mean + at), v128.load(oldMean + at)), inverseStd);
      sum = madd(v128.load32_splat(upstream + (<usize>row << 2)), nmadd(z, z, rest), sum);
    }
    storeLanes(out + column, sum, width - j);
  }
}
