import { drawDense, type Pixels, pixelColour } from "./dense-lines.ts";

/** An image of dense lines that is laid over a chart's canvas; its memory is kept from frame to frame. */
export class DenseLayer {
  private readonly canvas = document.createElement("canvas");
  private image: ImageData | undefined;
  private pixels: Pixels = { data: new Uint32Array(0), width: 0, height: 0 };

  /** Begins an empty image; sizes in pixels of the screen. */
  begin(width: number, height: number): void {
    const size = { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) };
    if (this.image?.width === size.width && this.image.height === size.height) {
      this.pixels.data.fill(0);
      return;
    }
    this.canvas.width = size.width;
    this.canvas.height = size.height;
    this.image = new ImageData(size.width, size.height);
    this.pixels = { data: new Uint32Array(this.image.data.buffer), ...size };
  }

  /** Adds a line; places count from the image's upper left corner. */
  line(
    colour: string,
    alpha: number,
    begin: number,
    end: number,
    placeX: (index: number) => number,
    placeY: (index: number) => number,
  ): void {
    drawDense(this.pixels, pixelColour(colour, alpha), begin, end, placeX, placeY);
  }

  show(ctx: CanvasRenderingContext2D, left: number, top: number): void {
    if (this.image === undefined) return;
    this.canvas.getContext("2d")?.putImageData(this.image, 0, 0);
    ctx.globalAlpha = 1;
    // Pixel on pixel: nothing to interpolate.
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(this.canvas, Math.round(left), Math.round(top));
  }
}
