import { describe, expect, it } from "vitest";
import { studentQuantile } from "../../lab/stats/student.ts";
import type { ParameterValues, RunSummary } from "../../preload/contract.ts";
import { cells, cellValue, finishedText, formatCellValue, runLabels } from "../../renderer/model/cells.ts";
import { fittingColumns, freshLayout, pinnedFirst, tableLayoutSchema, toTsv } from "../../renderer/model/table.ts";
import {
  cellText,
  columnSpec,
  copiedRows,
  groupRows,
  groupValue,
  runRows,
  seedText,
  sortValue,
  type TableData,
} from "../../renderer/model/table-rows.ts";
import { summary } from "./summary.ts";

const run = (id: string, seed: number, change: Partial<RunSummary> = {}) =>
  summary({ id, seed, name: "Sweep", state: "finished", reward: -seed, createdAt: seed, ...change });
const runs = [
  run("a1", 1),
  run("a2", 2),
  run("a3", 3, { state: "failed", reward: -1000 }),
  run("b1", 1, { createdAt: 11 }),
  run("b2", 2, { createdAt: 12, state: "running", reward: -500 }),
];
const parameters = new Map<string, ParameterValues>(
  runs.map(({ id }) => [id, { users: id.startsWith("a") ? 3 : 7, steps: 10 }]),
);
const data: TableData = {
  projects: new Map(),
  experiments: new Map(),
  parameters,
  lastValues: new Map([
    [
      "eval/delay_minutes",
      new Map([
        ["a1", 2],
        ["a2", 4],
        ["b1", null],
      ]),
    ],
  ]),
};
const groups = groupRows(runRows(runs, parameters), parameters);
const group = (label: string) => groups.find((row) => row.cell.label === label)!;

describe("the mean of a cell", () => {
  it("is that of its finished runs alone, with its Student-t interval and n", () => {
    const value = groupValue(group("users 3"), "reward", data)!;
    // -1 and -2; the failed run's -1000 is not averaged.
    expect(value.mean).toBe(-1.5);
    expect(value.n).toBe(2);
    expect(value.half).toBeCloseTo(studentQuantile(0.975, 1) * 0.5, 9);
    expect(cellText(group("users 3"), "reward", data)).toBe("−2 ± 6 (n 2)");
  });

  it("has no interval with one value, and no value with none", () => {
    expect(groupValue(group("users 7"), "reward", data)).toEqual({ mean: -1, half: undefined, n: 1 });
    expect(cellText(group("users 7"), "reward", data)).toBe("−1.000 (n 1)");
    expect(groupValue(group("users 7"), "metric:eval/delay_minutes", data)).toBeUndefined();
    expect(cellValue([null, undefined, Number.NaN])).toBeUndefined();
    expect(formatCellValue({ mean: -99.512, half: 0.41, n: 5 })).toBe("−99.5 ± 0.4");
  });

  it("counts those that are not done beside it", () => {
    expect(finishedText(group("users 3").cell)).toBe("2 of 3 finished, 1 failed");
    expect(finishedText(group("users 7").cell)).toBe("1 of 2 finished");
  });

  it("takes a seed once, so that a repetition does not narrow the interval", () => {
    const twice = [...runs, run("a1-again", 1, { createdAt: 20, step: 0 })];
    const known = new Map(parameters).set("a1-again", { users: 3, steps: 10 });
    const [cell] = cells(twice, known);
    expect(cell?.runs).toHaveLength(4);
    expect(cell?.counted).toHaveLength(3);
    expect(groupValue({ kind: "group", id: "", cell: cell!, runs: [] }, "reward", data)?.n).toBe(2);
  });

  it("goes by metrics too", () => {
    expect(groupValue(group("users 3"), "metric:eval/delay_minutes", data)).toMatchObject({ mean: 3, n: 2 });
    expect(sortValue(group("users 3"), "metric:eval/delay_minutes", data)).toBe(3);
  });
});

