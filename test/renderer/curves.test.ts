import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { MovingAverage } from "../../lab/stats/smoothing.ts";
import type { Answer, Bridge, EventPayload, Series } from "../../preload/contract.ts";
import { Curves } from "../../renderer/state/curves.ts";
import { LiveSeries } from "../../renderer/state/live-series.ts";

type Batch = EventPayload<"points">["batches"][number];

/** Points `from`..`to` - 1 of a series whose point i has step 10 i and value i. */
function columns(from: number, to: number) {
  const fill = (value: (i: number) => number) => Float64Array.from({ length: to - from }, (_, i) => value(from + i));
  return {
    steps: fill((i) => i * 10),
    values: fill((i) => i),
    wallSeconds: fill((i) => i / 2),
    iterations: fill((i) => i),
  };
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

  it("goes on smoothing from where the store's average stopped", () => {
    const values = columns(0, 12).values;
    const whole = new MovingAverage(3).over(values);
    const first = new MovingAverage(3);
    const smooth = first.over(values.slice(0, 5));
    const series = new LiveSeries("r", "m", 3);
    series.replace({ ...stored(5), smoothed: { values: smooth, ...first.state } });
    expect(series.append(batch(5, 8))).toBe(true);
    expect(series.append(batch(8, 12))).toBe(true);
    expect([...series.smooth]).toEqual([...whole]);
    expect([...series.values]).toEqual(upTo(12));
  });

  it("asks the store when a smoothed run goes back", () => {
    const series = new LiveSeries("r", "m", 3);
    series.replace({ ...stored(5), smoothed: { values: stored(5).values, sum: 1, weight: 1 } });
    expect(series.append(batch(3, 6))).toBe(false);
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
    for (const draw of frames.splice(0)) draw();
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
    const before = curves.version("m");
    frame();
    expect(curves.version("m")).toBe(before);
    expect(asked("points.ack")).toBe(0);
    vi.advanceTimersByTime(1);
    frame();
    expect(curves.version("m")).toBe(before + 1);
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

  it("asks for a zoomed stretch in full once it stands still, and shows the former points until they come", async () => {
    answers.shift()?.({ ok: true, value: { ...stored(11), total: 5000, decimated: true } });
    await new Promise((resolve) => setTimeout(resolve));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    curves.setWindow({ from: 10, to: 30 });
    vi.advanceTimersByTime(100);
    curves.setWindow({ from: 20, to: 40 });
    expect(asked("series.get")).toBe(1);
    expect([...curves.columns("r", "m").x]).toEqual(upTo(11).map((i) => i * 10));
    vi.advanceTimersByTime(150);
    expect(asked("series.get")).toBe(2);
    expect(calls.at(-1)?.[1]).toMatchObject({ window: { axis: "step", from: 15, to: 45 } });
    const fine = Float64Array.of(10, 15, 20, 25, 30, 35, 40, 45, 50);
    const detail = { steps: fine, wallSeconds: fine, iterations: fine, values: fine.map((x) => -x) };
    answers.shift()?.({ ok: true, value: { ...stored(0), ...detail, total: 5000, decimated: false } });
    await vi.waitFor(() => expect(curves.columns("r", "m").x.length).toBe(15));
    expect([...curves.columns("r", "m").x]).toEqual([0, ...fine, 60, 70, 80, 90, 100]);
    expect(curves.columns("r", "m").y[2]).toBe(-15);
    curves.setWindow(undefined);
    expect([...curves.columns("r", "m").x]).toEqual(upTo(11).map((i) => i * 10));
  });

  it("does not ask for a stretch of which every point is here already", async () => {
    await answer(11);
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    curves.setWindow({ from: 10, to: 30 });
    vi.advanceTimersByTime(1000);
    expect(asked("series.get")).toBe(1);
  });

  it("draws a fork's parent up to the fork, on the axis of time with the child going on where it stopped", async () => {
    const look = { axis: "wall", halfLife: 0, points: 2000 } as const;
    const parents = new Map([["child", { run: "r", step: 30 }]]);
    curves.want(
      ["r", "child"].map((run) => ({ run, metric: "m" })),
      [],
      look,
      parents,
    );
    await answer(6);
    answers.shift()?.({ ok: true, value: { ...stored(3), run: "child", steps: Float64Array.of(40, 50, 60) } });
    await new Promise((resolve) => setTimeout(resolve));
    // Point i of the parent is at step 10 i and second i / 2: its point at step 30 at 1.5 s.
    expect([...curves.columns("child", "m").x]).toEqual([0, 0.5, 1, 1.5, 1.5, 2, 2.5]);
    expect([...curves.columns("child", "m").y]).toEqual([0, 1, 2, 3, 0, 1, 2]);
    expect([...curves.columns("r", "m").x]).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
  });

  it("lets go of curves that are no longer wanted", async () => {
    await answer(2);
    curves.want([]);
    emit({ sequence: 1, batches: [batch(2, 3)] });
    expect(curves.get("r", "m")).toBeUndefined();
    expect(calls.findLast(([name]) => name === "subscribe")).toEqual(["subscribe", { runs: true, points: [] }]);
  });
});
