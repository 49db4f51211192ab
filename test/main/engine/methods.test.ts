import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Client } from "../../../main/link/client.ts";
import { connect } from "../../../main/link/connect.ts";
import { type TensorflowDevice, tensorflowFolder } from "../../../main/platform/tensorflow.ts";
import type { RunSummary } from "../../../preload/contract.ts";
import { create, endEverything, open, runFolder, smallRun, temporaryData, untilState } from "./support.ts";

// One engine and one finished run serve every question that changes nothing.
let data: string;
let client: Client;
let run: RunSummary;

beforeAll(async () => {
  data = mkdtempSync(path.join(os.tmpdir(), "edgeloom-methods-"));
  client = await connect(data, "cli");
  const { id } = await create(client, { ...smallRun, seeds: [7], name: "shared" });
  run = await untilState(client, id, "finished");
  return async () => {
    await endEverything(data);
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  };
});

describe("runs.create", () => {
  const refused: [string, Partial<typeof smallRun>, object][] = [
    [
      "an unknown scenario",
      { scenario: "sanity/cartpol" },
      { code: "scenario-unknown", hint: expect.stringContaining('"sanity/cartpole"') },
    ],
    ["an unknown learner", { learner: "ppoo" }, { code: "learner-unknown", hint: expect.stringContaining('"ppo"') }],
    ["an unknown preset", { preset: "smal" }, { code: "preset-unknown", hint: expect.stringContaining('"small"') }],
    [
      "an unknown parameter",
      { set: { learningRat: 1 } },
      { code: "parameter-unknown", field: "set.learningRat", hint: expect.stringContaining('"learningRate"') },
    ],
    [
      "a value out of range",
      { set: { steps: 0 } },
      { code: "parameter-range", field: "set.steps", message: expect.stringContaining("steps is 0") },
    ],
    ["a text that is no number", { set: { steps: "many" } }, { code: "parameter-range", field: "set.steps" }],
    ["a learner that cannot train there", { learner: "hmppo" }, { code: "parameters-unfit" }],
    ["an unknown device", { set: { device: "tpu" } }, { code: "parameter-range", field: "set.device" }],
  ];
  it.each(refused)("refuses %s by name and makes nothing", async (_what, change, error) => {
    const before = readdirSync(path.join(data, "runs")).length;
    await expect(client.call("runs.create", { ...smallRun, ...change })).rejects.toMatchObject(error);
    expect(readdirSync(path.join(data, "runs")).length).toBe(before);
  });

  it("records every parameter with its value, and where the run was made", async () => {
    const detail = await client.call("runs.get", { run: run.id });
    const file = JSON.parse(readFileSync(path.join(runFolder(data, run.id), "run.json"), "utf8"));
    const { scenario, learner, training } = file.parameters;
    const values = Object.fromEntries(detail.parameters.map(({ key, value }) => [key, value]));
    expect(values).toEqual({ ...scenario, ...learner, ...training });
    expect(detail.parameters.find(({ key }) => key === "learningRate")).toMatchObject({
      value: 0.001,
      group: "Optimiser",
    });
    expect(detail.environment).toMatchObject({ node: process.versions.node, kernelBuild: run.kernelBuild });
    expect(run).toMatchObject({
      name: "shared",
      seed: 7,
      preset: "smoke",
      step: 200,
      steps: 200,
      reward: expect.any(Number),
    });
    expect(run.id).toMatch(/^ppo-7-[0-9a-z]{6}$/);
    expect(detail.checkpoints.map(({ id, isLast }) => [id, isLast])).toEqual([[`${run.id}:200`, true]]);
  });

  it("reads values that were typed as text", async () => {
    const order = { ...smallRun, set: { learningRate: "0.002", hidden: "8x8", steps: "100" } };
    const { id } = await create(client, order);
    const { parameters } = await client.call("runs.get", { run: id });
    const values = Object.fromEntries(parameters.map(({ key, value }) => [key, value]));
    expect(values).toMatchObject({ learningRate: 0.002, hidden: "8x8", steps: 100 });
    await untilState(client, id, "finished");
  });
});

