import type { RandomStream } from "../random.ts";
import type { Numbers } from "./workspace.ts";

/**
 * Fills a weight [rows, columns] with gain times a random matrix whose shorter side is orthonormal: W^T W = gain^2 I
 * when rows >= columns, else W W^T = gain^2 I (Saxe et al., 2014; the same distribution as `torch.nn.init.orthogonal_`).
 *
 * Gram-Schmidt on a matrix of normal draws is its QR decomposition with a positive diagonal in R, that is, after the
 * sign correction which makes Q uniform over the orthogonal matrices (Mezzadri, 2007). Each vector is projected twice
 * so that float64 rounding leaves no trace.
 */
export function orthogonal(values: Numbers, rows: number, columns: number, gain: number, stream: RandomStream): void {
  if (values.length !== rows * columns) {
    throw new RangeError(`orthogonal: ${values.length} values do not hold a matrix [${rows}, ${columns}]`);
  }
  const length = Math.max(rows, columns);
  const basis: Float64Array[] = [];
  for (let k = 0; k < Math.min(rows, columns); k++) {
    const vector = Float64Array.from({ length }, () => stream.normal());
    for (let pass = 0; pass < 2; pass++) {
      for (const other of basis) addScaled(vector, other, -dot(vector, other));
    }
    const norm = Math.sqrt(dot(vector, vector));
    for (let i = 0; i < length; i++) vector[i] = (vector[i] as number) / norm;
    basis.push(vector);
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [vector, i] = rows >= columns ? [column, row] : [row, column];
      values[row * columns + column] = gain * (basis[vector]?.[i] as number);
    }
  }
}

/**
 * Fills a weight [rows, columns] that serves several gates side by side: each of the `blocks` equal stretches of columns
 * is an {@link orthogonal} matrix of its own, drawn one after another.
 */
export function orthogonalBlocks(
  values: Numbers,
  rows: number,
  columns: number,
  blocks: number,
  gain: number,
  stream: RandomStream,
): void {
  const width = columns / blocks;
  const block = new Float64Array(rows * width);
  for (let b = 0; b < blocks; b++) {
    orthogonal(block, rows, width, gain, stream);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) values[row * columns + b * width + i] = block[row * width + i] as number;
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + scale * (source[i] as number);
}
