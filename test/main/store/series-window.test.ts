import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { axisColumn, type Window } from "../../../main/store/window.ts";
import { asPoints, ramp, TestSeries } from "./test-series.ts";

const axes = ["step", "iteration", "wall"] as const;
/** How the fixture counts: wall = step / 1000, iteration = step / 10, cut to whole numbers. */
const scale = { step: 1, iteration: 0.1, wall: 0.001 };
const spikeAt = 123_457;

describe("a window of a stored series", () => {
  let series: TestSeries;
  let everything: ReturnType<TestSeries["read"]>["points"];
  let all: ReturnType<typeof asPoints>;
  beforeEach(() => {
    series = new TestSeries();
    const value = (step: number) => (step === spikeAt ? 99 : Math.sin(step / 50));
    series.startAttempt(1, 0);
    series.append(1, ramp(0, 150_000, value));
    // A resume: what lies behind 140,000 comes again with other values.
    series.startAttempt(2, 140_000);
    series.append(
      2,
      ramp(140_001, 200_000, (step) => Math.cos(step / 50)),
    );
    everything = series.read(10_000_000).points;
    all = asPoints(everything);
  });
  afterEach(() => series.store.close());

  /** Every stored point of the window with one outside at each end, in the plainest way. */
  function expected({ axis, from, to }: Window) {
    const column = axisColumn(everything, axis);
    const first = column.findIndex((x) => x >= from);
    if (first === -1) return all.slice(-1);
    const last = column.findLastIndex((x) => x <= to);
    return all.slice(Math.max(0, first - 1), last + 2);
  }

  it("holds every stored point and one outside at each end where it is narrow, on every axis", () => {
    const window = fc.record({
      axis: fc.constantFrom(...axes),
      from: fc.double({ min: -1000, max: 210_000, noNaN: true }),
      width: fc.double({ min: 0, max: 3000, noNaN: true }),
    });
    fc.assert(
      fc.property(window, ({ axis, from, width }) => {
        const asked = { axis, from: from * scale[axis], to: (from + width) * scale[axis] };
        const { points, decimated } = series.store.series.read("r1", "m", 4000, asked);
        expect(decimated).toBe(false);
        expect(asPoints(points)).toEqual(expected(asked));
      }),
      { numRuns: 40 },
    );
  });

  it("keeps its extremes and both ends where it is wide, and takes nothing from outside", () => {
    const window = fc.record({
      axis: fc.constantFrom(...axes),
      from: fc.integer({ min: 0, max: 150_000 }),
      width: fc.integer({ min: 2000, max: 200_000 }),
      maxPoints: fc.integer({ min: 10, max: 1500 }),
    });
    fc.assert(
      fc.property(window, ({ axis, from, width, maxPoints }) => {
        const asked = { axis, from: from * scale[axis], to: (from + width) * scale[axis] };
        const { points, decimated, total } = series.store.series.read("r1", "m", maxPoints, asked);
        const all = expected(asked);
        const shown = asPoints(points);
        expect(total).toBe(200_000);
        expect(decimated).toBe(true);
        expect(shown.length).toBeLessThanOrEqual(maxPoints);
        expect([shown[0], shown.at(-1)]).toEqual([all[0], all.at(-1)]);
        const values = all.map(({ value }) => value);
        const shownValues = shown.map(({ value }) => value);
        expect(Math.max(...shownValues)).toBe(values.reduce((a, b) => Math.max(a, b)));
        expect(Math.min(...shownValues)).toBe(values.reduce((a, b) => Math.min(a, b)));
        for (const point of shown) expect(point.value).toBe(all[point.step - all[0]!.step]!.value);
        expect(new Set(shown.map(({ step }) => step)).size).toBe(shown.length);
      }),
      { numRuns: 40 },
    );
  });

  it("shows a spike of one point at every zoom", () => {
    for (let width = 200_000; width > 2; width /= 1.7) {
      const window = { axis: "step", from: spikeAt - width * 0.4, to: spikeAt + width * 0.6 } as const;
      expect(Math.max(...series.store.series.read("r1", "m", 300, window).points.values)).toBe(99);
    }
  });
});
