// One value at a time, four lanes wide. These run over whole vectors: a tensor's memory is padded, and what they leave
// in the padding is never read as a value.

import { RELU, SIGMOID, TANH } from "./opcodes";
import { nmadd, sigmoid, splat, tanh } from "./simd";

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

export function multiply(a: usize, b: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const offset = <usize>(i << 2);
    v128.store(out + offset, f32x4.mul(v128.load(a + offset), v128.load(b + offset)));
  }
}

export function scale(x: usize, factor: f32, out: usize, n: i32): void {
  const by = splat(factor);
  for (let i = 0; i < n; i += 4) v128.store(out + (i << 2), f32x4.mul(by, v128.load(x + (i << 2))));
}

/** out = activation(x); `out` may be `x`. */
export function activation(kind: i32, x: usize, out: usize, n: i32): void {
  const end = x + (<usize>n << 2);
  if (kind == TANH) {
    for (; x < end; x += 16, out += 16) v128.store(out, tanh(v128.load(x)));
  } else if (kind == SIGMOID) {
    for (; x < end; x += 16, out += 16) v128.store(out, sigmoid(v128.load(x)));
  } else if (kind == RELU) {
    // pmax(z, 0) keeps z unless z < 0, so NaN stays NaN.
    for (; x < end; x += 16, out += 16) v128.store(out, f32x4.pmax(v128.load(x), splat(0)));
  }
}

export function activate(kind: i32, y: usize, n: i32): void {
  activation(kind, y, y, n);
}

/** out = upstream * activation'(z), from y = activation(z); `out` may be `upstream`. */
export function activationGradient(kind: i32, upstream: usize, y: usize, out: usize, n: i32): void {
  const end = y + (<usize>n << 2);
  if (kind == TANH) {
    for (; y < end; y += 16, upstream += 16, out += 16) {
      const value = v128.load(y);
      v128.store(out, f32x4.mul(v128.load(upstream), nmadd(value, value, splat(1))));
    }
  } else if (kind == SIGMOID) {
    for (; y < end; y += 16, upstream += 16, out += 16) {
      const value = v128.load(y);
      v128.store(out, f32x4.mul(v128.load(upstream), f32x4.mul(value, f32x4.sub(splat(1), value))));
    }
  } else {
    for (; y < end; y += 16, upstream += 16, out += 16) {
      v128.store(out, v128.and(v128.load(upstream), f32x4.gt(v128.load(y), splat(0))));
    }
  }
}
