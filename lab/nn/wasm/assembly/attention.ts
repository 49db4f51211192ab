// Products of queries, keys, values and weights a head, over the examples `first` .. `last - 1`. Eight columns of the
// right matrix are copied into `scratch`, scaled on the way, and meet all rows of the left one.

import { PANEL_COLUMNS } from "./opcodes";
import { pack, packTransposed, panelByColumns, panelByRows } from "./gemm";
import { splat } from "./simd";

// @ts-ignore: decorator
@inline
const PANEL_BYTES: usize = PANEL_COLUMNS * 4;

function scalePanel(panel: usize, rows: i32, factor: f32): void {
  if (factor == 1) return;
  const by = splat(factor);
  const end = panel + <usize>rows * PANEL_BYTES;
  for (; panel < end; panel += 16) v128.store(panel, f32x4.mul(by, v128.load(panel)));
}

/** out[example, head, query, key] = scale q . k; queries [examples m, width], keys [examples n, width]. */
export function scores(
  queries: usize, keys: usize, out: usize, scale: f32, heads: i32, m: i32, n: i32, width: i32, scratch: usize,
  first: i32, last: i32,
): void {
  const stride = <usize>width << 2, outStride = <usize>n << 2;
  const part = width / heads;
  for (let example = first; example < last; ++example) {
    for (let head = 0; head < heads; ++head) {
      const column = <usize>(head * part) << 2;
      const left = queries + <usize>(example * m) * stride + column;
      let right = keys + <usize>(example * n) * stride + column;
      let to = out + <usize>((example * heads + head) * m) * outStride;
      for (let rest = n; rest > 0; rest -= PANEL_COLUMNS) {
        packTransposed(right, stride, min(rest, PANEL_COLUMNS), part, scratch);
        scalePanel(scratch, part, scale);
        panelByRows(m, left, stride, scratch, PANEL_BYTES, 0, to, outStride, part, rest);
        right += <usize>PANEL_COLUMNS * stride;
        to += PANEL_BYTES;
      }
    }
  }
}

/** out[example, query] = scale times the sum over keys of weight times value, a head. */
export function mix(
  weights: usize, values: usize, out: usize, scale: f32, heads: i32, m: i32, n: i32, width: i32, scratch: usize,
  first: i32, last: i32,
): void {
  const stride = <usize>width << 2, weightStride = <usize>n << 2;
  const part = width / heads;
  for (let example = first; example < last; ++example) {
    for (let head = 0; head < heads; ++head) {
      const column = <usize>(head * part) << 2;
      const left = weights + <usize>((example * heads + head) * m) * weightStride;
      let right = values + <usize>(example * n) * stride + column;
      let to = out + <usize>(example * m) * stride + column;
      for (let rest = part; rest > 0; rest -= PANEL_COLUMNS) {
        pack(right, stride, n, scratch);
        scalePanel(scratch, n, scale);
        panelByRows(m, left, weightStride, scratch, PANEL_BYTES, 0, to, stride, n, rest);
        right += PANEL_BYTES;
        to += PANEL_BYTES;
      }
    }
  }
}

/** out[example, key] = scale times the sum over queries of weight times value, a head; values [examples m, width]. */
export function mixTransposed(
  weights: usize, values: usize, out: usize, scale: f32, heads: i32, m: i32, n: i32, width: i32, scratch: usize,
  first: i32, last: i32,
): void {
  const stride = <usize>width << 2, weightStride = <usize>n << 2;
  const part = width / heads;
  for (let example = first; example < last; ++example) {
    for (let head = 0; head < heads; ++head) {
      const column = <usize>(head * part) << 2;
      const left = weights + <usize>((example * heads + head) * m) * weightStride;
      let right = values + <usize>(example * m) * stride + column;
      let to = out + <usize>(example * n) * stride + column;
      for (let rest = part; rest > 0; rest -= PANEL_COLUMNS) {
        pack(right, stride, m, scratch);
        scalePanel(scratch, m, scale);
        panelByColumns(n, left, weightStride, scratch, PANEL_BYTES, to, stride, m, rest, false);
        right += PANEL_BYTES;
        to += PANEL_BYTES;
      }
    }
  }
}
