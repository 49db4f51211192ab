import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Client } from "../../../main/link/client.ts";
import { diskBytes } from "../../../main/platform/files.ts";
import { JournalWriter, readJournal } from "../../../main/runs/journal.ts";
import { readPins } from "../../../main/runs/pins.ts";
import { readRunFile } from "../../../main/runs/run-file.ts";
import { type EventPayload, FIRST_PROJECT, type ItemRef, type MethodParams } from "../../../preload/contract.ts";
import { type BigProject, makeBigProject } from "../../bench/big-project.ts";
import {
  create,
  kill,
  longRun,
  open,
  runFolder,
  smallRun,
  temporaryData,
  until,
  untilState,
  untilStep,
} from "./support.ts";

const some: BigProject = {
  runs: 6,
  pointsARun: 160,
  checkpointsARun: 2,
  metrics: 8,
  experiments: 2,
  projects: 1,
};

/** A data folder with finished runs, three in each of two experiments. */
function withRuns(size: Partial<BigProject> = {}): { data: string; runs: string[] } {
  const data = temporaryData();
  return { data, runs: makeBigProject(data, { ...some, ...size }) };
}

function refs(kind: ItemRef["kind"], ids: readonly string[]): ItemRef[] {
  return ids.map((id) => ({ kind, id }));
}

/** Everything that a person sees of the tree. */
async function wholeDesk(client: Client) {
  return {
    desk: await client.call("desk.get", {}),
    runs: (await client.call("runs.list", {})).map((run) => ({ ...run, stepsPerSecond: 0 })),
    checkpoints: await client.call("checkpoints.list", {}),
    parameters: await client.call("runs.parameters", {}),
  };
}

