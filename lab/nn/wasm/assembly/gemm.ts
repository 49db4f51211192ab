// Matrix products by register blocks of 6 by 8 (12 sums, two vectors of the right matrix, one value of the left: the 15
// vector registers that an x86-64 engine has to give), and of 8 by 4 at a matrix' last columns.
//
// Every element of a result is one running sum over the inner axis, from its first index to its last, whatever the
// block it falls into: a row gives the same bits at every batch size. Loads may reach up to seven values past a
// matrix' last column (the arena leaves room); stores never do. Matrices too large for a CPU's first cache are for
// packed.ts.

import { PANEL_COLUMNS } from "./opcodes";
import { madd, splat, storeLanes } from "./simd";

// @ts-ignore: decorator
@inline
export const PANEL_BYTES: usize = PANEL_COLUMNS * 4;
/** A right matrix above this many bytes is copied panel by panel, so that a panel's rows share cache lines and sets. */
// @ts-ignore: decorator
@inline
const PACK_ABOVE: usize = 24 * 1024;
/** Below this many rows a copied panel does not pay. */
// @ts-ignore: decorator
@inline
const PACK_ROWS: i32 = 16;

/** Sets or adds to one row of a tile, of which `columns` (1 to 8, or 1 to 4 where not `wide`) lie in the matrix. */
// @ts-ignore: decorator
@inline
export function storeRow(wide: bool, c: usize, low: v128, high: v128, columns: i32, add: bool): void {
  if (add) {
    low = f32x4.add(v128.load(c), low);
    if (wide) high = f32x4.add(v128.load(c, 16), high);
  }
  if (columns >= (wide ? 8 : 4)) {
    v128.store(c, low);
    if (wide) v128.store(c, high, 16);
    return;
  }
  storeLanes(c, low, columns);
  if (wide && columns > 4) storeLanes(c + 16, high, columns - 4);
}

/**
 * A tile of `rows` (constant, at most 6) by 8 or, where not `wide` (constant), of at most 8 by 4: c = bias + a b, or
 * c += a b where `add`. The right matrix has rows of `bStride` bytes. The left one is read by rows (a[r, k] at
 * a + r aStride + 4 k) or, where `transposed` (constant), by columns (a[r, k] at a + k aStride + 4 r).
 */
