import { describe, expect, it } from "vitest";
import type { ParameterValue, RunSummary } from "../../preload/contract.ts";
import {
  formatEnd,
  isWithin,
  moveAxis,
  moveEnd,
  numberAt,
  numberAxis,
  orderAxes,
  parameterAxis,
  place,
  placesOf,
  rangeBetween,
  snapped,
  ticks,
} from "../../renderer/model/overview/axes.ts";
import { cellsOf, rankCells } from "../../renderer/model/overview/cells.ts";
import {
  formatImportanceP,
  importanceCaption,
  importanceVerdict,
} from "../../renderer/model/overview/importance-words.ts";
import { shade } from "../../renderer/model/overview/shades.ts";
import {
  bestValue,
  countStates,
  describeCounts,
  type SweepRun,
  sweepRuns,
  tailMean,
  variedParameters,
} from "../../renderer/model/overview/sweep.ts";
import { summary } from "./summary.ts";

const names = new Map([["rate", { title: "Learning rate", unit: "1/s" }]]);

type Row = Readonly<Record<string, ParameterValue | Partial<RunSummary>>>;

function made(rows: readonly Row[]): SweepRun[] {
  const runs = rows.map(({ run }, i) => summary({ id: `r${i}`, state: "finished", ...(run as Partial<RunSummary>) }));
  const parameters = new Map(
    rows.map(({ run: _, ...values }, i) => [`r${i}`, values as Record<string, ParameterValue>]),
  );
  return sweepRuns(runs, new Set(runs.map(({ id }) => id)), parameters);
}

describe("what varies in a sweep", () => {
  it("finds parameters with two values or more, numbers in order, and never the seed", () => {
    const runs = made([
      { rate: 0.1, kind: "b", same: 1, run: { seed: 1 } },
      { rate: 0.01, kind: "a", same: 1, run: { seed: 2 } },
      { rate: 0.1, kind: "b", same: 1, run: { seed: 3 } },
    ]);
    expect(variedParameters(runs, names)).toEqual([
      { key: "rate", title: "Learning rate", unit: "1/s", kind: "number", levels: [0.01, 0.1] },
      { key: "kind", title: "kind", unit: "", kind: "choice", levels: ["b", "a"] },
    ]);
  });

  it("sees a learner that differs, and a parameter that only one of the learners has", () => {
    const runs = made([{ clip: 0.2, run: { learner: "ppo" } }, { run: { learner: "dqn" } }]);
    expect(variedParameters(runs, names).map(({ key, levels }) => [key, levels])).toEqual([
      ["learner", ["ppo", "dqn"]],
      ["clip", [0.2]],
    ]);
  });

  it("counts what a comparison leaves out", () => {
    const runs = made([
      {},
      {},
      { run: { state: "failed" } },
      { run: { state: "running" } },
      { run: { state: "cancelled" } },
      { run: { state: "finished" } },
    ]);
    const values = new Map([
      ["r0", 1],
      ["r2", 2],
      ["r3", 3],
      ["r5", 1],
    ]);
    const used = new Set(cellsOf(runs, [], values).flatMap((cell) => cell.runs.map(({ run }) => run.id)));
    const counts = countStates(runs, values, used);
    expect(counts).toEqual({ used: 1, unfinished: 1, failed: 2, withoutValue: 1, repeated: 1 });
    expect(describeCounts(counts)).toBe(
      "1 finished run; left out: 1 not finished, 2 failed or stopped, 1 without this metric, 1 with a repeated seed",
    );
  });
});

describe("the value of a curve", () => {
  it("is the best in the metric's direction, whatever is no number", () => {
    const values = Float64Array.of(3, Number.NaN, 9, -2);
    expect([bestValue(values, "higher"), bestValue(values, "lower")]).toEqual([9, -2]);
    expect(bestValue(Float64Array.of(Number.NaN), "higher")).toBeUndefined();
  });

  it("is the mean over the last tenth of the steps, ends included", () => {
    const steps = Float64Array.of(10, 50, 89, 90, 95, 100);
    expect(tailMean(steps, Float64Array.of(0, 0, 0, 1, 2, 6), 100)).toBe(3);
    expect(tailMean(steps, Float64Array.of(0, 0, 0, 1, 2, 6), 200)).toBeUndefined();
    expect(tailMean(Float64Array.of(100), Float64Array.of(Number.NaN), 100)).toBeUndefined();
  });
});