/** Says something of everything, in every way. */
async function workOnDesk(client: Client, runs: readonly string[]): Promise<void> {
  const [first, second] = (await client.call("desk.get", {})).experiments;
  const thesis = await client.call("desk.createProject", { name: "Thesis" });
  const draft = await client.call("desk.createExperiment", { name: "Draft", project: thesis.id });
  const change = (items: ItemRef[], change: MethodParams<"desk.change">["change"]) =>
    client.call("desk.change", { items, change });
  await change(refs("project", [thesis.id]), { name: "Thesis, second part", notes: "**why**", addTags: ["paper"] });
  await change(refs("experiment", [first?.id ?? ""]), { name: "Renamed", parent: thesis.id });
  await change(refs("experiment", [second?.id ?? ""]), { archived: true });
  await change(refs("run", runs.slice(0, 2)), { addTags: ["good", "crowd/edge"], notes: "# Notes" });
  await change(refs("run", runs.slice(1, 2)), { name: "the good one", removeTags: ["good"] });
  await change(refs("run", runs.slice(2, 3)), { parent: draft.id });
  await change(refs("run", runs.slice(3, 4)), { trashed: true });
  const checkpoints = await client.call("checkpoints.list", {});
  await change(
    refs(
      "checkpoint",
      checkpoints.slice(0, 1).map(({ id }) => id),
    ),
    { pinned: true, name: "before the drop" },
  );
}
describe("the desk", () => {
  it("starts with one project, which holds what was made before there were projects", async () => {
    const { data } = withRuns();
    const client = await open(data);
    const { projects, experiments } = await client.call("desk.get", {});
    expect(projects).toEqual([
      { id: FIRST_PROJECT, name: "First project", createdAt: 0, tags: [], notes: "", archived: false, trashedAt: null },
    ]);
    expect(experiments.map(({ name, project }) => [name, project])).toEqual([
      ["Sweep 1", FIRST_PROJECT],
      ["Sweep 2", FIRST_PROJECT],
    ]);
    await client.call("desk.change", { items: refs("project", [FIRST_PROJECT]), change: { name: "Mine" } });
    expect((await client.call("desk.get", {})).projects.map(({ name }) => name)).toEqual(["Mine"]);
  });

  it("keeps what a person says of projects, experiments, runs and checkpoints", async () => {
    const { data, runs } = withRuns();
    const client = await open(data);
    await workOnDesk(client, runs);
    const { desk, runs: listed, checkpoints } = await wholeDesk(client);
    const thesis = desk.projects.find(({ name }) => name === "Thesis, second part");
    expect(thesis).toMatchObject({ notes: "**why**", tags: ["paper"] });
    expect(desk.experiments.map(({ name, project, archived }) => [name, project, archived])).toEqual([
      ["Renamed", thesis?.id, false],
      ["Sweep 2", FIRST_PROJECT, true],
      ["Draft", thesis?.id, false],
    ]);
    expect(
      listed.map(({ name, label, tags, noted, trashedAt }) => [name, label, tags, noted, trashedAt !== null]),
    ).toEqual([
      ["Renamed", "", ["good", "crowd/edge"], true, false],
      ["Renamed", "the good one", ["crowd/edge"], true, false],
      ["Draft", "", [], false, false],
      ["Sweep 2", "", [], false, true],
      ["Sweep 2", "", [], false, false],
      ["Sweep 2", "", [], false, false],
    ]);
    expect(checkpoints[0]).toMatchObject({ pinned: true, label: "before the drop" });
    const detail = await client.call("runs.get", { run: runs[0] ?? "" });
    expect(detail.notes).toBe("# Notes");
    expect(detail.bytes).toBe(diskBytes(runFolder(data, runs[0] ?? "")));
    expect(readPins(runFolder(data, runs[0] ?? ""))).toEqual(new Set([checkpoints[0]?.step]));
  });

  it("is the very same after an engine's death, a rebuild, and a lost database", async () => {
    const { data, runs } = withRuns();
    let client = await open(data);
    await workOnDesk(client, runs);
    const before = await wholeDesk(client);
    await kill(client.engine.pid);
    client = await open(data);
    expect(await wholeDesk(client)).toEqual(before);
    await client.call("store.rebuild", {});
    expect(await wholeDesk(client)).toEqual(before);
    await kill(client.engine.pid, "SIGTERM");
    rmSync(path.join(data, "store.sqlite"));
    client = await open(data);
    expect(await wholeDesk(client)).toEqual(before);
  });

  it("changes all of the items or none, and says which one cannot be changed so", async () => {
    const { data, runs } = withRuns();
    const client = await open(data);
    const before = await wholeDesk(client);
    const [experiment] = before.desk.experiments;
    const change = (items: ItemRef[], change: MethodParams<"desk.change">["change"]) =>
      client.call("desk.change", { items, change });
    const known = refs("run", runs.slice(0, 2));
    await expect(change([...known, { kind: "run", id: "nobody" }], { notes: "x" })).rejects.toMatchObject({
      code: "run-unknown",
    });
    await expect(change([...known, ...refs("checkpoint", [`${runs[0]}:5`])], { notes: "x" })).rejects.toMatchObject({
      code: "checkpoint-unknown",
    });
    await expect(change([...known, ...refs("experiment", ["none"])], { notes: "x" })).rejects.toMatchObject({
      code: "experiment-unknown",
    });
    await expect(change([...known, ...refs("project", ["none"])], { notes: "x" })).rejects.toMatchObject({
      code: "project-unknown",
    });
    await expect(change(known, { pinned: true })).rejects.toMatchObject({
      code: "change-unfit",
      field: "change.pinned",
    });
    await expect(change(known, { parent: "none" })).rejects.toMatchObject({ code: "experiment-unknown" });
    await expect(change(refs("project", [FIRST_PROJECT]), { parent: FIRST_PROJECT })).rejects.toMatchObject({
      code: "change-unfit",
    });
    await expect(change(refs("experiment", [experiment?.id ?? ""]), { name: " " })).rejects.toMatchObject({
      code: "name-empty",
    });
    await expect(change(known, {})).rejects.toMatchObject({ code: "change-empty" });
    await expect(change(known, { addTags: ["two words"] })).rejects.toMatchObject({ code: "bad-parameters" });
    await expect(client.call("desk.createExperiment", { name: "x", project: "none" })).rejects.toMatchObject({
      code: "project-unknown",
    });
    expect(await wholeDesk(client)).toEqual(before);
  });

  it("tells every subscriber what changed, and nobody else", async () => {
    const { data, runs } = withRuns();
    const client = await open(data);
    const other = await open(data);
    const deaf = await open(data);
    const heard: (EventPayload<"desk"> | string)[] = [];
    const wrong: unknown[] = [];
    other.listen("desk", (event) => heard.push(event));
    other.listen("run", ({ id, name, label }) => heard.push(`${id} ${name} ${label}`));
    deaf.listen("desk", (event) => wrong.push(event));
    await other.call("subscribe", { runs: true, points: [] });
    const project = await client.call("desk.createProject", { name: "New" });
    const [experiment] = (await client.call("desk.get", {})).experiments;
    await client.call("desk.change", { items: refs("experiment", [experiment?.id ?? ""]), change: { name: "Called" } });
    await client.call("desk.change", { items: refs("run", runs.slice(5)), change: { name: "last" } });
    await until("the events", () => heard.length >= 6);
    expect(heard).toEqual([
      { projects: [project], experiments: [], removed: [] },
      { projects: [], experiments: [{ ...experiment, name: "Called" }], removed: [] },
      ...runs.slice(0, 3).map((run) => `${run} Called `),
      `${runs[5]} Sweep 2 last`,
    ]);
    await deaf.call("runs.list", {});
    expect(wrong).toEqual([]);
  });

  it("knows every run's parameters and last values", async () => {
    const { data, runs } = withRuns();
    const client = await open(data);
    const all = await client.call("runs.parameters", {});
    expect(all.map(({ run }) => run)).toEqual(runs);
    const { parameters } = await client.call("runs.get", { run: runs[4] ?? "" });
    expect(all[4]?.values).toEqual(Object.fromEntries(parameters.map(({ key, value }) => [key, value])));
    expect(await client.call("runs.parameters", { runs: runs.slice(4, 5) })).toEqual([all[4]]);
    const ids = await client.call("metrics.list", {});
    expect(ids).toContain("rollout/reward");
    expect(await client.call("metrics.list", { runs: runs.slice(0, 2) })).toEqual(ids);
    expect(await client.call("metrics.list", { runs: [] })).toEqual([]);
    const metrics = ["time/fps", "nothing", "eval/reward"];
    const values = await client.call("runs.lastValues", { metrics });
    for (const run of await client.call("runs.list", {})) {
      const series = await client.call("series.get", { run: run.id, metric: "time/fps", maxPoints: 1000 });
      expect(values.find((row) => row.run === run.id)?.values).toEqual([series.values.at(-1), null, run.reward]);
    }
  });

  it("changes many items by one record of the journal and one event each", async () => {
    const { data, runs } = withRuns({ runs: 200, pointsARun: 8, checkpointsARun: 0 });
    const client = await open(data);
    const other = await open(data);
    const changed: string[] = [];
    other.listen("run", ({ id, tags }) => tags.includes("all") && changed.push(id));
    await other.call("subscribe", { runs: true, points: [] });
    const records = () => readJournal(path.join(data, "project.journal")).records;
    const before = records();
    await client.call("desk.change", { items: refs("run", runs), change: { addTags: ["all"], archived: true } });
    expect(records().length).toBe(before.length + 1);
    await until("all of the events", () => changed.length >= 200);
    expect(changed.sort()).toEqual([...runs].sort());
    expect((await client.call("runs.list", {})).every(({ archived }) => archived)).toBe(true);
  });
});

