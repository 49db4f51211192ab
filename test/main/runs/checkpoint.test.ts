import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryPath } from "../../../main/platform/files.ts";
import {
  bestCheckpoint,
  expendableCheckpoints,
  listCheckpoints,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from "../../../main/runs/checkpoint.ts";
import { exampleCheckpoint, mountProblem, mountTmpfs, temporaryFolder } from "./support.ts";

function write(folder: string, step: number, change: Parameters<typeof exampleCheckpoint>[1] = {}) {
  return writeCheckpoint(folder, exampleCheckpoint(step, change));
}

const parts = ["manifest.json", "weights.safetensors", "state.safetensors"];

describe("checkpoint", () => {
  it("gives back what was saved, bit for bit", () => {
    const run = temporaryFolder();
    const { saved, ...facts } = exampleCheckpoint(10, { reward: -3.25 });
    const written = writeCheckpoint(run, { saved, ...facts });
    expect(written.path).toBe(path.join(run, "checkpoints", "10"));
    const read = readCheckpoint(written.path);
    expect(read.manifest).toMatchObject(facts);
    expect(read.weights).toEqual(saved.weights);
    expect(read.state).toEqual(saved.state);
    expect(readdirSync(written.path).sort()).toEqual([...parts].sort());
    expect(written.bytes).toBe(
      statSync(path.join(written.path, "weights.safetensors")).size +
        statSync(path.join(written.path, "state.safetensors")).size,
    );
  });

  it("has a SHA-256 that a deterministic repetition repeats, in any attempt, run and time, and nothing else does", () => {
    const hash = (change: Parameters<typeof exampleCheckpoint>[1]) =>
      write(temporaryFolder(), 10, change).manifest!.sha256;
    const { saved } = exampleCheckpoint(10);
    const first = hash({});
    expect(hash({ attempt: 2, wallSeconds: 99, run: "another" })).toBe(first);
    const learner = (parameters: Record<string, number>) => ({ id: "ppo", version: 1, parameters });
    expect(hash({ learner: learner({ a: 1, b: 2 }) })).toBe(hash({ learner: learner({ b: 2, a: 1 }) }));
    const weights = { "actor/weight": { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 10, 2e-40) } };
    const others = [
      { seed: 8 },
      { iteration: 2 },
      { reward: 1 },
      { kernelBuild: "relaxed-0123" },
      { learner: learner({}) },
      { saved: { ...saved, weights } },
      { saved: { ...saved, state: {} } },
    ];
    expect(new Set([first, ...others.map(hash)]).size).toBe(others.length + 1);
  });

  it.each(parts)("is refused, naming the file, when a byte of %s changed or its end is missing", (part) => {
    const folder = write(temporaryFolder(), 10).path;
    const file = path.join(folder, part);
    const whole = readFileSync(file);
    const refused = expect.objectContaining({
      code: "checkpoint-damaged",
      message: expect.stringContaining(file),
      hint: expect.stringContaining("earlier checkpoint"),
    });
    for (let i = 0; i < 40; i++) {
      const bytes = Buffer.from(whole);
      const at = Math.floor((i / 40) * whole.length);
      bytes[at] = (bytes[at] as number) ^ 1;
      writeFileSync(file, bytes);
      // A manifest may also fail by naming a newer format, or change a fact that no hash covers (its time).
      if (part !== "manifest.json") expect(() => readCheckpoint(folder)).toThrow(refused);
    }
    writeFileSync(file, whole);
    expect(() => readCheckpoint(folder)).not.toThrow();
    truncateSync(file, whole.length - 2);
    expect(() => readCheckpoint(folder)).toThrow(refused);
    rmSync(file);
    expect(() => readCheckpoint(folder)).toThrow(
      part === "manifest.json" ? expect.objectContaining({ code: "checkpoint-unknown" }) : refused,
    );
  });

  it("is refused when its manifest tells of other parameters than were hashed", () => {
    const folder = write(temporaryFolder(), 10).path;
    const file = path.join(folder, "manifest.json");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace('"options": 4', '"options": 5'));
    expect(() => readCheckpoint(folder)).toThrow("does not match its SHA-256");
    writeFileSync(file, text.replace('"formatVersion": 1', '"formatVersion": 2'));
    expect(() => readCheckpoint(folder)).toThrow(expect.objectContaining({ code: "format-newer" }));
  });

  it("that is repeated stays as it is; one that is damaged or different at the same step is replaced", () => {
    const run = temporaryFolder();
    const first = write(run, 10);
    expect(write(run, 10, { attempt: 2 }).manifest?.attempt).toBe(1);
    truncateSync(path.join(first.path, "state.safetensors"), 3);
    expect(write(run, 10, { attempt: 3 }).manifest?.attempt).toBe(3);
    readCheckpoint(first.path);
    expect(write(run, 10, { attempt: 4, reward: 5 }).manifest?.attempt).toBe(4);
    expect(readCheckpoint(first.path).manifest.reward).toBe(5);
    expect(readdirSync(path.join(run, "checkpoints"))).toEqual(["10"]);
  });
});

