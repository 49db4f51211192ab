/** Columns of points and their form in a blob: steps, values, wall seconds (f64 each), iterations (u32), little-endian. */

/** Columns of equal length. */
export interface Points {
  readonly steps: Float64Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
  readonly wallSeconds: Float64Array<ArrayBuffer>;
  readonly iterations: Uint32Array<ArrayBuffer>;
}

export const POINT_BYTES = 28;

/** Makes columns for n points. */
export function makePoints(n: number): Points {
  return viewPoints(new ArrayBuffer(n * POINT_BYTES), n);
}

/** The blob of points `from` to `to` (exclusive). */
export function encodePoints(points: Points, from: number, to: number): Uint8Array {
  const n = to - from;
  const copy = makePoints(n);
  copyPoints(points, from, to, copy, 0);
  return new Uint8Array(copy.steps.buffer);
}

export function decodePoints(blob: Uint8Array): Points {
  const n = blob.byteLength / POINT_BYTES;
  if (!Number.isInteger(n)) throw new Error(`a chunk of ${blob.byteLength} bytes`);
  // SQLite's memory need not be aligned.
  return viewPoints(new Uint8Array(blob).buffer, n);
}

export function copyPoints(source: Points, from: number, to: number, target: Points, at: number): void {
  target.steps.set(source.steps.subarray(from, to), at);
  target.values.set(source.values.subarray(from, to), at);
  target.wallSeconds.set(source.wallSeconds.subarray(from, to), at);
  target.iterations.set(source.iterations.subarray(from, to), at);
}

export function slicePoints(points: Points, from: number, to: number): Points {
  return {
    steps: points.steps.subarray(from, to),
    values: points.values.subarray(from, to),
    wallSeconds: points.wallSeconds.subarray(from, to),
    iterations: points.iterations.subarray(from, to),
  };
}

function viewPoints(buffer: ArrayBuffer, n: number): Points {
  return {
    steps: new Float64Array(buffer, 0, n),
    values: new Float64Array(buffer, n * 8, n),
    wallSeconds: new Float64Array(buffer, n * 16, n),
    iterations: new Uint32Array(buffer, n * 24, n),
  };
}
