/**
 * How somebody looks at a training's first world: a wish `watch` in the run's folder, left again every few seconds while
 * they look, and the newest stretch of frames in `picture`. Losing either loses nothing, so neither waits for the disk.
 */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { systemCode, temporaryPath } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { runPaths } from "./run-file.ts";

const PICTURE_VERSION = 1;
/** formatVersion, count, channels, step. */
const HEADER = 4;

/** Consecutive frames of one world. */
export interface PictureFrames {
  /** Environment steps of the run when they were left. */
  readonly step: number;
  readonly count: number;
  readonly channels: number;
  /** Environment steps behind each frame [count]. */
  readonly steps: Float64Array<ArrayBuffer>;
  /** [count channels] */
  readonly values: Float64Array<ArrayBuffer>;
}

/** Asks the run's trainer to leave frames for some seconds. */
export function leaveWatchWish(runFolder: string): void {
  writeFileSync(runPaths.watch(runFolder), "");
}

export function removeWatchWish(runFolder: string): void {
  rmSync(runPaths.watch(runFolder), { force: true });
}

/** Takes the wish away, so that only a new one keeps the frames coming; true when there was one. */
export function takeWatchWish(runFolder: string): boolean {
  // Asked after every iteration: the missing file, nearly always the case, must cost little.
  if (!existsSync(runPaths.watch(runFolder))) return false;
  removeWatchWish(runFolder);
  return true;
}

/** Leaves frames in place of earlier ones; a reader meets the old or the new, whole. */
export function writePictureFrames(runFolder: string, { step, count, channels, steps, values }: PictureFrames): void {
  const numbers = new Float64Array(HEADER + steps.length + values.length);
  numbers.set([PICTURE_VERSION, count, channels, step]);
  numbers.set(steps, HEADER);
  numbers.set(values, HEADER + steps.length);
  const file = runPaths.picture(runFolder);
  const temporary = temporaryPath(file);
  try {
    writeFileSync(temporary, new Uint8Array(numbers.buffer));
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Tells one version of the frames from the next; undefined when there are none. */
export function pictureFramesMark(runFolder: string): string | undefined {
  const found = statSync(runPaths.picture(runFolder), { throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.ino} ${found.mtimeMs}`;
}

/**
 * The newest frames; undefined when there are none.
 * @throws UserError `format-newer`, `picture-damaged`
 */
export function readPictureFrames(runFolder: string): PictureFrames | undefined {
  const file = runPaths.picture(runFolder);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const numbers = new Float64Array(Uint8Array.from(bytes.subarray(0, bytes.length - (bytes.length % 8))).buffer);
  const [version = 0, count = 0, channels = 0, step = 0] = numbers;
  if (version > PICTURE_VERSION) {
    const message = `${file} has format version ${version}; this program reads up to ${PICTURE_VERSION}.`;
    throw new UserError("format-newer", message, "Use the newer program.");
  }
  if (version !== PICTURE_VERSION || 8 * (HEADER + count * (1 + channels)) !== bytes.length) {
    throw new UserError("picture-damaged", `${file} holds no whole frames.`, "The trainer leaves new ones by itself.");
  }
  const from = HEADER + count;
  return { step, count, channels, steps: numbers.slice(HEADER, from), values: numbers.slice(from) };
}

export function removePictureFrames(runFolder: string): void {
  rmSync(runPaths.picture(runFolder), { force: true });
}
