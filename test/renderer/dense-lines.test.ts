import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawDense, type Pixels, pixelColour } from "../../renderer/charts/dense-lines.ts";

const INK = 1;

function drawn(points: readonly (readonly [number, number])[], width = 8, height = 6): string[] {
  const pixels: Pixels = { data: new Uint32Array(width * height), width, height };
  const place = (axis: 0 | 1) => (i: number) => points[i]![axis];
  drawDense(pixels, INK, 0, points.length, place(0), place(1));
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => (pixels.data[row * width + column] === INK ? "#" : ".")).join(""),
  );
}

describe("dense lines", () => {
  it("reach from the least to the greatest value of each column, and to the next column", () => {
    const line = drawn([
      [1.1, 1.5],
      [1.5, 4.5],
      [1.9, 2.5],
      [2.1, 2.5],
      [6.5, 2.5],
    ]);
    expect(line).toEqual(["........", ".#......", ".######.", ".#......", ".#......", "........"]);
  });

  it("climb by their slope between points that are far apart", () => {
    const line = drawn([
      [0, 0],
      [8, 4],
    ]);
    expect(line.slice(0, 4)).toEqual(["##......", ".###....", "...###..", ".....###"]);
  });

  it("are interrupted where there is no number", () => {
    const line = drawn([
      [0.5, 1.5],
      [1.5, 1.5],
      [3.5, Number.NaN],
      [5.5, 1.5],
      [6.5, 1.5],
    ]);
    expect(line[1]).toBe("##...##.");
  });

  it("never write outside the image, and never lose a point inside", () => {
    const place = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const near = fc.double({ min: -2, max: 9, noNaN: true });
    const points = fc.array(fc.tuple(fc.oneof(place, near), fc.oneof(place, near)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(points, (raw) => {
        const sorted = [...raw].sort((a, b) => a[0] - b[0]);
        const line = drawn(sorted);
        for (const [x, y] of sorted) {
          if (x >= 0 && x < 8 && y >= 0 && y < 6) expect(line[Math.floor(y)]?.[Math.floor(x)]).toBe("#");
        }
      }),
    );
  });

  it("have the colour that a canvas would give them", () => {
    expect(new Uint8Array(Uint32Array.of(pixelColour("#0072b2", 1)).buffer)).toEqual(
      Uint8Array.of(0x00, 0x72, 0xb2, 255),
    );
  });
});
