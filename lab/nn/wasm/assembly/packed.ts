// Products of large matrices: blocks of 6 rows of the left matrix and panels of 8 columns of the right one are copied so
// that the innermost loop reads both in the order of memory and finds them in the CPU's caches.
//
// As in gemm.ts every element is one running sum over the inner axis: a sum that is interrupted at DEPTH goes through
// memory as the float32 that it is, so that both files give the same bits.

import { PANEL_BYTES, pack, packTransposed, storeRow } from "./gemm";
import { BLOCK_ROWS, DEPTH, PACKED_VALUES, PANEL_COLUMNS, TILE_BYTES, WEIGHT_DEPTH } from "./opcodes";
import { madd } from "./simd";

/** Bytes of a block for each index of the inner axis. */
// @ts-ignore: decorator
@inline
const BLOCK_BYTES: usize = BLOCK_ROWS * 4;

/** Where sums start that have no bias. */
const ZEROS = memory.data<f32>([0, 0, 0, 0, 0, 0, 0, 0]);

/**
 * 6 by 8 sums over the product of a block and a panel, which start from the values at `from`: written to c, or added to
 * it where `add`.
 */
function tile(
  a: usize, b: usize, inner: i32, from: usize, fromStride: usize, c: usize, cStride: usize, add: bool,
): void {
  let low0 = v128.load(from), high0 = v128.load(from, 16);
  from += fromStride;
  let low1 = v128.load(from), high1 = v128.load(from, 16);
  from += fromStride;
  let low2 = v128.load(from), high2 = v128.load(from, 16);
  from += fromStride;
  let low3 = v128.load(from), high3 = v128.load(from, 16);
  from += fromStride;
  let low4 = v128.load(from), high4 = v128.load(from, 16);
  from += fromStride;
  let low5 = v128.load(from), high5 = v128.load(from, 16);
  for (const end = b + <usize>inner * PANEL_BYTES; b < end; b += PANEL_BYTES) {
    const low = v128.load(b), high = v128.load(b, 16);
    let x = v128.load32_splat(a);
    low0 = madd(x, low, low0);
    high0 = madd(x, high, high0);
    x = v128.load32_splat(a, 4);
    low1 = madd(x, low, low1);
    high1 = madd(x, high, high1);
    x = v128.load32_splat(a, 8);
    low2 = madd(x, low, low2);
    high2 = madd(x, high, high2);
    x = v128.load32_splat(a, 12);
    low3 = madd(x, low, low3);
    high3 = madd(x, high, high3);
    x = v128.load32_splat(a, 16);
    low4 = madd(x, low, low4);
    high4 = madd(x, high, high4);
    x = v128.load32_splat(a, 20);
    low5 = madd(x, low, low5);
    high5 = madd(x, high, high5);
    a += BLOCK_BYTES;
  }
  storeRow(true, c, low0, high0, PANEL_COLUMNS, add);
  storeRow(true, c += cStride, low1, high1, PANEL_COLUMNS, add);
  storeRow(true, c += cStride, low2, high2, PANEL_COLUMNS, add);
  storeRow(true, c += cStride, low3, high3, PANEL_COLUMNS, add);
  storeRow(true, c += cStride, low4, high4, PANEL_COLUMNS, add);
  storeRow(true, c += cStride, low5, high5, PANEL_COLUMNS, add);
}

/** Copies `rows` rows of `columns` (1 to 8) values. */
function copyTile(from: usize, fromStride: usize, to: usize, toStride: usize, rows: i32, columns: i32): void {
  for (; rows > 0; --rows) {
    storeRow(true, to, v128.load(from), v128.load(from, 16), columns, false);
    from += fromStride;
    to += toStride;
  }
}

/**
 * All rows of up to 8 columns of a product, from packed blocks that are `blockStride` bytes apart and a panel. Every
 * row's sums start from the 8 values at `start` or, where that is 0, go on from c; they are added to c where `add`.
 * `edge` is room for a tile that reaches over the matrix' edge.
 */
function panelOfTiles(
  a: usize, blockStride: usize, b: usize, inner: i32, start: usize, c: usize, cStride: usize, rows: i32, columns: i32,
  add: bool, edge: usize,
): void {
  const startStride: usize = 0;
  for (; rows > 0; rows -= BLOCK_ROWS) {
    if (rows >= BLOCK_ROWS && columns >= PANEL_COLUMNS) {
      tile(a, b, inner, start ? start : c, start ? startStride : cStride, c, cStride, add);
    } else {
      const height = min(rows, BLOCK_ROWS);
      if (add || !start) copyTile(c, cStride, edge, PANEL_BYTES, height, columns);
      tile(a, b, inner, start ? start : edge, start ? startStride : PANEL_BYTES, edge, PANEL_BYTES, add);
      copyTile(edge, PANEL_BYTES, c, cStride, height, columns);
    }
    a += blockStride;
    c += <usize>BLOCK_ROWS * cStride;
  }
}

