import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Machine, type RunningLoad, whatKeeps } from "../../../main/engine/admission.ts";
import { byPriority, moveRuns } from "../../../main/engine/queue-order.ts";
import { playQueue } from "../../../main/engine/schedule.ts";

const level = (run: string) => (run.startsWith("h") ? "high" : run.startsWith("l") ? "low" : "normal");

describe("the order of the queue", () => {
  it("is by priority, then as it was", () => {
    expect(byPriority(["l1", "n1", "h1", "n2", "h2", "l2"], level)).toEqual(["h1", "h2", "n1", "n2", "l1", "l2"]);
  });

  it("changes among runs of the same priority, moved runs staying together", () => {
    const waiting = ["h1", "n1", "n2", "n3", "n4", "l1", "l2"];
    const move = (to: Parameters<typeof moveRuns>[2], ...runs: string[]) =>
      moveRuns(waiting, new Set(runs), to, level).join(" ");
    expect(move("first", "n4", "n2")).toBe("h1 n2 n4 n1 n3 l1 l2");
    expect(move("last", "n1", "n3", "l1")).toBe("h1 n2 n4 n1 n3 l2 l1");
    expect(move("earlier", "n3", "n4")).toBe("h1 n1 n3 n4 n2 l1 l2");
    expect(move("earlier", "n1", "n2")).toBe("h1 n1 n2 n3 n4 l1 l2");
    expect(move("later", "n1", "n2", "l1")).toBe("h1 n3 n1 n2 n4 l2 l1");
    expect(move("later", "n4")).toBe(waiting.join(" "));
  });

  it("never loses a run, mixes priorities or turns moved runs round", () => {
    const run = fc.tuple(fc.constantFrom("h", "n", "l"), fc.nat(999)).map(([p, n]) => `${p}${n}`);
    fc.assert(
      fc.property(
        fc.uniqueArray(run, { maxLength: 30 }),
        fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
        fc.constantFrom("first" as const, "earlier" as const, "later" as const, "last" as const),
        (runs, chosen, to) => {
          const waiting = byPriority(runs, level);
          const moved = new Set(waiting.filter((_, index) => chosen[index]));
          const result = moveRuns(waiting, moved, to, level);
          expect([...result].sort()).toEqual([...waiting].sort());
          expect(byPriority(result, level)).toEqual(result);
          const kept = (list: readonly string[]) => list.filter((each) => moved.has(each));
          expect(kept(result)).toEqual(kept(waiting));
        },
      ),
    );
  });
});

describe("the admission of a run", () => {
  const machine: Machine = {
    parallel: 4,
    memoryAvailableBytes: 4e9,
    memoryKeptFreeBytes: 1e9,
    diskFreeBytes: 50e9,
    diskKeptFreeBytes: 1e9,
  };
  const running = (threads: number, memoryBytes: number, usedMemoryBytes = memoryBytes): RunningLoad => ({
    threads,
    memoryBytes,
    usedMemoryBytes,
  });
  const run = { threads: 1, memoryBytes: 1e9 };

  it("counts a run's threads as cores", () => {
    expect(whatKeeps(run, [running(3, 0)], machine)).toBe("");
    expect(whatKeeps(run, [running(2, 0), running(2, 0)], machine)).toBe("a free place");
    expect(whatKeeps({ ...run, threads: 2 }, [running(3, 0)], machine)).toBe(
      "2 free places for its threads, of which there are 1",
    );
  });

  it("leaves memory that is kept free, and what started runs have yet to take", () => {
    expect(whatKeeps(run, [running(1, 1e9)], machine)).toBe("");
    expect(whatKeeps(run, [running(1, 2.5e9, 0)], machine)).toBe(
      "memory: it needs about 1.0 GB, 500 MB are left for runs",
    );
    expect(whatKeeps({ ...run, memoryBytes: 3.1e9 }, [running(1, 0)], machine)).toContain("it needs about 3.1 GB");
  });

  it("lets one run start where nothing trains, but not on a full disk", () => {
    expect(whatKeeps({ threads: 16, memoryBytes: 1e12 }, [], machine)).toBe("");
    expect(whatKeeps(run, [], { ...machine, diskFreeBytes: 0.4e9 })).toBe(
      "space on the disk: 400 MB are free, 1.0 GB are kept free",
    );
  });
});

describe("the times of the queue", () => {
  const job = (seconds: number | null, threads = 1, memoryBytes = 1) => ({ seconds, threads, memoryBytes });
  const capacity = { parallel: 2, memoryBytes: 100 };
  const times = (...args: Parameters<typeof playQueue>) =>
    playQueue(...args).map(({ startsInSeconds, endsInSeconds }) => [startsInSeconds, endsInSeconds]);

  it("come from playing it through", () => {
    expect(times([job(10)], [job(5), job(5), job(20)], capacity)).toEqual([
      [0, 10],
      [0, 5],
      [5, 10],
      [10, 30],
    ]);
  });

  it("heed threads, memory and the order: a small run does not overtake a large one", () => {
    expect(times([job(10)], [job(5, 2), job(1)], capacity)).toEqual([
      [0, 10],
      [10, 15],
      [15, 16],
    ]);
    expect(times([job(10, 1, 60)], [job(5, 1, 60), job(5, 1, 500)], capacity)).toEqual([
      [0, 10],
      [10, 15],
      [15, 20],
    ]);
  });

  it("are unknown behind a run whose speed is unknown, and known before it", () => {
    expect(times([job(10), job(3)], [job(null), job(1), job(1)], capacity)).toEqual([
      [0, 10],
      [0, 3],
      [3, null],
      [null, null],
      [null, null],
    ]);
    expect(times([job(null)], [job(5), job(5)], { ...capacity, parallel: 1 })).toEqual([
      [0, null],
      [null, null],
      [null, null],
    ]);
  });
});
