// Diagonal Gaussians. Four columns at a time, all rows of these, then the next four.

import { exp, keep, madd, splat, storeLanes, sumLanes } from "./simd";

// @ts-ignore: decorator
@inline
const HALF_LOG_2_PI: f32 = 0.91893853320467274;

/** (action - mean) / std. */
// @ts-ignore: decorator
@inline
function deviation(mean: usize, actions: usize, inverseStd: v128): v128 {
  return f32x4.mul(f32x4.sub(v128.load(actions), v128.load(mean)), inverseStd);
}

export function logProbability(mean: usize, logStd: usize, actions: usize, out: usize, rows: i32, width: i32): void {
  const stride = <usize>width << 2;
  for (let a = 0; a < width; a += 4) {
    const column = <usize>(a << 2);
    const logScale = v128.load(logStd + column);
    const inverseStd = exp(f32x4.neg(logScale));
    const constant = f32x4.add(logScale, splat(HALF_LOG_2_PI));
    for (let row = 0; row < rows; ++row) {
      const offset = <usize>row * stride + column;
      const z = deviation(mean + offset, actions + offset, inverseStd);
      const term = f32x4.sub(f32x4.mul(f32x4.mul(splat(-0.5), z), z), constant);
      const place = out + (row << 2);
      const sum: f32 = a > 0 ? load<f32>(place) : 0;
      store<f32>(place, sum + sumLanes(keep(term, width - a)));
    }
  }
}

export function entropy(logStd: usize, out: usize, width: i32): void {
  let sum = splat(0);
  for (let a = 0; a < width; a += 4) {
    sum = f32x4.add(sum, keep(f32x4.add(v128.load(logStd + (a << 2)), splat(HALF_LOG_2_PI + 0.5)), width - a));
  }
  store<f32>(out, sumLanes(sum));
}

/** upstream[row] * (action - mean) / std^2. */
export function meanGradient(
  upstream: usize, mean: usize, logStd: usize, actions: usize, out: usize, rows: i32, width: i32,
): void {
  const stride = <usize>width << 2;
  for (let a = 0; a < width; a += 4) {
    const column = <usize>(a << 2);
    const inverseStd = exp(f32x4.neg(v128.load(logStd + column)));
    for (let row = 0; row < rows; ++row) {
      const offset = <usize>row * stride + column;
      const z = deviation(mean + offset, actions + offset, inverseStd);
      const slope = f32x4.mul(v128.load32_splat(upstream + (row << 2)), f32x4.mul(z, inverseStd));
      storeLanes(out + offset, slope, width - a);
    }
  }
}

/** Sum over rows of upstream[row] * (((action - mean) / std)^2 - 1). */
export function logStdGradient(
  upstream: usize, mean: usize, logStd: usize, actions: usize, out: usize, rows: i32, width: i32,
): void {
  const stride = <usize>width << 2;
  for (let a = 0; a < width; a += 4) {
    const column = <usize>(a << 2);
    const inverseStd = exp(f32x4.neg(v128.load(logStd + column)));
    let sum = splat(0);
    for (let row = 0; row < rows; ++row) {
      const offset = <usize>row * stride + column;
      const z = deviation(mean + offset, actions + offset, inverseStd);
      sum = madd(v128.load32_splat(upstream + (row << 2)), madd(z, z, splat(-1)), sum);
    }
    storeLanes(out + column, sum, width - a);
  }
}
