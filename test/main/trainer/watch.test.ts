import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { defaults } from "../../../lab/parameters.ts";
import { emulatorTuning } from "../../../lab/scenarios/emulator-tuning/index.ts";
import { listCheckpoints } from "../../../main/runs/checkpoint.ts";
import { runPaths } from "../../../main/runs/run-file.ts";
import {
  leaveWatchWish,
  type PictureFrames,
  pictureFramesMark,
  readPictureFrames,
  removeWatchWish,
  takeWatchWish,
  writePictureFrames,
} from "../../../main/runs/watch.ts";
import { temporaryFolder } from "../runs/support.ts";
import { ended, log, makeRun, points, quick, startTrainer, train, until } from "./support.ts";

const small = {
  scenario: "emulator-tuning",
  learner: "hmppo",
  set: {
    users: 2,
    tasks: 5,
    steps: 1536,
    worlds: 2,
    rolloutSteps: 16,
    minibatch: 16,
    hidden: "8x8",
    evaluationEvery: 512,
    evaluationEpisodes: 1,
    checkpointEvery: 512,
  },
};

/** Bytes of every checkpoint's parts. */
function checkpointBytes(folder: string): Record<string, string> {
  const files = listCheckpoints(folder).flatMap(({ path: place }) =>
    ["weights.safetensors", "state.safetensors"].map((name) => path.join(place, name)),
  );
  return Object.fromEntries(files.map((file) => [path.relative(folder, file), readFileSync(file).toString("base64")]));
}

/** Trains while somebody looks all the time; answers what they saw. */
async function trainWatched(folder: string): Promise<PictureFrames[]> {
  const seen: PictureFrames[] = [];
  let mark: string | undefined;
  await train(folder, {
    interrupted: () => {
      leaveWatchWish(folder);
      // Long enough between two iterations that each leaves its frames.
      for (const end = performance.now() + 25; performance.now() < end; );
      const next = pictureFramesMark(folder);
      if (next !== undefined && next !== mark) {
        mark = next;
        seen.push(readPictureFrames(folder)!);
      }
      return false;
    },
  });
  return seen;
}

