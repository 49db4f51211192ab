import { FrameRecorder } from "../../lab/scenarios/picture.ts";
import type { TrainingLoop } from "../../lab/training.ts";
import { systemCode } from "../platform/files.ts";
import { removePictureFrames, removeWatchWish, takeWatchWish, writePictureFrames } from "../runs/watch.ts";

/** How long frames are recorded after a wish; whoever looks wishes again every two seconds. */
const WATCHED_MILLISECONDS = 6000;
const WRITE_MILLISECONDS = 250;
const MOST_FRAMES = 200;
/** Numbers in one file: 128 KiB. */
const MOST_NUMBERS = 16_384;

/**
 * Records the first world of a training while somebody looks, and leaves the frames in the run's folder. When nobody
 * does, an iteration costs one look at the folder; the training's numbers are the same either way.
 */
export class WatchedWorld {
  private readonly folder: string;
  private readonly loop: TrainingLoop;
  private readonly print: (line: string) => void;
  private recorder: FrameRecorder | undefined;
  private until = 0;
  private written = 0;
  private recording = false;

  constructor(folder: string, loop: TrainingLoop, print: (line: string) => void) {
    this.folder = folder;
    this.loop = loop;
    this.print = print;
    const channels = loop.pictureChannels;
    if (channels > 0) {
      const most = Math.max(1, Math.min(MOST_FRAMES, Math.floor(MOST_NUMBERS / channels)));
      this.recorder = new FrameRecorder(channels, most, 1);
    }
  }

  /** Before an iteration. */
  begin(): void {
    this.unlessItFails(() => {
      const now = performance.now();
      if (takeWatchWish(this.folder)) this.until = now + WATCHED_MILLISECONDS;
      if (now < this.until) this.record(now);
      else if (this.recording) this.stop();
    });
  }

  /** After an iteration. */
  end(): void {
    const { recorder } = this;
    const now = performance.now();
    if (!this.recording || recorder === undefined || now - this.written < WRITE_MILLISECONDS) return;
    this.written = now;
    this.unlessItFails(() => {
      writePictureFrames(this.folder, { step: this.loop.steps, channels: recorder.channels, ...recorder.take() });
      recorder.clear();
    });
  }

  /** After the last iteration: what was left for onlookers has no further use. */
  close(): void {
    this.unlessItFails(() => {
      removeWatchWish(this.folder);
      this.stop();
    });
  }

  private record(now: number): void {
    const { recorder } = this;
    if (this.recording || recorder === undefined) return;
    this.recording = true;
    this.written = now;
    this.loop.watch((world, steps) => recorder.add(world, steps));
  }

  private stop(): void {
    this.recording = false;
    this.recorder?.clear();
    this.loop.watch(undefined);
    removePictureFrames(this.folder);
  }

  /** Looking never ends a training: when a file cannot be written or removed, there is no picture in this attempt. */
  private unlessItFails(work: () => void): void {
    if (this.recorder === undefined) return;
    try {
      work();
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      this.recorder = undefined;
      this.recording = false;
      this.loop.watch(undefined);
      this.print(`no picture of the world: ${(error as Error).message}`);
    }
  }
}
