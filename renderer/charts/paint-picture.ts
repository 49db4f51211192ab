/** Draws one moment of a picture on a canvas. */
import type { Frames, Picture, PictureLink, PictureNode } from "../../preload/contract.ts";
import {
  type Box,
  distanceToLine,
  fitted,
  fraction,
  isActive,
  isShown,
  placesAt,
  type Scale,
  valueAt,
  valueText,
} from "../model/picture.ts";
import { choiceColour, glyphs, type PictureColours, pictureColours, rampColour } from "./picture-style.ts";

export interface Moment {
  readonly picture: Picture;
  readonly frames: Frames;
  readonly steps: Float64Array;
  readonly scales: readonly Scale[];
  /** A frame and the fraction of the way to the next. */
  readonly position: number;
  /** Things move between frames and along links. */
  readonly moving: boolean;
  /** Emphasised. */
  readonly focused: string | undefined;
  readonly dark: boolean;
}

const font = "'Inter Variable', sans-serif";
const margin = { top: 40, right: 72, bottom: 48, left: 72 };
const tile = { least: 20, most: 44 };
/** Tiles below this size stand so close that only the emphasised one has words. */
const crowded = 27;
/** Line widths for the two ends of a link's scale, and for one that is idle. */
const thin = 2;
const thick = 9;
const cargoSize = 18;

const paths = new Map<string, Path2D>();

function pathOf(shape: PictureNode["shape"]): Path2D {
  const known = paths.get(shape);
  if (known !== undefined) return known;
  const path = new Path2D(glyphs[shape]);
  paths.set(shape, path);
  return path;
}

/** Where things lie on the canvas, for drawing and for the pointer. */
export class PictureLayout {
  readonly box: Box;
  /** Side of a node's tile. */
  readonly size: number;
  private readonly places: Float64Array;
  private readonly moment: Moment;
  private readonly frame: number;
  private readonly indices: ReadonlyMap<string, number>;
  private readonly ways: ReadonlySet<string>;

  constructor(moment: Moment, width: number, height: number) {
    const { picture, frames, steps, position, moving } = moment;
    this.moment = moment;
    this.frame = Math.min(Math.floor(position), frames.count - 1);
    const outer = {
      x: margin.left,
      y: margin.top,
      width: Math.max(1, width - margin.left - margin.right),
      height: Math.max(1, height - margin.top - margin.bottom),
    };
    this.box = fitted(outer, picture.aspect);
    const room = Math.sqrt((this.box.width * this.box.height) / Math.max(1, picture.nodes.length));
    this.size = Math.min(tile.most, Math.max(tile.least, 0.3 * room));
    this.places = new Float64Array(2 * picture.nodes.length);
    placesAt(picture, frames, steps, moving ? position : this.frame, this.places);
    this.ways = new Set(picture.links.map(({ from, to }) => `${from}\n${to}`));
    this.indices = new Map(picture.nodes.map(({ id }, index) => [id, index]));
  }

  x(node: number): number {
    return this.box.x + (this.places[2 * node] ?? 0.5) * this.box.width;
  }

  y(node: number): number {
    return this.box.y + (this.places[2 * node + 1] ?? 0.5) * this.box.height;
  }

  /** The ends of a link at the edges of the tiles that it joins; undefined where they touch. */
  ends({ from, to }: PictureLink): { ax: number; ay: number; bx: number; by: number } | undefined {
    const [a, b] = [this.indices.get(from) ?? 0, this.indices.get(to) ?? 0];
    const [ax, ay, bx, by] = [this.x(a), this.y(a), this.x(b), this.y(b)];
    const length = Math.hypot(bx - ax, by - ay);
    const gap = 0.66 * this.size;
    if (length <= 2 * gap + 4) return undefined;
    const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
    // Two that join the same things in opposite directions lie side by side.
    const [sx, sy] = this.ways.has(`${to}\n${from}`) ? [-uy * 6, ux * 6] : [0, 0];
    return { ax: ax + ux * gap + sx, ay: ay + uy * gap + sy, bx: bx - ux * gap + sx, by: by - uy * gap + sy };
  }

  /** The thing under a point; a node before a link. */
  thingAt(px: number, py: number): string | undefined {
    const { picture, frames } = this.moment;
    const half = this.size / 2 + 3;
    for (let index = picture.nodes.length - 1; index >= 0; index--) {
      const node = picture.nodes[index];
      if (node === undefined || !isShown(picture, frames, this.frame, node)) continue;
      if (Math.abs(px - this.x(index)) <= half && Math.abs(py - this.y(index)) <= half) return node.id;
    }
    let nearest = 7;
    let found: string | undefined;
    for (const link of picture.links) {
      const ends = this.ends(link);
      if (ends === undefined) continue;
      // Among links on top of one another, the one that is in use.
      const idle = isActive(picture, frames, this.frame, link) ? 0 : 2;
      const distance = distanceToLine(px, py, ends.ax, ends.ay, ends.bx, ends.by) + idle;
      if (distance >= nearest) continue;
      nearest = distance;
      found = link.id;
    }
    return found;
  }
}

