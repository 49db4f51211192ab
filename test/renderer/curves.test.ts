import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Answer, Bridge, EventPayload, Series } from "../../preload/contract.ts";
import { Curves } from "../../renderer/state/curves.ts";
import { LiveSeries } from "../../renderer/state/live-series.ts";

type Batch = EventPayload<"points">["batches"][number];

/** Points `from`..`to` - 1 of a series whose point i has step 10 i and value i. */
function columns(from: number, to: number) {
  const fill = (value: (i: number) => number) => Float64Array.from({ length: to - from }, (_, i) => value(from + i));
  return { steps: fill((i) => i * 10), values: fill((i) => i), wallSeconds: fill((i) => i / 2) };
}
const batch = (from: number, to: number): Batch => ({ run: "r", metric: "m", index: from, ...columns(from, to) });
const stored = (to: number): Series => ({ run: "r", metric: "m", ...columns(0, to), total: to, decimated: false });
const upTo = (to: number) => Array.from({ length: to }, (_, i) => i);

describe("LiveSeries", () => {
  it("appends batches that follow, however they overlap", () => {
    const series = new LiveSeries("r", "m");
    series.replace(stored(5));
    expect(series.append(batch(5, 8))).toBe(true);
    expect(series.append(batch(3, 8))).toBe(true);
    expect(series.append(batch(6, 12))).toBe(true);
    expect([...series.values]).toEqual(upTo(12));
    expect([...series.steps]).toEqual(upTo(12).map((i) => i * 10));
    expect(series.stored).toBe(12);
    expect(series.last).toBe(11);
  });

  it("notices a gap and keeps what it has", () => {
    const series = new LiveSeries("r", "m");
    series.replace(stored(5));
    expect(series.append(batch(6, 8))).toBe(false);
    expect(series.stored).toBe(5);
  });

  it("goes back with a resumed run, whose points behind the checkpoint come again", () => {
    const series = new LiveSeries("r", "m");
    series.replace(stored(10));
    series.append(batch(4, 6));
    expect([...series.values]).toEqual(upTo(6));
    series.append(batch(6, 12));
    expect([...series.values]).toEqual(upTo(12));
  });

  it("counts stored points, not shown ones, where the store has left some out", () => {
    const series = new LiveSeries("r", "m");
    series.replace({ ...stored(3), total: 30, decimated: true });
    expect(series.append({ ...batch(30, 32), index: 30 })).toBe(true);
    expect([...series.values]).toEqual([0, 1, 2, 30, 31]);
    expect(series.stored).toBe(32);
  });
});

describe("Curves", () => {
  let frames: (() => void)[];
  let calls: [string, unknown][];
  let emit: (payload: EventPayload<"points">) => void;
  let answers: ((answer: Answer<Series>) => void)[];
  let curves: Curves;

  beforeEach(() => {
    frames = [];
    calls = [];
    answers = [];
    vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
    const bridge = {
      call: (method: string, params: unknown) => {
        calls.push([method, params]);
        if (method !== "series.get") return Promise.resolve({ ok: true, value: {} });
        return new Promise((resolve) => answers.push(resolve));
      },
      listen: (_event: string, handler: typeof emit) => {
        emit = handler;
        return () => {};
      },
    } as unknown as Bridge;
    curves = new Curves(bridge);
    curves.reconnected();
    curves.want([{ run: "r", metric: "m" }]);
  });
  afterEach(() => vi.unstubAllGlobals());

  const frame = () => {
    for (const draw of frames.splice(0)) draw();
  };
  const answer = async (to: number) => {
    answers.shift()?.({ ok: true, value: stored(to) });
    await new Promise((resolve) => setTimeout(resolve));
  };
  const asked = (method: string) => calls.filter(([name]) => name === method).length;

  it("subscribes, then reads the store, then follows", async () => {
    expect(calls.map(([name]) => name).slice(-2)).toEqual(["subscribe", "series.get"]);
    await answer(4);
    emit({ sequence: 1, batches: [batch(4, 6)] });
    expect([...curves.get("r", "m")!.values]).toEqual(upTo(6));
  });

  it("draws new points four times a second at most, and acknowledges once a drawn frame, up to its last batch", async () => {
    await answer(0);
    frame();
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    emit({ sequence: 1, batches: [batch(0, 2)] });
    vi.advanceTimersByTime(249);
    emit({ sequence: 2, batches: [batch(2, 4)] });
    const before = curves.version();
    frame();
    expect(curves.version()).toBe(before);
    expect(asked("points.ack")).toBe(0);
    vi.advanceTimersByTime(1);
    frame();
    expect(curves.version()).toBe(before + 1);
    expect(calls.filter(([name]) => name === "points.ack")).toEqual([["points.ack", { sequence: 2 }]]);
  });

  it("asks the store after a gap", async () => {
    await answer(2);
    emit({ sequence: 1, batches: [batch(5, 6)] });
    expect(asked("series.get")).toBe(2);
    await answer(6);
    expect([...curves.get("r", "m")!.values]).toEqual(upTo(6));
  });

  it("asks again when points came while the store was being asked", async () => {
    emit({ sequence: 1, batches: [batch(2, 3)] });
    await answer(2);
    expect(asked("series.get")).toBe(2);
    await answer(3);
    expect(curves.get("r", "m")?.stored).toBe(3);
    expect(asked("series.get")).toBe(2);
  });

  it("reads everything again after a new connection and after a new attempt", async () => {
    await answer(2);
    curves.disconnected();
    curves.reconnected();
    expect(asked("subscribe")).toBe(3);
    expect(asked("series.get")).toBe(2);
    await answer(3);
    curves.reload("r");
    curves.reload("another");
    expect(asked("series.get")).toBe(3);
  });

  it("lets go of curves that are no longer wanted", async () => {
    await answer(2);
    curves.want([]);
    emit({ sequence: 1, batches: [batch(2, 3)] });
    expect(curves.get("r", "m")).toBeUndefined();
    expect(calls.findLast(([name]) => name === "subscribe")).toEqual(["subscribe", { runs: true, points: [] }]);
  });
});
