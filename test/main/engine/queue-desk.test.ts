import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Client } from "../../../main/link/client.ts";
import type { Queue } from "../../../preload/contract.ts";
import {
  create,
  engineLog,
  kill,
  longRun,
  open,
  smallRun,
  temporaryData,
  trainerPid,
  until,
  untilState,
  untilStep,
} from "./support.ts";

/** Waiting runs, the next to start first. */
async function waiting(client: Client): Promise<string[]> {
  const { entries } = await client.call("queue.get", {});
  return entries.filter(({ position }) => position > 0).map(({ run }) => run);
}

/** Runs in the order in which they begin to be trained. */
async function startsOf(client: Client): Promise<string[]> {
  const started: string[] = [];
  client.listen("run", ({ id, state }) => {
    if (state === "starting" && !started.includes(id)) started.push(id);
  });
  await client.call("subscribe", { runs: true, points: [] });
  return started;
}

const ids = (runs: readonly { id: string }[]) => runs.map(({ id }) => id);

describe("the order that a person gives the queue", () => {
  it("is by priority and place, and outlives the engine and the store", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const first = await create(client, longRun);
    await untilState(client, first.id, "running");
    const [a, b, c, d] = ids(await client.call("runs.create", { ...smallRun, seeds: [1, 2, 3, 4] })) as string[];
    const [urgent] = ids(await client.call("runs.create", { ...smallRun, priority: "high" })) as string[];
    expect(await waiting(client)).toEqual([urgent, a, b, c, d]);
    await client.call("queue.move", { runs: [c!, d!], to: "first" });
    await client.call("queue.move", { runs: [d!], to: "earlier" });
    await client.call("queue.priority", { runs: [c!], priority: "high" });
    await client.call("queue.priority", { runs: [a!], priority: "low" });
    const order = [urgent, c, d, b, a];
    expect(await waiting(client)).toEqual(order);
    const later = await create(client, smallRun);
    await kill(client.engine.pid);
    rmSync(path.join(data, "store.sqlite"));

    const again = await open(data, { parallel: 1 });
    expect(await waiting(again)).toEqual([urgent, c, d, b, later.id, a]);
    const priorities = new Map((await again.call("runs.list", {})).map(({ id, priority }) => [id, priority]));
    expect([urgent, c, d, a].map((run) => priorities.get(run!))).toEqual(["high", "high", "normal", "low"]);
    const started = await startsOf(again);
    await again.call("runs.command", { run: first.id, command: "stop" });
    await untilState(again, a!, "finished");
    expect(started).toEqual([urgent, c, d, b, later.id, a]);
  });

  it("refuses runs that do not wait, and changes nothing then", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const first = await create(client, longRun);
    const [a, b] = ids(await client.call("runs.create", { ...smallRun, seeds: [1, 2] })) as [string, string];
    await untilState(client, first.id, "running");
    await expect(client.call("queue.move", { runs: [b, first.id], to: "first" })).rejects.toMatchObject({
      code: "run-not-waiting",
      message: expect.stringContaining(`${first.id} is running`),
    });
    await expect(client.call("queue.priority", { runs: [b, "nobody"], priority: "high" })).rejects.toMatchObject({
      code: "run-unknown",
    });
    expect(await waiting(client)).toEqual([a, b]);
    expect(existsSync(path.join(data, "queue.json"))).toBe(false);
  });

  it("puts a resumed run last, also one that had been put first", async () => {
    const client = await open(temporaryData(), { parallel: 1 });
    await create(client, longRun);
    const [a, b] = ids(await client.call("runs.create", { ...smallRun, seeds: [1, 2] })) as [string, string];
    await client.call("queue.move", { runs: [b], to: "first" });
    await client.call("runs.command", { run: b, command: "pause" });
    await client.call("runs.command", { run: b, command: "resume" });
    expect(await waiting(client)).toEqual([a, b]);
  });

  it("is forgotten, and said so, when its file is damaged", async () => {
    const data = temporaryData();
    writeFileSync(path.join(data, "queue.json"), "{");
    const client = await open(data);
    expect((await client.call("queue.get", {})).held).toBe(false);
    expect(engineLog(data)).toContain("queue.json.damaged");
  });
});