export function paintPicture(
  context: CanvasRenderingContext2D,
  moment: Moment,
  layout: PictureLayout,
  width: number,
  height: number,
): void {
  const { picture, frames, position, focused } = moment;
  const frame = Math.min(Math.floor(position), frames.count - 1);
  const colours = pictureColours(moment.dark);
  context.clearRect(0, 0, width, height);
  context.lineCap = "round";
  context.lineJoin = "round";
  context.textAlign = "center";
  context.textBaseline = "middle";
  paintAreas(context, picture, layout.box, colours);
  const active = (link: PictureLink) => isActive(picture, frames, frame, link);
  for (const link of picture.links) if (!active(link)) paintIdleLink(context, layout, link, moment, colours);
  for (const link of picture.links) if (active(link)) paintLink(context, layout, link, moment, frame, colours);
  for (const [index, node] of picture.nodes.entries()) {
    if (isShown(picture, frames, frame, node)) paintTile(context, layout, index, node, moment, frame, colours);
  }
  // Words last: nothing is drawn over them. In a crowd they would hide one another, and the list has them all.
  for (const [index, node] of picture.nodes.entries()) {
    const silent = layout.size < crowded && node.tag !== null && node.id !== focused;
    if (!silent && isShown(picture, frames, frame, node))
      paintWords(context, layout, index, node, moment, frame, colours);
  }
  if (focused !== undefined) {
    const index = picture.nodes.findIndex(({ id }) => id === focused);
    if (index >= 0) paintFocus(context, layout, index, colours);
  }
}

function paintAreas(context: CanvasRenderingContext2D, picture: Picture, box: Box, colours: PictureColours): void {
  for (const { shape, title, x, y, width, height } of picture.areas) {
    const left = box.x + x * box.width;
    const top = box.y + y * box.height;
    const [w, h] = [width * box.width, height * box.height];
    context.beginPath();
    if (shape === "ellipse") context.ellipse(left + w / 2, top + h / 2, w / 2, h / 2, 0, 0, 2 * Math.PI);
    else context.roundRect(left, top, w, h, 6);
    context.fillStyle = colours.area;
    context.fill();
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    context.stroke();
    words(context, title, left + w / 2, shape === "ellipse" ? top : top + 10, `11px ${font}`, colours.dim, colours);
  }
}

function paintIdleLink(
  context: CanvasRenderingContext2D,
  layout: PictureLayout,
  link: PictureLink,
  { focused }: Moment,
  colours: PictureColours,
): void {
  const ends = layout.ends(link);
  if (ends === undefined) return;
  const chosen = focused === link.id;
  context.beginPath();
  context.moveTo(ends.ax, ends.ay);
  context.lineTo(ends.bx, ends.by);
  context.strokeStyle = chosen ? colours.accent : colours.line;
  context.lineWidth = chosen ? 2 : 1;
  context.setLineDash([2, 5]);
  context.stroke();
  context.setLineDash([]);
}

function paintLink(
  context: CanvasRenderingContext2D,
  layout: PictureLayout,
  link: PictureLink,
  { picture, frames, scales, position, moving, focused, dark }: Moment,
  frame: number,
  colours: PictureColours,
): void {
  const ends = layout.ends(link);
  if (ends === undefined) return;
  const { ax, ay, bx, by } = ends;
  const part = (channel: number | null) => {
    const scale = channel === null ? undefined : scales[channel];
    return channel === null || scale === undefined
      ? undefined
      : fraction(scale, valueAt(picture, frames, frame, channel));
  };
  const load = part(link.colour);
  const share = part(link.width);
  const colour = load === undefined ? colours.dim : rampColour(load, dark);
  const width = share === undefined ? thin : thin + share * (thick - thin);
  if (focused === link.id) {
    context.beginPath();
    context.moveTo(ax, ay);
    context.lineTo(bx, by);
    context.strokeStyle = colours.accent;
    context.lineWidth = width + 6;
    context.globalAlpha = 0.35;
    context.stroke();
    context.globalAlpha = 1;
  }
  context.beginPath();
  context.moveTo(ax, ay);
  context.lineTo(bx, by);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
  // Always active and without a load: a mere joint, with no direction to show.
  if (link.active === null) return;
  paintArrow(context, ax, ay, bx, by, width, colour);
  if (link.cargo === null) return;
  const way = moving ? position - frame : 0.5;
  const [x, y] = [ax + way * (bx - ax), ay + way * (by - ay)];
  context.beginPath();
  context.arc(x, y, cargoSize / 2 + 2, 0, 2 * Math.PI);
  context.fillStyle = colours.surface;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = colour;
  context.stroke();
  paintGlyph(context, link.cargo, x, y, cargoSize - 5, colours.ink);
}

