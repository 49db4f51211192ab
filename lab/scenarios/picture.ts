/**
 * Pictures of worlds: a scenario describes its things and links once; a frame is one number a channel, written by the
 * world. Structurally the `pictureSchema` of preload/contract/world.ts, whose comments say what is drawn how.
 */
import type { World } from "./scenario.ts";

export interface PictureChannel {
  id: string;
  title: string;
  unit: string;
  range: [low: number, high: number] | null;
  labels: string[];
}

export type PicturePlace =
  | { x: number; y: number }
  | { xChannel: number; yChannel: number }
  | { link: string; alongChannel: number };

export interface PictureNode {
  id: string;
  title: string;
  shape: "user" | "device" | "server" | "cloud" | "cell" | "vehicle" | "model" | "task";
  at: PicturePlace;
  level: number | null;
  tag: number | null;
  value: number | null;
  listed: number[];
  shownBy: number | null;
}

export interface PictureLink {
  id: string;
  title: string;
  from: string;
  to: string;
  colour: number | null;
  width: number | null;
  active: number | null;
  cargo: "model" | "task" | null;
  listed: number[];
}

export interface PictureArea {
  id: string;
  title: string;
  shape: "rectangle" | "ellipse";
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Picture {
  title: string;
  aspect: number | null;
  channels: PictureChannel[];
  areas: PictureArea[];
  nodes: PictureNode[];
  links: PictureLink[];
  world: number[];
  frame: string;
  note: string;
}

/** Collects a picture's channels; each `add` answers the channel's place in a frame. */
export class PictureChannels {
  readonly list: PictureChannel[] = [];

  /** A quantity; without a range its scale comes from the frames. */
  add(id: string, title: string, unit: string, range: [number, number] | null = null): number {
    return this.list.push({ id, title, unit, range, labels: [] }) - 1;
  }

  /** A choice among named values 0, 1, 2 ... */
  choice(id: string, title: string, labels: readonly string[]): number {
    return this.list.push({ id, title, unit: "", range: [0, labels.length - 1], labels: [...labels] }) - 1;
  }
}

/** Keeps frames of one world, one after another, up to a fixed number; more are left out. */
export class FrameRecorder {
  /** Numbers of a frame. */
  readonly channels: number;
  count = 0;
  private values: Float64Array<ArrayBuffer>;
  private steps: Float64Array<ArrayBuffer>;
  private readonly most: number;

  /** @param room frames to make room for at once; the memory grows up to `most` */
  constructor(channels: number, most: number, room = most) {
    this.channels = channels;
    this.most = most;
    this.values = new Float64Array(Math.min(room, most) * channels);
    this.steps = new Float64Array(Math.min(room, most));
  }

  get full(): boolean {
    return this.count === this.most;
  }

  clear(): void {
    this.count = 0;
  }

  /** Adds the world as it is now; nothing when full. `step` = steps behind it. */
  add(world: World, step: number): void {
    if (this.full) return;
    if (this.count === this.steps.length) this.grow();
    world.writePicture?.(this.values, this.count * this.channels);
    this.steps[this.count] = step;
    this.count++;
  }

  /** Copies of what was recorded: `values` [count channels], `steps` [count]. */
  take(): { count: number; values: Float64Array<ArrayBuffer>; steps: Float64Array<ArrayBuffer> } {
    const { count } = this;
    return { count, values: this.values.slice(0, count * this.channels), steps: this.steps.slice(0, count) };
  }

  private grow(): void {
    const room = Math.min(2 * this.steps.length, this.most);
    const { values, steps } = this;
    this.values = new Float64Array(room * this.channels);
    this.values.set(values);
    this.steps = new Float64Array(room);
    this.steps.set(steps);
  }
}
