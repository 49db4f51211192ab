import { describe, expect, it } from "vitest";
import { tensorflowFolder } from "../../../main/platform/tensorflow.ts";
import { listCheckpoints, readCheckpoint } from "../../../main/runs/checkpoint.ts";
import { createRunFolder } from "../../../main/runs/run-file.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { eventsOf, makeRun, quick, runFile, states, train, trainUntil } from "./support.ts";

/** `quick` on a device, eight iterations long. */
const on = (device: string) => ({ ...quick, set: { ...quick.set, steps: 512, checkpointEvery: 128, device } });

function lastCheckpoint(folder: string) {
  const { path } = listCheckpoints(folder).at(-1)!;
  return { path, manifest: readCheckpoint(path).manifest };
}

it.skipIf(tensorflowFolder("tensorflow-gpu"))(
  "a run on a device that is not there fails and says what it needs",
  async () => {
    const folder = makeRun(temporaryFolder(), "run-1", on("tensorflow-gpu"));
    await expect(train(folder)).rejects.toMatchObject({
      code: "device-unavailable",
      message: expect.stringContaining("tensorflow-gpu"),
      hint: expect.stringContaining("CUDA 11.2"),
    });
    expect(states(folder)).toEqual(["failed"]);
  },
);

describe.skipIf(!tensorflowFolder("tensorflow-cpu"))("a run on TensorFlow", () => {
  it("records its build and continues bit for bit from a checkpoint", async () => {
    const runs = temporaryFolder();
    const whole = makeRun(runs, "whole", on("tensorflow-cpu"));
    expect(await train(whole)).toBe("finished");
    expect(eventsOf(whole, "started")[0]?.kernelBuild).toMatch(/^tensorflow-cpu-\d+\.\d+\.\d+$/);

    const cut = makeRun(runs, "cut", on("tensorflow-cpu"));
    expect(await trainUntil(cut, 3)).toBe("paused");
    expect(await train(cut)).toBe("finished");
    expect(lastCheckpoint(cut).manifest.sha256).toBe(lastCheckpoint(whole).manifest.sha256);
    expect(eventsOf(cut, "mark")).toEqual([]);
  });

  it("is marked when it is forked from one on the built-in kernels", async () => {
    const runs = temporaryFolder();
    const parent = makeRun(runs, "parent", on("kernels"));
    await trainUntil(parent, 2);
    const { path, manifest } = lastCheckpoint(parent);
    const { run, step, sha256, kernelBuild } = manifest;
    const wish = runFile("child", on("tensorflow-cpu"), { parent: { run, step, sha256 } });
    const child = createRunFolder(runs, wish, path);
    await trainUntil(child, 1);
    const own = eventsOf(child, "started")[0]?.kernelBuild;
    expect(own).not.toBe(kernelBuild);
    expect(eventsOf(child, "mark").map(({ text }) => text)).toEqual([
      `forked on another kernel build: ${kernelBuild} -> ${own}`,
    ]);
  });
});
