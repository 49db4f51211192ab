import { rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  create,
  engineSeries,
  journalSeries,
  kill,
  longRun,
  open,
  runFolder,
  smallRun,
  temporaryData,
  trainerPid,
  until,
  untilState,
  untilStep,
} from "./support.ts";

describe("when the engine is killed", () => {
  it("its successor follows the living trainers, and no point is lost or doubled", async () => {
    const data = temporaryData();
    let client = await open(data, { parallel: 2 });
    const runs = await client.call("runs.create", { ...longRun, seeds: [1, 2] });
    for (const { id } of runs) await untilStep(client, id, 500);
    const trainers = runs.map(({ id }) => trainerPid(data, id));
    for (const step of [1500, 3000, 4500]) {
      await kill(client.engine.pid);
      client = await open(data, { parallel: 2 });
      for (const { id } of runs) await untilStep(client, id, step);
    }
    expect(runs.map(({ id }) => trainerPid(data, id))).toEqual(trainers);
    for (const { id } of runs) {
      await client.call("runs.command", { run: id, command: "pause" });
      await untilState(client, id, "paused");
      const { metrics, summary } = await client.call("runs.get", { run: id });
      expect(metrics).toContain("eval/reward");
      expect(summary.attempt).toBe(1);
      for (const metric of metrics) {
        const series = journalSeries(data, id, metric);
        // What the machine does is looked at every two seconds only.
        expect(series.steps.length).toBeGreaterThan(metric.startsWith("system/") ? 0 : 3);
        expect(await engineSeries(client, id, metric)).toEqual(series);
      }
    }
  });

  it("a run that finished meanwhile is finished", async () => {
    const data = temporaryData();
    const client = await open(data);
    const { id } = await create(client, { ...smallRun, set: { steps: 20_000, checkpointEvery: 5000 } });
    await untilStep(client, id, 100);
    await kill(client.engine.pid);
    await until("the trainer to end", () => trainerPid(data, id) === undefined);
    const again = await open(data);
    const { summary, checkpoints } = await again.call("runs.get", { run: id });
    expect(summary).toMatchObject({ state: "finished", step: 20_000, error: null });
    expect(checkpoints.at(-1)).toMatchObject({ step: 20_000, isLast: true });
  });
});

describe("when a trainer is killed", () => {
  it("its run has failed as interrupted, and goes on without a gap once resumed", async () => {
    const data = temporaryData();
    const client = await open(data);
    const { id } = await create(client, { ...longRun, set: { ...longRun.set, checkpointEvery: 1000 } });
    for (let attempt = 1; attempt <= 2; attempt++) {
      const { step } = (await client.call("runs.get", { run: id })).summary;
      await untilStep(client, id, step + 2500);
      await kill(trainerPid(data, id) ?? 0);
      const failed = await untilState(client, id, "failed");
      expect(failed.error).toMatchObject({ code: "run-interrupted" });
      expect(failed.error?.hint).toContain(`edgeloom resume ${id}`);
      expect((await client.call("runs.command", { run: id, command: "resume" })).error).toBeNull();
      const running = await untilState(client, id, "running");
      expect(running.attempt).toBe(attempt + 1);
    }
    const { step } = (await client.call("runs.get", { run: id })).summary;
    await untilStep(client, id, step + 1500);
    await client.call("runs.command", { run: id, command: "pause" });
    await untilState(client, id, "paused");
    for (const metric of ["eval/reward", "train/entropy", "rollout/reward"]) {
      const series = await engineSeries(client, id, metric);
      expect(series).toEqual(journalSeries(data, id, metric));
      expect(series.steps).toEqual([...new Set(series.steps)].sort((a, b) => a - b));
    }
    const { steps } = await engineSeries(client, id, "train/entropy");
    expect(steps).toEqual(steps.map((_, i) => (i + 1) * 100));
  });

  it("while no engine runs, the next engine says so", async () => {
    const data = temporaryData();
    const client = await open(data);
    const { id } = await create(client, longRun);
    await untilStep(client, id, 2500);
    await kill(client.engine.pid);
    await kill(trainerPid(data, id) ?? 0);
    const again = await open(data);
    const { summary, checkpoints } = await again.call("runs.get", { run: id });
    expect(summary).toMatchObject({ state: "failed", error: { code: "run-interrupted" } });
    expect(checkpoints.length).toBeGreaterThan(0);
  });
});

describe("when a run's folder is removed by hand", () => {
  it("the run is gone from the index of the next engine", async () => {
    const data = temporaryData();
    const client = await open(data);
    const [one, two] = await client.call("runs.create", { ...smallRun, seeds: [1, 2] });
    for (const run of [one, two]) await untilState(client, run?.id ?? "", "finished");
    await kill(client.engine.pid, "SIGTERM");
    rmSync(path.join(runFolder(data, one?.id ?? "")), { recursive: true });
    const again = await open(data);
    expect((await again.call("runs.list", {})).map((run) => run.id)).toEqual([two?.id]);
  });
});
