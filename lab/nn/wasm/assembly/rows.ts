// Moving and adding up whole rows and blocks of columns. Strides are in bytes.

import { splat, storeLanes } from "./simd";

/** Copies `columns` columns of rows `first` .. `last - 1`; the other columns of `to` stay as they are. */
export function copyColumns(
  from: usize, fromStride: usize, to: usize, toStride: usize, columns: i32, first: i32, last: i32,
): void {
  from += <usize>first * fromStride;
  to += <usize>first * toStride;
  for (let row = first; row < last; ++row) {
    for (let j = 0; j < columns; j += 4) {
      const offset = <usize>(j << 2);
      storeLanes(to + offset, v128.load(from + offset), columns - j);
    }
    from += fromStride;
    to += toStride;
  }
}

/** `upstream` [rows, columns] in the columns from `from` on of rows of `width` values, zero in the others. */
export function padColumns(
  upstream: usize, out: usize, from: i32, columns: i32, width: i32, first: i32, last: i32,
): void {
  const stride = <usize>width << 2;
  memory.fill(out + <usize>first * stride, 0, <usize>(last - first) * stride);
  copyColumns(upstream, <usize>columns << 2, out + (<usize>from << 2), stride, columns, first, last);
}

/** Sums of `count` consecutive rows each, for the sums `first` .. `last - 1`. */
export function sumRows(x: usize, out: usize, count: i32, width: i32, first: i32, last: i32): void {
  const stride = <usize>width << 2;
  x += <usize>first * <usize>count * stride;
  out += <usize>first * stride;
  for (let group = first; group < last; ++group) {
    for (let j = 0; j < width; j += 4) {
      let from = x + (j << 2);
      let sum = splat(0);
      for (let row = 0; row < count; ++row) {
        sum = f32x4.add(sum, v128.load(from));
        from += stride;
      }
      storeLanes(out + (j << 2), sum, width - j);
    }
    x += <usize>count * stride;
    out += stride;
  }
}

/** Rows `first` .. `last - 1`, each `count` times in a row. */
export function repeatRows(x: usize, out: usize, count: i32, width: i32, first: i32, last: i32): void {
  const stride = <usize>width << 2;
  out += <usize>first * <usize>count * stride;
  for (let row = first; row < last; ++row) {
    const from = x + <usize>row * stride;
    for (let copy = 0; copy < count; ++copy) {
      memory.copy(out, from, stride);
      out += stride;
    }
  }
}