describe("runs.fork", () => {
  it("goes on from a checkpoint with changed parameters and keeps the lineage", async () => {
    const order = { checkpoint: `${run.id}:last`, set: { steps: 400, learningRate: 0.0005 } };
    const { id, parent } = await client.call("runs.fork", order);
    expect(parent).toBe(`${run.id}:200`);
    const finished = await untilState(client, id, "finished");
    expect(finished).toMatchObject({ step: 400, iteration: 4, seed: 7, name: `fork of ${run.id}:200` });
    const { steps } = await client.call("series.get", { run: id, metric: "train/entropy", maxPoints: 100 });
    expect(Array.from(steps)).toEqual([300, 400]);
  });

  it("refuses too few steps, an unknown checkpoint and a damaged one, and makes nothing", async () => {
    const before = readdirSync(path.join(data, "runs")).length;
    const fork = (checkpoint: string, set = {}) => client.call("runs.fork", { checkpoint, set });
    await expect(fork(`${run.id}:200`)).rejects.toMatchObject({ code: "parameter-range", field: "set.steps" });
    await expect(fork(`${run.id}:201`, { steps: 900 })).rejects.toMatchObject({
      code: "checkpoint-unknown",
      hint: expect.stringContaining('"200"'),
    });
    await expect(fork("nobody:last")).rejects.toMatchObject({ code: "run-unknown" });
    expect(readdirSync(path.join(data, "runs")).length).toBe(before);
  });

  it("refuses a damaged checkpoint", async () => {
    const other = temporaryData();
    const own = await open(other);
    const { id } = await create(own, smallRun);
    await untilState(own, id, "finished");
    const weights = path.join(runFolder(other, id), "checkpoints", "200", "weights.safetensors");
    const bytes = readFileSync(weights);
    writeFileSync(weights, bytes.fill(1, bytes.length - 9));
    const fork = own.call("runs.fork", { checkpoint: `${id}:200`, set: { steps: 900 } });
    await expect(fork).rejects.toMatchObject({ code: "checkpoint-damaged" });
    const evaluation = own.call("evaluate", { subjects: [`${id}:last`], episodes: 1, seed: 1, set: {}, sample: false });
    await expect(evaluation).rejects.toMatchObject({ code: "checkpoint-damaged" });
  });
});

describe("evaluate", () => {
  const order = { episodes: 5, seed: 1000, set: {}, sample: false };

  it("plays checkpoints and built-in policies in the same worlds and tells the progress", async () => {
    const { path: folder } = (await client.call("checkpoints.list", { run: run.id }))[0]!;
    const subjects = [`${run.id}:last`, `${run.id}:best`, `${run.id}:200`, folder, "sanity/identity-discrete/random"];
    const progress: number[] = [];
    const stop = client.listen("evaluation", ({ done }) => progress.push(done));
    const results = await client.call("evaluate", { ...order, subjects });
    stop();
    expect(results.map((result) => result.policy)).toEqual([...Array(3).fill(`${run.id}:200`), folder, "random"]);
    const rewards = results.map((result) => result.metrics["eval/reward"]?.values);
    expect(rewards[0]).toHaveLength(5);
    for (const values of rewards.slice(1, 4)) expect(values).toEqual(rewards[0]);
    expect(rewards[4]).not.toEqual(rewards[0]);
    expect(progress.at(-1)).toBe(25);
  });

  it("names what does not exist", async () => {
    const evaluate = (...subjects: string[]) => client.call("evaluate", { ...order, subjects });
    await expect(evaluate("sanity/identity-discrete/randon")).rejects.toMatchObject({
      code: "policy-unknown",
      hint: expect.stringContaining('"random"'),
    });
    await expect(evaluate("sanity/identity/random")).rejects.toMatchObject({ code: "scenario-unknown" });
    await expect(evaluate(run.id)).rejects.toMatchObject({ hint: expect.stringContaining(`${run.id}:last`) });
    await expect(evaluate("/nowhere/at/all")).rejects.toMatchObject({ code: "checkpoint-unknown" });
    const wrong = client.call("evaluate", {
      ...order,
      subjects: ["sanity/identity-discrete/random"],
      set: { optoins: 3 },
    });
    await expect(wrong).rejects.toMatchObject({ code: "parameter-unknown" });
  });

  it("ends with the connection of the client that asked", async () => {
    const other = await connect(data, "cli");
    const long = other.call("evaluate", {
      ...order,
      episodes: 10_000_000,
      subjects: ["sanity/identity-discrete/random"],
    });
    await new Promise((resolve) => other.listen("evaluation", resolve));
    other.close();
    await expect(long).rejects.toMatchObject({ code: "connection-lost" });
    const evaluations = readdirSync(path.join(data, "evaluations")).sort();
    expect(existsSync(path.join(data, "evaluations", evaluations.at(-1) ?? "", "result.json"))).toBe(false);
  });
});

