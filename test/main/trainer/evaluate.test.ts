import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { listCheckpoints, readCheckpoint, writeCheckpoint } from "../../../main/runs/checkpoint.ts";
import { type EvaluationRequest, type EvaluationResult, runEvaluation } from "../../../main/trainer/evaluation.ts";
import { evaluationResultSchema } from "../../../preload/contract.ts";
import { temporaryFolder } from "../runs/support.ts";
import { makeRun, quick, train, trainUntil } from "./support.ts";

const evaluator = path.join(import.meta.dirname, "..", "..", "..", "main", "trainer", "evaluate.ts");

/** Runs a real evaluator; answers exit code, printed lines and what it left. */
function evaluate(request: EvaluationRequest) {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "request.json"), JSON.stringify(request));
  const { status, stdout, stderr } = spawnSync(process.execPath, [evaluator, folder], { encoding: "utf8" });
  const left = (name: string): unknown => {
    const file = path.join(folder, name);
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  };
  const lines = stdout.split("\n").filter((line) => line !== "");
  return {
    status,
    stderr,
    progress: lines.map((line) => JSON.parse(line) as { done: number; total: number; subject: string }),
    results: left("result.json") as EvaluationResult[] | undefined,
    error: left("error.json") as { code: string; message: string; hint: string } | undefined,
  };
}

const policy = (scenario: string, name: string, set = {}) => ({ kind: "policy", scenario, policy: name, set }) as const;
const request = { episodes: 3, seed: 1000, sample: false };

describe("evaluator", () => {
  it("plays built-in policies and checkpoints in the same worlds, episode i in world seed + i", async () => {
    const run = makeRun(temporaryFolder(), "run-1");
    await train(run);
    const checkpoint = listCheckpoints(run).at(-1)!;
    const trained = { kind: "checkpoint", path: checkpoint.path, id: "run-1:2048", set: {} } as const;
    const { status, results, progress, error } = evaluate({
      ...request,
      subjects: [trained, policy("emulator-tuning", "random", { users: 3 }), policy("emulator-tuning", "untrained")],
    });
    expect(error).toBeUndefined();
    expect(status).toBe(0);
    for (const result of results!) expect(evaluationResultSchema.parse(result)).toEqual(result);
    const { kernelBuild } = checkpoint.manifest!;
    expect(results).toMatchObject([
      { policy: "run-1:2048", scenario: "sanity/identity-discrete", kernelBuilds: [kernelBuild], actions: "greedy" },
      { policy: "random", scenario: "emulator-tuning", episodes: 3, kernelBuilds: [] },
      { policy: "untrained", scenario: "emulator-tuning", kernelBuilds: [expect.stringMatching(/^(relaxed|plain)-/)] },
    ]);
    const reward = results![1]!.metrics["eval/reward"]!;
    expect(reward.n).toBe(3);
    expect(reward.mean).toBeCloseTo(reward.values.reduce((a, b) => a + b) / 3, 10);
    expect(Object.keys(results![1]!.metrics)).toContain("eval/delay_minutes");
    expect(progress.at(-1)).toEqual({ done: 9, total: 9, subject: "untrained" });

    const later = evaluate({ ...request, seed: 1001, subjects: [policy("emulator-tuning", "random", { users: "3" })] });
    expect(later.results![0]!.metrics["eval/reward"]!.values.slice(0, 2)).toEqual(reward.values.slice(1));
  });

  it("evaluates a checkpoint of another kernel build and names both; greedy or sampled", async () => {
    const run = makeRun(temporaryFolder(), "run-1", { ...quick, set: { ...quick.set, kernels: "plain" } });
    await trainUntil(run, 1);
    const { path: place } = listCheckpoints(run)[0]!;
    const { manifest, weights, state } = readCheckpoint(place);
    expect(manifest.kernelBuild).toMatch(/^plain-/);
    const foreign = writeCheckpoint(temporaryFolder(), {
      ...manifest,
      kernelBuild: "plain-ffffffffffff",
      saved: { weights, state },
    });
    const subject = { kind: "checkpoint", path: foreign.path, id: "a", set: {} } as const;
    const own = { ...subject, path: place };
    const [greedy, same] = runEvaluation({ ...request, episodes: 20, subjects: [subject, own] }, () => {});
    expect(greedy!.kernelBuilds).toEqual(["plain-ffffffffffff", manifest.kernelBuild]);
    expect(same!.kernelBuilds).toEqual([manifest.kernelBuild]);
    expect(same!.metrics).toEqual(greedy!.metrics);
    const [sampled] = runEvaluation({ ...request, episodes: 20, sample: true, subjects: [subject] }, () => {});
    expect(sampled!.actions).toBe("sampled");
    expect(sampled!.metrics).not.toEqual(greedy!.metrics);
  });

  it("explains what is wrong with a subject", async () => {
    const run = makeRun(temporaryFolder(), "run-1");
    await trainUntil(run, 1);
    const place = listCheckpoints(run)[0]!.path;
    const checkpoint = (set = {}) => ({ kind: "checkpoint", path: place, id: "run-1:64", set }) as const;
    const evaluating = (subject: EvaluationRequest["subjects"][0]) => () =>
      runEvaluation({ ...request, subjects: [subject] }, () => {});
    const refused = (code: string, rest = {}) => expect.objectContaining({ name: "UserError", code, ...rest });
    expect(evaluating(policy("nowhere", "random"))).toThrow(refused("scenario-unknown"));
    const known = { hint: expect.stringMatching(/random.*untrained/) };
    expect(evaluating(policy("emulator-tuning", "clever"))).toThrow(refused("policy-unknown", known));
    expect(evaluating(policy("emulator-tuning", "toString"))).toThrow(refused("policy-unknown"));
    expect(evaluating(policy("sanity/cartpole", "untrained"))).toThrow(refused("policy-unknown"));
    expect(evaluating(policy("emulator-tuning", "random", { user: 3 }))).toThrow(refused("parameter-unknown"));
    expect(evaluating(checkpoint({ options: 7 }))).toThrow(refused("checkpoint-unfit"));
    truncateSync(path.join(place, "weights.safetensors"), 10);
    expect(evaluating(checkpoint())).toThrow(refused("checkpoint-damaged"));
  });

  it("leaves the error for its parent, and no result", () => {
    const { status, error, results, stderr } = evaluate({ ...request, subjects: [policy("nowhere", "random")] });
    expect(status).toBe(1);
    expect(results).toBeUndefined();
    expect(error).toEqual({ code: "scenario-unknown", message: "This program has no scenario nowhere.", hint: "" });
    expect(stderr).toBe("This program has no scenario nowhere.\n");
  });
});
