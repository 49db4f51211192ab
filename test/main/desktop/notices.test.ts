import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeEnds, EndNotices, type Notice } from "../../../main/desktop/end-notices.ts";
import { PowerBlocker } from "../../../main/desktop/power-blocker.ts";
import { summary } from "../../renderer/summary.ts";

const run = (seed: number, state: "finished" | "failed", name = "Sweep") =>
  summary({ id: `${name}-${seed}`, name, seed, state, step: 2048, wallSeconds: 3.4 });

describe("notices of runs that ended", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function collecting(pending: { count: number }) {
    const shown: Notice[] = [];
    const notices = new EndNotices(
      (notice) => shown.push(notice),
      () => pending.count,
    );
    return { shown, notices };
  }

  it("comes at once for the last run that was going", () => {
    const { shown, notices } = collecting({ count: 0 });
    notices.add(run(1, "finished"));
    expect(shown).toEqual([{ title: "Sweep, seed 1, has finished", body: "2,048 steps in 3 s" }]);
  });

  it("is one for many runs that end within three seconds", () => {
    const { shown, notices } = collecting({ count: 5 });
    for (let seed = 1; seed <= 40; seed++) notices.add(run(seed, seed === 7 ? "failed" : "finished"));
    vi.advanceTimersByTime(2900);
    expect(shown).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(shown).toEqual([{ title: "40 runs have ended: 39 finished, 1 failed", body: "Sweep." }]);
    notices.add(run(41, "finished"));
    vi.advanceTimersByTime(3100);
    expect(shown).toHaveLength(2);
  });

  it("says that the queue is done, without waiting, and comes only once", () => {
    const pending = { count: 1 };
    const { shown, notices } = collecting(pending);
    notices.add(run(1, "finished", "A"));
    pending.count = 0;
    notices.add(run(1, "finished", "B"));
    expect(shown).toEqual([{ title: "2 runs have ended: 2 finished", body: "A, B. The queue is done." }]);
    vi.advanceTimersByTime(10_000);
    expect(shown).toHaveLength(1);
  });

  it("names three experiments at most, and an error where there is one run", () => {
    const many = ["A", "B", "C", "D", "E"].map((name) => run(1, "failed", name));
    expect(describeEnds(many, false)).toEqual({ title: "5 runs have ended: 5 failed", body: "A, B, C and 2 more." });
    const failed = { ...run(1, "failed"), error: { code: "diverged", message: "The loss is not a number.", hint: "" } };
    expect(describeEnds([failed], true).body).toBe("The loss is not a number.");
  });
});

describe("the power-save blocker", () => {
  it("is held once while something works, and never leaks", () => {
    const held = new Set<number>();
    let next = 0;
    const blocker = new PowerBlocker({
      start: () => {
        held.add(next);
        return next++;
      },
      stop: (id) => held.delete(id),
    });
    for (const working of [true, true, true]) blocker.set(working);
    expect(held.size).toBe(1);
    for (const working of [false, false]) blocker.set(working);
    expect(held.size).toBe(0);
    blocker.set(true);
    expect([held.size, next]).toEqual([1, 2]);
  });
});
