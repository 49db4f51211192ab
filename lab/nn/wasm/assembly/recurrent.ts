// Recurrent layers: all steps of the sequences `first` .. `last - 1`, rows step-major. Each step is one product of all
// these sequences with the weight, then the cell's own arithmetic, four units at a time. Blocks of the tape and of the
// gradient are in the order of CELLS (ops.ts).

import { affine, pack, packTransposed, panelByRows } from "./gemm";
import { GRU, LSTM, PANEL_COLUMNS } from "./opcodes";
import { flush, madd, nmadd, sigmoid, splat, storeLanes, tanh } from "./simd";

// @ts-ignore: decorator
@inline
const PANEL_BYTES: usize = PANEL_COLUMNS * 4;

// States and gradients below these count as zero. They shrink from step to step, and arithmetic with denormal numbers is
// many times slower.
const TINY = memory.data<f32>([1e-15, 1e-20]);

// @ts-ignore: decorator
@inline
function gatesOf(cell: i32): i32 {
  return cell == GRU ? 3 : cell == LSTM ? 4 : 1;
}

// @ts-ignore: decorator
@inline
function tapeOf(cell: i32): i32 {
  return cell == GRU ? 5 : cell == LSTM ? 6 : 1;
}

// @ts-ignore: decorator
@inline
function stateOf(cell: i32): i32 {
  return cell == LSTM ? 2 : 1;
}

/** Where the states of all sequences before a step are, and the bytes from one sequence to the next. */
// @ts-ignore: decorator
@inline
function stateBefore(step: i32, tape: usize, state: usize, batch: i32, tapeStride: usize): usize {
  return step > 0 ? tape + <usize>((step - 1) * batch) * tapeStride : state;
}

/** out = keep * h, for the rows that meet the weight in one step. */
// @ts-ignore: decorator
@inline
function maskedState(
  before: usize, beforeStride: usize, keeps: usize, out: usize, outStride: usize, units: i32, rows: i32,
): void {
  for (let row = 0; row < rows; ++row) {
    const kept = v128.load32_splat(keeps);
    for (let j = 0; j < units; j += 4) {
      const at = <usize>(j << 2);
      storeLanes(out + at, f32x4.mul(kept, v128.load(before + at)), units - j);
    }
    before += beforeStride;
    out += outStride;
    keeps += 4;
  }
}

/**
 * Writes the tape. `scratch` holds, for the sequences of this call, their masked states [units], their products
 * [gates units] and the weight's columns in panels.
 */