describe("looking at a training's world", () => {
  it("changes no byte of what the training computes and records", async () => {
    const runs = temporaryFolder();
    const alone = makeRun(runs, "alone", small);
    const watched = makeRun(runs, "watched", small);
    await train(alone);
    const seen = await trainWatched(watched);
    expect(seen.length).toBeGreaterThan(1);
    expect(Object.keys(checkpointBytes(alone)).length).toBeGreaterThan(3);
    expect(checkpointBytes(watched)).toEqual(checkpointBytes(alone));
    expect(points(watched).values).toEqual(points(alone).values);
  });

  it("shows consecutive frames of the first world, true to its steps", async () => {
    const folder = makeRun(temporaryFolder(), "run-1", small);
    const parameters = { ...defaults(emulatorTuning.parameters), users: 2, tasks: 5 };
    const { channels } = emulatorTuning.picture!(parameters);
    const step = channels.findIndex(({ id }) => id === "step");
    const seen = await trainWatched(folder);
    for (const { count, channels: width, steps, values, step: at } of seen) {
      expect(width).toBe(channels.length);
      expect(values).toHaveLength(count * width);
      expect(count).toBeGreaterThan(1);
      expect(count).toBeLessThanOrEqual(200);
      expect(at).toBeGreaterThanOrEqual(steps.at(-1)!);
      for (let frame = 1; frame < count; frame++) {
        const before = values[(frame - 1) * width + step]!;
        const now = values[frame * width + step]!;
        // Two worlds: the run goes on by two steps whenever the first world does. Task 5 is the last of an episode.
        if (before === 5) expect([now, steps[frame]]).toEqual([0, steps[frame - 1]]);
        else expect([now, steps[frame]]).toEqual([before + 1, steps[frame - 1]! + 2]);
      }
    }
    expect(seen.map(({ step: at }) => at)).toEqual([...seen.map(({ step: at }) => at)].sort((a, b) => a - b));
  });

  it("leaves nothing when nobody looks, and takes away what it left", async () => {
    const folder = makeRun(temporaryFolder(), "run-1", small);
    const names = new Set<string>();
    let iterations = 0;
    await train(folder, {
      interrupted: () => {
        iterations++;
        for (const name of readdirSync(folder)) names.add(name);
        return false;
      },
    });
    expect(iterations).toBeGreaterThan(10);
    expect([...names].filter((name) => name === "watch" || name === "picture" || name.includes("picture"))).toEqual([]);
    const watched = makeRun(temporaryFolder(), "run-2", small);
    await trainWatched(watched);
    expect(readdirSync(watched).filter((name) => /watch|picture/.test(name))).toEqual([]);
  });

  it("is not there for a world without a picture", async () => {
    const folder = makeRun(temporaryFolder(), "run-1", quick);
    expect(await trainWatched(folder)).toEqual([]);
  });

  it("cannot end a training: a picture that cannot be written is given up, and the log says so", async () => {
    const runs = temporaryFolder();
    const alone = makeRun(runs, "alone", small);
    await train(alone);
    const folder = makeRun(runs, "run-1", small);
    // A folder in the file's place cannot be replaced by a file.
    const lines: string[] = [];
    mkdirSync(path.join(runPaths.picture(folder), "in the way"), { recursive: true });
    const end = await train(folder, {
      print: (line) => lines.push(line),
      interrupted: () => {
        leaveWatchWish(folder);
        for (const until = performance.now() + 25; performance.now() < until; );
        return false;
      },
    });
    expect(end).toBe("finished");
    expect(lines.filter((line) => line.startsWith("no picture of the world"))).toHaveLength(1);
    expect(checkpointBytes(folder)).toEqual(checkpointBytes(alone));
  });

  it("ends by itself when the looker is gone, in a trainer of its own", async () => {
    const folder = makeRun(temporaryFolder(), "run-1", { ...small, set: { ...small.set, steps: 100_000_000 } });
    const child = startTrainer(folder);
    await until(() => existsSync(runPaths.lock(folder)));
    leaveWatchWish(folder);
    await until(() => pictureFramesMark(folder) !== undefined);
    expect(existsSync(runPaths.watch(folder))).toBe(false);
    const first = pictureFramesMark(folder);
    await until(() => pictureFramesMark(folder) !== first);
    // No further wish: the frames go some seconds later.
    await until(() => pictureFramesMark(folder) === undefined);
    await sleep(400);
    expect(pictureFramesMark(folder)).toBeUndefined();
    child.kill("SIGTERM");
    await ended(child);
    expect(log(folder)).toContain("paused");
  });
});

describe("the files of onlookers", () => {
  it("are read as they were written, and a part of one is refused", () => {
    const folder = makeRun(temporaryFolder(), "run-1", quick);
    expect(readPictureFrames(folder)).toBeUndefined();
    const frames = {
      step: 64,
      count: 2,
      channels: 3,
      steps: Float64Array.of(62, 64),
      values: new Float64Array(6).fill(0.5),
    };
    writePictureFrames(folder, frames);
    expect(readPictureFrames(folder)).toEqual(frames);
    const file = runPaths.picture(folder);
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.length - 5));
    expect(() => readPictureFrames(folder)).toThrow(expect.objectContaining({ code: "picture-damaged" }));
    const newer = new Float64Array(Uint8Array.from(whole).buffer);
    newer[0] = 2;
    writeFileSync(file, new Uint8Array(newer.buffer));
    expect(() => readPictureFrames(folder)).toThrow(expect.objectContaining({ code: "format-newer" }));
  });

  it("count a wish once", () => {
    const folder = makeRun(temporaryFolder(), "run-1", quick);
    expect(takeWatchWish(folder)).toBe(false);
    leaveWatchWish(folder);
    leaveWatchWish(folder);
    expect(takeWatchWish(folder)).toBe(true);
    expect(takeWatchWish(folder)).toBe(false);
    removeWatchWish(folder);
  });
});
