/** What a picture of a world shows at one moment: places, scales and values. Knows no system. */
import type { Frames, Picture, PictureChannel, PictureLink, PictureNode } from "../../preload/contract.ts";
import { formatCount, formatValue } from "./format.ts";

/** The ends of a colour, a width or a bar. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  /** True when a few values lie beyond and are drawn as if at an end. */
  readonly clipped: boolean;
}

/** Values beyond this share of all are outliers when they stretch the scale to more than twice its length. */
const usualShare = 0.98;
const mostSampled = 20_000;

/** Channels of one title and unit share a scale. */
export function scaleKey({ title, unit }: PictureChannel): string {
  return `${title}\n${unit}`;
}

/**
 * One scale a channel, in the channels' order. Without a range of its own a scale spans the frames, from 0 where nothing
 * is negative; `before` are scales that it does not shrink behind, so that colours keep their meaning while frames come.
 */
export function scalesOf(picture: Picture, { count, values }: Frames, before: readonly Scale[] = []): Scale[] {
  const width = picture.channels.length;
  const groups = new Map<string, number[]>();
  for (const [index, channel] of picture.channels.entries()) {
    const key = scaleKey(channel);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [index]);
    else members.push(index);
  }
  const scales = new Array<Scale>(width);
  for (const members of groups.values()) {
    const ranges = members.map((index) => picture.channels[index]?.range ?? null);
    let scale: Scale;
    if (ranges.every((range) => range !== null)) {
      const ends = ranges.flat();
      scale = { low: Math.min(...ends), high: Math.max(...ends), clipped: false };
    } else {
      const stride = Math.max(1, Math.ceil((count * members.length) / mostSampled));
      const sample: number[] = [];
      for (let frame = 0; frame < count; frame += stride) {
        for (const index of members) sample.push(values[frame * width + index] ?? 0);
      }
      scale = wider(spanOf(sample), before[members[0] ?? 0]);
    }
    for (const index of members) scales[index] = scale;
  }
  return scales;
}

function spanOf(sample: number[]): Scale {
  sample.sort((a, b) => a - b);
  const least = sample[0] ?? 0;
  const most = sample.at(-1) ?? 1;
  const low = least >= 0 ? 0 : least;
  const usual = sample[Math.floor((sample.length - 1) * usualShare)] ?? most;
  const clipped = usual > low && most - low > 2 * (usual - low);
  const high = clipped ? usual : most;
  return { low, high: high > low ? high : low + 1, clipped };
}

function wider(scale: Scale, before: Scale | undefined): Scale {
  if (before === undefined) return scale;
  const low = Math.min(scale.low, before.low);
  const high = Math.max(scale.high, before.high);
  return { low, high, clipped: scale.clipped || before.clipped };
}

/** Where a value lies on its scale, 0 to 1. */
export function fraction({ low, high }: Scale, value: number): number {
  return high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0;
}

/** The number of a channel in a frame. */
export function valueAt(picture: Picture, { values }: Frames, frame: number, channel: number): number {
  return values[frame * picture.channels.length + channel] ?? 0;
}

/** Frames between which things may be seen moving: not over the beginning of a new episode, where no step lies between. */
function followsOn(steps: Float64Array, frame: number): boolean {
  const [now, next] = [steps[frame], steps[frame + 1]];
  return now !== undefined && next !== undefined && next > now;
}

/**
 * Writes x and y of every node in the unit square, at `position` (a frame and the fraction of the way to the next).
 * Places beyond a channel's range lie on the picture's edge.
 */
export function placesAt(
  picture: Picture,
  frames: Frames,
  steps: Float64Array,
  position: number,
  out: Float64Array,
): void {
  const frame = Math.min(Math.floor(position), frames.count - 1);
  const part = followsOn(steps, frame) ? position - frame : 0;
  const along = (channel: number): number => {
    const now = valueAt(picture, frames, frame, channel);
    const value = part === 0 ? now : now + part * (valueAt(picture, frames, frame + 1, channel) - now);
    // A range may run backwards: heights grow upwards, the picture's y downwards.
    const [start, end] = picture.channels[channel]?.range ?? [0, 1];
    return Math.min(Math.max((value - start) / (end - start), 0), 1);
  };
  const { nodes } = picture;
  for (const [index, { at }] of nodes.entries()) {
    if ("link" in at) continue;
    out[2 * index] = "x" in at ? at.x : along(at.xChannel);
    out[2 * index + 1] = "x" in at ? at.y : along(at.yChannel);
  }
  // Things on links lie between places that are known by now.
  for (const [index, { at }] of nodes.entries()) {
    if (!("link" in at)) continue;
    const link = picture.links.find(({ id }) => id === at.link);
    const from = nodes.findIndex(({ id }) => id === link?.from);
    const to = nodes.findIndex(({ id }) => id === link?.to);
    const way = along(at.alongChannel);
    for (const axis of [0, 1]) {
      const [start, end] = [out[2 * from + axis] ?? 0.5, out[2 * to + axis] ?? 0.5];
      out[2 * index + axis] = start + way * (end - start);
    }
  }
}

