import { describe, expect, it } from "vitest";
import type { Queue, QueueEntry } from "../../preload/contract.ts";
import { metricName } from "../../renderer/model/metrics.ts";
import {
  endText,
  formatIn,
  formatLeft,
  queueRows,
  queueText,
  shiftPriority,
  whatKeeps,
} from "../../renderer/model/queue.ts";
import { summary } from "./summary.ts";

function queue(change: Partial<Queue> = {}): Queue {
  return { entries: [], held: false, endsInSeconds: null, parallel: 2, ...change };
}

function entry(run: string, position: number): QueueEntry {
  const times = { startsInSeconds: null, endsInSeconds: null };
  return { run, position, priority: "normal", ...times, memoryBytes: 0, waitsFor: "" };
}

describe("the queue on the screen", () => {
  it("shows runs in the order of the queue, and leaves out one that is not known yet", () => {
    const runs = [
      summary({ id: "a" }),
      summary({ id: "b", state: "finished" }),
      summary({ id: "c", state: "running" }),
    ];
    const told = queue({ entries: [entry("b", 0), entry("c", 0), entry("new", 1), entry("a", 2)] });
    expect(queueRows(told, runs).map(({ run, summary: { id }, position }) => [run, id, position])).toEqual([
      ["c", "c", 0],
      ["a", "a", 2],
    ]);
  });

  it.each([
    [0, 0, queue(), "Nothing is running"],
    [3, 12, queue({ endsInSeconds: 853 }), "3 running, 12 waiting, 14 min left"],
    [3, 12, queue(), "3 running, 12 waiting"],
    [1, 2, queue({ held: true, endsInSeconds: 10 }), "1 running, 2 waiting, held"],
    [1, 0, undefined, "1 running, 0 waiting"],
  ])("says %d running, %d waiting in the title bar", (running, waiting, told, text) => {
    expect(queueText(running, waiting, told)).toBe(text);
  });

  it.each([
    [0.2, "1 s"],
    [9.4, "10 s"],
    [41, "45 s"],
    [59, "60 s"],
    [89, "1 min"],
    [853, "14 min"],
    [7500, "2 h 5 min"],
  ])("tells %d seconds left with no more digits than they deserve", (seconds, text) => {
    expect(formatLeft(seconds)).toBe(text);
  });

  it("says when all is done, or why that cannot be told", () => {
    expect(endText(queue({ endsInSeconds: 853 }))).toBe("All done in about 14 min");
    expect(endText(queue())).toBe("End not known yet");
    expect(endText(queue({ held: true }))).toBe("No end while the queue is held");
    const waits = queueRows(queue({ held: true, entries: [entry("a", 1)] }), [summary({ id: "a" })]);
    expect(waits[0]?.unknown).toBe("when let go");
  });

  it("says what keeps the next run, unless it is only that others train", () => {
    const waits = (waitsFor: string) => whatKeeps(queue({ entries: [entry("a", 0), { ...entry("b", 1), waitsFor }] }));
    expect([waits(""), waits("a free place")]).toEqual(["", ""]);
    expect(waits("memory: it needs about 2.0 GB")).toBe("The next run waits for memory: it needs about 2.0 GB.");
    expect(whatKeeps(queue({ held: true }))).toContain("held");
  });

  it("says when a run starts, or nothing", () => {
    expect([formatIn(0), formatIn(300), formatIn(null)]).toEqual(["now", "in 5 min", ""]);
  });

  it("raises and lowers a priority, up to the ends", () => {
    expect([shiftPriority("low", 1), shiftPriority("normal", 1), shiftPriority("high", 1)]).toEqual([
      "normal",
      "high",
      "high",
    ]);
    expect(shiftPriority("low", -1)).toBe("low");
  });
});

describe("what trainers measure of the machine", () => {
  it("has names and units, also where a scenario has a metric of that name", () => {
    expect(metricName("system/memory_bytes", [])).toMatchObject({ title: "Memory, system", unit: "bytes" });
    expect(metricName("system/cpu_percent", [])).toMatchObject({ title: "Processor, system", unit: "% of a core" });
  });
});
