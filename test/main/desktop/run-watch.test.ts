import { expect, it } from "vitest";
import { RunWatch } from "../../../main/desktop/run-watch.ts";
import type { RunState, RunSummary } from "../../../preload/contract.ts";
import { summary } from "../../renderer/summary.ts";

function watched() {
  const told: string[] = [];
  const watch = new RunWatch({
    working: (any) => told.push(any ? "working" : "idle"),
    ended: (run) => told.push(`${run.id} ${run.state}`),
  });
  const set = (id: string, state: RunState) => watch.update(summary({ id, state }));
  return { told, watch, set };
}

it("says once that work begins and once that all of it is over", () => {
  const { told, set } = watched();
  set("a", "queued");
  set("a", "running");
  set("b", "starting");
  set("a", "paused");
  set("b", "cancelled");
  expect(told).toEqual(["working", "idle"]);
});

it("reports runs that finish or fail while they are watched", () => {
  const { told, set } = watched();
  set("a", "running");
  set("b", "queued");
  set("a", "finished");
  set("b", "failed");
  expect(told.filter((text) => text.includes(" "))).toEqual(["a finished", "b failed"]);
});

it("says nothing of runs that were over before, nor twice of the same end", () => {
  const { told, watch, set } = watched();
  const list: RunSummary[] = [summary({ id: "old", state: "finished" }), summary({ id: "a", state: "running" })];
  watch.replace(list);
  set("a", "failed");
  set("a", "failed");
  watch.replace([summary({ id: "a", state: "failed" })]);
  expect(told).toEqual(["working", "a failed", "idle"]);
});

it("notices an end that happened while the engine was away", () => {
  const { told, watch, set } = watched();
  set("a", "running");
  watch.replace([summary({ id: "a", state: "finished" })]);
  expect(told).toEqual(["working", "a finished", "idle"]);
});

it("names what would go on without the window: working and waiting runs", () => {
  const { watch, set } = watched();
  for (const state of ["queued", "running", "paused", "failed", "pausing"] as const) set(state, state);
  expect(watch.pending.map((run) => run.id)).toEqual(["queued", "running", "pausing"]);
});

it("tells how far all of it is, without going back when one of several runs ends", () => {
  const { watch } = watched();
  const set = (id: string, state: RunState, step: number) => watch.update(summary({ id, state, step, steps: 100 }));
  expect(watch.progress).toBeUndefined();
  set("a", "running", 50);
  set("b", "queued", 0);
  expect(watch.progress).toBe(0.25);
  set("a", "finished", 100);
  expect(watch.progress).toBe(0.5);
  set("b", "running", 50);
  expect(watch.progress).toBe(0.75);
  set("b", "failed", 60);
  expect(watch.progress).toBeUndefined();
});
