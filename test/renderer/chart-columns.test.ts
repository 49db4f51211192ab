import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pointsALine } from "../../renderer/charts/drawn-lines.ts";
import { defaultMetrics, moved } from "../../renderer/model/chart-metrics.ts";
import { pick, thinned, valueAt, withDetail } from "../../renderer/model/columns.ts";
import { findLines, LogLines } from "../../renderer/model/log-lines.ts";

const column = (...values: number[]) => Float64Array.from(values);

describe("thinning for drawing", () => {
  it("keeps the extremes of every column and both ends, in order", () => {
    const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 60, maxLength: 400 });
    fc.assert(
      fc.property(values, fc.integer({ min: 12, max: 50 }), (list, most) => {
        const y = Float64Array.from(list);
        const other = y.map((value) => Math.abs(value));
        const kept = [...thinned(y.length, most, [y, other])!];
        expect(kept.length).toBeLessThanOrEqual(most);
        expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
        expect([kept[0], kept.at(-1)]).toEqual([0, y.length - 1]);
        for (const each of [y, other]) {
          const drawn = pick(each, Uint32Array.from(kept));
          expect(Math.max(...drawn)).toBe(Math.max(...each));
          expect(Math.min(...drawn)).toBe(Math.min(...each));
        }
      }),
    );
  });

  it("leaves few points alone", () => {
    expect(thinned(10, 10, [new Float64Array(10)])).toBeUndefined();
    expect(pointsALine(1)).toBe(2000);
    expect(pointsALine(50) * 50).toBeLessThanOrEqual(55_000);
  });
});

describe("a zoomed stretch", () => {
  it("takes the place of the coarse points it covers", () => {
    const [x, y] = withDetail(
      [column(0, 10, 20, 30), column(0, 1, 2, 3)],
      [column(10, 12, 14, 20), column(1, 9, 8, 2)],
    ) as [Float64Array, Float64Array];
    expect([...x]).toEqual([0, 10, 12, 14, 20, 30]);
    expect([...y]).toEqual([0, 1, 9, 8, 2, 3]);
  });
});

it("the value under the cursor is that of the last point before it, and none beyond the last", () => {
  const line = { x: column(0, 10, 20), y: column(5, 6, 7) };
  expect([-1, 0, 9, 10, 20, 21].map((x) => valueAt(line, x))).toEqual([undefined, 5, 5, 6, 7, undefined]);
});

describe("the charts to begin with", () => {
  it("are headline, losses and speed, as far as they were recorded", () => {
    const recorded = [
      "eval/reward",
      "rollout/reward",
      "train/value_loss",
      "train/kl",
      "time/fps",
      "system/cpu_percent",
    ];
    expect(defaultMetrics(recorded, [])).toEqual(["eval/reward", "rollout/reward", "train/value_loss", "time/fps"]);
    expect(defaultMetrics(["system/cpu_percent", "x/y"], [])).toEqual(["x/y"]);
    expect(defaultMetrics([], [])).toEqual(["eval/reward"]);
  });

  it("can be put in another order", () => {
    expect(moved(["a", "b", "c"], "a", 1)).toEqual(["b", "a", "c"]);
    expect(moved(["a", "b", "c"], "c", 1)).toEqual(["a", "b", "c"]);
  });
});

describe("the lines of a log", () => {
  it("put together from any pieces are those of the whole text, and earlier ones go in front", () => {
    const text = fc.array(fc.constantFrom("a", "b\n", "\n", "ccc")).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 30 })), fc.nat({ max: 30 }), (whole, cuts, begin) => {
        const lines = new LogLines();
        const start = Math.min(begin, whole.length);
        let at = start;
        for (const cut of [...cuts.sort((a, b) => a - b), whole.length]) {
          lines.append(whole.slice(at, Math.max(at, cut)));
          at = Math.max(at, cut);
        }
        lines.prepend(whole.slice(0, start));
        const expected = whole.split("\n");
        if (expected.at(-1) === "") expected.pop();
        expect(lines.all).toEqual(expected);
      }),
    );
  });

  it("are found whatever their case", () => {
    expect(findLines(["Error here", "fine", "an error"], "ERROR")).toEqual([0, 2]);
    expect(findLines(["x"], "")).toEqual([]);
  });
});
