import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RandomStream } from "../../../lab/random.ts";
import { contrast } from "../../../lab/stats/tests.ts";
import { GroupReader, groupCurve, type Member } from "../../../main/engine/group-series.ts";
import { Store } from "../../../main/store/store.ts";
import { runSummary } from "../store/run-summary.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const member = (x: number[], y: number[]): Member => ({ x: Float64Array.from(x), y: Float64Array.from(y) });

describe("a group's curve", () => {
  it("is the mean with the Student-t interval of the lab's own statistics", () => {
    const { x, mean, low, high, n, interpolated } = groupCurve([
      member([0, 10], [1, 5]),
      member([0, 10], [2, 9]),
      member([0, 10], [4, 1]),
    ]);
    expect([...x]).toEqual([0, 10]);
    [
      [1, 2, 4],
      [5, 9, 1],
    ].forEach((values, i) => {
      const expected = contrast([{ weight: 1, values }]);
      expect(mean[i]).toBeCloseTo(expected.estimate, 12);
      expect(low[i]).toBeCloseTo(expected.low, 12);
      expect(high[i]).toBeCloseTo(expected.high, 12);
    });
    expect([[...n], interpolated]).toEqual([[3, 3], false]);
  });

  it("counts a run between its own first and last point, on the straight line, and says so", () => {
    const { x, mean, n, interpolated } = groupCurve([
      member([0, 10, 20], [0, 10, 20]),
      member([5, 15], [7, 17]),
      member([10, 40], [0, 30]),
    ]);
    // Nobody is left to compare with before 5 and after 20.
    expect([...x]).toEqual([5, 10, 15, 20]);
    expect([...n]).toEqual([2, 3, 3, 2]);
    expect([...mean]).toEqual([6, (10 + 12 + 0) / 3, (15 + 17 + 5) / 3, 15]);
    expect(interpolated).toBe(true);
  });

  it("leaves out values that are not finite, at their place and beside it", () => {
    const whole = member([0, 1, 2, 3, 4], [1, 1, 1, 1, 1]);
    const broken = member([0, 2, 4], [3, Number.NaN, 3]);
    const other = member([0, 1, 2, 3, 4], [2, 2, Number.POSITIVE_INFINITY, 2, 2]);
    const { n, mean, high } = groupCurve([whole, broken, other]);
    expect([...n]).toEqual([3, 2, 2, 3]);
    expect([...mean]).toEqual([2, 1.5, 1.5, 2]);
    expect([...high].every(Number.isFinite)).toBe(true);
  });

  it("is empty for a single run and for runs that never meet", () => {
    expect(groupCurve([member([0, 1], [1, 2])]).x.length).toBe(0);
    expect(groupCurve([member([0, 1], [1, 2]), member([2, 3], [1, 2])]).x.length).toBe(0);
  });

  it("covers the true mean in 95% of normal samples, for 2, 5 and 10 seeds", () => {
    const random = new RandomStream(7, "coverage");
    const places = 20_000;
    const x = Array.from({ length: places }, (_, i) => i);
    for (const seeds of [2, 5, 10]) {
      const members = Array.from({ length: seeds }, () =>
        member(
          x,
          x.map(() => 3 + 2 * random.normal()),
        ),
      );
      const { low, high } = groupCurve(members);
      const covered = x.filter((_, i) => low[i]! <= 3 && 3 <= high[i]!).length / places;
      expect(covered).toBeGreaterThan(0.94);
      expect(covered).toBeLessThan(0.96);
    }
  });

  it("tells fewer places, with the same numbers, where every one would take too long", () => {
    const shifted = (k: number) =>
      member(
        Array.from({ length: 200 }, (_, i) => i * 3 + k),
        Array.from({ length: 200 }, (_, i) => Math.sin(i + k)),
      );
    const members = [0, 1, 2].map(shifted);
    const all = groupCurve(members);
    const fewer = groupCurve(members, 900);
    expect(fewer.x.length).toBeGreaterThan(250);
    expect(fewer.x.length).toBeLessThanOrEqual(301);
    fewer.x.forEach((place, i) => {
      const at = all.x.indexOf(place);
      expect([fewer.mean[i], fewer.low[i], fewer.n[i]]).toEqual([all.mean[at], all.low[at], all.n[at]]);
    });
  });
});