describe("a fork", () => {
  it("begins in its parent's project, wherever the parent's experiment was moved, or in the experiment that is named", async () => {
    const data = temporaryData();
    const client = await open(data);
    const parent = await create(client, smallRun);
    await untilState(client, parent.id, "finished");
    const { id: project } = await client.call("desk.createProject", { name: "Other" });
    await client.call("desk.change", { items: refs("experiment", [parent.experiment]), change: { parent: project } });
    const set = { steps: 2 * parent.steps };
    const fork = await client.call("runs.fork", { checkpoint: `${parent.id}:last`, set, name: "longer" });
    const made = (await client.call("desk.get", {})).experiments.find(({ id }) => id === fork.experiment);
    expect(made).toMatchObject({ name: "longer", project });
    const beside = { checkpoint: `${parent.id}:last`, set, experiment: parent.experiment };
    expect((await client.call("runs.fork", beside)).experiment).toBe(parent.experiment);
    await untilState(client, fork.id, "finished");
    await client.call("desk.change", { items: refs("experiment", [fork.experiment]), change: { trashed: true } });
    const into = client.call("runs.fork", { ...beside, experiment: fork.experiment });
    await expect(into).rejects.toMatchObject({ code: "experiment-trashed" });
    await expect(client.call("runs.create", { ...smallRun, experiment: fork.experiment })).rejects.toMatchObject({
      code: "experiment-trashed",
    });
  });
});

