// Recurrent layers: all steps of the sequences `first` .. `last - 1`, rows step-major. Each step is one product of all
// these sequences with the weight, then the cell's own arithmetic, one sequence after another.

import * as cells from "./cells";
import { affine, pack, packTransposed, panelByRows } from "./gemm";
import { GRU, LSTM, PANEL_COLUMNS } from "./opcodes";
import { storeLanes } from "./simd";

// @ts-ignore: decorator
@inline
const PANEL_BYTES: usize = PANEL_COLUMNS * 4;

/** Copying the weight once pays where blocks of rows meet it, and this many rows in all. */
// @ts-ignore: decorator
@inline
const PACK_ROWS: i32 = 4;
// @ts-ignore: decorator
@inline
const PACK_USES: i32 = 32;

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

/** Where the states are that a step meets: in the tape of the step before it or, for the first one, in `state`. */
// @ts-ignore: decorator
@inline
function stateBefore(step: i32, tape: usize, state: usize, batch: i32, tapeStride: usize): usize {
  return step > 0 ? tape + <usize>((step - 1) * batch) * tapeStride : state;
}

/** out = keep * h: what meets the weight in one step. */
function maskedState(before: usize, stride: usize, keeps: usize, out: usize, units: i32, rows: i32): void {
  for (let row = 0; row < rows; ++row) {
    const kept = v128.load32_splat(keeps);
    for (let j = 0; j < units; j += 4) {
      const at = <usize>(j << 2);
      storeLanes(out + at, f32x4.mul(kept, v128.load(before + at)), units - j);
    }
    before += stride;
    out += <usize>units << 2;
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
  const masked = scratch, product = masked + <usize>rows * block, panels = product + <usize>rows * stride;
  const panelSize = <usize>units * PANEL_BYTES;
  // The sums are the same either way.
  const packed = rows >= PACK_ROWS && rows * steps >= PACK_USES;
  if (packed) {
    for (let j = 0; j < columns; j += PANEL_COLUMNS) {
      pack(weight + (j << 2), stride, units, panels + <usize>(j / PANEL_COLUMNS) * panelSize);
    }
  }
  for (let step = 0; step < steps; ++step) {
    const beforeStride = step > 0 ? tapeStride : stateStride;
    let before = stateBefore(step, tape, state, batch, tapeStride) + <usize>first * beforeStride;
    let keep = keeps + (<usize>(step * batch + first) << 2);
    maskedState(before, beforeStride, keep, masked, units, rows);
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
      if (cell == GRU) cells.gru(x, a, h, out, units);
      else if (cell == LSTM) cells.lstm(x, a, before + block, load<f32>(keep), out, units);
      else cells.rnn(x, a, out, units);
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
 * Gradients of the pre-activations, from the gradient of every step's output. `scratch` holds, for the sequences of
 * this call, what goes back to the state before the step through the weight [units] and past it [units] (GRU: by the
 * update gate; LSTM: the cell's), and the transposed weight in panels.
 */
export function backward(
  cell: i32, upstream: usize, tape: usize, weight: usize, state: usize, keeps: usize, out: usize, steps: i32,
  batch: i32, units: i32, scratch: usize, first: i32, last: i32,
): void {
  const rows = last - first, columns = gatesOf(cell) * units;
  const block = <usize>units << 2, stride = <usize>columns << 2, tapeStride = <usize>tapeOf(cell) * block;
  const stateStride = <usize>stateOf(cell) * block;
  // A GRU's gradient has one block more than its gates; those of h W + b come last.
  const own: usize = cell == GRU ? block : 0, outStride = stride + own;
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
    let keep = keeps + (firstRow << 2), notes = tape + firstRow * tapeStride, slope = upstream + firstRow * block;
    let to = out + firstRow * outStride, back = through, rest = past;
    for (let row = 0; row < rows; ++row) {
      const kept = load<f32>(keep), keptAfter: f32 = step + 1 < steps ? load<f32>(keep + (<usize>batch << 2)) : 0;
      if (cell == GRU) cells.gruGradient(slope, back, rest, keptAfter, notes, before, kept, to, units);
      else if (cell == LSTM) cells.lstmGradient(slope, back, rest, keptAfter, notes, before + block, kept, to, units);
      else cells.rnnGradient(slope, back, keptAfter, notes, to, units);
      before += beforeStride;
      notes += tapeStride;
      slope += block;
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
    maskedState(before, beforeStride, keeps + (firstRow << 2), out + firstRow * block, units, last - first);
  }
}
