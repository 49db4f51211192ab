import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { listCheckpoints } from "../../../main/runs/checkpoint.ts";
import { runEvaluation } from "../../../main/trainer/evaluation.ts";
import { type ReplayRequest, runReplay } from "../../../main/trainer/replay.ts";
import { temporaryFolder } from "../runs/support.ts";
import { makeRun, trainUntil } from "./support.ts";

const policy = (scenario: string, name: string, set = {}) => ({ kind: "policy", scenario, policy: name, set }) as const;
const asked = { seed: 1000, sample: false };
const refused = (code: string) => expect.objectContaining({ name: "UserError", code });

describe("a replay", () => {
  it.each([
    ["emulator-tuning", "random", { users: 3 }],
    ["emulator-tuning", "keep-best-staggered", {}],
    ["emulator-tuning", "untrained", {}],
    ["sanity/cartpole", "random", {}],
    ["sanity/spread", "assignment", {}],
  ] as const)("of %s/%s plays the episode that an evaluation with that seed plays", (scenario, name, set) => {
    for (const seed of [1000, 1001]) {
      const subject = policy(scenario, name, set);
      const [evaluated] = runEvaluation({ subjects: [subject], episodes: 1, seed, sample: false }, () => {});
      const { metrics, count, values, rewards, picture } = runReplay({ replay: subject, seed, sample: false });
      const own = Object.entries(evaluated!.metrics).map(
        ([
          id,
          {
            values: [value],
          },
        ]) => [id, value],
      );
      expect(metrics).toEqual(Object.fromEntries(own));
      expect(values).toHaveLength(count * picture.channels.length);
      expect(rewards).toHaveLength(count);
      expect(rewards[0]).toBeNaN();
      expect(rewards.slice(1).reduce((a, b) => a + b)).toBeCloseTo(metrics["eval/reward"]!, 9);
    }
  });

  it("of a checkpoint is greedy or drawn, in the world it was trained in", async () => {
    const set = {
      users: 2,
      tasks: 6,
      steps: 256,
      worlds: 2,
      rolloutSteps: 32,
      minibatch: 32,
      hidden: "8x8",
      checkpointEvery: 64,
    };
    const run = makeRun(temporaryFolder(), "run-1", { scenario: "emulator-tuning", learner: "hmppo", set });
    await trainUntil(run, 2);
    const place = listCheckpoints(run).at(-1)!.path;
    const replay = { kind: "checkpoint", path: place, id: "run-1:128", set: {} } as const;
    const greedy = runReplay({ replay, ...asked });
    expect(greedy).toMatchObject({ policy: "run-1:128", scenario: "emulator-tuning", count: 7 });
    expect(greedy.kernelBuilds).toHaveLength(1);
    expect(runReplay({ replay, ...asked })).toEqual(greedy);
    const [evaluated] = runEvaluation({ subjects: [replay], episodes: 1, ...asked }, () => {});
    expect(greedy.metrics["eval/reward"]).toBe(evaluated!.metrics["eval/reward"]!.mean);
    expect(runReplay({ replay, seed: 1000, sample: true }).values).not.toEqual(greedy.values);
    expect(runReplay({ replay, seed: 1001, sample: false }).values).not.toEqual(greedy.values);
  });

  it("refuses a scenario without a picture, and an episode with too many frames", () => {
    const of = (replay: ReplayRequest["replay"]) => () => runReplay({ replay, ...asked });
    expect(of(policy("sanity/recall", "random"))).toThrow(refused("picture-none"));
    expect(of(policy("emulator-tuning", "clever"))).toThrow(refused("policy-unknown"));
    expect(of(policy("emulator-tuning", "random", { user: 2 }))).toThrow(refused("parameter-unknown"));
    // 64 users are over a thousand numbers a frame; 20,000 steps are too many of any.
    expect(of(policy("emulator-tuning", "keep-best", { users: 64, tasks: 9000 }))).toThrow(refused("replay-too-long"));
    expect(of(policy("emulator-tuning", "keep-best", { users: 1, tasks: 10_000 }))).not.toThrow();
  });

  it("leaves its frames beside its result, or the error for its parent", () => {
    const evaluator = path.join(import.meta.dirname, "..", "..", "..", "main", "trainer", "evaluate.ts");
    const start = (request: ReplayRequest) => {
      const folder = temporaryFolder();
      writeFileSync(path.join(folder, "request.json"), JSON.stringify(request));
      return { folder, ...spawnSync(process.execPath, [evaluator, folder], { encoding: "utf8" }) };
    };
    const request = { replay: policy("sanity/spread", "random"), ...asked };
    const { folder, status } = start(request);
    expect(status).toBe(0);
    const { values, rewards, ...rest } = runReplay(request);
    expect(JSON.parse(readFileSync(path.join(folder, "result.json"), "utf8"))).toEqual(rest);
    const numbers = new Float64Array(Uint8Array.from(readFileSync(path.join(folder, "frames"))).buffer);
    expect(numbers).toEqual(Float64Array.from([...values, ...rewards]));

    const failed = start({ replay: policy("sanity/recall", "random"), ...asked });
    expect(failed.status).toBe(1);
    expect(existsSync(path.join(failed.folder, "frames"))).toBe(false);
    expect(JSON.parse(readFileSync(path.join(failed.folder, "error.json"), "utf8"))).toMatchObject({
      code: "picture-none",
    });
  });
});