describe("a project journal that a newer program wrote", () => {
  it("is left as it is: every change is refused and nothing is half done", async () => {
    const { data, runs } = withRuns();
    const file = path.join(data, "project.journal");
    const writer = JournalWriter.open(file, { attempt: 1 });
    writer.event({ type: "telepathy" });
    writer.close();
    const before = readFileSync(file);
    const client = await open(data);
    const change = client.call("desk.change", { items: refs("run", runs), change: { notes: "x" } });
    await expect(change).rejects.toMatchObject({ code: "journal-damaged" });
    await expect(client.call("desk.createProject", { name: "x" })).rejects.toMatchObject({ code: "journal-damaged" });
    expect(readFileSync(file)).toEqual(before);
    expect((await client.call("runs.list", {})).map(({ noted }) => noted)).toEqual(runs.map(() => false));
  });
});

describe("the trash", () => {
  it("gives back what it says, on the disk and in the database, and only that", async () => {
    const { data, runs } = withRuns({ pointsARun: 80_000 });
    const client = await open(data);
    const [experiment] = (await client.call("desk.get", {})).experiments;
    const checkpoints = await client.call("checkpoints.list", {});
    const last = checkpoints.filter(({ run }) => run === runs[5]).map(({ id }) => id);
    const trashed = [
      ...refs("experiment", [experiment?.id ?? ""]),
      ...refs("run", runs.slice(4, 5)),
      ...refs("checkpoint", last.slice(0, 1)),
    ];
    await client.call("desk.change", { items: trashed, change: { trashed: true } });
    const size = await client.call("trash.size", {});
    const folders = [...runs.slice(0, 3), runs[4] ?? ""].map((run) => runFolder(data, run));
    const single = path.join(runFolder(data, runs[5] ?? ""), "checkpoints", String(last[0]?.split(":")[1]));
    expect(size).toEqual({
      runs: 4,
      checkpoints: 1,
      bytes: [...folders, single].reduce((sum, folder) => sum + diskBytes(folder), 0),
    });
    expect((await client.call("trash.size", { items: refs("run", runs.slice(4, 5)) })).runs).toBe(1);

    const before = diskBytes(data);
    const removed: ItemRef[] = [];
    client.listen("desk", (event) => removed.push(...event.removed));
    await client.call("subscribe", { runs: true, points: [] });
    const freed = await client.call("trash.empty", {});
    expect(freed).toMatchObject({ runs: 4, checkpoints: 1 });
    expect(freed.bytes).toBeGreaterThan(size.bytes + 4 * 80_000 * 28);
    expect(Math.abs(before - diskBytes(data) - freed.bytes)).toBeLessThan(200_000);
    for (const folder of [...folders, single]) expect(existsSync(folder)).toBe(false);
    expect((await client.call("runs.list", {})).map(({ id }) => id)).toEqual([runs[3], runs[5]]);
    expect((await client.call("checkpoints.list", {})).map(({ id }) => id)).not.toContain(last[0]);
    expect((await client.call("desk.get", {})).experiments.map(({ name }) => name)).toEqual(["Sweep 2"]);
    await until("the event", () => removed.length > 0);
    expect(new Set(removed.map(({ id }) => id))).toEqual(
      new Set([experiment?.id, ...runs.slice(0, 3), runs[4], last[0]]),
    );
    expect(await client.call("trash.size", {})).toEqual({ runs: 0, checkpoints: 0, bytes: 0 });
    expect(await client.call("trash.empty", {})).toEqual({ runs: 0, checkpoints: 0, bytes: 0 });

    const kept = await wholeDesk(client);
    await client.call("store.rebuild", {});
    expect(await wholeDesk(client)).toEqual(kept);
  });

  it("restores what was put into it", async () => {
    const { data, runs } = withRuns();
    const client = await open(data);
    const before = await wholeDesk(client);
    const experiments = refs(
      "experiment",
      before.desk.experiments.map(({ id }) => id),
    );
    const items = [...experiments, ...refs("run", runs)];
    await client.call("desk.change", { items, change: { trashed: true } });
    const restoreRun = client.call("desk.change", { items: refs("run", runs.slice(0, 1)), change: { trashed: false } });
    await expect(restoreRun).rejects.toMatchObject({ code: "parent-trashed" });
    const into = client.call("desk.change", {
      items: refs("run", runs.slice(0, 1)),
      change: { parent: experiments[0]?.id ?? "" },
    });
    await expect(into).rejects.toMatchObject({ code: "experiment-trashed" });
    await client.call("desk.change", { items, change: { trashed: false } });
    expect(await wholeDesk(client)).toEqual(before);
    expect((await client.call("trash.empty", {})).runs).toBe(0);
    await expect(client.call("trash.empty", { items: refs("run", runs.slice(0, 1)) })).rejects.toMatchObject({
      code: "not-trashed",
    });
    expect(await wholeDesk(client)).toEqual(before);
  });

  it("takes a run's number with it: all others keep theirs, and so their colours, and new runs count on", async () => {
    const { data, runs } = withRuns();
    let client = await open(data);
    const ordinals = async () => (await client.call("runs.list", {})).map(({ id, ordinal }) => [id, ordinal]);
    const remove = async (ids: readonly string[]) => {
      await client.call("desk.change", { items: refs("run", ids), change: { trashed: true } });
      await client.call("trash.empty", {});
    };
    expect(await ordinals()).toEqual(runs.map((run, place) => [run, place]));
    await remove([runs[0] ?? "", runs[3] ?? ""]);
    const left = [1, 2, 4, 5].map((place) => [runs[place], place]);
    expect(await ordinals()).toEqual(left);

    const made = await client.call("runs.create", { ...smallRun, seeds: [1, 2] });
    expect(made.map(({ ordinal }) => ordinal)).toEqual([6, 7]);
    for (const { id } of made) await untilState(client, id, "finished");
    await remove([made[1]?.id ?? ""]);
    const again = await create(client, smallRun);
    expect(again.ordinal).toBe(8);
    await untilState(client, again.id, "finished");
    const after = [...left, [made[0]?.id, 6], [again.id, 8]];
    expect(await ordinals()).toEqual(after);
    expect(readRunFile(runFolder(data, again.id)).ordinal).toBe(8);

    await client.call("store.rebuild", {});
    expect(await ordinals()).toEqual(after);
    await kill(client.engine.pid, "SIGTERM");
    client = await open(data);
    expect(await ordinals()).toEqual(after);
    // A run made with its number keeps it even where the store is lost.
    await kill(client.engine.pid, "SIGTERM");
    rmSync(path.join(data, "store.sqlite"));
    client = await open(data);
    expect((await ordinals()).slice(-2)).toEqual(after.slice(-2));
  });

  it("takes no run that works or waits, not the checkpoint that one goes on from, and not the first project", async () => {
    const data = temporaryData();
    const client = await open(data, { parallel: 1 });
    const runs = await client.call("runs.create", { ...longRun, seeds: [1, 2] });
    const [running, waiting] = runs.map(({ id }) => id);
    const { experiment } = await untilStep(client, running ?? "", 4500);
    const trash = (items: ItemRef[]) => client.call("desk.change", { items, change: { trashed: true } });
    for (const run of [running, waiting])
      await expect(trash(refs("run", [run ?? ""]))).rejects.toMatchObject({ code: "run-active" });
    const whole = await trash(refs("experiment", [experiment])).catch((error: unknown) => error);
    expect(whole).toMatchObject({
      code: "run-active",
      message: expect.stringContaining("2 runs"),
      hint: expect.stringContaining("Pause or stop"),
    });
    await expect(trash(refs("project", [FIRST_PROJECT]))).rejects.toMatchObject({ code: "project-first" });

    for (const run of [waiting, running]) await client.call("runs.command", { run: run ?? "", command: "pause" });
    await untilState(client, running ?? "", "paused");
    const checkpoints = await client.call("checkpoints.list", { run: running ?? "" });
    const newest = checkpoints.at(-1)?.id ?? "";
    await expect(trash(refs("checkpoint", [newest]))).rejects.toMatchObject({ code: "checkpoint-needed" });
    await trash(
      refs(
        "checkpoint",
        checkpoints.slice(0, 1).map(({ id }) => id),
      ),
    );
    expect(await client.call("trash.empty", {})).toMatchObject({ runs: 0, checkpoints: 1 });
    expect((await client.call("checkpoints.list", { run: running ?? "" })).map(({ id }) => id)).toEqual(
      checkpoints.slice(1).map(({ id }) => id),
    );

    await trash(refs("run", [running ?? ""]));
    const resume = client.call("runs.command", { run: running ?? "", command: "resume" });
    await expect(resume).rejects.toMatchObject({ code: "run-trashed", hint: expect.stringContaining("Restore") });
    await client.call("desk.change", { items: refs("run", [running ?? ""]), change: { trashed: false } });
    await client.call("runs.command", { run: running ?? "", command: "resume" });
    await untilState(client, running ?? "", "running");
  });

  it("is emptied to the end by the next engine when one was killed in the middle", async () => {
    for (const delay of [0, 40]) {
      const { data, runs } = withRuns({ runs: 60, checkpointsARun: 1 });
      let client = await open(data);
      await client.call("runs.list", {});
      const kept = runs.slice(50);
      const single = `${kept[0]}:${(await client.call("checkpoints.list", { run: kept[0] ?? "" }))[0]?.step}`;
      const items = [...refs("run", runs.slice(0, 50)), ...refs("checkpoint", [single])];
      await client.call("desk.change", { items, change: { trashed: true } });
      const emptied = client.call("trash.empty", {}).then(
        () => true,
        () => false,
      );
      // From the first folder that is gone on, it was decided.
      await until("the first folder to go", () => readdirSync(path.join(data, "runs")).length < 60);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await kill(client.engine.pid);
      expect(await emptied).toBe(false);
      client = await open(data);
      expect((await client.call("runs.list", {})).map(({ id }) => id)).toEqual(kept);
      expect(readdirSync(path.join(data, "runs")).sort()).toEqual([...kept].sort());
      expect(readdirSync(path.join(runFolder(data, kept[0] ?? ""), "checkpoints"))).toEqual([]);
      expect((await client.call("checkpoints.list", {})).map(({ id }) => id)).not.toContain(single);
      expect(await client.call("trash.size", {})).toEqual({ runs: 0, checkpoints: 0, bytes: 0 });
      const after = await wholeDesk(client);
      await client.call("store.rebuild", {});
      expect(await wholeDesk(client)).toEqual(after);
    }
  });

  it("does not touch a run that was put back from a copy after it had been removed for good", async () => {
    const { data, runs } = withRuns();
    const again = withRuns();
    let client = await open(data);
    await client.call("desk.change", { items: refs("run", runs.slice(0, 1)), change: { trashed: true, name: "x" } });
    await client.call("trash.empty", {});
    await kill(client.engine.pid, "SIGTERM");
    cpSync(runFolder(again.data, runs[0] ?? ""), runFolder(data, runs[0] ?? ""), { recursive: true });
    client = await open(data);
    const [first] = await client.call("runs.list", {});
    expect(first).toMatchObject({ id: runs[0], state: "finished", label: "", trashedAt: null });
    await client.call("store.rebuild", {});
    expect((await client.call("runs.list", {})).length).toBe(6);
  });
});