// @ts-ignore: decorator
@inline
function tile(
  rows: i32, wide: bool, transposed: bool, a: usize, aStride: usize, b: usize, bStride: usize, bias: usize, c: usize,
  cStride: usize, inner: i32, columns: i32, add: bool,
): void {
  let low0 = splat(0), high0 = splat(0), high = splat(0);
  if (bias) {
    low0 = v128.load(bias);
    if (wide) high0 = v128.load(bias, 16);
  }
  let low1 = low0, low2 = low0, low3 = low0, low4 = low0, low5 = low0, low6 = low0, low7 = low0;
  let high1 = high0, high2 = high0, high3 = high0, high4 = high0, high5 = high0;
  let a1 = a + aStride, a2 = a1 + aStride, a3 = a2 + aStride, a4 = a3 + aStride, a5 = a4 + aStride;
  let a6 = a5 + aStride, a7 = a6 + aStride;
  for (let k = inner; k > 0; --k) {
    const low = v128.load(b);
    if (wide) high = v128.load(b, 16);
    b += bStride;
    let x = v128.load32_splat(a);
    low0 = madd(x, low, low0);
    if (wide) high0 = madd(x, high, high0);
    if (rows > 1) {
      x = transposed ? v128.load32_splat(a, 4) : v128.load32_splat(a1);
      low1 = madd(x, low, low1);
      if (wide) high1 = madd(x, high, high1);
    }
    if (rows > 2) {
      x = transposed ? v128.load32_splat(a, 8) : v128.load32_splat(a2);
      low2 = madd(x, low, low2);
      if (wide) high2 = madd(x, high, high2);
    }
    if (rows > 3) {
      x = transposed ? v128.load32_splat(a, 12) : v128.load32_splat(a3);
      low3 = madd(x, low, low3);
      if (wide) high3 = madd(x, high, high3);
    }
    if (rows > 4) {
      x = transposed ? v128.load32_splat(a, 16) : v128.load32_splat(a4);
      low4 = madd(x, low, low4);
      if (wide) high4 = madd(x, high, high4);
    }
    if (rows > 5) {
      x = transposed ? v128.load32_splat(a, 20) : v128.load32_splat(a5);
      low5 = madd(x, low, low5);
      if (wide) high5 = madd(x, high, high5);
    }
    if (rows > 6) low6 = madd(transposed ? v128.load32_splat(a, 24) : v128.load32_splat(a6), low, low6);
    if (rows > 7) low7 = madd(transposed ? v128.load32_splat(a, 28) : v128.load32_splat(a7), low, low7);
    if (transposed) {
      a += aStride;
    } else {
      a += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
      a5 += 4;
      a6 += 4;
      a7 += 4;
    }
  }
  storeRow(wide, c, low0, high0, columns, add);
  if (rows > 1) storeRow(wide, c += cStride, low1, high1, columns, add);
  if (rows > 2) storeRow(wide, c += cStride, low2, high2, columns, add);
  if (rows > 3) storeRow(wide, c += cStride, low3, high3, columns, add);
  if (rows > 4) storeRow(wide, c += cStride, low4, high4, columns, add);
  if (rows > 5) storeRow(wide, c += cStride, low5, high5, columns, add);
  if (rows > 6) storeRow(wide, c += cStride, low6, high0, columns, add);
  if (rows > 7) storeRow(wide, c += cStride, low7, high0, columns, add);
}

/** All rows of up to 8 columns of a product; arguments as in `tile`. */
// @ts-ignore: decorator
@inline
function panel(
  transposed: bool, rows: i32, a: usize, aStride: usize, b: usize, bStride: usize, bias: usize, c: usize, cStride: usize,
  inner: i32, columns: i32, add: bool,
): void {
  const step: usize = transposed ? 4 : aStride;
  if (columns <= 4) {
    while (rows >= 8) {
      tile(8, false, transposed, a, aStride, b, bStride, bias, c, cStride, inner, columns, add);
      a += 8 * step;
      c += 8 * cStride;
      rows -= 8;
    }
    if (rows >= 4) {
      tile(4, false, transposed, a, aStride, b, bStride, bias, c, cStride, inner, columns, add);
      a += 4 * step;
      c += 4 * cStride;
      rows -= 4;
    }
    while (rows > 0) {
      tile(1, false, transposed, a, aStride, b, bStride, bias, c, cStride, inner, columns, add);
      a += step;
      c += cStride;
      --rows;
    }
    return;
  }
  // 7 and 8 rows are left to blocks of 4: a block of 1 or 2 takes as long as one of 4, waiting for its sums.
  while (rows > 8 || rows == 6) {
    tile(6, true, transposed, a, aStride, b, bStride, bias, c, cStride, inner, columns, add);
    a += 6 * step;
    c += 6 * cStride;
    rows -= 6;
  }
  while (rows >= 4) {
    tile(4, true, transposed, a, aStride, b, bStride, bias, c, cStride, inner, columns, add);
    a += 4 * step;
    c += 4 * cStride;
    rows -= 4;
  }
  if (rows == 3) tile(3, true, transposed, a, aStride, b, bStride, bias, c, cStride, inner, columns, add);
  else if (rows == 2) tile(2, true, transposed, a, aStride, b, bStride, bias, c, cStride, inner, columns, add);
  else if (rows == 1) tile(1, true, transposed, a, aStride, b, bStride, bias, c, cStride, inner, columns, add);
}

