import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runPaths } from "../../../main/runs/run-file.ts";
import type { RunState } from "../../../preload/contract.ts";
import {
  create,
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

describe("the queue", () => {
  it("starts runs in the order of their making, never more at once than allowed", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const started: string[] = [];
    const now = new Map<string, RunState>();
    let most = 0;
    client.listen("run", ({ id, state }) => {
      if (state === "starting" && now.get(id) !== "starting") started.push(id);
      now.set(id, state);
      const trained = [...now.values()].filter((s) => s === "starting" || s === "running" || s === "pausing");
      most = Math.max(most, trained.length);
    });
    await client.call("subscribe", { runs: true, points: [] });
    const runs = await client.call("runs.create", { ...smallRun, seeds: [3, 1, 2] });
    expect(runs.map((run) => [run.seed, run.state])).toEqual([
      [3, "starting"],
      [1, "queued"],
      [2, "queued"],
    ]);
    for (const { id } of runs) await untilState(client, id, "finished");
    expect(started).toEqual(runs.map((run) => run.id));
    expect(most).toBe(1);
  });

  it("keeps its order over an engine's death, and takes a resumed run as the last", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const first = await create(client, longRun);
    const paused = await create(client, smallRun);
    const second = await create(client, smallRun);
    await client.call("runs.command", { run: paused.id, command: "pause" });
    expect((await client.call("runs.get", { run: paused.id })).summary.state).toBe("paused");
    expect((await client.call("runs.command", { run: paused.id, command: "resume" })).state).toBe("queued");
    await untilStep(client, first.id, 100);
    await kill(client.engine.pid);

    const again = await open(data, { parallel: 1 });
    const started: string[] = [];
    again.listen("run", ({ id, state }) => {
      if (state === "starting" && !started.includes(id)) started.push(id);
    });
    await again.call("subscribe", { runs: true, points: [] });
    await again.call("runs.command", { run: first.id, command: "stop" });
    await untilState(again, paused.id, "finished");
    expect(started).toEqual([second.id, paused.id]);
    expect((await again.call("runs.get", { run: first.id })).summary.state).toBe("cancelled");
  });

  it("gives places as they are allowed, and a stopped run never starts", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const runs = await client.call("runs.create", { ...longRun, seeds: [1, 2, 3] });
    const [first, second, third] = runs.map((run) => run.id) as [string, string, string];
    expect((await client.call("runs.command", { run: second, command: "stop" })).state).toBe("cancelled");
    await client.call("engine.setParallel", { parallel: 2 });
    await untilState(client, first, "running");
    await untilState(client, third, "running");
    expect(trainerPid(data, second)).toBeUndefined();
    await client.call("runs.command", { run: first, command: "stop" });
    await untilState(client, first, "cancelled");
    await until("the trainer to end", () => trainerPid(data, first) === undefined);
  });

  it("refuses wishes that cannot be granted, and leaves fulfilled ones alone", async () => {
    const data = temporaryData();
    const client = await open(data);
    const { id } = await create(client, smallRun);
    await untilState(client, id, "finished");
    for (const command of ["pause", "resume", "stop", "checkpoint"] as const) {
      const wish = client.call("runs.command", { run: id, command });
      await expect(wish).rejects.toMatchObject({ code: "run-finished", message: expect.stringContaining(id) });
    }
    const long = await create(client, longRun);
    await untilStep(client, long.id, 100);
    const running = await client.call("runs.command", { run: long.id, command: "resume" });
    expect(running.state).toBe("running");
    await client.call("runs.command", { run: long.id, command: "pause" });
    await untilState(client, long.id, "paused");
    expect((await client.call("runs.command", { run: long.id, command: "pause" })).state).toBe("paused");
    expect((await client.call("runs.command", { run: long.id, command: "resume", force: true })).state).toBe(
      "starting",
    );
    await untilState(client, long.id, "running");
    expect(readFileSync(`/proc/${trainerPid(data, long.id)}/cmdline`, "utf8")).toContain("--force");
    await client.call("runs.command", { run: long.id, command: "pause" });
    await untilState(client, long.id, "paused");
    const checkpoint = client.call("runs.command", { run: long.id, command: "checkpoint" });
    await expect(checkpoint).rejects.toMatchObject({ code: "run-not-running" });
    expect((await client.call("runs.command", { run: long.id, command: "stop" })).state).toBe("cancelled");
    const resume = client.call("runs.command", { run: long.id, command: "resume" });
    await expect(resume).rejects.toMatchObject({ code: "run-cancelled", hint: expect.stringContaining("fork") });
  });

  it("lets go of a run whose trainer cannot begin, and says why", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const first = await create(client, longRun);
    const damaged = await create(client, smallRun);
    const next = await create(client, smallRun);
    writeFileSync(
      runPaths.journal(runFolder(data, damaged.id)),
      "this is no journal, and nothing can be appended to it",
    );
    await client.call("runs.command", { run: first.id, command: "stop" });
    await untilState(client, next.id, "finished");
    const { summary } = await client.call("runs.get", { run: damaged.id });
    expect(summary.state).toBe("paused");
    expect(summary.error).toMatchObject({ code: "trainer-start", message: expect.stringContaining("damaged") });
    expect(await client.call("runs.log", { run: damaged.id, bytes: 1000 })).toContain("damaged at offset 0");
  });
});
