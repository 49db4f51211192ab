import { describe, expect, it } from "vitest";
import type { RunDetail } from "../../preload/contract.ts";
import { compareRuns, comparisonText } from "../../renderer/model/overview/differences.ts";
import { familyOf, laneByKey, ledByParent } from "../../renderer/model/overview/lineage.ts";
import { summary } from "./summary.ts";

function detail(
  id: string,
  parameters: Record<string, number | string>,
  environment: Record<string, string>,
): RunDetail {
  return {
    summary: summary({ id }),
    notes: "",
    folder: "",
    bytes: 0,
    parameters: Object.entries(parameters).map(([key, value]) => ({
      key,
      value,
      default: value,
      unit: "s",
      source: "paper",
      reason: "Table 1",
      title: key.toUpperCase(),
      group: "",
    })),
    environment,
    metrics: [],
    checkpoints: [],
  };
}

describe("runs side by side", () => {
  const a = detail("a", { rate: 0.1, users: 3, only: "x|y" }, { cpu: "one", kernelBuild: "k" });
  const b = detail("b", { rate: 0.1, users: 6 }, { cpu: "two", kernelBuild: "k" });
  const { parameters, environment } = compareRuns([a, b]);

  it("puts what differs first, a parameter that only one has among it", () => {
    expect(parameters.map(({ key, differs }) => [key, differs])).toEqual([
      ["users", true],
      ["only", true],
      ["scenario", false],
      ["learner", false],
      ["preset", false],
      ["seed", false],
      ["rate", false],
    ]);
    expect(parameters[1]!.values).toEqual(["x|y", undefined]);
    expect(parameters[0]!.source).toMatchObject({ source: "paper", reason: "Table 1" });
  });

  it("compares where the runs were made", () => {
    expect(environment.map(({ title, values, differs }) => [title, values, differs])).toEqual([
      ["Processor", ["one", "two"], true],
      ["Kernel build", ["k", "k"], false],
    ]);
  });

  it("can be pasted as Markdown and as tab-separated values", () => {
    const rows = parameters.slice(0, 2);
    expect(comparisonText(["A", "B"], rows, "markdown")).toBe(
      "| Parameter | Unit | A | B | Source |\n| --- | --- | --- | --- | --- |\n" +
        "| users | s | 3 | 6 | paper |\n| only | s | x\\|y |  | paper |",
    );
    expect(comparisonText(["A\tB", "C"], rows, "tsv")).toBe(
      "Parameter\tUnit\tA B\tC\tSource\nusers\ts\t3\t6\tpaper\nonly\ts\tx|y\t\tpaper",
    );
  });
});

describe("a family of forks", () => {
  const runs = [
    summary({ id: "root", step: 100, steps: 100 }),
    summary({ id: "other", step: 10 }),
    summary({ id: "late", parent: "root:80", step: 120, steps: 200 }),
    summary({ id: "early", parent: "root:40", step: 90, steps: 200 }),
    summary({ id: "grandchild", parent: "late:100", step: 0, steps: 150 }),
  ];

  it("has its first ancestor on top and every fork below its parent, earliest first", () => {
    const lanes = familyOf(runs, "grandchild");
    expect(lanes.map(({ run, parent, depth, from, to }) => [run.id, parent, depth, from, to])).toEqual([
      ["root", undefined, 0, 0, 100],
      ["early", 0, 1, 40, 90],
      ["late", 0, 1, 80, 120],
      ["grandchild", 2, 2, 100, 100],
    ]);
    expect(familyOf(runs, "other").length).toBe(1);
    expect(familyOf(runs, "unknown")).toEqual([]);
  });

  it("begins at a fork whose parent is gone, and survives a circle", () => {
    expect(familyOf(runs.slice(2), "early").map(({ from, parent }) => [from, parent])).toEqual([[40, undefined]]);
    const circle = [summary({ id: "x", parent: "y:1" }), summary({ id: "y", parent: "x:1" })];
    expect(familyOf(circle, "x").length).toBe(2);
  });

  it("is walked with the arrow keys", () => {
    const lanes = familyOf(runs, "root");
    expect(["ArrowDown", "ArrowUp", "ArrowRight", "End", "x"].map((key) => laneByKey(lanes, 0, key))).toEqual([
      1,
      0,
      1,
      3,
      undefined,
    ]);
    expect([
      laneByKey(lanes, 3, "ArrowLeft"),
      laneByKey(lanes, 1, "ArrowRight"),
      laneByKey(lanes, 0, "ArrowLeft"),
    ]).toEqual([2, 1, 0]);
  });

  it("draws a fork's curve out of its parent's", () => {
    const parent = { steps: Float64Array.of(0, 10, 20), values: Float64Array.of(0, 100, 300) };
    const own = { steps: Float64Array.of(30), values: Float64Array.of(5) };
    expect(ledByParent(own, parent, 15)).toEqual({ steps: Float64Array.of(15, 30), values: Float64Array.of(200, 5) });
    expect(ledByParent(own, parent, 10).values[0]).toBe(100);
    expect(ledByParent(own, parent, 25).values[0]).toBe(300);
    expect(ledByParent(own, { steps: new Float64Array(0), values: new Float64Array(0) }, 15)).toBe(own);
    // The fork recorded a point of its own just there.
    expect(ledByParent({ ...own, steps: Float64Array.of(15) }, parent, 15).values).toEqual(Float64Array.of(5));
  });
});