export function panelByRows(
  rows: i32, a: usize, aStride: usize, b: usize, bStride: usize, bias: usize, c: usize, cStride: usize, inner: i32,
  columns: i32,
): void {
  panel(false, rows, a, aStride, b, bStride, bias, c, cStride, inner, columns, false);
}

export function panelByColumns(
  rows: i32, a: usize, aStride: usize, b: usize, bStride: usize, c: usize, cStride: usize, inner: i32, columns: i32,
  add: bool,
): void {
  panel(true, rows, a, aStride, b, bStride, 0, c, cStride, inner, columns, add);
}

/** Copies 8 columns of a matrix with rows of `stride` bytes. */
export function pack(from: usize, stride: usize, rows: i32, to: usize): void {
  for (let row = 0; row < rows; ++row) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += stride;
    to += PANEL_BYTES;
  }
}

/** Copies four rows of length `inner` as columns of a panel. */
// @ts-ignore: decorator
@inline
function packFourRows(from: usize, stride: usize, rows: i32, inner: i32, to: usize): void {
  // Rows past the end repeat the last one; their results are not stored.
  const row1 = from + stride * max(0, min(1, rows - 1));
  const row2 = from + stride * max(0, min(2, rows - 1));
  const row3 = from + stride * max(0, min(3, rows - 1));
  const end = <usize>inner * 4;
  for (let k: usize = 0; k < end; k += 16) {
    const a = v128.load(from + k), b = v128.load(row1 + k), c = v128.load(row2 + k), d = v128.load(row3 + k);
    const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5), abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
    v128.store(to, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7), PANEL_BYTES);
    v128.store(to, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5), 2 * PANEL_BYTES);
    v128.store(to, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7), 3 * PANEL_BYTES);
    to += 4 * PANEL_BYTES;
  }
}

/** Copies `rows` (1 to 8) rows of length `inner` as the columns of a panel. */
export function packTransposed(from: usize, stride: usize, rows: i32, inner: i32, to: usize): void {
  packFourRows(from, stride, rows, inner, to);
  if (rows > 4) packFourRows(from + 4 * stride, stride, rows - 4, inner, to + 16);
}

/** One row: y = bias + x W, 32 columns at a time so that eight sums are under way. */
function rowTimesMatrix(x: usize, weight: usize, bias: usize, y: usize, width: i32, columns: i32): void {
  const stride = <usize>columns * 4;
  let left = columns;
  while (left >= 32) {
    let s0 = v128.load(bias), s1 = v128.load(bias, 16), s2 = v128.load(bias, 32), s3 = v128.load(bias, 48);
    let s4 = v128.load(bias, 64), s5 = v128.load(bias, 80), s6 = v128.load(bias, 96), s7 = v128.load(bias, 112);
    let from = x, w = weight;
    for (let k = width; k > 0; --k) {
      const value = v128.load32_splat(from);
      s0 = madd(value, v128.load(w), s0);
      s1 = madd(value, v128.load(w, 16), s1);
      s2 = madd(value, v128.load(w, 32), s2);
      s3 = madd(value, v128.load(w, 48), s3);
      s4 = madd(value, v128.load(w, 64), s4);
      s5 = madd(value, v128.load(w, 80), s5);
      s6 = madd(value, v128.load(w, 96), s6);
      s7 = madd(value, v128.load(w, 112), s7);
      from += 4;
      w += stride;
    }
    v128.store(y, s0);
    v128.store(y, s1, 16);
    v128.store(y, s2, 32);
    v128.store(y, s3, 48);
    v128.store(y, s4, 64);
    v128.store(y, s5, 80);
    v128.store(y, s6, 96);
    v128.store(y, s7, 112);
    weight += 128;
    bias += 128;
    y += 128;
    left -= 32;
  }
  while (left > 0) {
    tile(1, true, false, x, 0, weight, stride, bias, y, 0, width, left, false);
    weight += PANEL_BYTES;
    bias += PANEL_BYTES;
    y += PANEL_BYTES;
    left -= PANEL_COLUMNS;
  }
}

