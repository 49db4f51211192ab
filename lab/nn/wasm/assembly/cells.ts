// The arithmetic of recurrent cells for one sequence and one step, four units at a time. The gates x, the products
// a = h W + b, the tape and the gradient are blocks of `units` values in the order of CELLS (ops.ts).

import { flush, madd, nmadd, sigmoid, splat, storeLanes, tanh } from "./simd";

// States and gradients below these count as zero. They shrink from step to step, and arithmetic with denormal numbers
// is many times slower.
const TINY = memory.data<f32>([1e-15, 1e-20]);

/** y (1 - y) */
// @ts-ignore: decorator
@inline
function sigmoidSlope(y: v128): v128 {
  return f32x4.mul(y, f32x4.sub(splat(1), y));
}

/** 1 - y^2 */
// @ts-ignore: decorator
@inline
function tanhSlope(y: v128): v128 {
  return nmadd(y, y, splat(1));
}

export function rnn(x: usize, a: usize, tape: usize, units: i32): void {
  const tiny = v128.load32_splat(TINY);
  for (let left = units; left > 0; left -= 4) {
    storeLanes(tape, flush(tanh(f32x4.add(v128.load(x), v128.load(a))), tiny), left);
    x += 16;
    a += 16;
    tape += 16;
  }
}

/** `h` is the state that the step met. */
export function gru(x: usize, a: usize, h: usize, tape: usize, units: i32): void {
  const block = <usize>units << 2;
  const tiny = v128.load32_splat(TINY);
  for (let left = units; left > 0; left -= 4) {
    const r = sigmoid(f32x4.add(v128.load(x + block), v128.load(a)));
    const z = sigmoid(f32x4.add(v128.load(x + 2 * block), v128.load(a + block)));
    const q = v128.load(a + 2 * block);
    const n = tanh(madd(r, q, v128.load(x)));
    storeLanes(tape, flush(madd(z, f32x4.sub(v128.load(h), n), n), tiny), left);
    storeLanes(tape + block, r, left);
    storeLanes(tape + 2 * block, z, left);
    storeLanes(tape + 3 * block, n, left);
    storeLanes(tape + 4 * block, q, left);
    x += 16;
    a += 16;
    h += 16;
    tape += 16;
  }
}

/** The step met the cell state `c`, of which it keeps `kept`. */
export function lstm(x: usize, a: usize, c: usize, kept: f32, tape: usize, units: i32): void {
  const block = <usize>units << 2;
  const tiny = v128.load32_splat(TINY), keep = splat(kept);
  for (let left = units; left > 0; left -= 4) {
    const i = sigmoid(f32x4.add(v128.load(x), v128.load(a)));
    const f = sigmoid(f32x4.add(v128.load(x + block), v128.load(a + block)));
    const g = tanh(f32x4.add(v128.load(x + 2 * block), v128.load(a + 2 * block)));
    const o = sigmoid(f32x4.add(v128.load(x + 3 * block), v128.load(a + 3 * block)));
    const after = flush(madd(f, f32x4.mul(keep, v128.load(c)), f32x4.mul(i, g)), tiny);
    storeLanes(tape, flush(f32x4.mul(o, tanh(after)), tiny), left);
    storeLanes(tape + block, after, left);
    storeLanes(tape + 2 * block, i, left);
    storeLanes(tape + 3 * block, f, left);
    storeLanes(tape + 4 * block, g, left);
    storeLanes(tape + 5 * block, o, left);
    x += 16;
    a += 16;
    c += 16;
    tape += 16;
  }
}

// Backwards: `slope` is the gradient of the step's output; `back` that of the state it left, through the next step's
// weight, and `rest` what comes past that weight. The next step keeps `keptAfter` of either (0 after the last one).

export function rnnGradient(slope: usize, back: usize, keptAfter: f32, tape: usize, out: usize, units: i32): void {
  const tiny = v128.load32_splat(TINY, 4), keepAfter = splat(keptAfter);
  for (let left = units; left > 0; left -= 4) {
    const dh = flush(madd(keepAfter, v128.load(back), v128.load(slope)), tiny);
    storeLanes(out, f32x4.mul(dh, tanhSlope(v128.load(tape))), left);
    slope += 16;
    back += 16;
    tape += 16;
    out += 16;
  }
}

/** The step met the state `h`, of which it kept `kept`. `rest`, then what passes this step by the update gate. */
export function gruGradient(
  slope: usize, back: usize, rest: usize, keptAfter: f32, tape: usize, h: usize, kept: f32, out: usize, units: i32,
): void {
  const block = <usize>units << 2;
  const tiny = v128.load32_splat(TINY, 4), keep = splat(kept), keepAfter = splat(keptAfter);
  for (let left = units; left > 0; left -= 4) {
    const later = f32x4.add(v128.load(back), v128.load(rest));
    const dh = flush(madd(keepAfter, later, v128.load(slope)), tiny);
    const r = v128.load(tape + block), z = v128.load(tape + 2 * block);
    const n = v128.load(tape + 3 * block), q = v128.load(tape + 4 * block);
    const span = f32x4.sub(f32x4.mul(keep, v128.load(h)), n);
    const dn = f32x4.mul(f32x4.mul(dh, f32x4.sub(splat(1), z)), tanhSlope(n));
    storeLanes(out, dn, left);
    storeLanes(out + block, f32x4.mul(f32x4.mul(dn, q), sigmoidSlope(r)), left);
    storeLanes(out + 2 * block, f32x4.mul(f32x4.mul(dh, span), sigmoidSlope(z)), left);
    storeLanes(out + 3 * block, f32x4.mul(dn, r), left);
    storeLanes(rest, f32x4.mul(dh, z), left);
    slope += 16;
    back += 16;
    rest += 16;
    tape += 16;
    h += 16;
    out += 16;
  }
}

/** The step met the cell state `c`, of which it kept `kept`. `rest` is the gradient of the cell state. */
export function lstmGradient(
  slope: usize, back: usize, rest: usize, keptAfter: f32, tape: usize, c: usize, kept: f32, out: usize, units: i32,
): void {
  const block = <usize>units << 2;
  const tiny = v128.load32_splat(TINY, 4), keep = splat(kept), keepAfter = splat(keptAfter);
  for (let left = units; left > 0; left -= 4) {
    const dh = flush(madd(keepAfter, v128.load(back), v128.load(slope)), tiny);
    const y = tanh(v128.load(tape + block));
    const i = v128.load(tape + 2 * block), f = v128.load(tape + 3 * block);
    const g = v128.load(tape + 4 * block), o = v128.load(tape + 5 * block);
    const viaOutput = f32x4.mul(f32x4.mul(dh, o), tanhSlope(y));
    const dc = flush(madd(keepAfter, v128.load(rest), viaOutput), tiny);
    const before = f32x4.mul(keep, v128.load(c));
    storeLanes(out, f32x4.mul(f32x4.mul(dc, g), sigmoidSlope(i)), left);
    storeLanes(out + block, f32x4.mul(f32x4.mul(dc, before), sigmoidSlope(f)), left);
    storeLanes(out + 2 * block, f32x4.mul(f32x4.mul(dc, i), tanhSlope(g)), left);
    storeLanes(out + 3 * block, f32x4.mul(f32x4.mul(dh, y), sigmoidSlope(o)), left);
    storeLanes(rest, f32x4.mul(dc, f), left);
    slope += 16;
    back += 16;
    rest += 16;
    tape += 16;
    c += 16;
    out += 16;
  }
}