describe("groups read from the store", () => {
  let store: Store;
  const runs = ["a", "b", "c"];
  const metric = "eval/reward";
  const append = (run: string, from: number, to: number, every: number) =>
    store.transaction(() => {
      const tail = store.points.tail(store.metrics.number(store.runs.number(run) ?? 0, metric), 1);
      const shift = run.charCodeAt(0);
      for (let step = from; step < to; step += every) {
        const value = step % 1999 === 0 ? Number.NaN : Math.sin(step / 300 + shift) + shift / 100;
        tail.push(step, value, (step * (1 + shift / 1000)) / 100, Math.floor(step / 20));
      }
    });
  beforeEach(() => {
    store = new Store(path.join(temporaryFolder(), "store.sqlite"));
    store.experiments.put({ id: "e1", name: "e", createdAt: 0 });
    for (const [i, run] of runs.entries()) {
      store.runs.put({ summary: runSummary(run), lastState: undefined });
      store.runs.startAttempt(run, 1, 0);
      append(run, i * 10, 60_000 + i * 500, [5, 5, 7][i]!);
    }
  });
  afterEach(() => store.close());

  it("are the same numbers whatever the window, the points asked for, the order and the other groups", () => {
    const reader = new GroupReader();
    const whole = new Map(
      (["step", "iteration", "wall"] as const).map((axis) => {
        const { x, mean, low, high, n } = reader.read(store, { runs, metric, axis, maxPoints: 1_000_000 });
        return [axis, new Map(Array.from(x, (at, i) => [at, [mean[i], low[i], high[i], n[i]]]))];
      }),
    );
    const query = fc.record({
      axis: fc.constantFrom("step", "iteration", "wall"),
      maxPoints: fc.integer({ min: 4, max: 3000 }),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      width: fc.double({ min: 0, max: 1, noNaN: true }),
      order: fc.shuffledSubarray(runs, { minLength: 3 }),
      other: fc.shuffledSubarray(runs, { minLength: 2 }),
    });
    fc.assert(
      fc.property(query, ({ axis, maxPoints, from, width, order, other }) => {
        const all = whole.get(axis)!;
        const places = [...all.keys()];
        const window = { axis, from: from * places.at(-1)!, to: (from + width) * places.at(-1)! };
        reader.read(store, { runs: other, metric, axis, maxPoints: 50 });
        const { x, mean, low, high, n } = reader.read(store, { runs: order, metric, axis, maxPoints, window });
        expect(x.length).toBeLessThanOrEqual(Math.max(8, maxPoints));
        x.forEach((at, i) => {
          expect([mean[i], low[i], high[i], n[i]]).toEqual(all.get(at));
        });
        const inside = places.filter((at) => at >= window.from && at <= window.to);
        const highest = Math.max(...inside.map((at) => all.get(at)![2]!));
        if (inside.length > 0) expect(Math.max(...high)).toBeGreaterThanOrEqual(highest);
      }),
      { numRuns: 60 },
    );
  });

  it("follow the runs as they grow", () => {
    const reader = new GroupReader();
    const query = { runs, metric, axis: "step", maxPoints: 1_000_000 } as const;
    const before = reader.read(store, query);
    append("a", 60_000, 63_000, 5);
    append("b", 60_510, 63_000, 5);
    const after = reader.read(store, query);
    expect(after.x.at(-1)).toBeGreaterThan(before.x.at(-1)!);
    expect([...after.mean.subarray(0, before.x.length - 500)]).toEqual([
      ...before.mean.subarray(0, before.x.length - 500),
    ]);
  });

  it("smooth each run before they take the mean", () => {
    const reader = new GroupReader();
    const query = { runs, metric, axis: "step", maxPoints: 1_000_000 } as const;
    const raw = reader.read(store, query);
    const smooth = reader.read(store, { ...query, halfLife: 200 });
    expect([...smooth.x]).toEqual([...raw.x]);
    const spread = (values: Float64Array) => Math.max(...values) - Math.min(...values);
    expect(spread(smooth.mean)).toBeLessThan(spread(raw.mean) * 0.9);
    expect([...reader.read(store, query).mean]).toEqual([...raw.mean]);
  });
});