describe("rows.write", () => {
  it("writes one small file a run or policy, with the same bytes each time", async () => {
    const out = path.join(data, "rows");
    const subjects = [run.id, "sanity/identity-discrete/random", "emulator-tuning/keep-best"];
    const files = await client.call("rows.write", { subjects, out, set: {} }).catch((error) => Promise.reject(error));
    expect(files.map((file) => path.basename(file))).toEqual([
      "sanity-identity-discrete-ppo-smoke-s7.json",
      "sanity-identity-discrete-random.json",
      "emulator-tuning-keep-best-n6.json",
    ]);
    const texts = files.map((file) => readFileSync(file, "utf8"));
    for (const file of files) expect(statSync(file).size).toBeLessThan(100_000);
    const row = JSON.parse(texts[0] ?? "");
    expect(row).toMatchObject({
      formatVersion: 1,
      scenario: { id: "sanity/identity-discrete", version: 1 },
      learner: { id: "ppo", version: 1 },
      seed: 7,
      program: { version: "0.1.0" },
      device: { kernelBuild: run.kernelBuild },
      training: { steps: 200, wallSeconds: expect.any(Number) },
      evaluation: { episodes: 100, firstSeed: 1000, actions: "greedy" },
      curve: { steps: [0, 200] },
    });
    expect(row.evaluation.values["eval/reward"]).toHaveLength(100);
    expect(row.curve.values["eval/reward"]).toHaveLength(2);
    await client.call("rows.write", { subjects, out, set: {} });
    expect(files.map((file) => readFileSync(file, "utf8"))).toEqual(texts);
  });

  it("names what a run changed beside its preset", async () => {
    const { id } = await create(client, { ...smallRun, set: { learningRate: 0.01 }, seeds: [2] });
    await untilState(client, id, "finished");
    const [file] = await client.call("rows.write", { subjects: [id], out: path.join(data, "rows"), set: {} });
    expect(path.basename(file ?? "")).toBe("sanity-identity-discrete-ppo-learningRate-0.01-smoke-s2.json");
  });
});