describe("a run's checkpoints", () => {
  it("are listed by step, without what is still being written, and a damaged one does not hide the others", () => {
    const run = temporaryFolder();
    expect(listCheckpoints(run)).toEqual([]);
    for (const step of [100, 20, 3]) write(run, step);
    mkdirSync(temporaryPath(path.join(run, "checkpoints", "7")));
    writeFileSync(path.join(run, "checkpoints", "20", "manifest.json"), "{");
    const list = listCheckpoints(run);
    expect(list.map(({ step, manifest }) => [step, manifest?.step])).toEqual([
      [3, 3],
      [20, undefined],
      [100, 100],
    ]);
    expect(list[1]?.error).toMatchObject({ code: "checkpoint-damaged" });
    removeCheckpoint(list[0]!.path);
    expect(listCheckpoints(run).map(({ step }) => step)).toEqual([20, 100]);
  });

  it("go, except the last ones, the best one, pinned ones, and damaged ones", () => {
    const run = temporaryFolder();
    const rewards = [null, -5, -1, -9, -1, -3, null];
    for (const [i, reward] of rewards.entries()) write(run, 10 * (i + 1), { reward });
    const list = listCheckpoints(run);
    expect(bestCheckpoint(list)?.step).toBe(30);
    const steps = (keep: number, ...pinned: number[]) =>
      expendableCheckpoints(listCheckpoints(run), keep, 0, new Set(pinned)).map(({ step }) => step);
    expect(steps(2)).toEqual([10, 20, 40, 50]);
    expect(steps(2, 10, 50, 70)).toEqual([20, 40]);
    expect(steps(7)).toEqual([]);
    writeFileSync(path.join(list[6]!.path, "manifest.json"), "{");
    expect(steps(2)).toEqual([10, 20, 40]);
  });

  it("go, except the first at or after each multiple, which stays when others have gone", () => {
    const run = temporaryFolder();
    for (const step of [30, 60, 95, 110, 130, 190, 210, 240, 330, 360]) write(run, step, { reward: null });
    const expendable = () => expendableCheckpoints(listCheckpoints(run), 1, 100);
    expect(expendable().map(({ step }) => step)).toEqual([30, 60, 95, 130, 190, 240]);
    for (const { path: folder } of expendable()) removeCheckpoint(folder);
    expect(listCheckpoints(run).map(({ step }) => step)).toEqual([110, 210, 330, 360]);
    expect(expendable()).toEqual([]);
  });

  it.skipIf(mountProblem)(`survive a full disk (${mountProblem ?? "4 MB tmpfs"})`, () => {
    const run = mountTmpfs("size=4m");
    const big = (step: number) =>
      write(run, step, { saved: { weights: { w: { shape: [400_000], data: new Float32Array(400_000) } }, state: {} } });
    const first = big(10);
    big(20);
    expect(() => big(30)).toThrow(
      expect.objectContaining({
        code: "disk-full",
        message: expect.stringContaining(path.join(run, "checkpoints", "30")),
      }),
    );
    expect(readdirSync(path.join(run, "checkpoints")).sort()).toEqual(["10", "20"]);
    expect(readCheckpoint(first.path).manifest.step).toBe(10);
    removeCheckpoint(first.path);
    big(30);
  });
});
