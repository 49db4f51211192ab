import { describe, expect, it } from "vitest";
import type { ParameterValues } from "../../preload/contract.ts";
import { runColour } from "../../renderer/model/colours.ts";
import { groupLines, parentsOf, runLines } from "../../renderer/model/curve-lines.ts";
import { checkpointPlace, seedGroups } from "../../renderer/model/seed-groups.ts";
import { summary } from "./summary.ts";

const run = (id: string, seed: number, change = {}) => summary({ id, seed, step: 10, ...change });
const parametersOf = (entries: Record<string, ParameterValues>) => new Map(Object.entries(entries));

describe("groups of seeds", () => {
  const runs = [run("a", 1), run("b", 2), run("c", 1), run("d", 2), run("e", 3, { learner: "ippo" })];
  const parameters = parametersOf({
    a: { users: 3, lr: 0.1, seed: 1 },
    b: { lr: 0.1, users: 3, seed: 2 },
    c: { users: 5, lr: 0.1, seed: 1 },
    d: { users: 5, lr: 0.1, seed: 2 },
    e: { users: 5, lr: 0.1, seed: 3 },
  });

  it("are the runs equal in all but the seed, whatever the order of their parameters", () => {
    const groups = seedGroups(runs, parameters);
    expect(groups.map((group) => group.runs.map(({ id }) => id))).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(groups.map(({ differences }) => differences)).toEqual([[["users", 3]], [["users", 5]], [["users", 5]]]);
  });

  it("count a seed once: the run of it that got furthest", () => {
    const twice = [run("a", 1), run("b", 2), run("c", 1, { step: 20 })];
    const same = { users: 3 };
    const [group] = seedGroups(twice, parametersOf({ a: same, b: same, c: same }));
    expect(group?.runs.length).toBe(3);
    expect(group?.counted.map(({ id }) => id)).toEqual(["b", "c"]);
  });

  it("leave a run alone whose parameters are not known", () => {
    expect(seedGroups([run("a", 1), run("b", 2)], new Map()).length).toBe(2);
  });

  it("put forks together that began at the same step of runs that go together", () => {
    const same = { users: 3 };
    const forks = [
      run("a", 1),
      run("b", 2),
      run("fa", 1, { parent: "a:500" }),
      run("fb", 2, { parent: "b:500" }),
      run("late", 1, { parent: "a:900" }),
    ];
    const all = parametersOf(Object.fromEntries(forks.map(({ id }) => [id, same])));
    const groups = seedGroups(forks, all).map((group) => group.runs.map(({ id }) => id));
    expect(groups).toEqual([["a", "b"], ["fa", "fb"], ["late"]]);
  });

  it("read a checkpoint's id", () => {
    expect(checkpointPlace("hmppo-1-abc:2048")).toEqual({ run: "hmppo-1-abc", step: 2048 });
  });
});

describe("lines", () => {
  const same = { users: 3 };
  const runs = [
    run("a", 1, { ordinal: 4 }),
    run("b", 2, { ordinal: 5 }),
    run("c", 3, { ordinal: 6, step: 0, state: "queued" }),
  ];

  it("of a group are its counted runs, in one colour", () => {
    const lines = groupLines(runs, parametersOf({ a: same, b: same, c: same }), false);
    expect(lines.map(({ runs }) => runs.length)).toEqual([3]);
  });

  it("of a group of which one run has begun are that run", () => {
    const begun = runs.map((each, index) => ({ ...each, step: index === 1 ? 5 : 0 }));
    const [line] = groupLines(begun, parametersOf({ a: same, b: same, c: same }), false);
    expect(line?.runs.map(({ id }) => id)).toEqual(["b"]);
  });

  it("of single runs keep their colours and dashes when others are gone, and are named by what differs", () => {
    const lines = runLines(runs.slice(1), parametersOf({ b: same, c: { users: 5 } }), false);
    expect(lines.map(({ own }) => own)).toEqual(["seed 2, users 3", "seed 3, users 5"]);
    const all = runLines(runs, parametersOf({ b: same, c: { users: 5 } }), false);
    expect(lines.map(({ colour, dash }) => [colour, dash])).toEqual(
      all.slice(1).map(({ colour, dash }) => [colour, dash]),
    );
    expect(lines[0]?.colour).toBe(runColour(5, false));
  });

  it("that cannot be told apart otherwise have their ids", () => {
    const twins = [run("x", 1), run("y", 1)];
    const lines = runLines(twins, parametersOf({ x: same, y: same }), false);
    expect(lines.map(({ own }) => own)).toEqual(["seed 1 (x)", "seed 1 (y)"]);
  });

  it("of forks know their ancestors, up to one that is gone", () => {
    const child = run("child", 1, { parent: "mid:20" });
    const mid = run("mid", 1, { parent: "gone:10" });
    const byId = new Map([child, mid].map((each) => [each.id, each]));
    expect([...parentsOf([child], byId)]).toEqual([["child", { run: "mid", step: 20 }]]);
  });
});
