import path from "node:path";
import { describe, expect, it } from "vitest";
import type { StoredCheckpoint } from "../../../main/store/checkpoints.ts";
import { Store } from "../../../main/store/store.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { runSummary } from "./run-summary.ts";

function openStore(): Store {
  const store = new Store(path.join(temporaryFolder(), "store.sqlite"));
  store.experiments.put({ id: "e1", name: "first try", createdAt: 1 });
  return store;
}

describe("the store's tables", () => {
  it("keep every field of a run, and its last change", () => {
    const store = openStore();
    const error = { code: "x", message: "m", hint: "h" };
    const summary = runSummary("r1", { reward: -1.5, parent: "r0:10", error, finishedAt: 5, marks: [] });
    store.runs.put({ summary: runSummary("r1"), lastState: undefined });
    store.runs.put({ summary, lastState: { state: "failed", error } });
    expect(store.runs.get("r1")).toEqual({ summary, lastState: { state: "failed", error } });
    expect(store.runs.list()).toEqual([summary]);
  });

  it("list runs by age and refuse one without its experiment", () => {
    const store = openStore();
    for (const [id, createdAt] of Object.entries({ b: 2, a: 3, c: 1 })) {
      store.runs.put({ summary: runSummary(id, { createdAt }), lastState: undefined });
    }
    expect(store.runs.list().map((run) => run.id)).toEqual(["c", "b", "a"]);
    const orphan = runSummary("x", { experiment: "nowhere" });
    expect(() => store.runs.put({ summary: orphan, lastState: undefined })).toThrow("FOREIGN KEY");
  });

  it("let the project's journal name an experiment, and a run only where it is unknown", () => {
    const store = openStore();
    store.experiments.putIfMissing({ id: "e1", name: "from a run", createdAt: 9 });
    store.experiments.putIfMissing({ id: "e2", name: "from a run", createdAt: 9 });
    expect(store.experiments.get("e1")?.name).toBe("first try");
    store.experiments.put({ id: "e2", name: "typed", createdAt: 8 });
    expect(store.experiments.get("e2")).toMatchObject({ id: "e2", name: "typed", createdAt: 8 });
  });

  it("mirror a run's checkpoints", () => {
    const store = openStore();
    store.runs.put({ summary: runSummary("r1"), lastState: undefined });
    const checkpoint = (step: number): StoredCheckpoint => ({
      id: `r1:${step}`,
      run: "r1",
      step,
      iteration: 1,
      attempt: 1,
      bytes: 10,
      createdAt: 5,
      reward: null,
      isLast: step === 200,
      isBest: false,
      pinned: false,
      label: "",
      tags: [],
      notes: "",
      trashedAt: null,
      sha256: "ab",
    });
    store.checkpoints.replace("r1", [checkpoint(100), checkpoint(200)]);
    expect(store.checkpoints.list("r1")).toEqual([checkpoint(100), checkpoint(200)]);
    store.checkpoints.replace("r1", [checkpoint(200)]);
    expect(store.checkpoints.list()).toEqual([checkpoint(200)]);
    expect(store.checkpoints.list("other")).toEqual([]);
  });

  it("remember where a journal has been read to, together with what was read", () => {
    const store = openStore();
    expect(store.ingestion.get("r1")).toEqual({ offset: 0, attempt: 0, metrics: [] });
    const half = () =>
      store.transaction(() => {
        store.ingestion.put("r1", { offset: 5, attempt: 1, metrics: ["a"] });
        throw new Error("no");
      });
    expect(half).toThrow("no");
    expect(store.ingestion.get("r1").offset).toBe(0);
    store.ingestion.put("r1", { offset: 7, attempt: 2, metrics: ["a", "b"] });
    expect(store.ingestion.get("r1")).toEqual({ offset: 7, attempt: 2, metrics: ["a", "b"] });
    store.ingestion.remove("r1");
    expect(store.ingestion.get("r1").offset).toBe(0);
  });
});