describe("the rest", () => {
  it("describes scenarios and learners for a form", async () => {
    const scenarios = await client.call("catalog.scenarios", {});
    const tuning = scenarios.find(({ id }) => id === "emulator-tuning");
    expect(tuning?.learners).toContain("hmppo");
    expect(tuning?.policies).toEqual(expect.arrayContaining(["random", "keep-best", "untrained"]));
    expect(Object.keys(tuning?.presets ?? {})).toEqual(["smoke", "small", "report", "paper"]);
    expect(tuning?.parameters).toMatchObject({
      properties: {
        users: { type: "integer", title: expect.any(String), source: expect.any(String), reason: expect.any(String) },
      },
    });
    const [hmppo] = await client.call("catalog.learners", {});
    expect(hmppo?.parameters).toMatchObject({
      properties: { criticSeesAction1: {}, steps: { default: 300_000, unit: "steps" } },
    });
  });

  it("finds nothing wrong here", async () => {
    const lines = await client.call("doctor", {});
    const names = [
      "node",
      "native module",
      "kernels relaxed",
      "kernels plain",
      "kernels used",
      "device kernels",
      "device tensorflow-cpu",
      "device tensorflow-gpu",
      "data folder",
      "disk",
      "engine",
      "store",
    ];
    expect(lines.filter(({ name }) => names.includes(name)).map(({ ok }) => ok)).toEqual(names.map(() => true));
    expect(lines.map(({ name }) => name)).toContain("electron");
  });

  it("lists the devices, of which the built-in kernels are always there and chosen", async () => {
    const devices = await client.call("devices", {});
    expect(devices.map(({ id }) => id)).toEqual(["kernels", "tensorflow-cpu", "tensorflow-gpu"]);
    expect(devices.filter(({ chosen }) => chosen).map(({ id }) => id)).toEqual(["kernels"]);
    expect(devices[0]).toMatchObject({ available: true, reason: expect.stringMatching(/^(relaxed|plain)-/) });
    for (const { id, available, reason, needs } of devices.slice(1)) {
      const isThere = tensorflowFolder(id as TensorflowDevice) !== undefined;
      if (id === "tensorflow-cpu" || !isThere) expect(available, reason).toBe(isThere);
      expect(reason).toMatch(isThere ? /./ : /^it is not set up here$/);
      expect(needs).toMatch(/ sets it up\.$/);
    }
  });

  it.each(["tensorflow-cpu", "tensorflow-gpu"] as const)(
    "refuses a run or a fork on %s where it is not there, with what it needs, and makes nothing",
    async (device) => {
      if (tensorflowFolder(device) !== undefined) return;
      const before = readdirSync(path.join(data, "runs")).length;
      const error = {
        code: "device-unavailable",
        field: "set.device",
        message: expect.stringContaining("not set up here"),
        hint: expect.stringContaining(device === "tensorflow-gpu" ? "CUDA 11.2" : "npm run setup:tensorflow"),
      };
      const wish = { ...smallRun, set: { ...smallRun.set, device } };
      await expect(client.call("runs.create", wish)).rejects.toMatchObject(error);
      const fork = { checkpoint: `${run.id}:last`, set: { device, steps: 100_000 } };
      await expect(client.call("runs.fork", fork)).rejects.toMatchObject(error);
      expect(readdirSync(path.join(data, "runs")).length).toBe(before);
    },
  );

  it("names run folders that cannot be read, and serves the others", async () => {
    const other = temporaryData();
    const own = await open(other);
    const { id } = await create(own, smallRun);
    await untilState(own, id, "finished");
    writeFileSync(path.join(runFolder(other, id), "run.json"), "{");
    expect(await own.call("store.rebuild", {})).toMatchObject({ runs: 0, points: 0 });
    const lines = await own.call("doctor", {});
    expect(lines.find(({ name }) => name === id)).toMatchObject({
      ok: false,
      text: expect.stringContaining("damaged"),
    });
  });

  it("rebuilds the store while it serves", async () => {
    const before = await client.call("runs.list", {});
    const series = await client.call("series.get", { run: run.id, metric: "train/entropy", maxPoints: 100 });
    const rebuilt = await client.call("store.rebuild", {});
    expect(rebuilt.runs).toBe(before.length);
    expect(await client.call("runs.list", {})).toEqual(
      before.map((old) => ({ ...old, stepsPerSecond: expect.any(Number) })),
    );
    expect(await client.call("series.get", { run: run.id, metric: "train/entropy", maxPoints: 100 })).toEqual(series);
  });

  it("answers an unknown run everywhere by the nearest name", async () => {
    const wrong = `${run.id.slice(0, -1)}_`;
    const unknown = { code: "run-unknown", hint: expect.stringContaining(run.id) };
    await expect(client.call("runs.get", { run: wrong })).rejects.toMatchObject(unknown);
    await expect(client.call("runs.log", { run: wrong, bytes: 9 })).rejects.toMatchObject(unknown);
    await expect(client.call("runs.command", { run: wrong, command: "stop" })).rejects.toMatchObject(unknown);
    await expect(client.call("checkpoints.list", { run: wrong })).rejects.toMatchObject(unknown);
    await expect(client.call("series.get", { run: wrong, metric: "m", maxPoints: 9 })).rejects.toMatchObject(unknown);
  });
});