function paintArrow(
  context: CanvasRenderingContext2D,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  width: number,
  colour: string,
): void {
  const length = Math.hypot(bx - ax, by - ay);
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  const reach = 6 + width / 2;
  const half = 4 + width / 2;
  context.beginPath();
  context.moveTo(bx + ux * 3, by + uy * 3);
  context.lineTo(bx - ux * reach - uy * half, by - uy * reach + ux * half);
  context.lineTo(bx - ux * reach + uy * half, by - uy * reach - ux * half);
  context.closePath();
  context.fillStyle = colour;
  context.fill();
}

function paintTile(
  context: CanvasRenderingContext2D,
  layout: PictureLayout,
  index: number,
  node: PictureNode,
  { picture, frames, scales, dark }: Moment,
  frame: number,
  colours: PictureColours,
): void {
  const { size } = layout;
  const [x, y] = [layout.x(index), layout.y(index)];
  const tag = node.tag === null ? undefined : valueAt(picture, frames, frame, node.tag);
  context.beginPath();
  context.roundRect(x - size / 2, y - size / 2, size, size, size / 5);
  context.fillStyle = colours.panel;
  context.fill();
  context.lineWidth = tag === undefined || tag < 1 ? 1.25 : 2;
  context.strokeStyle = tag === undefined ? colours.dim : choiceColour(tag, dark);
  context.stroke();
  const barHeight = node.level === null ? 0 : Math.max(4, size * 0.14);
  paintGlyph(context, node.shape, x, y - (barHeight === 0 ? 0 : barHeight * 0.75), size * 0.56, colours.ink);
  const scale = node.level === null ? undefined : scales[node.level];
  if (node.level === null || scale === undefined) return;
  const inset = size * 0.14;
  const full = size - 2 * inset;
  const part = fraction(scale, valueAt(picture, frames, frame, node.level));
  const top = y + size / 2 - inset * 0.75 - barHeight;
  context.beginPath();
  context.roundRect(x - full / 2, top, full, barHeight, barHeight / 2);
  context.fillStyle = colours.line;
  context.fill();
  if (part <= 0) return;
  context.beginPath();
  context.roundRect(x - full / 2, top, Math.max(barHeight, full * part), barHeight, barHeight / 2);
  context.fillStyle = colours.bar;
  context.fill();
}

function paintWords(
  context: CanvasRenderingContext2D,
  layout: PictureLayout,
  index: number,
  node: PictureNode,
  { picture, frames, dark }: Moment,
  frame: number,
  colours: PictureColours,
): void {
  const { size } = layout;
  const [x, y] = [layout.x(index), layout.y(index)];
  const below = y + size / 2 + 10;
  // In the upper half the title of a thing without a tag goes above it, out of the middle.
  const overhead = node.tag === null && node.value === null && y < layout.box.y + layout.box.height / 2;
  words(context, node.title, x, overhead ? y - size / 2 - 10 : below, `600 12px ${font}`, colours.ink, colours);
  const channel = node.value === null ? undefined : picture.channels[node.value];
  if (node.value !== null && channel !== undefined) {
    const value = valueAt(picture, frames, frame, node.value);
    const text = `${valueText(channel, value)}${channel.unit === "" ? "" : `\u2009${channel.unit}`}`;
    words(context, text, x, below + 15, `12px ${font}`, colours.ink, colours);
  }
  const choice = node.tag === null ? undefined : picture.channels[node.tag];
  if (node.tag === null || choice === undefined) return;
  const value = valueAt(picture, frames, frame, node.tag);
  const text = choice.labels[value] ?? "";
  const above = y - size / 2 - 10;
  context.font = `12px ${font}`;
  const wide = context.measureText(text).width;
  words(context, text, x + 6, above, `12px ${font}`, colours.ink, colours);
  context.beginPath();
  context.arc(x - wide / 2 - 3, above, 4, 0, 2 * Math.PI);
  context.fillStyle = choiceColour(value, dark);
  context.fill();
}

function paintFocus(
  context: CanvasRenderingContext2D,
  layout: PictureLayout,
  index: number,
  colours: PictureColours,
): void {
  const side = layout.size + 8;
  context.beginPath();
  context.roundRect(layout.x(index) - side / 2, layout.y(index) - side / 2, side, side, side / 5);
  context.lineWidth = 2;
  context.strokeStyle = colours.accent;
  context.stroke();
}

function paintGlyph(
  context: CanvasRenderingContext2D,
  shape: PictureNode["shape"],
  x: number,
  y: number,
  size: number,
  colour: string,
): void {
  const scale = size / 24;
  context.save();
  context.translate(x - size / 2, y - size / 2);
  context.scale(scale, scale);
  context.lineWidth = 1.6 / Math.max(scale, 0.6);
  context.strokeStyle = colour;
  context.stroke(pathOf(shape));
  context.restore();
}

/** Text with the ground's colour around it, so that it can be read over a line. */
function words(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  face: string,
  colour: string,
  { surface }: PictureColours,
): void {
  context.font = face;
  context.strokeStyle = surface;
  context.lineWidth = 4;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