/** Does an episode begin with this frame? No step has led to it. */
export function beginsEpisode(steps: Float64Array, frame: number): boolean {
  return frame === 0 ? steps[0] === 0 : steps[frame] === steps[frame - 1];
}

/** Is the thing there at all in this frame? */
export function isShown(picture: Picture, frames: Frames, frame: number, { shownBy }: PictureNode): boolean {
  return shownBy === null || valueAt(picture, frames, frame, shownBy) !== 0;
}

/** Does something pass along the link in this frame? */
export function isActive(picture: Picture, frames: Frames, frame: number, { active }: PictureLink): boolean {
  return active === null || valueAt(picture, frames, frame, active) > 0;
}

/** The world as a whole, among the things whose values can be listed. */
export const wholeWorld = "";

export interface Thing {
  readonly id: string;
  readonly title: string;
  readonly kind: "world" | "node" | "link";
  readonly listed: readonly number[];
}

/** Everything that has values: the world, the nodes, then the links, in the picture's order. */
export function thingsOf({ nodes, links, world }: Picture): Thing[] {
  return [
    { id: wholeWorld, title: "World", kind: "world", listed: world },
    ...nodes.map(({ id, title, listed }): Thing => ({ id, title, kind: "node", listed })),
    ...links.map(({ id, title, listed }): Thing => ({ id, title, kind: "link", listed })),
  ];
}

/** A channel's value in words: a choice by its name, a quantity with four digits, a count whole. */
export function valueText({ labels }: PictureChannel, value: number): string {
  if (labels.length > 0) return labels[value] ?? formatValue(value);
  return numberText(value);
}

/** A count whole, anything else with four digits and no zeros behind them. */
export function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return formatCount(value);
  const text = formatValue(value);
  return text.includes("e") || !text.includes(".") ? text : text.replace(/\.?0+$/, "");
}

/** `Delay (s)`. */
export function channelName({ title, unit }: PictureChannel): string {
  return unit === "" ? title : `${title} (${unit})`;
}

/** What colours, widths, bars and the words beside things mean, each once. */
export interface Legend {
  /** Scales of link colours. */
  readonly colours: readonly LegendScale[];
  readonly widths: readonly LegendScale[];
  readonly levels: readonly LegendScale[];
  readonly choices: readonly { readonly title: string; readonly labels: readonly string[] }[];
}

interface LegendScale {
  readonly name: string;
  readonly scale: Scale;
}

export function legendOf({ channels, nodes, links }: Picture, scales: readonly Scale[]): Legend {
  const scalesIn = (places: readonly (number | null)[]): LegendScale[] => {
    const found = new Map<string, LegendScale>();
    for (const place of places) {
      const channel = place === null ? undefined : channels[place];
      const scale = place === null ? undefined : scales[place];
      if (channel === undefined || scale === undefined) continue;
      found.set(scaleKey(channel), { name: channelName(channel), scale });
    }
    return [...found.values()];
  };
  const choices = new Map<string, { title: string; labels: readonly string[] }>();
  for (const { tag } of nodes) {
    const channel = tag === null ? undefined : channels[tag];
    if (channel !== undefined) choices.set(scaleKey(channel), { title: channel.title, labels: channel.labels });
  }
  return {
    colours: scalesIn(links.map(({ colour }) => colour)),
    widths: scalesIn(links.map(({ width }) => width)),
    levels: scalesIn(nodes.map(({ level }) => level)),
    choices: [...choices.values()],
  };
}

/** A rectangle of the canvas, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The largest box of this aspect in the middle of another. */
export function fitted(outer: Box, aspect: number | null): Box {
  if (aspect === null) return outer;
  const width = Math.min(outer.width, outer.height * aspect);
  const height = width / aspect;
  return { x: outer.x + (outer.width - width) / 2, y: outer.y + (outer.height - height) / 2, width, height };
}

/** Distance of a point from the line between two others. */
export function distanceToLine(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const way = length === 0 ? 0 : Math.min(Math.max(((px - ax) * dx + (py - ay) * dy) / length, 0), 1);
  return Math.hypot(px - ax - way * dx, py - ay - way * dy);
}
