import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Client } from "../../../main/link/client.ts";
import { connect } from "../../../main/link/connect.ts";
import type { RunSummary } from "../../../preload/contract.ts";
import { create, endEverything, smallRun, untilState } from "./support.ts";

// One engine with one finished run, whose queue is held: orders are made and never trained.
let data: string;
let client: Client;
let parent: RunSummary;

beforeAll(async () => {
  data = mkdtempSync(path.join(os.tmpdir(), "edgeloom-orders-"));
  client = await connect(data, "cli");
  const { id } = await create(client, { ...smallRun, seeds: [7], name: "parent" });
  parent = await untilState(client, id, "finished");
  await client.call("queue.hold", { held: true });
  return async () => {
    await endEverything(data);
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  };
});

const folders = () => readdirSync(path.join(data, "runs")).length;
const experiments = async () => (await client.call("desk.get", {})).experiments;

async function parametersOf(runs: readonly RunSummary[]) {
  const rows = await client.call("runs.parameters", { runs: runs.map(({ id }) => id) });
  const values = new Map(rows.map((row) => [row.run, row.values]));
  return runs.map(({ id }) => values.get(id)!);
}

describe("runs.create with several values", () => {
  it("makes one run a cell and seed, in one experiment: cell by cell, the seeds within", async () => {
    const runs = await client.call("runs.create", {
      ...smallRun,
      vary: { gamma: [0.9, 0.99], clip: [0.1, 0.2] },
      seeds: [3, 1],
      name: "A grid",
    });
    expect(new Set(runs.map(({ experiment }) => experiment)).size).toBe(1);
    expect(runs.every(({ name, state }) => name === "A grid" && state === "queued")).toBe(true);
    const values = await parametersOf(runs);
    expect(runs.map(({ seed }, i) => [values[i]?.gamma, values[i]?.clip, seed])).toEqual([
      [0.9, 0.1, 3],
      [0.9, 0.1, 1],
      [0.9, 0.2, 3],
      [0.9, 0.2, 1],
      [0.99, 0.1, 3],
      [0.99, 0.1, 1],
      [0.99, 0.2, 3],
      [0.99, 0.2, 1],
    ]);
    expect(runs.map(({ createdAt }) => createdAt)).toEqual([...runs.map(({ createdAt }) => createdAt)].sort());
  });

  it("makes nothing at all when one value of one cell is wrong", async () => {
    const before = { folders: folders(), experiments: (await experiments()).length };
    const order = { ...smallRun, vary: { gamma: [0.9, 2] }, seeds: [1, 2, 3] };
    await expect(client.call("runs.create", order)).rejects.toMatchObject({
      code: "parameter-range",
      field: "vary.gamma.1",
    });
    expect({ folders: folders(), experiments: (await experiments()).length }).toEqual(before);
  });

  it("makes nothing at all when there is no such experiment or project", async () => {
    const before = { folders: folders(), experiments: (await experiments()).length };
    const order = { ...smallRun, seeds: Array.from({ length: 40 }, (_, i) => i), experiment: "experiment-gone" };
    await expect(client.call("runs.create", order)).rejects.toMatchObject({
      code: "experiment-unknown",
      field: "experiment",
    });
    await expect(client.call("runs.create", { ...smallRun, project: "project-gone" })).rejects.toMatchObject({
      code: "project-unknown",
      field: "project",
    });
    expect({ folders: folders(), experiments: (await experiments()).length }).toEqual(before);
  });

  it("puts a new experiment into a project, and adds runs to one that is there under its name", async () => {
    const project = await client.call("desk.createProject", { name: "Paper" });
    const [first] = await client.call("runs.create", { ...smallRun, project: project.id, name: "Inside" });
    const [added] = await client.call("runs.create", { ...smallRun, seeds: [2], experiment: first!.experiment });
    expect(added).toMatchObject({ experiment: first!.experiment, name: "Inside" });
    const made = (await experiments()).find(({ id }) => id === first!.experiment);
    expect(made).toMatchObject({ name: "Inside", project: project.id });

    for (const { id } of [first!, added!]) await client.call("runs.command", { run: id, command: "stop" });
    await client.call("desk.change", { items: [{ kind: "project", id: project.id }], change: { trashed: true } });
    for (const order of [{ project: project.id }, { experiment: first!.experiment }]) {
      await expect(client.call("runs.create", { ...smallRun, ...order })).rejects.toMatchObject({
        code: expect.stringMatching(/-trashed$/),
      });
    }
  });

  it("makes 300 runs while the engine goes on answering", async () => {
    const order = { ...smallRun, vary: { gamma: Array.from({ length: 100 }, (_, i) => i / 100) }, seeds: [1, 2, 3] };
    const began = performance.now();
    let answers = 0;
    let going = true;
    const asking = (async () => {
      while (going) {
        await client.call("engine.info", {});
        answers++;
      }
    })();
    const runs = await client.call("runs.create", order);
    going = false;
    await asking;
    expect(runs.length).toBe(300);
    expect(answers).toBeGreaterThan(5);
    if (process.env.EDGELOOM_TIMES) console.log(`300 runs: ${Math.round(performance.now() - began)} ms`);
  });
});

describe("runs.checkFork", () => {
  const last = () => `${parent.id}:last`;
  const check = (set: Record<string, number | string>) => client.call("runs.checkFork", { checkpoint: last(), set });

  it("lets pass what a fork can change, and makes nothing", async () => {
    const before = folders();
    await check({ steps: 100_000, gamma: 0.5, evaluationEvery: 100 });
    expect(folders()).toBe(before);
  });

  it("names the field whose change does not fit what was learned", async () => {
    await expect(check({ steps: 100_000, gamma: 0.5, hidden: "32x32" })).rejects.toMatchObject({
      code: "fork-unfit",
      field: "set.hidden",
      hint: expect.stringContaining("Keep hidden at"),
    });
    const fork = { checkpoint: last(), set: { steps: 100_000, hidden: "32x32" } };
    const before = folders();
    await expect(client.call("runs.fork", fork)).rejects.toMatchObject({ code: "fork-unfit" });
    expect(folders()).toBe(before);
  });

  it("needs steps beyond the checkpoint's", async () => {
    await expect(check({})).rejects.toMatchObject({ code: "parameter-range", field: "set.steps" });
  });
});

describe("runs.fork", () => {
  it("goes beside its parent, or to the experiment that is named", async () => {
    const fork = (more: object) =>
      client.call("runs.fork", { checkpoint: `${parent.id}:last`, set: { steps: 100_000 }, ...more });
    const first = await fork({ name: "Branch" });
    const second = await fork({ experiment: first.experiment });
    expect(second).toMatchObject({ experiment: first.experiment, name: "Branch", parent: first.parent });
    const home = (await experiments()).find(({ id }) => id === parent.experiment)?.project;
    expect((await experiments()).find(({ id }) => id === first.experiment)?.project).toBe(home);
    await expect(fork({ experiment: "gone" })).rejects.toMatchObject({ code: "experiment-unknown" });
  });
});