export function forward(
  cell: i32, gates: usize, weight: usize, bias: usize, state: usize, keeps: usize, tape: usize, steps: i32, batch: i32,
  units: i32, scratch: usize, first: i32, last: i32,
): void {
  const rows = last - first, columns = gatesOf(cell) * units;
  const block = <usize>units << 2, stride = <usize>columns << 2, tapeStride = <usize>tapeOf(cell) * block;
  const stateStride = <usize>stateOf(cell) * block;
  const tiny = v128.load32_splat(TINY);
  const masked = scratch, product = masked + <usize>rows * block, panels = product + <usize>rows * stride;
  const panelSize = <usize>units * PANEL_BYTES;
  // Copying the weight pays where many rows meet it; the sums are the same either way.
  const packed = rows >= 4 && steps > 1 && rows * steps >= 32;
  if (packed) {
    for (let j = 0; j < columns; j += PANEL_COLUMNS) {
      pack(weight + (j << 2), stride, units, panels + <usize>(j / PANEL_COLUMNS) * panelSize);
    }
  }
  for (let step = 0; step < steps; ++step) {
    const beforeStride = step > 0 ? tapeStride : stateStride;
    let before = stateBefore(step, tape, state, batch, tapeStride) + <usize>first * beforeStride;
    let keep = keeps + (<usize>(step * batch + first) << 2);
    maskedState(before, beforeStride, keep, masked, block, units, rows);
    if (packed) {
      let panel = panels;
      for (let j = 0; j < columns; j += PANEL_COLUMNS) {
        const at = <usize>(j << 2);
        panelByRows(rows, masked, block, panel, PANEL_BYTES, bias + at, product + at, stride, units, columns - j);
        panel += panelSize;
      }
    } else {
      affine(masked, weight, bias, product, rows, units, columns, panels);
    }
    let x = gates + <usize>(step * batch + first) * stride, out = tape + <usize>(step * batch + first) * tapeStride;
    let h = masked, a = product;
    for (let row = 0; row < rows; ++row) {
      for (let j = 0; j < units; j += 4) {
        const at = <usize>(j << 2), left = units - j;
        const xs = x + at, as = a + at, to = out + at;
        if (cell == GRU) {
          const r = sigmoid(f32x4.add(v128.load(xs + block), v128.load(as)));
          const z = sigmoid(f32x4.add(v128.load(xs + 2 * block), v128.load(as + block)));
          const q = v128.load(as + 2 * block);
          const n = tanh(madd(r, q, v128.load(xs)));
          storeLanes(to, flush(madd(z, f32x4.sub(v128.load(h + at), n), n), tiny), left);
          storeLanes(to + block, r, left);
          storeLanes(to + 2 * block, z, left);
          storeLanes(to + 3 * block, n, left);
          storeLanes(to + 4 * block, q, left);
        } else if (cell == LSTM) {
          const i = sigmoid(f32x4.add(v128.load(xs), v128.load(as)));
          const f = sigmoid(f32x4.add(v128.load(xs + block), v128.load(as + block)));
          const g = tanh(f32x4.add(v128.load(xs + 2 * block), v128.load(as + 2 * block)));
          const o = sigmoid(f32x4.add(v128.load(xs + 3 * block), v128.load(as + 3 * block)));
          const kept = f32x4.mul(v128.load32_splat(keep), v128.load(before + block + at));
          const c = flush(madd(f, kept, f32x4.mul(i, g)), tiny);
          storeLanes(to, flush(f32x4.mul(o, tanh(c)), tiny), left);
          storeLanes(to + block, c, left);
          storeLanes(to + 2 * block, i, left);
          storeLanes(to + 3 * block, f, left);
          storeLanes(to + 4 * block, g, left);
          storeLanes(to + 5 * block, o, left);
        } else {
          storeLanes(to, flush(tanh(f32x4.add(v128.load(xs), v128.load(as))), tiny), left);
        }
      }
      x += stride;
      out += tapeStride;
      h += block;
      a += stride;
      before += beforeStride;
      keep += 4;
    }
  }
}

/**
 * Gradients of the pre-activations, from the gradient of every step's output. `scratch` holds, for the sequences of this
 * call, what goes back to the state before the step through the weight [units] and past it [units] (GRU: through the
 * update gate; LSTM: the cell's), and the transposed weight in panels.
 */
