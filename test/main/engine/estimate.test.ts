import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { resolveParameters } from "../../../lab/training.ts";
import { checkpointSize } from "../../../main/engine/checkpoint-size.ts";
import { mostCheckpoints } from "../../../main/engine/estimate.ts";
import { requireLearner, requireScenario } from "../../../main/engine/names.ts";
import { runPaths } from "../../../main/runs/run-file.ts";
import { create, longRun, open, runFolder, smallRun, temporaryData, untilState, untilStep } from "./support.ts";

describe("what an order will cost", () => {
  it("is told honestly before anything was measured, and makes nothing", async () => {
    const data = temporaryData();
    const client = await open(data);
    const cost = await client.call("runs.estimate", { ...smallRun, seeds: [1, 2, 3] });
    expect(cost).toMatchObject({ runs: 3, seconds: null, secondsEach: null });
    expect(cost.basis).toContain("No run of this scenario and learner has been measured yet");
    expect(cost.diskBytes).toBe(3 * cost.checkpointBytes);
    expect(cost.diskFreeBytes).toBeGreaterThan(0);
    expect(await client.call("runs.list", {})).toEqual([]);
  });

  it("comes from similar runs, whatever they learned with, and is what the runs then take", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const set = { steps: 40_000, checkpointEvery: 10_000, evaluationEvery: 5000 };
    const { id } = await create(client, { ...smallRun, set });
    const done = await untilState(client, id, "finished");
    const cost = await client.call("runs.estimate", {
      ...smallRun,
      set: { ...set, learningRate: 0.01 },
      seeds: [1, 2],
    });
    expect(cost.basis).toMatch(/^Measured on 1 run of this scenario and learner with the same sizes/);
    expect(cost.secondsEach).toBeCloseTo(done.steps / done.stepsPerSecond, 3);
    expect(cost.seconds).toBeCloseTo(2 * cost.secondsEach!, 3);
    expect(cost.memoryBytesEach).toBeGreaterThan(20e6);
    const taken = bytes(runPaths.checkpoints(runFolder(data, id))) + bytes(runPaths.journal(runFolder(data, id)));
    expect(cost.diskBytes / 2 / taken).toBeGreaterThan(0.8);
    expect(cost.diskBytes / 2 / taken).toBeLessThan(1.6);

    const wider = await client.call("runs.estimate", { ...smallRun, set: { ...set, hidden: "128x128" } });
    expect(wider.basis).toContain("with another hidden");
    expect(wider.checkpointBytes).toBeGreaterThan(3 * cost.checkpointBytes);
  });

  it("counts what waits before it, by priority", async () => {
    const client = await open(temporaryData(), { parallel: 1 });
    const [first] = await client.call("runs.create", { ...longRun, seeds: [1, 2] });
    await untilStep(client, first!.id, 5000);
    const order = { ...longRun, seeds: [3] };
    const last = await client.call("runs.estimate", order);
    const next = await client.call("runs.estimate", { ...order, priority: "high" });
    expect(last.seconds! / last.secondsEach!).toBeGreaterThan(2.4);
    expect(next.seconds! / next.secondsEach!).toBeLessThan(2.4);
    expect(next.seconds! / next.secondsEach!).toBeGreaterThan(1.4);
  });

  it("has the same errors as the order itself", async () => {
    const client = await open(temporaryData());
    const mistakes: Partial<typeof smallRun>[] = [
      { set: { learningrate: 1 } },
      { set: { steps: 0 } },
      { preset: "none" },
    ];
    for (const wrong of mistakes) {
      const order = { ...smallRun, ...wrong };
      const refused = await client.call("runs.create", order).catch((error: unknown) => error);
      await expect(client.call("runs.estimate", order)).rejects.toMatchObject({
        code: (refused as { code: string }).code,
        message: (refused as Error).message,
      });
    }
  });
});

describe("the size of a checkpoint", () => {
  it("is known before a run has one", async () => {
    const data = temporaryData();
    const client = await open(data);
    for (const order of [smallRun, { ...smallRun, learner: "recurrent-ppo" }]) {
      const { id } = await create(client, order);
      await untilState(client, id, "finished");
      const [checkpoint] = await client.call("checkpoints.list", { run: id });
      const { parameters } = await client.call("runs.get", { run: id });
      const set = Object.fromEntries(parameters.map(({ key, value }) => [key, value]));
      const scenario = requireScenario(order.scenario);
      const learner = requireLearner(order.learner);
      expect(checkpointSize(scenario, learner, resolveParameters(scenario, learner, set))).toBe(checkpoint!.bytes);
    }
  });

  it("counts as often as the retention rule keeps one", () => {
    const scenario = requireScenario("sanity/identity-discrete");
    const kept = (set: Record<string, number>) =>
      mostCheckpoints(resolveParameters(scenario, requireLearner("ppo"), set).training);
    expect(kept({ steps: 1000, checkpointEvery: 100, keepCheckpoints: 0 })).toBe(10);
    expect(kept({ steps: 1000, checkpointEvery: 100, keepCheckpoints: 3 })).toBe(4);
    expect(kept({ steps: 1000, checkpointEvery: 100, keepCheckpoints: 3, keepEvery: 500 })).toBe(6);
    expect(kept({ steps: 150, checkpointEvery: 100, keepCheckpoints: 5 })).toBe(2);
  });
});

/** Bytes of a file or of all files below a folder. */
function bytes(place: string): number {
  if (!existsSync(place)) return 0;
  const stat = statSync(place);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(place).reduce((sum, name) => sum + bytes(path.join(place, name)), 0);
}