describe("cells", () => {
  it("go across experiments with equal parameters", () => {
    const other = run("c9", 9, { experiment: "another", name: "Again" });
    const known = new Map(parameters).set("c9", { users: 3, steps: 10 });
    const found = cells([...runs, other], known);
    expect(found.map((cell) => cell.runs.map(({ id }) => id))).toEqual([
      ["a1", "a2", "a3", "c9"],
      ["b1", "b2"],
    ]);
  });

  it("say what is the same in all of their runs, and what is not", () => {
    expect(cellText(group("users 3"), "name", data)).toBe("Sweep: users 3");
    expect(cellText(group("users 3"), "parameter:users", data)).toBe("3");
    expect(cellText(group("users 3"), "seed", data)).toBe("1..3");
    expect(seedText([5, 1, 2, 9, 3])).toBe("1..3, 5, 9");
  });

  it("never leave a run out, whatever its parameters", () => {
    const rows = groupRows(runRows(runs, parameters), new Map());
    expect(rows.flatMap((row) => row.runs).length).toBe(runs.length);
  });
});

describe("labels of runs", () => {
  it("say what differs among them, then the seed; a name of their own goes before", () => {
    expect(runLabels(runs.slice(0, 2), parameters)).toEqual(["seed 1", "seed 2"]);
    expect(runLabels(runs, parameters)[4]).toBe("users 7, seed 2");
    expect(runLabels([{ ...runs[0]!, label: "the good one" }, runs[1]!], parameters)).toEqual([
      "the good one",
      "seed 2",
    ]);
    expect(runLabels([runs[0]!, { ...runs[0]!, id: "twin" }], parameters)).toEqual(["seed 1 (a1)", "seed 1 (twin)"]);
  });
});

describe("columns", () => {
  it("leave out the least telling where the window is narrow", () => {
    expect(fittingColumns(300)).toEqual(["state", "name"]);
    expect(fittingColumns(560)).toEqual(["state", "name", "progress", "reward"]);
    expect(fittingColumns(5000)).not.toContain("id");
  });

  it("show the pinned ones first", () => {
    expect(pinnedFirst(["state", "name", "seed"], ["seed", "gone"])).toEqual(["seed", "state", "name"]);
  });

  it("name a run by what tells it from its experiment's others, or by its own name", () => {
    const names = runRows([...runs, run("named", 9, { label: "the good one" })], parameters).map((row) => row.name);
    expect(names).toEqual(["the good one", ...["7", "7", "3", "3", "3"].map((users) => `Sweep: users ${users}`)]);
  });

  it("know parameters and metrics", () => {
    expect(columnSpec("parameter:users", [])?.title).toBe("users");
    expect(columnSpec("metric:eval/delay_minutes", [])?.title).toBe("Delay minutes, evaluation");
    expect(columnSpec("nonsense", [])).toBeUndefined();
  });

  it("refuse a remembered layout that makes no sense", () => {
    expect(tableLayoutSchema.safeParse(freshLayout).success).toBe(true);
    expect(tableLayoutSchema.safeParse({ ...freshLayout, widths: { name: "wide" } }).success).toBe(false);
  });
});

describe("copying", () => {
  const columns = ["name", "reward"].map((id) => columnSpec(id, [])!);

  it("gives a mean three columns in full precision", () => {
    const [heading, first] = copiedRows([group("users 3")], columns, data);
    expect(heading).toEqual(["Name", "Reward", "Reward, half width of 95% interval", "Reward, n"]);
    expect(first?.slice(0, 2)).toEqual(["Sweep: users 3", "-1.5"]);
    expect(Number(first?.[2])).toBeCloseTo(6.353, 3);
    expect(first?.[3]).toBe("2");
  });

  it("keeps a row on one line", () => {
    expect(
      toTsv([
        ["a\tb", "c\nd"],
        ["e", ""],
      ]),
    ).toBe("a b\tc d\ne\t");
    const rows = runRows(runs.slice(0, 1), parameters);
    expect(toTsv(copiedRows(rows, columns, data))).toBe("Name\tReward\nSweep\t-1");
  });
});
