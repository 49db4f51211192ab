import { describe, expect, it } from "vitest";
import { orthogonal } from "../../../lab/nn/initialise.ts";
import { RandomStream } from "../../../lab/random.ts";

function matrix(rows: number, columns: number, gain: number, seed = 1): Float64Array {
  const values = new Float64Array(rows * columns);
  orthogonal(values, rows, columns, gain, new RandomStream(seed, "weights"));
  return values;
}

describe("orthogonal", () => {
  it.each([
    [5, 5],
    [64, 12],
    [8, 64],
    [1, 7],
    [65, 1],
  ])("makes the shorter side of [%i, %i] orthogonal, of length gain", (rows, columns) => {
    const gain = Math.SQRT2;
    const values = matrix(rows, columns, gain);
    const count = Math.min(rows, columns);
    const vector = (k: number, i: number) =>
      (rows >= columns ? values[i * columns + k] : values[k * columns + i]) as number;
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) {
        let dot = 0;
        for (let i = 0; i < Math.max(rows, columns); i++) dot += vector(a, i) * vector(b, i);
        expect(dot).toBeCloseTo(a === b ? gain * gain : 0, 12);
      }
    }
  });

  it("draws its directions evenly: every entry has mean 0 and variance gain^2 / rows", () => {
    const [rows, columns, draws] = [3, 2, 4000];
    const sums = new Float64Array(rows * columns);
    const squares = new Float64Array(rows * columns);
    const stream = new RandomStream(2, "weights");
    const values = new Float64Array(rows * columns);
    for (let draw = 0; draw < draws; draw++) {
      orthogonal(values, rows, columns, 1, stream);
      values.forEach((value, i) => {
        sums[i] = (sums[i] as number) + value / draws;
        squares[i] = (squares[i] as number) + value ** 2 / draws;
      });
    }
    for (const mean of sums) expect(Math.abs(mean)).toBeLessThan(0.04);
    for (const square of squares) expect(Math.abs(square - 1 / rows)).toBeLessThan(0.03);
  });

  it("depends on the stream alone", () => {
    expect(matrix(8, 4, 1, 5)).toEqual(matrix(8, 4, 1, 5));
    expect(matrix(8, 4, 1, 5)).not.toEqual(matrix(8, 4, 1, 6));
  });

  it("refuses an array that does not hold the matrix", () => {
    const stream = new RandomStream(1, "weights");
    expect(() => orthogonal(new Float32Array(5), 2, 3, 1, stream)).toThrow(/5 values.*\[2, 3\]/);
  });
});
