/**
 * Lines with about as many points as the screen has pixels, drawn column by column into an image. Without a graphics card
 * stroking 50,000 points as a path takes 30 to 80 ms, this takes 2.
 */

/** An image of one colour a pixel, row by row; colours as {@link pixelColour} gives them. */
export interface Pixels {
  readonly data: Uint32Array;
  readonly width: number;
  readonly height: number;
}

/** A `#rrggbb` colour as an image holds it. `alpha` in [0, 1]. */
export function pixelColour(colour: string, alpha: number): number {
  const value = Number.parseInt(colour.slice(1), 16);
  const red = value >> 16;
  const green = (value >> 8) & 255;
  const blue = value & 255;
  return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * Draws the line through points `begin` to `end` (exclusive), whose places ascend in x: in each column of pixels from the
 * least to the greatest value that the line has there. A place that is not finite interrupts the line.
 */
export function drawDense(
  pixels: Pixels,
  colour: number,
  begin: number,
  end: number,
  placeX: (index: number) => number,
  placeY: (index: number) => number,
): void {
  let column = 0;
  let low = 0;
  let high = 0;
  let lastX = 0;
  let lastY = 0;
  let down = false;
  for (let i = begin; i < end; i++) {
    const x = placeX(i);
    const y = placeY(i);
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      if (down) fillColumn(pixels, colour, column, low, high);
      down = false;
      continue;
    }
    const next = Math.floor(x);
    if (!down) {
      column = next;
      low = y;
      high = y;
      down = true;
    } else if (next === column) {
      if (y < low) low = y;
      if (y > high) high = y;
    } else {
      const slope = (y - lastY) / (x - lastX);
      let at = lastY + (column + 1 - lastX) * slope;
      fillColumn(pixels, colour, column, Math.min(low, at), Math.max(high, at));
      for (let between = Math.max(0, column + 1); between < Math.min(next, pixels.width); between++) {
        const from = lastY + (between - lastX) * slope;
        fillColumn(pixels, colour, between, Math.min(from, from + slope), Math.max(from, from + slope));
      }
      at = lastY + (next - lastX) * slope;
      column = next;
      low = Math.min(at, y);
      high = Math.max(at, y);
    }
    lastX = x;
    lastY = y;
  }
  if (down) fillColumn(pixels, colour, column, low, high);
}

function fillColumn({ data, width, height }: Pixels, colour: number, column: number, low: number, high: number): void {
  if (column < 0 || column >= width) return;
  const first = Math.max(0, Math.floor(low));
  const last = Math.min(height - 1, Math.floor(high));
  for (let at = first * width + column; at <= last * width + column; at += width) data[at] = colour;
}
