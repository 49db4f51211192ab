import { describe, expect, it } from "vitest";
import type { RunSummary } from "../../preload/contract.ts";
import { runColour, runDash } from "../../renderer/model/colours.ts";
import { allMetrics, metricName, shownMetric } from "../../renderer/model/metrics.ts";
import { inOrder, labelsOf, progress, queueState, secondsLeft } from "../../renderer/model/runs.ts";
import { parseSeeds } from "../../renderer/model/seeds.ts";
import { nothingSelected, select } from "../../renderer/model/selection.ts";
import { summary } from "./summary.ts";

describe("seeds", () => {
  it.each([
    ["1", [1]],
    ["1,4", [1, 4]],
    ["1..3", [1, 2, 3]],
    [" 7 , 1 .. 2 , 7", [7, 1, 2]],
  ])("reads %s", (text, seeds) => expect(parseSeeds(text)).toEqual({ ok: true, seeds }));

  it.each(["", "1,", "-1", "1.5", "3..1", "a", "0..1000", "99999999999999999999"])("refuses %s", (text) => {
    const result = parseSeeds(text);
    expect(result.ok).toBe(false);
    expect("problem" in result && result.problem).toContain("Write 1, 1,4 or 1..5.");
  });
});

describe("selection", () => {
  const order = ["a", "b", "c", "d"];
  it("replaces, toggles and extends from the anchor", () => {
    const one = select(nothingSelected, "b", "only", order);
    expect(one).toEqual({ selected: ["b"], active: "b", anchor: "b" });
    const range = select(one, "d", "range", order);
    expect(range).toEqual({ selected: ["b", "c", "d"], active: "d", anchor: "b" });
    expect(select(range, "a", "range", order).selected).toEqual(["a", "b"]);
    expect(select(range, "c", "toggle", order).selected).toEqual(["b", "d"]);
    expect(select(range, "a", "toggle", order).selected).toEqual(["b", "c", "d", "a"]);
  });

  it("selects alone where a range has no anchor that is shown", () => {
    expect(select(nothingSelected, "c", "range", order).selected).toEqual(["c"]);
    expect(select({ ...nothingSelected, anchor: "gone" }, "c", "range", order).selected).toEqual(["c"]);
  });
});

describe("runs", () => {
  const first = summary({ id: "a", experiment: "e1", name: "one", seed: 1, createdAt: 1 });
  const second = summary({ id: "b", experiment: "e1", name: "one", seed: 2, createdAt: 2 });
  const third = summary({ id: "c", experiment: "e2", name: "two", seed: 1, createdAt: 3, state: "running" });

  it("keeps the order of creation, by id where the time is the same", () => {
    const twin = summary({ id: "aa", createdAt: 1 });
    expect(inOrder([third, second, twin, first]).map((run) => run.id)).toEqual(["a", "aa", "b", "c"]);
  });

  it("labels runs by what tells them apart", () => {
    const labels = (runs: RunSummary[]) => labelsOf(runs).map(({ name, own }) => [name, own]);
    expect(labels([first, second]).flat()).toEqual(["", "seed 1", "", "seed 2"]);
    expect(labels([first, third]).flat()).toEqual(["one", "seed 1", "two", "seed 1"]);
    expect(labels([first, { ...first, id: "z" }]).flat()).toEqual(["", "seed 1 (a)", "", "seed 1 (z)"]);
  });

  it("counts what runs and what waits", () => {
    expect(queueState([first, second, third])).toEqual({ running: 1, waiting: 2 });
  });

  it("tells the time left only of a running run whose speed is known", () => {
    expect(secondsLeft(summary({ state: "running", step: 400, steps: 1000, stepsPerSecond: 100 }))).toBe(6);
    expect(secondsLeft(summary({ state: "running", stepsPerSecond: 0 }))).toBeUndefined();
    expect(secondsLeft(summary({ state: "paused", stepsPerSecond: 100 }))).toBeUndefined();
    expect(progress(summary({ step: 1010, steps: 1000 }))).toBe(1);
  });
});

describe("metrics", () => {
  it("puts the evaluation first and keeps the runs' order otherwise", () => {
    const lists = [
      ["train/kl", "rollout/reward", "eval/reward", "eval/delay_minutes"],
      ["eval/reward", "eval/switches"],
    ];
    expect(allMetrics(lists)).toEqual([
      "eval/reward",
      "eval/delay_minutes",
      "eval/switches",
      "rollout/reward",
      "train/kl",
    ]);
  });

  it("falls back to the headline where a run has not the chosen metric", () => {
    expect(shownMetric("train/kl", ["eval/reward", "train/kl"])).toBe("train/kl");
    expect(shownMetric("gone", ["rollout/reward", "eval/reward"])).toBe("eval/reward");
    expect(shownMetric("gone", ["rollout/reward"])).toBe("rollout/reward");
    expect(shownMetric("eval/reward", [])).toBe("eval/reward");
  });

  it("names a metric by the scenario's words and unit", () => {
    const metric = { id: "delay_minutes", title: "Delay", unit: "min", better: "lower" } as const;
    const scenario = {
      id: "s",
      version: 1,
      title: "",
      summary: "",
      parameters: {},
      metrics: [metric],
      policies: [],
      learners: [],
      presets: {},
    };
    const named = metricName("eval/delay_minutes", [scenario]);
    expect(named).toEqual({ id: "eval/delay_minutes", title: "Delay, evaluation", unit: "min", better: "lower" });
    expect(metricName("train/approx_kl", []).title).toBe("Approx kl, learner");
  });
});

describe("colours", () => {
  it("gives ten runs ten colours in either appearance, and the next ten a dash", () => {
    for (const dark of [false, true]) {
      const colours = Array.from({ length: 10 }, (_, index) => runColour(index, dark));
      expect(new Set(colours).size).toBe(10);
      expect(runColour(10, dark)).toBe(colours[0]);
    }
    expect(runDash(9)).toBeUndefined();
    expect(runDash(10)).not.toEqual(runDash(20));
  });

  it("can be seen on its background: contrast of at least 2 to 1", () => {
    for (let index = 0; index < 10; index++) {
      expect(contrast(runColour(index, false), "#ffffff")).toBeGreaterThan(2);
      expect(contrast(runColour(index, true), "#16181d")).toBeGreaterThan(3);
    }
  });
});

/** Contrast of two colours by WCAG 2. */
function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
