/** Columns of points for drawing; x ascends. */
export interface Columns {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** How many values of an ascending column are below `x` or, with `inclusive`, at it. */
export function countBelow(column: Float64Array, x: number, inclusive: boolean): number {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = column[middle] ?? Number.POSITIVE_INFINITY;
    if (value < x || (inclusive && value === x)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The value of the last point at or before `x`; undefined before the first, and behind the last. */
export function valueAt({ x, y }: Columns, place: number): number | undefined {
  const index = countBelow(x, place, true) - 1;
  return place > (x.at(-1) ?? place) ? undefined : y[index];
}

/**
 * Indices to draw of `count` points: all of them or, where there are more than `most`, of equal stretches the ones with the
 * extremes of each column, and both ends.
 */
export function thinned(count: number, most: number, columns: readonly Float64Array[]): Uint32Array | undefined {
  if (count <= most) return undefined;
  const buckets = Math.max(1, Math.floor((most - 2) / (2 * columns.length)));
  const kept = new Uint32Array(2 + buckets * 2 * columns.length);
  let n = 0;
  kept[n++] = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = 1 + Math.floor((bucket * (count - 2)) / buckets);
    const to = 1 + Math.floor(((bucket + 1) * (count - 2)) / buckets);
    const begin = n;
    for (const column of columns) {
      let least = from;
      let greatest = from;
      for (let i = from + 1; i < to; i++) {
        const value = column[i] ?? 0;
        if (value < (column[least] ?? 0) || Number.isNaN(column[least])) least = i;
        if (value > (column[greatest] ?? 0) || Number.isNaN(column[greatest])) greatest = i;
      }
      kept[n++] = least;
      kept[n++] = greatest;
    }
    kept.subarray(begin, n).sort();
  }
  kept[n++] = count - 1;
  let distinct = 1;
  for (let i = 1; i < n; i++) if (kept[i] !== kept[i - 1]) kept[distinct++] = kept[i] ?? 0;
  return kept.subarray(0, distinct);
}

export function pick(column: Float64Array, kept: Uint32Array | undefined): Float64Array {
  if (kept === undefined) return column;
  const result = new Float64Array(kept.length);
  for (let i = 0; i < kept.length; i++) result[i] = column[kept[i] ?? 0] ?? 0;
  return result;
}

/**
 * Columns that run along `x` with a finer part put in where that is known. Both lists hold the same columns in the same
 * order, x first.
 */
export function withDetail(
  whole: readonly Float64Array[],
  detail: readonly Float64Array[] | undefined,
): Float64Array[] {
  const [x] = whole;
  const [fine] = detail ?? [];
  if (x === undefined || fine === undefined || detail === undefined || fine.length === 0) return [...whole];
  const before = countBelow(x, fine[0] ?? 0, false);
  const after = countBelow(x, fine.at(-1) ?? 0, true);
  return whole.map((column, i) => {
    const part = detail[i] ?? new Float64Array(0);
    const result = new Float64Array(before + part.length + column.length - after);
    result.set(column.subarray(0, before));
    result.set(part, before);
    result.set(column.subarray(after), before + part.length);
    return result;
  });
}

/** Columns one after another. */
export function joined(parts: readonly (readonly Float64Array[])[]): Float64Array[] {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return [...(first ?? [])];
  return first.map((_, i) => {
    const result = new Float64Array(parts.reduce((sum, part) => sum + (part[i]?.length ?? 0), 0));
    let at = 0;
    for (const part of parts) {
      const column = part[i] ?? new Float64Array(0);
      result.set(column, at);
      at += column.length;
    }
    return result;
  });
}
