// Categorical heads, one after another in each row of the logits. `choices` points at the number of options of each
// head. Rows are written from first to last, so a vector that overhangs a head is overwritten by the next one.

import { exp, keep, lanes, log, madd, maximumLanes, splat, sumLanes } from "./simd";

// @ts-ignore: decorator
@inline
const MASKED_LOGIT: f32 = -1e8;

/** All bits where the option is allowed. */
// @ts-ignore: decorator
@inline
function allowed(mask: usize): v128 {
  return f32x4.ne(v128.load(mask), splat(0));
}

/** `mask` is 0 where there is none. */
export function logSoftmax(logits: usize, mask: usize, out: usize, rows: i32, choices: usize, heads: i32): void {
  for (let row = 0; row < rows; ++row) {
    for (let head = 0; head < heads; ++head) {
      const count = load<i32>(choices + (head << 2));
      let largest = splat(-Infinity);
      for (let i = 0; i < count; i += 4) {
        const offset = <usize>(i << 2);
        let value = v128.load(logits + offset);
        if (mask) value = v128.bitselect(value, splat(MASKED_LOGIT), allowed(mask + offset));
        v128.store(out + offset, value);
        largest = f32x4.pmax(largest, v128.bitselect(value, largest, lanes(count - i)));
      }
      largest = maximumLanes(largest);
      let sum = splat(0);
      for (let i = 0; i < count; i += 4) {
        const shifted = f32x4.sub(v128.load(out + (i << 2)), largest);
        sum = f32x4.add(sum, keep(exp(shifted), count - i));
      }
      const logSum = log(splat(sumLanes(sum)));
      for (let i = 0; i < count; i += 4) {
        const place = out + (i << 2);
        v128.store(place, f32x4.sub(f32x4.sub(v128.load(place), largest), logSum));
      }
      const bytes = <usize>count << 2;
      logits += bytes;
      out += bytes;
      if (mask) mask += bytes;
    }
  }
}

/** Sum over heads of the chosen option's value; NaN for an action outside its head. */
export function logProbability(logSoftmax: usize, actions: usize, out: usize, rows: i32, choices: usize, heads: i32): void {
  for (let row = 0; row < rows; ++row) {
    let sum: f32 = 0;
    for (let head = 0; head < heads; ++head) {
      const count = load<i32>(choices + (head << 2));
      const action = load<f32>(actions);
      sum += action >= 0 && action < <f32>count ? load<f32>(logSoftmax + (<usize>action << 2)) : NaN;
      logSoftmax += <usize>count << 2;
      actions += 4;
    }
    store<f32>(out, sum);
    out += 4;
  }
}

/** Entropy of one head's allowed options. */
// @ts-ignore: decorator
@inline
function headEntropy(logSoftmax: usize, mask: usize, count: i32): f32 {
  let sum = splat(0);
  for (let i = 0; i < count; i += 4) {
    const offset = <usize>(i << 2);
    const value = v128.load(logSoftmax + offset);
    let term = keep(f32x4.mul(exp(value), value), count - i);
    if (mask) term = v128.and(term, allowed(mask + offset));
    sum = f32x4.sub(sum, term);
  }
  return sumLanes(sum);
}

export function entropy(logSoftmax: usize, mask: usize, out: usize, rows: i32, choices: usize, heads: i32): void {
  for (let row = 0; row < rows; ++row) {
    let sum: f32 = 0;
    for (let head = 0; head < heads; ++head) {
      const count = load<i32>(choices + (head << 2));
      sum += headEntropy(logSoftmax, mask, count);
      const bytes = <usize>count << 2;
      logSoftmax += bytes;
      if (mask) mask += bytes;
    }
    store<f32>(out, sum);
    out += 4;
  }
}

/** upstream[row] * ([i = action] - p_i). */
export function logProbabilityGradient(
  upstream: usize, logSoftmax: usize, actions: usize, mask: usize, out: usize, rows: i32, choices: usize, heads: i32,
): void {
  for (let row = 0; row < rows; ++row) {
    const scale = v128.load32_splat(upstream);
    upstream += 4;
    for (let head = 0; head < heads; ++head) {
      const count = load<i32>(choices + (head << 2));
      const action = v128.load32_splat(actions);
      actions += 4;
      for (let i = 0; i < count; i += 4) {
        const offset = <usize>(i << 2);
        const index = f32x4.add(splat(<f32>i), f32x4(0, 1, 2, 3));
        const chosen = v128.and(f32x4.eq(index, action), splat(1));
        let slope = f32x4.mul(scale, f32x4.sub(chosen, exp(v128.load(logSoftmax + offset))));
        if (mask) slope = v128.and(slope, allowed(mask + offset));
        v128.store(out + offset, slope);
      }
      const bytes = <usize>count << 2;
      logSoftmax += bytes;
      out += bytes;
      if (mask) mask += bytes;
    }
  }
}

/** -upstream[row] * p_i (log p_i + H). */
export function entropyGradient(
  upstream: usize, logSoftmax: usize, mask: usize, out: usize, rows: i32, choices: usize, heads: i32,
): void {
  for (let row = 0; row < rows; ++row) {
    const scale = f32x4.neg(v128.load32_splat(upstream));
    upstream += 4;
    for (let head = 0; head < heads; ++head) {
      const count = load<i32>(choices + (head << 2));
      const h = splat(headEntropy(logSoftmax, mask, count));
      for (let i = 0; i < count; i += 4) {
        const offset = <usize>(i << 2);
        const value = v128.load(logSoftmax + offset);
        let slope = f32x4.mul(scale, f32x4.mul(exp(value), f32x4.add(value, h)));
        if (mask) slope = v128.and(slope, allowed(mask + offset));
        v128.store(out + offset, slope);
      }
      const bytes = <usize>count << 2;
      logSoftmax += bytes;
      out += bytes;
      if (mask) mask += bytes;
    }
  }
}
