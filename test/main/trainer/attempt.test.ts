import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { freeBytes } from "../../../main/platform/files.ts";
import {
  listCheckpoints,
  type NewCheckpoint,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from "../../../main/runs/checkpoint.ts";
import { readCommand, writeCommand } from "../../../main/runs/command.ts";
import { lockState } from "../../../main/runs/lock.ts";
import { createRunFolder, runPaths } from "../../../main/runs/run-file.ts";
import { mountProblem, mountTmpfs, temporaryFolder } from "../runs/support.ts";
import { events, eventsOf, makeRun, points, quick, runFile, states, train, trainUntil } from "./support.ts";

function lastCheckpoint(folder: string) {
  return listCheckpoints(folder).at(-1)!;
}

function finalSha256(folder: string): string {
  return lastCheckpoint(folder).manifest!.sha256;
}

/** Puts another checkpoint of the same content, but for `change`, in the place of a run's last one. */
function replaceLast(folder: string, change: Partial<NewCheckpoint>): void {
  const { path: place } = lastCheckpoint(folder);
  const { manifest, weights, state } = readCheckpoint(place);
  removeCheckpoint(place);
  writeCheckpoint(folder, { ...manifest, saved: { weights, state }, ...change });
}

/** The run `quick`, trained without a break: what every interrupted one must repeat. */
async function reference(runs: string): Promise<string> {
  const folder = makeRun(runs, "reference");
  expect(await train(folder)).toBe("finished");
  return folder;
}

describe("an attempt", () => {
  it("trains to the end and tells all of it in the run's folder", async () => {
    const folder = makeRun(temporaryFolder(), "run-1");
    expect(await train(folder)).toBe("finished");
    expect(states(folder)).toEqual(["running", "finished"]);
    const all = events(folder);
    expect(all[0]).toMatchObject({ type: "started", attempt: 1, fromStep: 0, fromCheckpoint: null, pid: process.pid });
    expect(all[0]).toMatchObject({ kernelBuild: expect.stringMatching(/^(relaxed|plain)-[0-9a-f]{12}$/) });
    expect(all.at(-1)).toMatchObject({ state: "finished", step: 2048, iteration: 32 });

    const written = eventsOf(folder, "checkpoint");
    expect(written.map(({ step }) => step)).toEqual([512, 1024, 1536, 2048]);
    expect(listCheckpoints(folder).map(({ manifest, bytes }) => [manifest?.sha256, bytes])).toEqual(
      written.map(({ sha256, bytes }) => [sha256, bytes]),
    );
    const { manifest } = lastCheckpoint(folder);
    expect(manifest).toMatchObject({ run: "run-1", seed: 7, scenario: { parameters: { options: 4 } } });
    expect(manifest?.reward).toBe(points(folder).values.get("eval/reward")?.get(2048));

    const { values, doubled } = points(folder);
    expect(doubled).toEqual([]);
    expect(values.get("rollout/reward")?.size).toBeGreaterThan(5);
    expect([...values.get("eval/reward")!.keys()]).toEqual(Array.from({ length: 17 }, (_, i) => 128 * i));
    expect(readdirSync(folder).sort()).toEqual(["checkpoints", "journal", "run.json"]);
  });

  it("gives the same bytes when the same run is made again, and others with another seed", async () => {
    const runs = temporaryFolder();
    const first = await reference(runs);
    const again = makeRun(runs, "again");
    await train(again);
    expect(finalSha256(again)).toBe(finalSha256(first));
    expect(points(again).values).toEqual(points(first).values);
    const other = makeRun(runs, "other", quick, { seed: 8 });
    await train(other);
    expect(lastCheckpoint(other).manifest?.parts.weights.sha256).not.toBe(
      lastCheckpoint(first).manifest?.parts.weights.sha256,
    );
  });

  it("that was paused, at a checkpoint's step or between two, goes on bit for bit", async () => {
    const runs = temporaryFolder();
    const wanted = await reference(runs);
    for (const iterations of [0, 5, 8, 31]) {
      const folder = makeRun(runs, `paused-${iterations}`);
      expect(await trainUntil(folder, iterations)).toBe("paused");
      expect(eventsOf(folder, "state").at(-1)).toMatchObject({ state: "paused", step: 64 * iterations });
      expect(lastCheckpoint(folder).step).toBe(64 * iterations);
      expect(lockState(folder)).toBe("free");
      expect(await train(folder)).toBe("finished");
      expect(eventsOf(folder, "started")[1]).toMatchObject({
        attempt: 2,
        fromStep: 64 * iterations,
        fromCheckpoint: `paused-${iterations}:${64 * iterations}`,
      });
      expect(finalSha256(folder)).toBe(finalSha256(wanted));
      expect(points(folder)).toEqual({ ...points(wanted), repeated: 0 });
    }
  });

  it("counts running time over all attempts and leaves pauses out", async () => {
    const folder = makeRun(temporaryFolder(), "run-1");
    await trainUntil(folder, 16);
    const { wallSeconds } = lastCheckpoint(folder).manifest!;
    expect(wallSeconds).toBeGreaterThan(0);
    await new Promise((done) => setTimeout(done, 500));
    await train(folder);
    const [, , running, finished] = eventsOf(folder, "state");
    expect(running!.wallSeconds).toBeGreaterThanOrEqual(wallSeconds);
    expect(running!.wallSeconds - wallSeconds).toBeLessThan(0.4);
    expect(finished!.wallSeconds).toBeGreaterThan(running!.wallSeconds);
  });

  it("keeps the last checkpoints and the best", async () => {
    const folder = makeRun(temporaryFolder(), "run-1", {
      ...quick,
      set: { ...quick.set, keepCheckpoints: 2, checkpointEvery: 64, steps: 640 },
    });
    await train(folder);
    const written = eventsOf(folder, "checkpoint");
    const best = written.reduce((a, b) => (b.reward! > a.reward! ? b : a));
    expect(listCheckpoints(folder).map(({ step }) => step)).toEqual(
      [...new Set([best.step, 576, 640])].sort((a, b) => a - b),
    );
    const removed = eventsOf(folder, "checkpoint-removed").map(({ step }) => step);
    expect(removed.length).toBe(written.length - listCheckpoints(folder).length);
  });

  it("does not touch a run that is finished or cancelled", async () => {
    const folder = makeRun(temporaryFolder(), "run-1", { ...quick, set: { ...quick.set, steps: 64 } });
    await train(folder);
    const before = readFileSync(runPaths.journal(folder));
    await expect(train(folder)).rejects.toMatchObject({ code: "run-finished" });
    expect(readFileSync(runPaths.journal(folder))).toEqual(before);
    expect(lockState(folder)).toBe("free");
  });
});

describe("a wish in the command file", () => {
  it("to stop leaves a checkpoint and ends the run for good", async () => {
    const folder = makeRun(temporaryFolder(), "run-1");
    await trainUntil(folder, 3);
    writeCommand(folder, { command: "stop", id: "1" });
    expect(await train(folder)).toBe("cancelled");
    expect(states(folder).at(-1)).toBe("cancelled");
    expect(readCommand(folder)).toBeUndefined();
    await expect(train(folder)).rejects.toMatchObject({ code: "run-cancelled" });
  });

  it("for a checkpoint is fulfilled once, and training goes on to the same end", async () => {
    const runs = temporaryFolder();
    // Hardly any evaluations of its own, so that the one for the extra checkpoint would show in the later ones.
    const wish = { ...quick, set: { ...quick.set, evaluationEvery: 1_000_000 } };
    const wanted = makeRun(runs, "wanted", wish);
    await train(wanted);
    const folder = makeRun(runs, "run-1", wish);
    let asked = 0;
    const interrupted = () => {
      if (asked++ === 3) writeCommand(folder, { command: "checkpoint", id: "1" });
      return false;
    };
    expect(await train(folder, { interrupted })).toBe("finished");
    const hashes = (run: string) => eventsOf(run, "checkpoint").map(({ step, sha256 }) => [step, sha256]);
    expect(hashes(folder).map(([step]) => step)).toEqual([192, 512, 1024, 1536, 2048]);
    expect(hashes(folder).slice(1)).toEqual(hashes(wanted));
  });

  it("to go on is taken back by starting; one that nobody can read is discarded with a line", async () => {
    const folder = makeRun(temporaryFolder(), "run-1");
    writeCommand(folder, { command: "resume", id: "1" });
    const lines: string[] = [];
    let asked = 0;
    const interrupted = () => {
      if (asked === 0) expect(readCommand(folder)).toBeUndefined();
      if (asked === 2) writeFileSync(runPaths.command(folder), "go faster");
      return asked++ === 4;
    };
    expect(await train(folder, { interrupted, print: (line) => lines.push(line) })).toBe("paused");
    expect(lines.join("\n")).toMatch(/Command .* is damaged: it is no JSON. It is discarded./);
    expect(existsSync(runPaths.command(folder))).toBe(false);
  });
});

describe("an attempt that cannot go on", () => {
  /** A paused run with checkpoints at steps 512 and 640. */
  async function paused(): Promise<string> {
    const folder = makeRun(temporaryFolder(), "run-1");
    await trainUntil(folder, 10);
    expect(listCheckpoints(folder).map(({ step }) => step)).toEqual([512, 640]);
    return folder;
  }

  async function failure(folder: string): Promise<Record<string, unknown>> {
    const error = await train(folder).then(
      () => undefined,
      (thrown: unknown) => thrown as Record<string, unknown>,
    );
    if (error === undefined) throw new Error("it did go on");
    // The same is told by the journal, after which a person can act and resume.
    const last = eventsOf(folder, "state").at(-1);
    expect(last).toMatchObject({ state: "failed", error: { code: error.code, message: error.message } });
    expect(last?.step).toBe(640);
    expect(lockState(folder)).toBe("free");
    return error;
  }

  it("from a damaged checkpoint names it and the newest good one; from there it gives the same end", async () => {
    const folder = await paused();
    const newest = lastCheckpoint(folder);
    const file = path.join(newest.path, "weights.safetensors");
    truncateSync(file, statSync(file).size - 1);
    const error = await failure(folder);
    expect(error.code).toBe("checkpoint-damaged");
    expect(error.message).toContain(file);
    expect(error.hint).toContain("The checkpoint at step 512 is good");
    await expect(train(folder, { fromStep: 7 })).rejects.toMatchObject({
      code: "checkpoint-unknown",
      hint: "It has: 512, 640.",
    });
    expect(await train(folder, { fromStep: 512 })).toBe("finished");
    expect(points(folder)).toMatchObject({ differing: [], doubled: [] });
    expect(points(folder).repeated).toBeGreaterThan(10);
    expect(finalSha256(folder)).toBe(finalSha256(await reference(temporaryFolder())));
  });

  it("of another scenario, learner or run, or of other shapes, says which", async () => {
    const folder = await paused();
    const { manifest } = lastCheckpoint(folder);
    const { scenario, learner } = manifest!;
    replaceLast(folder, { scenario: { ...scenario, id: "sanity/cartpole" } });
    expect(await failure(folder)).toMatchObject({
      code: "checkpoint-other-scenario",
      message: "The checkpoint run-1:640 is of the scenario sanity/cartpole; this run's is sanity/identity-discrete.",
    });
    replaceLast(folder, { scenario, learner: { ...learner, id: "hmppo" } });
    expect(await failure(folder)).toMatchObject({ code: "checkpoint-other-learner" });
    replaceLast(folder, { learner, run: "run-2" });
    expect(await failure(folder)).toMatchObject({ code: "checkpoint-other" });
    const { weights, state } = readCheckpoint(lastCheckpoint(folder).path);
    const [name] = Object.keys(weights);
    const small = { ...weights, [name!]: { shape: [1], data: new Float32Array(1) } };
    replaceLast(folder, { run: "run-1", saved: { weights: small, state } });
    expect(await failure(folder)).toMatchObject({
      code: "checkpoint-unfit",
      message: expect.stringContaining(name!),
    });
    replaceLast(folder, { saved: { weights, state } });
    expect(await train(folder)).toBe("finished");
  });

  it("on another kernel build is refused with a hint, and marked when forced", async () => {
    const folder = await paused();
    const { kernelBuild } = lastCheckpoint(folder).manifest!;
    const variant = kernelBuild.split("-")[0];
    const other = `${variant}-ffffffffffff`;
    replaceLast(folder, { kernelBuild: other });
    const error = await failure(folder);
    expect(error).toMatchObject({ code: "kernel-build-differs", hint: expect.stringContaining("--force") });
    expect(error.message).toContain(other);
    expect(await train(folder, { force: true })).toBe("finished");
    expect(eventsOf(folder, "mark").map(({ text }) => text)).toEqual([
      `resumed on another kernel build: ${other} -> ${kernelBuild}`,
    ]);
  });

  it("follows the checkpoint's kernel variant where the parameter leaves it open", async () => {
    const runs = temporaryFolder();
    const plain = { ...quick, set: { ...quick.set, kernels: "plain" } };
    const folder = makeRun(runs, "plain", plain);
    await trainUntil(folder, 2);
    const { path: checkpoint, manifest } = lastCheckpoint(folder);
    expect(manifest?.kernelBuild).toMatch(/^plain-/);
    const parent = { run: "plain", step: 128, sha256: manifest!.sha256 };
    const child = createRunFolder(runs, runFile("child", quick, { parent }), checkpoint);
    await trainUntil(child, 1);
    expect(eventsOf(child, "started")[0]?.kernelBuild).toBe(manifest?.kernelBuild);
    expect(eventsOf(child, "mark")).toEqual([]);
  });

  it("for a scenario or learner in another version is refused, and marked when forced", async () => {
    const runs = temporaryFolder();
    const folder = makeRun(runs, "run-1", quick, { learner: { id: "ppo", version: 99 } });
    await expect(train(folder)).rejects.toMatchObject({ code: "version-differs" });
    expect(await train(folder, { force: true, interrupted: () => true })).toBe("paused");
    expect(eventsOf(folder, "mark")[0]?.text).toMatch(/^trained with another version: learner ppo version 99 -> \d+$/);
  });

  it.each([
    ["an unknown scenario", { scenario: { id: "nowhere", version: 1 } }, "scenario-unknown"],
    ["an unknown learner", { learner: { id: "nobody", version: 1 } }, "learner-unknown"],
    [
      "a parameter that does not exist",
      { parameters: { scenario: {}, learner: { speed: 3 }, training: {} } },
      "parameter-unknown",
    ],
    [
      "a parameter out of range",
      { parameters: { scenario: {}, learner: { gamma: 7 }, training: {} } },
      "parameter-invalid",
    ],
  ])("for %s fails with a clear sentence in the journal", async (_name, change, code) => {
    const folder = makeRun(temporaryFolder(), "run-1", quick, change);
    await expect(train(folder)).rejects.toMatchObject({ name: "UserError", code });
    expect(eventsOf(folder, "state")).toMatchObject([{ state: "failed", step: 0, error: { code } }]);
  });

  it("because it diverged names the term and keeps the last checkpoint", async () => {
    const folder = makeRun(temporaryFolder(), "run-1", {
      scenario: "sanity/identity-box",
      learner: "ppo",
      set: {
        steps: 20_480,
        rewardScale: 1e6,
        learningRate: 1,
        gradientNormClip: 0,
        entropyCoefficient: 1,
        logStdStart: 2,
        checkpointEvery: 512,
      },
    });
    await expect(train(folder)).rejects.toThrow("is not finite in iteration");
    expect(eventsOf(folder, "state").at(-1)).toMatchObject({
      state: "failed",
      error: {
        code: "training-diverged",
        // The term, then the input or the weights that it came from.
        message: expect.stringMatching(
          /^Training diverged: \S.* is not finite in iteration \d+: (its inputs? |first in step |their sum )/,
        ),
        hint: expect.stringMatching(/learningRate.*gradientNormClip/),
      },
    });
    const kept = readCheckpoint(lastCheckpoint(folder).path);
    for (const { data } of Object.values(kept.weights)) expect(data.every(Number.isFinite)).toBe(true);
  });

  it("because its networks need more memory than a run has says so", async () => {
    const set = { hidden: "9999x9999", steps: 512 };
    const folder = makeRun(temporaryFolder(), "run-1", { scenario: "sanity/cartpole", learner: "ppo", set });
    await expect(train(folder)).rejects.toThrow("cannot hold");
    expect(eventsOf(folder, "state").at(-1)).toMatchObject({
      state: "failed",
      error: { code: "networks-too-large", hint: expect.stringMatching(/hidden layers/) },
    });
  });

  it("never writes a checkpoint whose weights are not finite", async () => {
    const folder = await paused();
    const { weights, state } = readCheckpoint(lastCheckpoint(folder).path);
    const [name, tensor] = Object.entries(weights)[0]!;
    const poisoned = { ...weights, [name]: { ...tensor, data: tensor.data.slice().fill(Number.NaN) } };
    replaceLast(folder, { saved: { weights: poisoned, state } });
    await expect(train(folder, { interrupted: () => true })).rejects.toThrow(`${name} is not finite in iteration 10`);
    expect(states(folder).at(-1)).toBe("failed");
  });

  it("because its journal is damaged leaves the journal as it is", async () => {
    const folder = await paused();
    const file = runPaths.journal(folder);
    const bytes = readFileSync(file);
    bytes[200] = (bytes[200] as number) ^ 1;
    writeFileSync(file, bytes);
    await expect(train(folder)).rejects.toMatchObject({
      code: "journal-damaged",
      message: expect.stringContaining(file),
    });
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(lockState(folder)).toBe("free");
  });

  // Where exactly the disk becomes full differs: at the first reserve, in a checkpoint, in the journal.
  for (const freeKilobytes of [48, 100, 104, 108, 112, 116, 120, 124, 128]) {
    const name = `on a disk with ${freeKilobytes} KB left keeps its checkpoints and goes on bit for bit`;
    it.skipIf(mountProblem)(`${name} (${mountProblem ?? "4 MB tmpfs"})`, async () => {
      const runs = mountTmpfs("size=4m");
      const folder = makeRun(runs, "run-1", { ...quick, set: { ...quick.set, keepCheckpoints: 0 } });
      const filler = path.join(runs, "filler");
      writeFileSync(filler, Buffer.alloc(freeBytes(runs) - freeKilobytes * 1024));
      await expect(train(folder)).rejects.toMatchObject({ code: "disk-full", hint: expect.stringContaining("resume") });
      expect(eventsOf(folder, "state").at(-1)).toMatchObject({ state: "failed", error: { code: "disk-full" } });
      expect(lockState(folder)).toBe("free");
      const kept = listCheckpoints(folder);
      for (const { path: place } of kept) readCheckpoint(place);
      expect(kept.length > 0).toBe(freeKilobytes > 64);
      truncateSync(filler, 0);
      expect(await train(folder)).toBe("finished");
      expect(points(folder)).toMatchObject({ differing: [], doubled: [] });
      const wanted = await reference(temporaryFolder());
      expect(points(folder).values).toEqual(points(wanted).values);
      expect(lastCheckpoint(folder).manifest?.parts).toEqual(lastCheckpoint(wanted).manifest?.parts);
    });
  }
});

describe("a fork", () => {
  it("begins with the parent's checkpoint and its own parameters, and leaves the parent alone", async () => {
    const runs = temporaryFolder();
    const parent = await reference(runs);
    const { path: checkpoint, manifest } = listCheckpoints(parent)[1]!;
    const link = { run: "reference", step: 1024, sha256: manifest!.sha256 };
    const changed = { ...quick, set: { ...quick.set, learningRate: 1e-3 } };
    const child = createRunFolder(runs, runFile("child", changed, { parent: link }), checkpoint);
    const same = createRunFolder(runs, runFile("same", quick, { parent: link }), checkpoint);
    await train(child);
    await train(same);
    expect(eventsOf(child, "started")[0]).toMatchObject({ fromStep: 1024, fromCheckpoint: "reference:1024" });
    expect(finalSha256(same)).toBe(finalSha256(parent));
    expect(lastCheckpoint(child).manifest?.parts.weights.sha256).not.toBe(
      lastCheckpoint(parent).manifest?.parts.weights.sha256,
    );
    expect(finalSha256(parent)).toBe(finalSha256(await reference(temporaryFolder())));
  });

  it("on another kernel build is allowed and marked; of another checkpoint than it says, refused", async () => {
    const runs = temporaryFolder();
    const parent = makeRun(runs, "parent");
    await trainUntil(parent, 2);
    const { kernelBuild } = lastCheckpoint(parent).manifest!;
    const other = `${kernelBuild.split("-")[0]}-ffffffffffff`;
    replaceLast(parent, { kernelBuild: other });
    const { path: checkpoint, manifest } = lastCheckpoint(parent);
    const link = { run: "parent", step: 128, sha256: manifest!.sha256 };
    const child = createRunFolder(runs, runFile("child", quick, { parent: link }), checkpoint);
    await trainUntil(child, 1);
    expect(eventsOf(child, "mark")[0]?.text).toBe(`forked on another kernel build: ${other} -> ${kernelBuild}`);
    const wrong = { ...link, sha256: "0".repeat(64) };
    const stray = createRunFolder(runs, runFile("stray", quick, { parent: wrong }), checkpoint);
    await expect(train(stray)).rejects.toMatchObject({ code: "checkpoint-other" });
  });
});
