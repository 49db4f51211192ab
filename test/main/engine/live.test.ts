import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { livingEngine } from "../../../main/link/engine-lock.ts";
import { encodeValue, frame } from "../../../main/link/frames.ts";
import { PROTOCOL_VERSION } from "../../../preload/contract.ts";
import {
  create,
  engineSeries,
  kill,
  longRun,
  open,
  temporaryData,
  trainerPid,
  until,
  untilState,
  untilStep,
} from "./support.ts";

describe("live points", () => {
  it("put together are the stored series, also over a resume, for several clients at once", async () => {
    const data = temporaryData();
    const control = await open(data);
    const { id } = await create(control, { ...longRun, set: { ...longRun.set, checkpointEvery: 1000 } });
    const metrics = ["train/entropy", "eval/reward"];
    const watchers = [];
    for (let i = 0; i < 3; i++) {
      const client = await open(data);
      const seen = new Map(metrics.map((metric) => [metric, [] as number[]]));
      client.listen("points", ({ sequence, batches }) => {
        for (const { run, metric, index, steps } of batches) {
          expect(run).toBe(id);
          const column = seen.get(metric)!;
          expect(index).toBeLessThanOrEqual(column.length);
          column.splice(index, Number.POSITIVE_INFINITY, ...steps);
        }
        void client.call("points.ack", { sequence });
      });
      await client.call("subscribe", { runs: false, points: metrics.map((metric) => ({ run: id, metric })) });
      watchers.push(seen);
    }
    await untilStep(control, id, 2500);
    await kill(trainerPid(data, id) ?? 0);
    await untilState(control, id, "failed");
    await control.call("runs.command", { run: id, command: "resume" });
    await until("a second attempt", async () => {
      const { summary } = await control.call("runs.get", { run: id });
      return summary.attempt === 2 && summary.step > 4000;
    });
    await control.call("runs.command", { run: id, command: "pause" });
    await untilState(control, id, "paused");
    for (const metric of metrics) {
      const { steps } = await engineSeries(control, id, metric);
      for (const seen of watchers) {
        await until("the last points", () => seen.get(metric)?.length === steps.length);
        expect(seen.get(metric)).toEqual(steps);
      }
    }
  });

  it("come with the run's progress while it trains", async () => {
    const client = await open(temporaryData());
    const seen: number[] = [];
    client.listen("run", ({ step }) => seen.push(step));
    await client.call("subscribe", { runs: true, points: [] });
    const { id } = await create(client, longRun);
    // longRun does not end while a test lasts: three summaries can only come from its progress.
    await until("three summaries of a moving run", () => new Set(seen.filter((step) => step > 0)).size >= 3);
    expect((await client.call("runs.get", { run: id })).summary.state).toBe("running");
    const moving = seen.filter((step) => step > 0);
    expect(moving).toEqual([...moving].sort((a, b) => a - b));
  });

  it("stop after two batches for a client that does not acknowledge, and go on where its index shows the gap", async () => {
    const data = temporaryData();
    const client = await open(data);
    const { id } = await create(client, longRun);
    const batches: { sequence: number; index: number; length: number }[] = [];
    client.listen("points", ({ sequence, batches: [batch] }) => {
      batches.push({ sequence, index: batch?.index ?? -1, length: batch?.steps.length ?? 0 });
    });
    await client.call("subscribe", { runs: false, points: [{ run: id, metric: "train/entropy" }] });
    await until("the second batch", () => batches.length >= 2);
    const { step } = (await client.call("runs.get", { run: id })).summary;
    await untilStep(client, id, step + 3000);
    expect(batches.map(({ sequence }) => sequence)).toEqual([1, 2]);
    await client.call("points.ack", { sequence: 2 });
    await until("the third batch", () => batches.length === 3);
    const [first, second, third] = batches as [(typeof batches)[0], (typeof batches)[0], (typeof batches)[0]];
    expect([first.index, second.index, third.index]).toEqual([0, first.length, first.length + second.length]);
    expect(third.length).toBeGreaterThan(10);
  });

  it("cost an engine bounded memory when clients read nothing at all", async () => {
    const data = temporaryData();
    const control = await open(data);
    const { id } = await create(control, longRun);
    await untilStep(control, id, 500);
    const { metrics } = await control.call("runs.get", { run: id });
    const points = metrics.map((metric) => ({ run: id, metric }));
    const socketPath = livingEngine(data)?.socket ?? "";
    const deaf = Array.from({ length: 20 }, () => {
      const socket = net.connect(socketPath);
      const hello = { edgeloom: "hello", protocol: PROTOCOL_VERSION, serialization: 15, version: "0", role: "shell" };
      socket.write(frame(Buffer.from(JSON.stringify(hello))));
      socket.write(frame(encodeValue({ id: 1, method: "subscribe", params: { runs: true, points } })));
      // Never acknowledged and never read.
      socket.pause();
      return socket;
    });
    await sleep(500);
    const before = (await control.call("engine.info", {})).memoryBytes;
    const { step } = (await control.call("runs.get", { run: id })).summary;
    await untilStep(control, id, step + 10_000);
    const after = (await control.call("engine.info", {})).memoryBytes;
    expect(after - before).toBeLessThan(60e6);
    expect((await control.call("runs.list", {})).length).toBe(1);
    for (const socket of deaf) socket.destroy();
  });
});
