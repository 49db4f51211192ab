import { type Picture, type PictureArea, PictureChannels, type PictureLink, type PictureNode } from "../picture.ts";
import type { EmulatorTuningParameters } from "./parameters.ts";

/** Values of a user's `place` channel: before the first step nothing has been chosen. */
export const NOT_CHOSEN = 0;
export const ON_DEVICE = 1;
export const ON_SERVER = 2;

/**
 * What the step just taken did, for the picture; no part of the world's state. One entry a user; before the first step
 * the data size and complexity are the first task's.
 */
export class LastStep {
  readonly delaySeconds: Float64Array;
  readonly perplexity: Float64Array;
  readonly dataBits: Float64Array;
  readonly complexity: Float64Array;
  /** Part of the bandwidth that the user had; 0 when it sent, or fetched, nothing. */
  readonly uplinkShare: Float64Array;
  readonly downlinkShare: Float64Array;
  latencySeconds = 0;
  meanPerplexity = 0;
  uploads = 0;
  downloads = 0;

  constructor(users: number) {
    this.delaySeconds = new Float64Array(users);
    this.perplexity = new Float64Array(users);
    this.dataBits = new Float64Array(users);
    this.complexity = new Float64Array(users);
    this.uplinkShare = new Float64Array(users);
    this.downlinkShare = new Float64Array(users);
  }

  clear(): void {
    this.delaySeconds.fill(0);
    this.perplexity.fill(0);
    this.uplinkShare.fill(0);
    this.downlinkShare.fill(0);
    this.latencySeconds = 0;
    this.meanPerplexity = 0;
    this.uploads = 0;
    this.downloads = 0;
  }
}

/** Where the nearest possible user is drawn, as a part of the way from the middle to the edge: the server needs room. */
const INNER = 0.6;
const RINGS = 3;

/** Part of the way from the picture's middle to its edge at which a distance is drawn. */
export function radiusOf({ distanceMax }: EmulatorTuningParameters, distanceM: number): number {
  return INNER + (1 - INNER) * Math.min(distanceM / distanceMax, 1);
}

/** Direction in which user n is drawn; nobody straight above or below the server. */
export function angleOf(users: number, n: number): number {
  const first = users % 4 === 0 ? 0.5 : 0;
  return (2 * Math.PI * (n + first)) / users;
}

/**
 * The users around the base station at their distances, their caches, and what passes up and down. The channels come in
 * the order in which `EmulatorTuningWorld.writePicture` writes them: the world's, then each user's.
 */
export function emulatorTuningPicture(p: EmulatorTuningParameters): Picture {
  const channels = new PictureChannels();
  const world = [
    channels.add("step", "Step", "", [0, p.tasks]),
    channels.add("reward", "Reward", ""),
    channels.add("delay-term", "Delay term", ""),
    channels.add("perplexity-term", "Perplexity term", ""),
    channels.add("latency", "Step latency", "s"),
    channels.add("mean-perplexity", "Mean perplexity", ""),
    channels.add("uploads", "Users uploading", "", [0, p.users]),
    channels.add("downloads", "Users downloading", "", [0, p.users]),
    channels.add("total-delay", "Total delay", "min"),
    channels.add("total-reward", "Episode reward", ""),
  ];
  const nodes: PictureNode[] = [
    {
      ...plainNode,
      id: "model",
      title: "Foundation model",
      shape: "model",
      at: { x: 0.5, y: 0.41 },
      listed: [world[7]!],
    },
    { ...plainNode, id: "server", title: "Edge server", shape: "server", at: { x: 0.5, y: 0.59 }, listed: [world[6]!] },
  ];
  const links: PictureLink[] = [];
  for (let n = 0; n < p.users; n++) {
    const user = `user-${n + 1}`;
    const add = (id: string, title: string, unit: string, range: [number, number] | null = null) =>
      channels.add(`${user}/${id}`, title, unit, range);
    const xChannel = add("x", "Place, left to right", "", [0, 1]);
    const yChannel = add("y", "Place, top to bottom", "", [0, 1]);
    const place = channels.choice(`${user}/place`, "Trains on", ["not chosen", "device", "server"]);
    const wanted = add("retention", "Chosen retention E", "", [0, 1]);
    const cached = add("cached", "Cached emulator E", "", [0, 1]);
    const delay = add("delay", "Delay", "s");
    const perplexity = add("perplexity", "Perplexity", "");
    const data = add("data", "Data size", "Mbit", [p.dataMin, p.dataMax]);
    const complexity = add("complexity", "Task complexity", "", [p.complexityMin, p.complexityMax]);
    const gain = add("gain", "Channel gain", "dB");
    const distance = add("distance", "Distance", "m", [0, Math.max(p.distanceMax, 1)]);
    const power = add("power", "Uplink power", "W", [0, p.powerMax]);
    const uplink = add("uplink-share", "Share of the bandwidth", "", [0, 1]);
    const uplinkRate = add("uplink-rate", "Rate", "Mbit/s");
    const downlink = add("downlink-share", "Share of the bandwidth", "", [0, 1]);
    const downlinkRate = add("downlink-rate", "Rate", "Mbit/s");
    const download = add("download", "Emulator fetched", "Gbit", [0, p.foundationModelSize]);
    nodes.push({
      ...plainNode,
      id: user,
      title: `User ${n + 1}`,
      shape: "user",
      at: { xChannel, yChannel },
      level: cached,
      tag: place,
      value: delay,
      listed: [place, wanted, cached, delay, perplexity, complexity, data, gain, distance, power],
    });
    const passing = { colour: delay } as const;
    links.push(
      {
        ...passing,
        id: `${user}-up`,
        title: `User ${n + 1} uploads its data`,
        from: user,
        to: "server",
        width: uplink,
        active: uplink,
        cargo: "task",
        listed: [uplink, uplinkRate, data, delay],
      },
      {
        ...passing,
        id: `${user}-down`,
        title: `User ${n + 1} downloads an emulator`,
        from: "model",
        to: user,
        width: downlink,
        active: downlink,
        cargo: "model",
        listed: [downlink, downlinkRate, download, delay],
      },
    );
  }
  return {
    title: "Users around a base station",
    aspect: null,
    channels: channels.list,
    areas: rings(p),
    nodes,
    links,
    world,
    frame: "one task of every user",
    note: "Distances are true to the rings; directions are the drawing's own.",
  };
}

const plainNode = { level: null, tag: null, value: null, listed: [], shownBy: null };

/** Circles of equal distance, the widest first. */
function rings(p: EmulatorTuningParameters): PictureArea[] {
  return Array.from({ length: RINGS }, (_, i) => {
    const distanceM = (p.distanceMax * (RINGS - i)) / RINGS;
    const radius = radiusOf(p, distanceM) / 2;
    return {
      id: `ring-${RINGS - i}`,
      title: `${Math.round(distanceM)} m`,
      shape: "ellipse",
      x: 0.5 - radius,
      y: 0.5 - radius,
      width: 2 * radius,
      height: 2 * radius,
    };
  });
}
