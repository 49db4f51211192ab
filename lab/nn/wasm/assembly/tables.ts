// Rows and values picked by an index, which is a float32.

import { copyColumns } from "./rows";
import { splat, storeLanes } from "./simd";

/** Whether the index lies in 0 .. count - 1; NaN does not. */
// @ts-ignore: decorator
@inline
function within(index: f32, count: i32): bool {
  return index >= 0 && index < <f32>count;
}

/** table[indices[row]] for rows `first` .. `last - 1`; NaN for an index outside the table of `count` rows. */
export function embedding(
  table: usize, indices: usize, out: usize, count: i32, width: i32, first: i32, last: i32,
): void {
  const stride = <usize>width << 2;
  for (let row = first; row < last; ++row) {
    const index = load<f32>(indices + (<usize>row << 2));
    const to = out + <usize>row * stride;
    if (within(index, count)) {
      copyColumns(table + <usize>index * stride, stride, to, stride, width, 0, 1);
    } else {
      for (let j = 0; j < width; j += 4) storeLanes(to + (j << 2), splat(NaN), width - j);
    }
  }
}

/** Rows `first` .. `last - 1` of the table's gradient: the upstream rows of their indices, added up in their order. */
export function embeddingGradient(
  upstream: usize, indices: usize, out: usize, rows: i32, width: i32, first: i32, last: i32,
): void {
  const stride = <usize>width << 2;
  memory.fill(out + <usize>first * stride, 0, <usize>(last - first) * stride);
  for (let row = 0; row < rows; ++row) {
    const index = load<f32>(indices + (<usize>row << 2));
    if (!within(index, last) || <i32>index < first) continue;
    const from = upstream + <usize>row * stride;
    const to = out + <usize>index * stride;
    for (let j = 0; j < width; j += 4) {
      const offset = <usize>(j << 2);
      storeLanes(to + offset, f32x4.add(v128.load(to + offset), v128.load(from + offset)), width - j);
    }
  }
}

/** x[row, indices[row]] for rows `first` .. `last - 1`; NaN for an index outside the row. */
export function selectColumn(x: usize, indices: usize, out: usize, width: i32, first: i32, last: i32): void {
  for (let row = first; row < last; ++row) {
    const place = <usize>row << 2;
    const index = load<f32>(indices + place);
    const values = x + <usize>width * place;
    store<f32>(out + place, within(index, width) ? load<f32>(values + (<usize>index << 2)) : NaN);
  }
}

export function selectColumnGradient(
  upstream: usize, indices: usize, out: usize, width: i32, first: i32, last: i32,
): void {
  const stride = <usize>width << 2;
  memory.fill(out + <usize>first * stride, 0, <usize>(last - first) * stride);
  for (let row = first; row < last; ++row) {
    const index = load<f32>(indices + (<usize>row << 2));
    if (!within(index, width)) continue;
    store<f32>(out + <usize>row * stride + (<usize>index << 2), load<f32>(upstream + (<usize>row << 2)));
  }
}