/** y[batch, columns] = bias + x[batch, width] weight[width, columns]. */
export function affine(
  x: usize, weight: usize, bias: usize, y: usize, batch: i32, width: i32, columns: i32, scratch: usize,
): void {
  const xStride = <usize>width * 4, stride = <usize>columns * 4;
  if (batch < 4) {
    for (let row = 0; row < batch; ++row) {
      rowTimesMatrix(x, weight, bias, y, width, columns);
      x += xStride;
      y += stride;
    }
    return;
  }
  const packed = batch >= PACK_ROWS && <usize>width * stride > PACK_ABOVE;
  for (let left = columns; left > 0; left -= PANEL_COLUMNS) {
    if (packed) {
      pack(weight, stride, width, scratch);
      panelByRows(batch, x, xStride, scratch, PANEL_BYTES, bias, y, stride, width, left);
    } else {
      panelByRows(batch, x, xStride, weight, stride, bias, y, stride, width, left);
    }
    weight += PANEL_BYTES;
    bias += PANEL_BYTES;
    y += PANEL_BYTES;
  }
}

/** dx[batch, width] = dz[batch, columns] weight[width, columns]^T. */
export function inputGradient(
  dz: usize, weight: usize, dx: usize, batch: i32, width: i32, columns: i32, scratch: usize,
): void {
  const stride = <usize>columns * 4, xStride = <usize>width * 4;
  for (let left = width; left > 0; left -= PANEL_COLUMNS) {
    packTransposed(weight, stride, min(left, PANEL_COLUMNS), columns, scratch);
    panelByRows(batch, dz, stride, scratch, PANEL_BYTES, 0, dx, xStride, columns, left);
    weight += <usize>PANEL_COLUMNS * stride;
    dx += PANEL_BYTES;
  }
}

/**
 * dW[width, columns] = x[batch, width]^T dz[batch, columns], the batch in parts of `partRows` rows: each part is
 * summed on its own, the parts are added in their order. Rows of x are `xStride` bytes apart, those of dz and dW
 * `stride` bytes.
 */
export function weightGradient(
  x: usize, xStride: usize, dz: usize, dWeight: usize, stride: usize, batch: i32, width: i32, columns: i32,
  partRows: i32, scratch: usize,
): void {
  for (let start = 0; start < batch; start += partRows) {
    const rows = min(partRows, batch - start);
    const packed = width >= PACK_ROWS && <usize>rows * stride > PACK_ABOVE;
    let from = dz;
    let to = dWeight;
    for (let left = columns; left > 0; left -= PANEL_COLUMNS) {
      if (packed) {
        pack(from, stride, rows, scratch);
        panelByColumns(width, x, xStride, scratch, PANEL_BYTES, to, stride, rows, left, start > 0);
      } else {
        panelByColumns(width, x, xStride, from, stride, to, stride, rows, left, start > 0);
      }
      from += PANEL_BYTES;
      to += PANEL_BYTES;
    }
    x += <usize>rows * xStride;
    dz += <usize>rows * stride;
  }
}

/** db[columns] = sum of dz's rows, `stride` bytes apart, in the same parts and order as the weight's gradient. */
export function biasGradient(
  dz: usize, stride: usize, dBias: usize, batch: i32, columns: i32, partRows: i32,
): void {
  for (let left = columns; left > 0; left -= PANEL_COLUMNS) {
    let from = dz;
    for (let start = 0; start < batch; start += partRows) {
      let low = splat(0), high = splat(0);
      for (let row = min(partRows, batch - start); row > 0; --row) {
        low = f32x4.add(low, v128.load(from));
        high = f32x4.add(high, v128.load(from, 16));
        from += stride;
      }
      storeRow(true, dBias, low, high, left, start > 0);
    }
    dz += PANEL_BYTES;
    dBias += PANEL_BYTES;
  }
}
