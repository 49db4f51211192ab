// One value at a time, four lanes wide. These run over whole vectors: a tensor's memory is padded, and what they leave
// in the padding is never read as a value.

import { RELU, TANH } from "./opcodes";
import { madd, nmadd, splat, tanh } from "./simd";

export function fill(out: usize, value: f32, n: i32): void {
  const v = splat(value);
  for (let i = 0; i < n; i += 4) v128.store(out + (i << 2), v);
}

/** out = scale * scalar in every place. */
export function broadcast(scalar: usize, scale: f32, out: usize, n: i32): void {
  fill(out, scale * load<f32>(scalar), n);
}

export function add(a: usize, b: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const offset = <usize>(i << 2);
    v128.store(out + offset, f32x4.add(v128.load(a + offset), v128.load(b + offset)));
  }
}

export function activate(activation: i32, y: usize, n: i32): void {
  const end = y + (<usize>n << 2);
  if (activation == TANH) {
    for (; y < end; y += 16) v128.store(y, tanh(v128.load(y)));
  } else if (activation == RELU) {
    // pmax(z, 0) keeps z unless z < 0, so NaN stays NaN.
    for (; y < end; y += 16) v128.store(y, f32x4.pmax(v128.load(y), splat(0)));
  }
}

/** out = upstream * activation'(z), from y = activation(z); `out` may be `upstream`. */
export function activationGradient(activation: i32, upstream: usize, y: usize, out: usize, n: i32): void {
  const end = y + (<usize>n << 2);
  if (activation == TANH) {
    for (; y < end; y += 16, upstream += 16, out += 16) {
      const value = v128.load(y);
      v128.store(out, f32x4.mul(v128.load(upstream), nmadd(value, value, splat(1))));
    }
  } else {
    for (; y < end; y += 16, upstream += 16, out += 16) {
      v128.store(out, v128.and(v128.load(upstream), f32x4.gt(v128.load(y), splat(0))));
    }
  }
}
