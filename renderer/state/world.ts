/** The picture of a world: what is replayed, what is watched live, and where its time stands. */
import type { Frames, ParameterValue, Picture, Replay, UserErrorValue } from "../../preload/contract.ts";
import { showError } from "./ask.ts";
import { bridge, session } from "./session.ts";
import { createStore, type Store, useStore } from "./store.ts";

export const speeds = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64] as const;
/** Frames a second at speed 1. */
export const framesPerSecond = 4;
const replaySeed = 1000;

export type ReplayState =
  | { readonly state: "none" }
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly replay: Replay }
  | { readonly state: "failed"; readonly error: UserErrorValue };

/** A stretch of frames of the watched run. */
export interface LiveFrames {
  readonly frames: Frames;
  readonly steps: Float64Array;
}

export interface WorldState {
  readonly mode: "live" | "replay";
  /** Checkpoint or `<scenario>/<policy>` to replay; "" when none is chosen. */
  readonly subject: string;
  readonly seed: number;
  readonly replay: ReplayState;
  /** The run that is watched. */
  readonly run: string | undefined;
  /** Undefined until the engine has answered; null where the world has no picture. */
  readonly livePicture: Picture | null | undefined;
  readonly live: LiveFrames | undefined;
  /** Came while `live` was still playing; the newest only. */
  readonly next: LiveFrames | undefined;
  /** Frame and fraction of the way to the next one. */
  readonly position: number;
  readonly playing: boolean;
  readonly speed: number;
  readonly loop: boolean;
  /** Node or link whose values are listed, chosen with the keyboard or a click; "" is the world as a whole. */
  readonly chosen: string;
  /** Under the pointer. */
  readonly hovered: string | undefined;
  readonly asTable: boolean;
}

export const world: Store<WorldState> = createStore<WorldState>({
  mode: "live",
  subject: "",
  seed: replaySeed,
  replay: { state: "none" },
  run: undefined,
  livePicture: undefined,
  live: undefined,
  next: undefined,
  position: 0,
  playing: false,
  speed: 1,
  loop: false,
  chosen: "",
  hovered: undefined,
  asTable: false,
});

export function useWorld<S>(select: (state: WorldState) => S): S {
  return useStore(world, select);
}

/** Number of the latest replay that was asked for: an answer to an earlier one is not wanted any more. */
let asked = 0;

/**
 * Turns to the world's picture and replays one episode there.
 * @param subject checkpoint id or `<scenario>/<policy>`
 * @param set parameters of the world for a built-in policy
 */
export function openReplay(
  subject: string,
  seed = world.get().seed,
  set: Readonly<Record<string, ParameterValue>> = {},
): void {
  session.set({ tab: "world" });
  world.set({ mode: "replay", subject, seed, replay: { state: "loading" }, playing: false, position: 0 });
  void load(++asked, subject, seed, set);
}

async function load(
  request: number,
  subject: string,
  seed: number,
  set: Readonly<Record<string, ParameterValue>>,
): Promise<void> {
  const answer = await bridge.call("world.replay", { subject, seed, set: { ...set }, sample: false });
  if (request !== asked) return;
  if (!answer.ok) world.set({ replay: { state: "failed", error: answer.error } });
  else world.set({ replay: { state: "ready", replay: answer.value }, position: 0, playing: true });
}

/** Watches a training run's first world, or none. */
export function watchRun(run: string | undefined): void {
  world.set({ run, livePicture: undefined, live: undefined, next: undefined });
  void watch(run);
}

async function watch(run: string | undefined): Promise<void> {
  const answer = await bridge.call("world.watch", { run: run ?? null });
  if (world.get().run !== run || run === undefined) return;
  if (answer.ok) world.set({ livePicture: answer.value });
  else showError(answer.error);
}

bridge.listen("picture", ({ run, frames, steps }) => {
  const state = world.get();
  if (run !== state.run || frames.count === 0) return;
  if (state.live === undefined)
    world.set({ live: { frames, steps }, ...(isLive() ? { position: 0, playing: true } : {}) });
  else world.set({ next: { frames, steps } });
});

function isLive(): boolean {
  return world.get().mode === "live";
}

export function setMode(mode: WorldState["mode"]): void {
  world.set({ mode, position: 0, playing: mode === "live" });
}

/** What is drawn now; undefined when there is nothing to draw. */
export interface Shown {
  readonly picture: Picture;
  readonly frames: Frames;
  readonly steps: Float64Array;
}

let shownNow: Shown | undefined;

/** The same object as long as picture and frames are the same. */
export function shownOf({ mode, replay, livePicture, live }: WorldState): Shown | undefined {
  let shown: Shown | undefined;
  if (mode === "replay" && replay.state === "ready") shown = replay.replay;
  else if (mode === "live" && livePicture && live) shown = { picture: livePicture, ...live };
  if (shown === undefined) return undefined;
  if (shownNow?.picture !== shown.picture || shownNow.frames !== shown.frames) shownNow = shown;
  return shownNow;
}

/** Frame that is shown: the last one reached. */
export function frameOf({ position }: WorldState): number {
  return Math.floor(position);
}

export function togglePlaying(): void {
  const state = world.get();
  const shown = shownOf(state);
  if (shown === undefined) return;
  const atEnd = state.mode === "replay" && state.position >= shown.frames.count - 1;
  // Stopping stands on a whole frame, so that values and picture are of one moment.
  if (state.playing) world.set({ playing: false, position: frameOf(state) });
  else world.set({ playing: true, ...(atEnd ? { position: 0 } : {}) });
}

/** Goes to a frame and stands there. */
export function seek(frame: number): void {
  const shown = shownOf(world.get());
  if (shown === undefined) return;
  const position = Math.max(0, Math.min(Math.round(frame), shown.frames.count - 1));
  world.set({ position, playing: false });
}

export function stepBy(frames: number): void {
  seek(frameOf(world.get()) + frames);
}

/** The next faster (1) or slower (-1) speed. */
export function changeSpeed(direction: 1 | -1): void {
  const place = speeds.findIndex((speed) => speed >= world.get().speed);
  const speed = speeds[place + direction];
  if (speed !== undefined) world.set({ speed });
}

/** Moves the time on by so many seconds of playing. */
export function advanceTime(seconds: number): void {
  const state = world.get();
  const shown = shownOf(state);
  if (!state.playing || shown === undefined) return;
  const { count } = shown.frames;
  const last = count - 1;
  const position = state.position + seconds * framesPerSecond * state.speed;
  // Where the time goes on behind it, the last frame is seen as long as any other.
  const end = state.mode === "live" || state.loop ? count : last;
  if (position < end) world.set({ position });
  else if (state.mode === "live") endOfStretch(state, last);
  else if (state.loop) world.set({ position: position % count });
  else world.set({ position: last, playing: false });
}

/** Live frames come in stretches: the newest that waits follows, or the last frame stands until one comes. */
function endOfStretch({ next, position }: WorldState, last: number): void {
  if (next === undefined) {
    if (position !== last) world.set({ position: last });
  } else world.set({ live: next, next: undefined, position: 0 });
}
