import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { migrations } from "../../../main/store/migrations/index.ts";
import { Store } from "../../../main/store/store.ts";
import { FIRST_PROJECT, type ItemRef } from "../../../preload/contract.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { runSummary } from "./run-summary.ts";

const run: ItemRef = { kind: "run", id: "r1" };
const experiment: ItemRef = { kind: "experiment", id: "e1" };

function openStore(): Store {
  const store = new Store(path.join(temporaryFolder(), "store.sqlite"));
  store.projects.put({ id: "p1", name: "thesis", createdAt: 1 });
  store.experiments.put({ id: "e1", name: "first try", createdAt: 2, project: "p1" });
  store.experiments.put({ id: "e2", name: "second try", createdAt: 3 });
  store.runs.put({ summary: runSummary("r1"), lastState: undefined });
  return store;
}

describe("what a person says of an item", () => {
  it("is never overwritten by what its folder tells", () => {
    const store = openStore();
    const change = { name: "the good one", addTags: ["paper"], notes: "# why", archived: true, trashed: true };
    store.items.change(run, { ...change, parent: "e2" }, 77);
    const marks = { label: "the good one", tags: ["paper"], noted: true, archived: true, trashedAt: 77 };
    const expected = runSummary("r1", { ...marks, experiment: "e2", name: "second try" });
    expect(store.runs.list()).toEqual([expected]);
    for (const summary of [expected, runSummary("r1")]) {
      store.runs.put({ summary, lastState: undefined });
      expect(store.runs.get("r1")?.summary).toEqual(expected);
    }
    expect(store.runs.notes("r1")).toBe("# why");
    store.items.change(run, { parent: "e1" }, 78);
    expect(store.runs.get("r1")?.summary).toMatchObject({ experiment: "e1", name: "first try" });
  });

  it("changes only what it names, and tags are added and removed", () => {
    const store = openStore();
    store.items.change(run, { addTags: ["a", "b"], notes: "n" }, 1);
    store.items.change(run, { removeTags: ["a", "x"], addTags: ["c", "b"] }, 2);
    expect(store.runs.get("r1")?.summary).toMatchObject({ tags: ["b", "c"], noted: true, label: "" });
    store.items.change(run, { name: "x" }, 3);
    store.items.change(run, { name: "", notes: "" }, 4);
    expect(store.runs.get("r1")?.summary).toMatchObject({ tags: ["b", "c"], noted: false, label: "" });
  });

  it("keeps the first time of the trash until it is restored", () => {
    const store = openStore();
    store.items.change(run, { trashed: true }, 5);
    store.items.change(run, { trashed: true }, 6);
    expect(store.runs.get("r1")?.summary.trashedAt).toBe(5);
    store.items.change(run, { trashed: false }, 7);
    expect(store.runs.get("r1")?.summary.trashedAt).toBeNull();
  });

  it("names the runs of an experiment by its present name", () => {
    const store = openStore();
    store.items.change(experiment, { name: "renamed" }, 1);
    expect(store.runs.get("r1")?.summary.name).toBe("renamed");
    expect(store.experiments.get("e1")).toMatchObject({ name: "renamed", project: "p1" });
  });

  it("may be of something that is not there, without harm", () => {
    const store = openStore();
    store.items.change({ kind: "run", id: "gone" }, { name: "x", parent: "nowhere" }, 1);
    store.items.change(run, { parent: "nowhere" }, 1);
    store.items.change(experiment, { parent: "nowhere" }, 1);
    store.items.change({ kind: "checkpoint", id: "gone:5" }, { pinned: true }, 1);
    expect(store.runs.list()).toEqual([runSummary("r1")]);
    expect(store.experiments.get("e1")?.project).toBe(FIRST_PROJECT);
  });
});

