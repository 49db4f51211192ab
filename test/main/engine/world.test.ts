import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Watchers } from "../../../main/engine/watchers.ts";
import type { Peer } from "../../../main/link/server.ts";
import { runPaths } from "../../../main/runs/run-file.ts";
import { writePictureFrames } from "../../../main/runs/watch.ts";
import type { EventPayload } from "../../../preload/contract.ts";
import { create, longRun, open, temporaryData, until, untilStep } from "./support.ts";

const long = {
  scenario: "emulator-tuning",
  learner: "hmppo",
  preset: "smoke",
  set: { users: 2, tasks: 5, steps: 100_000_000, hidden: "8x8", evaluationEvery: 0 },
  seeds: [1],
};

describe("world.watch", () => {
  it("sends frames of a training run while a client looks, and stops when it looks away or is gone", async () => {
    const data = temporaryData();
    const client = await open(data);
    const other = await open(data);
    const { id } = await create(client, long);
    await untilStep(client, id, 1);
    const seen: EventPayload<"picture">[] = [];
    const unwanted: unknown[] = [];
    client.listen("picture", (payload) => seen.push(payload));
    other.listen("picture", (payload) => unwanted.push(payload));
    const picture = await client.call("world.watch", { run: id });
    expect(picture?.nodes.map(({ id: node }) => node)).toEqual(["model", "server", "user-1", "user-2"]);
    await until("several stretches of frames", () => seen.length >= 3);
    for (const { run, frames, steps, step } of seen) {
      expect(run).toBe(id);
      expect(frames.count).toBeGreaterThan(0);
      expect(frames.values).toHaveLength(frames.count * picture!.channels.length);
      expect(steps).toHaveLength(frames.count);
      expect(step).toBeGreaterThanOrEqual(steps.at(-1)!);
    }
    expect(seen.at(-1)!.step).toBeGreaterThan(seen[0]!.step);
    // One a connection: nobody else asked.
    expect(unwanted).toEqual([]);

    expect(await client.call("world.watch", { run: null })).toBeNull();
    const { length } = seen;
    await sleep(600);
    expect(seen).toHaveLength(length);
    const folder = path.join(data, "runs", id);
    await until("the trainer stops recording", () => !existsSync(runPaths.picture(folder)));

    const third = await open(data);
    await third.call("world.watch", { run: id });
    await until("frames for another client", () => existsSync(runPaths.picture(folder)));
    third.close();
    await until("its wish to go with its connection", () => !existsSync(runPaths.picture(folder)));
    expect(readdirSync(folder).filter((name) => name === "watch")).toEqual([]);
    await client.call("runs.command", { run: id, command: "stop" });
  });

  it("answers null for a world without a picture, and names a run that is not there", async () => {
    const client = await open(temporaryData());
    const { id } = await create(client, longRun);
    expect(await client.call("world.watch", { run: id })).toBeNull();
    const unknown = client.call("world.watch", { run: "nobody" });
    await expect(unknown).rejects.toMatchObject({ code: "run-unknown" });
    await client.call("runs.command", { run: id, command: "stop" });
  });
});

describe("the engine's onlookers", () => {
  it("get nothing while they are behind, and the newest once they have caught up", async () => {
    const folder = temporaryData();
    const peer = {
      id: 1,
      role: "shell",
      backlogBytes: 0,
      close: () => {},
      send: (_: string, payload: unknown) => sent.push(payload),
    };
    const sent: unknown[] = [];
    const problems: string[] = [];
    const watchers = new Watchers({ folder: () => folder, trains: () => true, problem: (text) => problems.push(text) });
    const leave = (step: number) =>
      writePictureFrames(folder, {
        step,
        count: 1,
        channels: 1,
        steps: Float64Array.of(step),
        values: Float64Array.of(step),
      });
    watchers.watch(peer as unknown as Peer, "run");
    expect(existsSync(runPaths.watch(folder))).toBe(true);
    peer.backlogBytes = 10_000_000;
    leave(1);
    await sleep(600);
    leave(2);
    await sleep(600);
    expect(sent).toEqual([]);
    peer.backlogBytes = 0;
    leave(3);
    await until("the newest frames", () => sent.length > 0);
    expect(sent).toMatchObject([{ step: 3, frames: { count: 1 } }]);
    // A file that cannot be read is said once and costs the others nothing.
    writeFileSync(runPaths.picture(folder), "no frames");
    await until("the problem to be told", () => problems.length > 0);
    leave(4);
    await until("frames again", () => sent.length > 1);
    expect(problems).toHaveLength(1);
    watchers.close();
    expect(existsSync(runPaths.watch(folder))).toBe(false);
  });
});

describe("world.replay", () => {
  it("plays the same episode as an evaluation, of a policy and of a checkpoint, and leaves no file", async () => {
    const data = temporaryData();
    const client = await open(data);
    const { id } = await create(client, { ...long, set: { ...long.set, steps: 512 } });
    await until("the run to finish", async () => {
      const { summary } = await client.call("runs.get", { run: id });
      return summary.state === "finished";
    });
    const asked = { seed: 1000, sample: false } as const;
    for (const [subject, set] of [
      ["emulator-tuning/random", { users: 3, tasks: 7 }],
      [`${id}:last`, {}],
    ] as const) {
      const before = existsSync(path.join(data, "evaluations")) ? readdirSync(path.join(data, "evaluations")) : [];
      const replay = await client.call("world.replay", { subject, set, ...asked });
      expect(readdirSync(path.join(data, "evaluations"))).toEqual(before);
      const [evaluated] = await client.call("evaluate", { subjects: [subject], episodes: 1, set, ...asked });
      for (const [metric, { mean }] of Object.entries(evaluated!.metrics)) expect(replay.metrics[metric]).toBe(mean);
      const { frames, steps, rewards, picture } = replay;
      expect(frames.values).toHaveLength(frames.count * picture.channels.length);
      expect([...steps]).toEqual(Array.from({ length: frames.count }, (_, i) => i));
      expect(rewards.slice(1).reduce((a, b) => a + b)).toBeCloseTo(replay.metrics["eval/reward"]!, 9);
    }
    await expect(
      client.call("world.replay", { subject: "sanity/recall/random", set: {}, ...asked }),
    ).rejects.toMatchObject({
      code: "picture-none",
    });
  });
});