describe("a pinned checkpoint", () => {
  it("is kept by a trainer that removes all others, until it is pinned no more", async () => {
    const data = temporaryData();
    const client = await open(data);
    const set = { ...longRun.set, checkpointEvery: 1000, keepCheckpoints: 1 };
    const { id } = await create(client, { ...longRun, set });
    const pinned = await pauseBehindBest(client, id);
    const items = refs("checkpoint", [pinned.id]);
    const folder = path.join(runFolder(data, id), "checkpoints", String(pinned.step));
    await client.call("desk.change", { items, change: { pinned: true } });
    await client.call("runs.command", { run: id, command: "resume" });
    await untilStep(client, id, pinned.step + 5000);
    expect(existsSync(folder)).toBe(true);
    const listed = await client.call("checkpoints.list", { run: id });
    expect(listed.find((checkpoint) => checkpoint.id === pinned.id)).toMatchObject({ pinned: true, isLast: false });
    await client.call("desk.change", { items, change: { pinned: false } });
    expect(readPins(runFolder(data, id))).toEqual(new Set());
    await until("it to go", () => !existsSync(folder));
  });

  /** Pauses a run at a checkpoint that retention would remove: neither its best one nor, soon, its last. */
  async function pauseBehindBest(client: Client, run: string) {
    for (let step = 1200; ; step += 1500) {
      await untilStep(client, run, step);
      await client.call("runs.command", { run, command: "pause" });
      await untilState(client, run, "paused");
      const last = (await client.call("checkpoints.list", { run })).at(-1);
      if (last !== undefined && !last.isBest) return last;
      await client.call("runs.command", { run, command: "resume" });
    }
  }
});

describe("a finished run's folder", () => {
  it("is read again when its journal or its checkpoints were changed, and not otherwise", async () => {
    const { data, runs } = withRuns();
    let client = await open(data);
    const before = await wholeDesk(client);
    await kill(client.engine.pid, "SIGTERM");
    const writer = JournalWriter.open(path.join(runFolder(data, runs[0] ?? ""), "journal"), { attempt: 1 });
    writer.event({ type: "mark", text: "a word that was added", at: 1 });
    writer.close();
    rmSync(path.join(runFolder(data, runs[1] ?? "")), { recursive: true });
    client = await open(data);
    const after = await client.call("runs.list", {});
    expect(after.map(({ id, marks }) => [id, marks])).toEqual(
      before.runs
        .filter(({ id }) => id !== runs[1])
        .map(({ id }) => [id, id === runs[0] ? ["a word that was added"] : []]),
    );
  });
});