describe("what is removed for good", () => {
  it("is hidden at once, and a run that comes back later has no marks", () => {
    const store = openStore();
    store.items.change(run, { name: "x" }, 1);
    for (const item of [run, experiment]) store.items.remove(item);
    expect(store.items.beingRemoved()).toEqual([experiment, run]);
    expect(store.runs.list()).toEqual([]);
    expect(store.experiments.get("e1")).toBeUndefined();
    store.runs.remove("r1");
    for (const item of [run, experiment]) store.items.forget(item);
    expect(store.items.beingRemoved()).toEqual([]);
    expect(store.experiments.list().map(({ id }) => id)).toEqual(["e2"]);
    store.runs.put({ summary: runSummary("r1"), lastState: undefined });
    expect(store.runs.list()).toEqual([runSummary("r1")]);
    expect(store.experiments.list().map(({ id }) => id)).toEqual(["e1", "e2"]);
  });

  it("leaves the experiments of a removed project in the first one", () => {
    const store = openStore();
    store.projects.remove("p1");
    expect(store.experiments.get("e1")?.project).toBe(FIRST_PROJECT);
  });

  it("gives its pages back to the file system", () => {
    const store = openStore();
    const metric = store.metrics.number(store.runs.number("r1") ?? 0, "m");
    store.transaction(() => {
      const tail = store.points.tail(metric, 1);
      for (let step = 0; step < 200_000; step++) tail.push(step, step, step, step);
    });
    while (store.shrink());
    const full = store.bytes();
    store.runs.remove("r1");
    while (store.shrink());
    expect(full).toBeGreaterThan(5_000_000);
    expect(store.bytes()).toBeLessThan(300_000);
  });
});

describe("a database of version 1", () => {
  it("gives its pages back as well", () => {
    const file = path.join(temporaryFolder(), "store.sqlite");
    const old = new Database(file);
    old.exec(migrations[0]?.sql ?? "");
    old.pragma("user_version = 1");
    old.pragma(`application_id = ${0x45444c4d}`);
    old.exec("CREATE TABLE large (text TEXT); INSERT INTO large VALUES (zeroblob(3000000)); DROP TABLE large");
    old.close();
    const store = new Store(file);
    expect(store.bytes()).toBeGreaterThan(3_000_000);
    while (store.shrink());
    expect(store.bytes()).toBeLessThan(300_000);
  });
});

describe("the last values of a run", () => {
  function record(store: Store, metric: string, attempt: number, points: readonly (readonly [number, number])[]): void {
    const number = store.metrics.number(store.runs.number("r1") ?? 0, metric);
    store.transaction(() => {
      for (const [step, value] of points) store.points.tail(number, attempt).push(step, value, step, step);
    });
  }

  it("are those of the highest attempt, or of an earlier one up to where it went on", () => {
    const store = openStore();
    store.runs.startAttempt("r1", 1, 0);
    record(store, "a", 1, [
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    record(store, "b", 1, [
      [1, 11],
      [2, 21],
      [3, 31],
    ]);
    const metrics = ["b", "none", "a"];
    expect(store.series.lastValues("r1", metrics)).toEqual([31, null, 30]);
    store.runs.startAttempt("r1", 2, 2);
    expect(store.series.lastValues("r1", metrics)).toEqual([21, null, 20]);
    record(store, "a", 2, [
      [3, 33],
      [4, Number.NaN],
    ]);
    expect(store.series.lastValues("r1", metrics)).toEqual([21, null, null]);
    record(store, "a", 2, [[5, 55]]);
    expect(store.series.lastValues("r1", metrics)).toEqual([21, null, 55]);
    expect(store.series.lastValues("unknown", metrics)).toEqual([null, null, null]);
    expect(store.metrics.all()).toEqual(["a", "b"]);
  });
});

describe("a run's parameters", () => {
  it("are kept beside the run, and missing ones are named", () => {
    const store = openStore();
    expect(store.parameters.missing()).toEqual(["r1"]);
    store.parameters.put("r1", { steps: 5, hidden: "8x8", normalise: true });
    expect(store.parameters.list()).toEqual([{ run: "r1", values: { steps: 5, hidden: "8x8", normalise: true } }]);
    expect(store.parameters.missing()).toEqual([]);
    store.runs.remove("r1");
    expect(store.parameters.get("r1")).toBeUndefined();
  });
});