describe("axes", () => {
  const rate = parameterAxis({ key: "rate", title: "", unit: "", kind: "number", levels: [1e-4, 1e-3, 1e-2] });
  const kind = parameterAxis({ key: "kind", title: "", unit: "", kind: "choice", levels: ["a", "b", "c"] });
  const reward = numberAxis({ key: "value", title: "", unit: "" }, [-120, Number.NaN, -80]);

  it("are log where positive numbers span a decade, unless a person says otherwise", () => {
    expect([rate.scale, kind.scale, reward.scale]).toEqual(["log", "points", "linear"]);
    expect(numberAxis({ key: "k", title: "", unit: "" }, [1, 100], false).scale).toBe("linear");
    expect(numberAxis({ key: "k", title: "", unit: "" }, [-1, 100], true).scale).toBe("linear");
  });

  it("lead from value to place and back", () => {
    expect(place(rate, 1e-3)).toBeCloseTo(0.5, 12);
    expect(numberAt(rate, 0.5)).toBeCloseTo(1e-3, 12);
    expect([place(kind, "a"), place(kind, "b"), place(kind, "?")]).toEqual([0, 0.5, undefined]);
    expect(place(reward, -100)).toBe(0.5);
    expect(place(reward, undefined)).toBeUndefined();
    const flat = numberAxis({ key: "k", title: "", unit: "" }, [5, 5]);
    expect(place(flat, 5)).toBe(0.5);
    expect(place(numberAxis({ key: "k", title: "", unit: "" }, []), 0.5)).toBe(0.5);
  });

  it("have round ticks", () => {
    expect(ticks(reward).map(({ label }) => label)).toEqual(["−120", "−110", "−100", "−90", "−80"]);
    expect(ticks(rate).map(({ label }) => label)).toEqual(["0.0001", "0.001", "0.01"]);
    const many = numberAxis({ key: "k", title: "", unit: "" }, [1e-4, 1e-2]);
    expect(ticks(many).map(({ label }) => label)).toEqual([
      "0.0001",
      "0.0002",
      "0.0005",
      "0.001",
      "0.002",
      "0.005",
      "0.01",
    ]);
    expect(ticks(kind).map(({ label }) => label)).toEqual(["a", "b", "c"]);
    const narrow = numberAxis({ key: "k", title: "", unit: "" }, [3, 4], true);
    expect(ticks(narrow).length).toBeGreaterThanOrEqual(2);
  });

  it("keep what lies in a range, both ends included", () => {
    const range = rangeBetween(rate, 0, 0.5)!;
    expect([1e-4, 1e-3, 1e-2].map((value) => isWithin(rate, range, value))).toEqual([true, true, false]);
    const levels = rangeBetween(kind, 0.4, 1)!;
    expect(["a", "b", "c", undefined].map((value) => isWithin(kind, levels, value))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(rangeBetween(kind, 0.6, 0.9)).toBeUndefined();
    expect([formatEnd(kind, levels.from), formatEnd(rate, range.to)]).toEqual(["b", "0.001000"]);
  });

  it("snap a dragged place to a value that was set, or to the axis's end, where it is near", () => {
    expect([0.01, 0.49, 0.4, 0.98].map((at) => snapped(rate, at))).toEqual([0, place(rate, 1e-3), 0.4, 1]);
    expect([0.02, 0.5].map((at) => snapped(reward, at))).toEqual([0, 0.5]);
  });

  it("move a range's end by a level or a twentieth, up to the other end", () => {
    let range = moveEnd(kind, undefined, "from", 1);
    expect(range).toEqual({ from: 1, to: 2 });
    range = moveEnd(kind, range, "to", -5);
    expect(range).toEqual({ from: 1, to: 1 });
    expect(moveEnd(kind, { from: 1, to: 2 }, "from", -1)).toBeUndefined();
    expect(placesOf(reward, moveEnd(reward, undefined, "to", -1))[1]).toBeCloseTo(0.95, 12);
    expect(placesOf(reward, undefined)).toEqual([0, 1]);
  });

  it("take a person's order and can be moved", () => {
    expect(orderAxes([rate, kind, reward], ["kind", "rate"]).map(({ key }) => key)).toEqual(["kind", "rate", "value"]);
    expect(moveAxis(["a", "b", "c"], "a", 1)).toEqual(["b", "a", "c"]);
    expect(moveAxis(["a", "b", "c"], "a", -1)).toEqual(["a", "b", "c"]);
    expect(moveAxis(["a", "b", "c"], "c", -2)).toEqual(["c", "a", "b"]);
  });
});

describe("cells", () => {
  const rows = (rate: number, count: number) => Array.from({ length: count }, (_, seed) => ({ rate, run: { seed } }));

  function ranked(groups: readonly (readonly number[])[], better: "higher" | "lower" = "higher") {
    const runs = made(groups.flatMap((values, rate) => rows(rate, values.length)));
    const values = new Map(groups.flat().map((value, i) => [`r${i}`, value]));
    return rankCells(cellsOf(runs, variedParameters(runs, names), values), better);
  }

  it("are runs that differ by seed alone; what is left out is counted", () => {
    const runs = made([
      { rate: 1 },
      { rate: 2 },
      { rate: 1, run: { state: "failed" } },
      { rate: 3, run: { state: "running" } },
    ]);
    const cells = cellsOf(
      runs,
      variedParameters(runs, names),
      new Map([
        ["r0", 5],
        ["r1", 6],
        ["r2", 7],
        ["r3", 8],
      ]),
    );
    expect(cells.map(({ levels, values, leftOut, interval }) => ({ levels, values, leftOut, interval }))).toEqual([
      { levels: [1], values: [5], leftOut: 1, interval: undefined },
      { levels: [2], values: [6], leftOut: 0, interval: undefined },
    ]);
  });

  it("rank by the mean in the metric's direction, with the t interval", () => {
    const cells = ranked([
      [1, 2, 3, 4, 5],
      [11, 12, 13, 14, 15],
    ]);
    expect(cells.map(({ mean, rank, againstNext }) => [mean, rank, againstNext])).toEqual([
      [13, 1, "better"],
      [3, 2, "last"],
    ]);
    // t(0.975, 4) = 2.776445, s = sqrt(2.5).
    expect(cells[0]!.interval!.high).toBeCloseTo(13 + 2.776445 * Math.sqrt(2.5 / 5), 5);
    expect(
      ranked(
        [
          [1, 2],
          [11, 12],
        ],
        "lower",
      ).map(({ mean }) => mean),
    ).toEqual([1.5, 11.5]);
  });

  it("say when neighbours cannot be told apart, or have too few seeds for a verdict", () => {
    expect(
      ranked([
        [1, 9, 5],
        [2, 8, 4.9],
      ])[0]!.againstNext,
    ).toBe("not-distinguishable");
    expect(
      ranked([
        [1, 1.1, 1.2],
        [9, 9.1, 9.2],
      ])[0]!.againstNext,
    ).toBe("few-seeds");
  });

  it("give one seed no rank, however good it looks", () => {
    const cells = ranked([[100], [1, 2, 3], [0]]);
    expect(cells.map(({ mean, rank, againstNext }) => [mean, rank, againstNext])).toEqual([
      [100, undefined, "one-seed"],
      [2, 1, "one-seed"],
      [0, undefined, "last"],
    ]);
  });

  it("adjust for the number of neighbours compared", () => {
    const alone = ranked([
      [0, 1, 2, 3, 4],
      [3, 4, 5, 6, 7],
    ]);
    const many = ranked([
      [0, 1, 2, 3, 4],
      [3, 4, 5, 6, 7],
      [20, 21, 22, 23, 24],
      [40, 41, 42, 43, 44],
      [60, 61, 62, 63, 64],
    ]);
    expect(alone[0]!.againstNext).toBe("better");
    expect(many[3]!.p!).toBeGreaterThanOrEqual(alone[0]!.p!);
  });
});

describe("importance in words", () => {
  const report = { method: "grid", runs: 12, cells: 4, noise: "removed", interactions: 0, parameters: [] } as const;
  const one = { key: "a", share: 0.4, p: 0.02, pAdjusted: 0.04, correlation: undefined } as const;

  it("may be that nothing can be told from chance, with n", () => {
    expect(importanceVerdict({ ...one, pAdjusted: 0.05 }, 12)).toBe("not distinguishable from chance with n = 12");
    expect(importanceVerdict(one, 12)).toBe("distinguishable from chance");
    expect(importanceVerdict({ ...one, correlation: { estimate: -0.5, low: -0.8, high: -0.1 } }, 12)).toBe(
      "rank correlation −0.50 (95%: −0.80 to −0.10)",
    );
    expect([0.0004, 0.012, 0.34].map(formatImportanceP)).toEqual(["< 0.001", "0.012", "0.34"]);
  });

  it("names the method, n and what it cannot see", () => {
    expect(importanceCaption(report, "Reward")).toContain(
      'Functional ANOVA of "Reward" over the full grid (12 runs in 4 cells)',
    );
    expect(importanceCaption(report, "Reward")).toContain("the part that seeds alone make is taken off");
    expect(importanceCaption({ ...report, noise: "unknown" }, "Reward")).toContain("one seed a cell");
    expect(importanceCaption({ ...report, method: "ranks" }, "Reward")).toMatch(
      /^No full grid .* only what rises or falls/,
    );
  });
});

describe("shades", () => {
  it("run from worse to better away from the background", () => {
    expect([shade(0, false), shade(1, false), shade(5, false)]).toEqual([
      "rgb(34 168 132)",
      "rgb(68 1 84)",
      "rgb(68 1 84)",
    ]);
    expect([shade(0, true), shade(1, true)]).toEqual(["rgb(49 104 142)", "rgb(253 231 37)"]);
  });
});