export function backward(
  cell: i32, upstream: usize, tape: usize, weight: usize, state: usize, keeps: usize, out: usize, steps: i32, batch: i32,
  units: i32, scratch: usize, first: i32, last: i32,
): void {
  const rows = last - first, columns = gatesOf(cell) * units;
  const block = <usize>units << 2, stride = <usize>columns << 2, tapeStride = <usize>tapeOf(cell) * block;
  const stateStride = <usize>stateOf(cell) * block;
  // A GRU's gradient has one block more than its gates; those of h W + b come last.
  const own: usize = cell == GRU ? block : 0, outStride = stride + own;
  const tiny = v128.load32_splat(TINY, 4), one = splat(1);
  const through = scratch, past = through + <usize>rows * block, panels = past + <usize>rows * block;
  const panelSize = <usize>((columns + 3) & ~3) * PANEL_BYTES;
  memory.fill(through, 0, 2 * <usize>rows * block);
  if (steps > 1) {
    for (let i = 0; i < units; i += PANEL_COLUMNS) {
      const panel = panels + <usize>(i / PANEL_COLUMNS) * panelSize;
      packTransposed(weight + <usize>i * stride, stride, min(units - i, PANEL_COLUMNS), columns, panel);
    }
  }
  for (let step = steps - 1; step >= 0; --step) {
    const beforeStride = step > 0 ? tapeStride : stateStride;
    let before = stateBefore(step, tape, state, batch, tapeStride) + <usize>first * beforeStride;
    const firstRow = <usize>(step * batch + first);
    let keep = keeps + (firstRow << 2), notes = tape + firstRow * tapeStride, slopes = upstream + firstRow * block;
    let to = out + firstRow * outStride, back = through, rest = past;
    for (let row = 0; row < rows; ++row) {
      const kept = v128.load32_splat(keep);
      const keptAfter = step + 1 < steps ? v128.load32_splat(keep + (<usize>batch << 2)) : splat(0);
      for (let j = 0; j < units; j += 4) {
        const at = <usize>(j << 2), left = units - j;
        const tapes = notes + at, outs = to + at;
        if (cell == GRU) {
          const later = f32x4.add(v128.load(back + at), v128.load(rest + at));
          const dh = flush(madd(keptAfter, later, v128.load(slopes + at)), tiny);
          const r = v128.load(tapes + block), z = v128.load(tapes + 2 * block);
          const n = v128.load(tapes + 3 * block), q = v128.load(tapes + 4 * block);
          const restZ = f32x4.sub(one, z);
          const dn = f32x4.mul(f32x4.mul(dh, restZ), nmadd(n, n, one));
          const span = f32x4.sub(f32x4.mul(kept, v128.load(before + at)), n);
          storeLanes(outs, dn, left);
          storeLanes(outs + block, f32x4.mul(f32x4.mul(dn, q), f32x4.mul(r, f32x4.sub(one, r))), left);
          storeLanes(outs + 2 * block, f32x4.mul(f32x4.mul(dh, span), f32x4.mul(z, restZ)), left);
          storeLanes(outs + 3 * block, f32x4.mul(dn, r), left);
          storeLanes(rest + at, f32x4.mul(dh, z), left);
        } else if (cell == LSTM) {
          const dh = flush(madd(keptAfter, v128.load(back + at), v128.load(slopes + at)), tiny);
          const c = tanh(v128.load(tapes + block));
          const i = v128.load(tapes + 2 * block), f = v128.load(tapes + 3 * block);
          const g = v128.load(tapes + 4 * block), o = v128.load(tapes + 5 * block);
          const viaOutput = f32x4.mul(f32x4.mul(dh, o), nmadd(c, c, one));
          const dc = flush(madd(keptAfter, v128.load(rest + at), viaOutput), tiny);
          const cBefore = f32x4.mul(kept, v128.load(before + block + at));
          storeLanes(outs, f32x4.mul(f32x4.mul(dc, g), f32x4.mul(i, f32x4.sub(one, i))), left);
          storeLanes(outs + block, f32x4.mul(f32x4.mul(dc, cBefore), f32x4.mul(f, f32x4.sub(one, f))), left);
          storeLanes(outs + 2 * block, f32x4.mul(f32x4.mul(dc, i), nmadd(g, g, one)), left);
          storeLanes(outs + 3 * block, f32x4.mul(f32x4.mul(dh, c), f32x4.mul(o, f32x4.sub(one, o))), left);
          storeLanes(rest + at, f32x4.mul(dc, f), left);
        } else {
          const dh = flush(madd(keptAfter, v128.load(back + at), v128.load(slopes + at)), tiny);
          const h = v128.load(tapes);
          storeLanes(outs, f32x4.mul(dh, nmadd(h, h, one)), left);
        }
      }
      before += beforeStride;
      notes += tapeStride;
      slopes += block;
      to += outStride;
      back += block;
      rest += block;
      keep += 4;
    }
    if (step == 0) break;
    const a = out + firstRow * outStride + own;
    let panel = panels;
    for (let i = 0; i < units; i += PANEL_COLUMNS) {
      const c = through + (i << 2);
      panelByRows(rows, a, outStride, panel, PANEL_BYTES, 0, c, block, columns, units - i);
      panel += panelSize;
    }
  }
}

/** keep_t h_(t - 1) of every step. */
export function input(
  cell: i32, tape: usize, state: usize, keeps: usize, out: usize, steps: i32, batch: i32, units: i32, first: i32,
  last: i32,
): void {
  const block = <usize>units << 2, tapeStride = <usize>tapeOf(cell) * block;
  const stateStride = <usize>stateOf(cell) * block;
  for (let step = 0; step < steps; ++step) {
    const beforeStride = step > 0 ? tapeStride : stateStride;
    const before = stateBefore(step, tape, state, batch, tapeStride) + <usize>first * beforeStride;
    const firstRow = <usize>(step * batch + first);
    maskedState(before, beforeStride, keeps + (firstRow << 2), out + firstRow * block, block, units, last - first);
  }
}