/** Packs rows of a matrix in blocks: the 6 values of each column side by side. Rows past the end repeat the last. */
function packRows(from: usize, stride: usize, rows: i32, inner: i32, to: usize, blockStride: usize): void {
  const length = <usize>inner * 4;
  for (; rows > 0; rows -= BLOCK_ROWS) {
    const row1 = from + stride * min(1, rows - 1), row2 = from + stride * min(2, rows - 1);
    const row3 = from + stride * min(3, rows - 1), row4 = from + stride * min(4, rows - 1);
    const row5 = from + stride * min(5, rows - 1);
    let at = to;
    for (let k: usize = 0; k < length; k += 16) {
      const a = v128.load(from + k), b = v128.load(row1 + k), c = v128.load(row2 + k), d = v128.load(row3 + k);
      const e = v128.load(row4 + k), f = v128.load(row5 + k);
      const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5), abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      const efLow = v128.shuffle<f32>(e, f, 0, 4, 1, 5), efHigh = v128.shuffle<f32>(e, f, 2, 6, 3, 7);
      v128.store(at, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
      v128.store64_lane(at, efLow, 0, 16);
      v128.store(at, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7), BLOCK_BYTES);
      v128.store64_lane(at, efLow, 1, BLOCK_BYTES + 16);
      v128.store(at, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5), 2 * BLOCK_BYTES);
      v128.store64_lane(at, efHigh, 0, 2 * BLOCK_BYTES + 16);
      v128.store(at, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7), 3 * BLOCK_BYTES);
      v128.store64_lane(at, efHigh, 1, 3 * BLOCK_BYTES + 16);
      at += 4 * BLOCK_BYTES;
    }
    from += <usize>BLOCK_ROWS * stride;
    to += blockStride;
  }
}

/** Packs columns of a matrix of `inner` rows in blocks: 6 values of each row side by side. */
function packColumns(from: usize, stride: usize, columns: i32, inner: i32, to: usize, blockStride: usize): void {
  for (; inner > 0; --inner) {
    let at = to;
    let source = from;
    for (let left = columns; left > 0; left -= BLOCK_ROWS) {
      v128.store(at, v128.load(source));
      v128.store64_lane(at, v128.load64_zero(source, 16), 0, 16);
      source += BLOCK_BYTES;
      at += blockStride;
    }
    from += stride;
    to += BLOCK_BYTES;
  }
}

/** c[rows, columns] = bias + a[rows, inner] b, of b[inner, columns] or, where `transposed`, b[columns, inner]^T. */
// @ts-ignore: decorator
@inline
function product(
  transposed: bool, a: usize, b: usize, bias: usize, c: usize, rows: i32, inner: i32, columns: i32, scratch: usize,
): void {
  const aStride = <usize>inner * 4, cStride = <usize>columns * 4, bStride = transposed ? aStride : cStride;
  // The inner axis in equal pieces, each of whole vectors.
  const pieces = (inner + DEPTH - 1) / DEPTH;
  const depth = ((inner + pieces - 1) / pieces + 3) & ~3;
  const most = PACKED_VALUES / depth / BLOCK_ROWS * BLOCK_ROWS;
  const blockStride = <usize>depth * BLOCK_BYTES;
  const panel = scratch + TILE_BYTES;
  const blocks = panel + <usize>depth * PANEL_BYTES;
  for (let k = 0; k < inner; k += depth) {
    const piece = min(depth, inner - k);
    const from = <usize>k << 2;
    for (let row = 0; row < rows; row += most) {
      const some = min(most, rows - row);
      packRows(a + <usize>row * aStride + from, aStride, some, piece, blocks, blockStride);
      let target = c + <usize>row * cStride;
      let start = bias;
      for (let column = 0; column < columns; column += PANEL_COLUMNS) {
        const left = columns - column;
        if (transposed) {
          packTransposed(b + <usize>column * bStride + from, bStride, min(left, PANEL_COLUMNS), piece, panel);
        } else {
          pack(b + <usize>k * bStride + (<usize>column << 2), bStride, piece, panel);
        }
        panelOfTiles(blocks, blockStride, panel, piece, k ? 0 : start, target, cStride, some, left, false, scratch);
        target += PANEL_BYTES;
        if (!transposed) start += PANEL_BYTES;
      }
    }
  }
}

/** As `affine` of gemm.ts, for large matrices. */
export function affine(
  x: usize, weight: usize, bias: usize, y: usize, batch: i32, width: i32, columns: i32, scratch: usize,
): void {
  product(false, x, weight, bias, y, batch, width, columns, scratch);
}

/** As `inputGradient` of gemm.ts, for large matrices. */
export function inputGradient(
  dz: usize, weight: usize, dx: usize, batch: i32, width: i32, columns: i32, scratch: usize,
): void {
  product(true, dz, weight, ZEROS, dx, batch, columns, width, scratch);
}

/** As `weightGradient` of gemm.ts, for large matrices. */
export function weightGradient(
  x: usize, xStride: usize, dz: usize, dWeight: usize, stride: usize, batch: i32, width: i32, columns: i32,
  partRows: i32, scratch: usize,
): void {
  // All parts of a batch, or one at a time where a block and a panel of all would not fit a first-level cache.
  const span = batch <= WEIGHT_DEPTH ? batch : partRows;
  const most = max(PACKED_VALUES / span / BLOCK_ROWS, 1) * BLOCK_ROWS;
  const blockStride = <usize>span * BLOCK_BYTES;
  const panel = scratch + TILE_BYTES;
  const blocks = panel + <usize>span * PANEL_BYTES;
  for (let first = 0; first < batch; first += span) {
    const rows = min(span, batch - first);
    for (let row = 0; row < width; row += most) {
      const some = min(most, width - row);
      packColumns(x + (<usize>row << 2), xStride, some, rows, blocks, blockStride);
      let from = dz;
      let to = dWeight + <usize>row * stride;
      for (let left = columns; left > 0; left -= PANEL_COLUMNS) {
        pack(from, stride, rows, panel);
        for (let start = 0; start < rows; start += partRows) {
          panelOfTiles(
            blocks + <usize>start * BLOCK_BYTES, blockStride, panel + <usize>start * PANEL_BYTES,
            min(partRows, rows - start), ZEROS, to, stride, some, left, first + start > 0, scratch,
          );
        }
        from += PANEL_BYTES;
        to += PANEL_BYTES;
      }
    }
    x += <usize>rows * xStride;
    dz += <usize>rows * stride;
  }
}