describe("a held queue", () => {
  it("starts nothing, over the engine's death too, until it is let go", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 2 });
    await client.call("queue.hold", { held: true });
    const run = await create(client, smallRun);
    expect(run.state).toBe("queued");
    await kill(client.engine.pid);
    const again = await open(data, { parallel: 2 });
    const queue = await again.call("queue.get", {});
    expect(queue).toMatchObject({ held: true, endsInSeconds: null });
    expect(queue.entries).toMatchObject([{ run: run.id, position: 1, waitsFor: "the queue, which is held" }]);
    expect(trainerPid(data, run.id)).toBeUndefined();
    await again.call("queue.hold", { held: false });
    await untilState(again, run.id, "finished");
  });
});

describe("a forced resume that waits", () => {
  it("is still forced after the engine's death, and the next one is not", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const forced = await create(client, longRun);
    await untilStep(client, forced.id, 100);
    await client.call("runs.command", { run: forced.id, command: "pause" });
    await untilState(client, forced.id, "paused");
    const first = await create(client, longRun);
    const resumed = await client.call("runs.command", { run: forced.id, command: "resume", force: true });
    expect(resumed.state).toBe("queued");
    await untilStep(client, first.id, 100);
    await kill(client.engine.pid);
    const again = await open(data, { parallel: 1 });
    await again.call("runs.command", { run: first.id, command: "stop" });
    await untilState(again, forced.id, "running");
    const words = () => readFileSync(`/proc/${trainerPid(data, forced.id)}/cmdline`, "utf8");
    expect(words()).toContain("--force");
    await again.call("runs.command", { run: forced.id, command: "pause" });
    await untilState(again, forced.id, "paused");
    await again.call("runs.command", { run: forced.id, command: "resume" });
    await untilState(again, forced.id, "running");
    expect(words()).not.toContain("--force");
  });
});

