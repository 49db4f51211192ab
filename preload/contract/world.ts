/**
 * Pictures of worlds. A scenario describes its picture once (things, links, what numbers are drawn where); a frame is one
 * number a channel. The window draws any picture, so that a new system only describes its own.
 */
import { z } from "zod";
import { columnSchema, parameterValuesSchema } from "./values.ts";

/**
 * A number of the world that changes from frame to frame; its place in `channels` is its place in a frame. Channels of
 * the same title and unit share one scale and one line of the legend.
 */
export const pictureChannelSchema = z.object({
  id: z.string(),
  title: z.string(),
  unit: z.string(),
  /** What it ranges over, for bars and colours; null = from the frames themselves. */
  range: z.tuple([z.number(), z.number()]).nullable(),
  /** Names of the values 0, 1, 2 ... of a choice; empty for a quantity. */
  labels: z.array(z.string()),
});

/** Place in the unit square, x to the right and y down. */
const fixedPlaceSchema = z.object({ x: z.number(), y: z.number() });
/** Two channels, for things that move: their ranges span the picture from left to right and from top to bottom. */
const movingPlaceSchema = z.object({ xChannel: z.number(), yChannel: z.number() });
/** A channel that says how far along a link the thing is: 0 at its `from`, 1 at its `to`. */
const linkPlaceSchema = z.object({ link: z.string(), alongChannel: z.number() });

export const pictureNodeSchema = z.object({
  id: z.string(),
  title: z.string(),
  /** How it is drawn. */
  shape: z.enum(["user", "device", "server", "cloud", "cell", "vehicle", "model", "task"]),
  at: z.union([fixedPlaceSchema, movingPlaceSchema, linkPlaceSchema]),
  /** Channel of the fill level of a bar inside. */
  level: z.number().nullable(),
  /** Channel of a choice, written beside it in the choice's colour. */
  tag: z.number().nullable(),
  /** Channel of the number written below its title. */
  value: z.number().nullable(),
  /** Channels listed beside the picture. */
  listed: z.array(z.number()),
  /** Hidden while this channel is 0. */
  shownBy: z.number().nullable(),
});

export const pictureLinkSchema = z.object({
  id: z.string(),
  title: z.string(),
  from: z.string(),
  to: z.string(),
  /** Channel of its colour (a load), of its width (a share), and of whether anything passes (> 0: drawn as flowing). */
  colour: z.number().nullable(),
  width: z.number().nullable(),
  active: z.number().nullable(),
  /** What travels along it while something passes. */
  cargo: z.enum(["model", "task"]).nullable(),
  listed: z.array(z.number()),
});

/** A cell, a street, a distance: drawn behind everything, in the unit square. */
export const pictureAreaSchema = z.object({
  id: z.string(),
  title: z.string(),
  shape: z.enum(["rectangle", "ellipse"]),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
});

export const pictureSchema = z.object({
  title: z.string(),
  /** Width of the unit square over its height as drawn, where that means something; null = as the window has room. */
  aspect: z.number().positive().nullable(),
  channels: z.array(pictureChannelSchema),
  areas: z.array(pictureAreaSchema),
  nodes: z.array(pictureNodeSchema),
  links: z.array(pictureLinkSchema),
  /** Channels of the world as a whole, listed and drawn over time. */
  world: z.array(z.number()),
  /** What one frame is: "one task", "one slot of 0.1 s". */
  frame: z.string(),
  /** What the drawing adds or leaves out: "directions are the drawing's own"; "" when nothing. */
  note: z.string(),
});
export type Picture = z.infer<typeof pictureSchema>;
export type PictureNode = z.infer<typeof pictureNodeSchema>;
export type PictureLink = z.infer<typeof pictureLinkSchema>;
export type PictureChannel = z.infer<typeof pictureChannelSchema>;

/** Frames one after another: `values.length` = frames x channels. */
export const framesSchema = z.object({ count: z.number(), values: columnSchema });
export type Frames = z.infer<typeof framesSchema>;

export const replaySchema = z.object({
  picture: pictureSchema,
  /** The world after its reset, then after each step. */
  frames: framesSchema,
  /** Steps of the episode behind each frame: 0, 1, 2 ... */
  steps: columnSchema,
  /** Reward of the step that led to each frame; NaN for the first. */
  rewards: columnSchema,
  policy: z.string(),
  scenario: z.string(),
  seed: z.number(),
  /** The episode's own metrics, as an evaluation reports them. */
  metrics: z.record(z.string(), z.number()),
  kernelBuilds: z.array(z.string()),
});
export type Replay = z.infer<typeof replaySchema>;

export const worldMethods = {
  /** Plays one episode of a checkpoint or `<scenario>/<policy>` in a process of its own and keeps every frame. */
  "world.replay": {
    params: z.object({
      subject: z.string(),
      seed: z.number().int().nonnegative(),
      set: parameterValuesSchema,
      sample: z.boolean(),
    }),
    result: replaySchema,
  },
  /** `picture` events of a training run's first world, until another run or null is named; one a connection. */
  "world.watch": {
    params: z.object({ run: z.string().nullable() }),
    /** Null when nothing is watched, or the run's world has no picture. */
    result: pictureSchema.nullable(),
  },
} as const;

export const worldEvents = {
  /** A stretch of consecutive frames from the training's first world; `steps` are the run's environment steps. */
  picture: z.object({ run: z.string(), step: z.number(), frames: framesSchema, steps: columnSchema }),
} as const;
