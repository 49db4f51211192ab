import { describe, expect, it } from "vitest";
import { journalRecords } from "../../../main/runs/journal.ts";
import { runPaths } from "../../../main/runs/run-file.ts";
import { RunningClock } from "../../../main/trainer/running-clock.ts";
import { readGpuUse, SystemMetrics } from "../../../main/trainer/system-metrics.ts";
import { temporaryFolder } from "../runs/support.ts";
import { makeRun, points, quick, train } from "./support.ts";

/** Metric -> its points as the journal has them. */
function recorded(folder: string): Map<string, { wallSeconds: number; value: number }[]> {
  const names = new Map<number, string>();
  const found = new Map<string, { wallSeconds: number; value: number }[]>();
  for (const record of journalRecords(runPaths.journal(folder))) {
    if (record.kind === "metrics") for (const { index, id } of record.metrics) names.set(index, id);
    if (record.kind !== "points") continue;
    for (let i = 0; i < record.value.length; i++) {
      const name = names.get(record.metric[i]!)!;
      const list = found.get(name) ?? [];
      list.push({ wallSeconds: record.wallSeconds[i]!, value: record.value[i]! });
      found.set(name, list);
    }
  }
  return found;
}

describe("a run's use of the machine", () => {
  it("is recorded beside its curves, at most every two seconds, and is no part of what repeats", async () => {
    const folder = makeRun(temporaryFolder(), "run-1", { ...quick, set: { ...quick.set, steps: 40_000 } });
    await train(folder);
    const all = recorded(folder);
    const memory = all.get("system/memory_bytes")!;
    const processor = all.get("system/cpu_percent")!;
    const iterations = all.get("time/iterations")!.length;
    expect(memory.length).toBeGreaterThan(0);
    expect(memory.length).toBeLessThan(iterations / 10);
    for (let i = 1; i < memory.length; i++) {
      expect(memory[i]!.wallSeconds - memory[i - 1]!.wallSeconds).toBeGreaterThanOrEqual(2);
    }
    for (const { value } of memory) expect(value).toBeGreaterThan(20e6);
    for (const { value } of processor) expect(value).toBeGreaterThan(1);
    expect(all.has("system/gpu_percent")).toBe(false);
    expect([...points(folder).values.keys()].filter((metric) => metric.startsWith("system/"))).toEqual([]);
  });

  it("is sampled by running time", () => {
    const metrics = new SystemMetrics("kernels");
    const seen: [number, string][] = [];
    for (const seconds of [0.1, 1, 2, 2.2, 4, 4.3]) metrics.sample(seconds, (metric) => seen.push([seconds, metric]));
    expect(seen.map(([seconds]) => seconds)).toEqual([0.1, 0.1, 2.2, 2.2, 4.3, 4.3]);
  });

  it("on a GPU is that of the GPU which computes it", () => {
    const gpus = "0, GPU-a, 3, 120\n1, GPU-b, 97, 8000\n";
    const processes = "77, GPU-a, 100\n4242, GPU-b, 7500\n";
    expect(readGpuUse(gpus, processes, 4242)).toEqual({ percent: 97, memoryBytes: 7500 * 2 ** 20 });
    // In a container the system shows no processes.
    expect(readGpuUse(gpus, "", 4242)).toEqual({ percent: 3, memoryBytes: 120 * 2 ** 20 });
    expect(readGpuUse("", "", 4242)).toBeUndefined();
    expect(readGpuUse("0, GPU-a, [N/A], 120\n", "", 1)).toBeUndefined();
  });
});

describe("running time", () => {
  function clock() {
    const source = { time: 100, computed: 5, now: () => source.time, processor: () => source.computed };
    return { source, running: new RunningClock(source) };
  }

  it("leaves out a gap in which the process did not compute: the computer slept", () => {
    const { source, running } = clock();
    for (let i = 0; i < 100; i++) {
      source.time += 0.05;
      source.computed += 0.05;
      running.seconds();
    }
    expect(running.seconds()).toBeCloseTo(5, 9);
    source.time += 3600;
    source.computed += 0.01;
    expect(running.seconds()).toBeLessThan(5.2);
    source.time += 2;
    source.computed += 2;
    expect(running.seconds()).toBeGreaterThan(7);
    expect(running.seconds()).toBeLessThan(7.2);
  });

  it("counts a long iteration and a short wait", () => {
    const { source, running } = clock();
    source.time += 500;
    source.computed += 480;
    expect(running.seconds()).toBeCloseTo(500, 9);
    source.time += 20;
    expect(running.seconds()).toBeCloseTo(520, 9);
  });
});
