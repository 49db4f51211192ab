import { rmSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asPoints, type Point, ramp, TestSeries } from "./test-series.ts";

/** The rule in its plainest form. */
function expected(attempts: readonly { fromStep: number; points: readonly Point[] }[]): Point[] {
  let visible: Point[] = [];
  for (const { fromStep, points } of attempts) {
    const restated = points[0] !== undefined && points[0].step <= fromStep;
    visible = visible.filter(({ step }) => step < fromStep || (step === fromStep && !restated));
    visible.push(...points);
  }
  return visible;
}

describe("a stored series", () => {
  it("gives back every point with its columns, across chunks and an engine's restart", () => {
    const series = new TestSeries();
    series.startAttempt(1, 0);
    const points = ramp(0, 10_000);
    for (let at = 0; at < points.length; at += 700) {
      series.append(1, points.slice(at, at + 700));
      if (at % 2100 === 0) series.reopen();
    }
    const { points: read, total, decimated } = series.read();
    expect(asPoints(read)).toEqual(points);
    expect([total, decimated]).toEqual([10_000, false]);
    expect([read.wallSeconds[9999], read.iterations[9990]]).toEqual([9.999, 999]);
  });

  it("lets the highest attempt win, whatever the sizes, flushes and restarts", () => {
    const attempt = fc.record({
      back: fc.integer({ min: 0, max: 6000 }),
      length: fc.integer({ min: 0, max: 6000 }),
      restate: fc.boolean(),
      pieces: fc.integer({ min: 1, max: 4 }),
      reopen: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 1, maxLength: 5 }), (attempts) => {
        const series = new TestSeries();
        const model: { fromStep: number; points: Point[] }[] = [];
        let step = 0;
        attempts.forEach(({ back, length, restate, pieces, reopen }, index) => {
          const fromStep = Math.max(0, step - back);
          const first = fromStep + (restate ? 0 : 1);
          const points = ramp(first, first + length, (at) => at * 10 + index);
          series.startAttempt(index + 1, fromStep);
          for (let piece = 0; piece < pieces; piece++) {
            const [from, to] = [piece, piece + 1].map((edge) => Math.floor((edge * length) / pieces));
            series.append(index + 1, points.slice(from, to));
          }
          if (reopen) series.reopen();
          model.push({ fromStep, points });
          step = Math.max(fromStep, points.at(-1)?.step ?? 0);
        });
        const visible = expected(model);
        expect(asPoints(series.read().points)).toEqual(visible);
        expect(series.store.series.count("r1", "m")).toBe(visible.length);
        const last = series.store.series.countBefore("r1", "m", attempts.length);
        expect(last).toBe(visible.length - (model.at(-1)?.points.length ?? 0));
        for (const index of [0, 5, Math.floor(visible.length / 2), visible.length]) {
          const end = series.store.series.readEnd("r1", "m", index, 3000);
          expect(end.index).toBe(Math.max(index, visible.length - 3000));
          expect(asPoints(end.points)).toEqual(visible.slice(end.index));
        }
        series.store.close();
        rmSync(series.file);
      }),
      { numRuns: 25 },
    );
  });

  it.each([2, 10, 999, 2000])("is decimated to at most %i points that keep the extremes", (maxPoints) => {
    const series = new TestSeries();
    series.startAttempt(1, 0);
    const value = (step: number) => (step === 123_457 ? 99 : step === 31_007 ? -99 : Math.cos(step));
    const all = ramp(0, 300_000, value);
    series.append(1, all);
    const { points, total, decimated } = series.read(maxPoints);
    const shown = asPoints(points);
    expect([total, decimated]).toEqual([300_000, true]);
    expect(shown.length).toBeLessThanOrEqual(maxPoints);
    expect(shown.map((point) => point.value)).toEqual(expect.arrayContaining([99, -99]));
    for (const { step, value: shownValue } of shown) expect(all[step]?.value).toBe(shownValue);
    expect(shown.map((point) => point.step)).toEqual(shown.map((point) => point.step).sort((a, b) => a - b));
    if (maxPoints >= 10) expect([shown[0]?.step, shown.at(-1)?.step]).toEqual([0, 299_999]);
  });

  it("is decimated without what a later attempt superseded", () => {
    const series = new TestSeries();
    series.startAttempt(1, 0);
    series.append(
      1,
      ramp(0, 50_000, (step) => (step > 40_000 ? 1000 : 1)),
    );
    series.startAttempt(2, 40_000);
    series.append(
      2,
      ramp(40_001, 60_000, () => 2),
    );
    const { points, total } = series.read(500);
    expect(total).toBe(40_001 + 19_999);
    expect(Math.max(...points.values)).toBe(2);
  });

  it("is without the points of a transaction that failed, and goes on from there", () => {
    const series = new TestSeries();
    series.startAttempt(1, 0);
    series.append(1, ramp(0, 5000));
    const metric = series.store.metrics.number(series.store.runs.number("r1") ?? 0, "m");
    const failing = () =>
      series.store.transaction(() => {
        for (let step = 5000; step < 12_000; step++) series.store.points.tail(metric, 1).push(step, 0, 0, 0);
        throw new Error("disk full");
      });
    expect(failing).toThrow("disk full");
    series.append(1, ramp(5000, 9000));
    expect(asPoints(series.read().points)).toEqual(ramp(0, 9000));
  });

  it("goes with its run, and an unknown one is empty", () => {
    const series = new TestSeries();
    series.startAttempt(1, 0);
    series.append(1, ramp(0, 5000));
    expect(series.store.series.storedPoints()).toBe(5000);
    series.store.runs.remove("r1");
    expect(series.store.series.storedPoints()).toBe(0);
    expect(series.read().total).toBe(0);
  });
});
