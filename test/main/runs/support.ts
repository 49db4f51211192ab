import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { NewCheckpoint } from "../../../main/runs/checkpoint.ts";
import type { RunFile } from "../../../main/runs/run-file.ts";

/** A new folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "edgeloom-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Why this machine cannot mount the small file systems that the full-disk tests need; undefined when it can. */
export const mountProblem: string | undefined = findMountProblem();

function findMountProblem(): string | undefined {
  if (process.platform !== "linux") return "tmpfs is Linux's";
  if (process.getuid?.() !== 0) return "mounting a tmpfs needs root";
  const folder = mkdtempSync(path.join(tmpdir(), "edgeloom-probe-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
  if (status === 0) execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return status === 0 ? undefined : "this container forbids mount";
}

/** A file system of its own, for example `size=4m` or `ro`; unmounted when the test ends. */
export function mountTmpfs(options: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "edgeloom-tmpfs-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  onTestFinished(() => {
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

export function exampleRun(id = "run-1"): RunFile {
  return {
    formatVersion: 1,
    id,
    experiment: "experiment-1",
    name: "first",
    createdAt: 1_700_000_000_000,
    scenario: { id: "sanity/identity-discrete", version: 1 },
    learner: { id: "ppo", version: 1 },
    preset: "smoke",
    seed: 7,
    parameters: { scenario: { options: 4 }, learner: { hidden: "8x8", learningRate: 3e-4 }, training: { steps: 100 } },
    environment: { programVersion: "0.1.0", node: "24.21.0", v8: "13.6", cpu: "test", os: "test" },
    parent: null,
  };
}

export function exampleCheckpoint(step: number, change: Partial<NewCheckpoint> = {}): NewCheckpoint {
  return {
    run: "run-1",
    seed: 7,
    step,
    iteration: Math.floor(step / 10),
    attempt: 1,
    wallSeconds: 1.5,
    reward: null,
    kernelBuild: "plain-0123",
    scenario: { id: "sanity/identity-discrete", version: 1, parameters: { options: 4 } },
    learner: { id: "ppo", version: 1, parameters: { hidden: "8x8" } },
    training: { steps: 100 },
    saved: {
      weights: { "actor/weight": { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, step, 1e-40) } },
      state: {
        random: { shape: [4], data: Float64Array.of(1, 2, 3, 4) },
        flags: { shape: [3], data: Uint8Array.of(0, 1, 1) },
      },
    },
    ...change,
  };
}