describe("the settings of a data folder", () => {
  it("are kept, and one that is not set follows the machine", async () => {
    const data = temporaryData();
    const client = await open(data);
    const standard = await client.call("settings.get", {});
    expect(standard.parallel).toBeNull();
    expect(standard.diskKeptFreeBytes).toBeGreaterThan(0);
    expect(await client.call("settings.set", { parallel: 3 })).toEqual({ ...standard, parallel: 3 });
    expect((await client.call("engine.info", {})).parallel).toBe(3);
    await expect(client.call("settings.set", { parallel: 0 })).rejects.toThrow(/parallel/);
    await kill(client.engine.pid);
    const again = await open(data);
    expect(await again.call("settings.get", {})).toEqual({ ...standard, parallel: 3 });
    // What the command line asks for holds until the settings change.
    await again.call("engine.setParallel", { parallel: 1 });
    await again.call("settings.set", { memoryKeptFreeBytes: 5 });
    expect((await again.call("engine.info", {})).parallel).toBe(1);
    await again.call("settings.set", { parallel: null });
    expect((await again.call("engine.info", {})).parallel).toBeGreaterThanOrEqual(1);
    expect((await again.call("settings.get", {})).parallel).toBeNull();
  });

  it("count a run's threads, and the run that waits says for what", async () => {
    const client = await open(temporaryData(), { parallel: 2 });
    const first = await create(client, longRun);
    const wide = await create(client, { ...longRun, set: { ...longRun.set, threads: 2 } });
    const queue = await client.call("queue.get", {});
    expect(queue.entries.map(({ run, position }) => [run, position])).toEqual([
      [first.id, 0],
      [wide.id, 1],
    ]);
    expect(queue.entries[1]?.waitsFor).toContain("2 free places");
    await client.call("runs.command", { run: first.id, command: "stop" });
    await untilState(client, wide.id, "running");
  });

  it("keep memory free, but let one run train in any case", async () => {
    const client = await open(temporaryData(), { parallel: 2 });
    await client.call("settings.set", { memoryKeptFreeBytes: 1e15 });
    const [first, second] = ids(await client.call("runs.create", { ...longRun, seeds: [1, 2] })) as [string, string];
    await untilStep(client, first, 100);
    expect((await client.call("runs.get", { run: second })).summary.state).toBe("queued");
    const { entries } = await client.call("queue.get", {});
    expect(entries[1]?.waitsFor).toMatch(/^memory: it needs about \d/);
    await client.call("settings.set", { memoryKeptFreeBytes: 0 });
    await untilState(client, second, "running");
  });

  it("keep space on the disk: nothing starts, what trains is paused at a checkpoint and says why", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const [first, second] = ids(await client.call("runs.create", { ...longRun, seeds: [1, 2] })) as [string, string];
    await untilStep(client, first, 100);
    await client.call("settings.set", { diskKeptFreeBytes: 1e18 });
    await untilState(client, first, "paused");
    // The reason follows once the trainer's process has ended.
    const firstRun = async () => (await client.call("runs.get", { run: first })).summary;
    await until("the reason of the pause", async () => (await firstRun()).error !== null);
    expect((await firstRun()).error).toMatchObject({
      code: "disk-low",
      message: expect.stringContaining("are kept free"),
    });
    const { entries } = await client.call("queue.get", {});
    expect(entries).toMatchObject([
      { run: second, position: 1, waitsFor: expect.stringContaining("space on the disk") },
    ]);
    await kill(client.engine.pid);
    const again = await open(data, { parallel: 1 });
    await again.call("settings.set", { diskKeptFreeBytes: 0 });
    await untilState(again, second, "running");
    const summary = (await again.call("runs.get", { run: first })).summary;
    expect(summary).toMatchObject({ state: "paused", error: { code: "disk-low" } });
    await again.call("runs.command", { run: second, command: "stop" });
    await again.call("runs.command", { run: first, command: "resume" });
    const resumed = await untilState(again, first, "running");
    expect(resumed.error).toBeNull();
  });
});

describe("what the queue tells", () => {
  it("comes at most once a second, with times as soon as a speed is known", async () => {
    const client = await open(temporaryData(), { parallel: 1 });
    const told: { at: number; queue: Queue }[] = [];
    client.listen("queue", (queue) => told.push({ at: performance.now(), queue }));
    await client.call("subscribe", { runs: true, points: [] });
    const [first, second] = ids(await client.call("runs.create", { ...longRun, seeds: [1, 2] })) as [string, string];
    await until(
      "three tellings with times",
      () => told.filter(({ queue }) => queue.endsInSeconds !== null).length >= 3,
    );
    for (let i = 1; i < told.length; i++) expect(told[i]!.at - told[i - 1]!.at).toBeGreaterThan(900);
    const { entries, endsInSeconds } = told.at(-1)!.queue;
    expect(entries.map(({ run }) => run)).toEqual([first, second]);
    expect(entries[0]!.startsInSeconds).toBe(0);
    expect(entries[0]!.memoryBytes).toBeGreaterThan(20e6);
    expect(entries[1]!.startsInSeconds).toBe(entries[0]!.endsInSeconds);
    expect(endsInSeconds).toBe(entries[1]!.endsInSeconds);
    expect(entries[1]!.endsInSeconds! / entries[0]!.endsInSeconds!).toBeGreaterThan(1.5);
  });

  it("is right again after a sleep: a trainer that has gone meanwhile is noticed at once", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const run = await create(client, longRun);
    await untilStep(client, run.id, 100);
    await kill(trainerPid(data, run.id)!);
    await client.call("queue.slept", {});
    expect((await client.call("queue.get", {})).entries).toEqual([]);
    expect((await client.call("runs.get", { run: run.id })).summary.state).toBe("failed");
  });
});
