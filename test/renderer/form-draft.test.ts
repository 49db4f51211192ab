import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parameter } from "../../lab/parameters.ts";
import type { RunSummary, ScenarioSummary } from "../../preload/contract.ts";
import { aboutDuration, costLines } from "../../renderer/model/cost.ts";
import {
  cellAt,
  type Draft,
  differenceText,
  draftOrder,
  emptied,
  errorField,
  freshDraft,
  isTouched,
  presetValues,
  SEEDS,
} from "../../renderer/model/draft.ts";
import { forkCalls, mostForks, stepsProblem } from "../../renderer/model/fork.ts";
import { type FormValue, formFields, matchesField } from "../../renderer/model/form.ts";
import { draftFromRuns, type OldRun, seedsText } from "../../renderer/model/refill.ts";
import { parseSeeds } from "../../renderer/model/seeds.ts";
import { summary } from "./summary.ts";

const meta = { title: "T", unit: "", source: "paper", reason: "r", help: "", group: "G" } as const;
const schema = z.toJSONSchema(
  z.object({
    users: parameter(z.number().int().min(1).default(6), {
      ...meta,
      title: "Users N",
      help: "who asks for offloading",
    }),
    gamma: parameter(z.number().min(0).max(1).default(0.99), { ...meta, title: "Discount" }),
    steps: parameter(z.number().int().min(1).default(1000), { ...meta, title: "Training steps" }),
    kind: parameter(z.enum(["auto", "plain"]).default("auto"), meta),
    flag: parameter(z.boolean().default(false), meta),
  }),
  { io: "input" },
);
const fields = formFields(schema);
const scenario: ScenarioSummary = {
  id: "world",
  version: 1,
  title: "World",
  summary: "",
  parameters: schema,
  metrics: [],
  policies: [],
  learners: ["ppo", "dqn"],
  presets: {
    paper: { help: "", set: {}, learners: {} },
    small: { help: "", set: { users: 3 }, learners: { dqn: { steps: 500 } } },
  },
};
const fresh = freshDraft(scenario);
const base = presetValues(scenario, "small", "ppo");
const read = (change: Partial<Draft>) => draftOrder({ ...fresh, ...change }, fields, base);
const chips = (...values: FormValue[]) => ({ values, text: "" });

describe("a draft's order", () => {
  it("of an untouched form is one run of the preset", () => {
    expect(fresh).toMatchObject({ learner: "ppo", preset: "small" });
    expect(isTouched(fresh)).toBe(false);
    expect(read({})).toMatchObject({ cells: 1, runs: 1, problems: {}, changed: {} });
    expect(read({}).order).toEqual({
      scenario: "world",
      learner: "ppo",
      preset: "small",
      set: {},
      seeds: [1],
      priority: "normal",
    });
  });

  it("has a grid of the fields with several values, times the seeds", () => {
    const { order, runs, cells } = read({
      several: { users: chips(3, 5, 7), gamma: { values: [0.9], text: "0.95..0.99 lin 2" } },
      typed: { users: "12", steps: "2000" },
      seedText: "1..5",
    });
    expect(order.vary).toEqual({ users: [3, 5, 7], gamma: [0.9, 0.95, 0.99] });
    expect(order.combine).toBe("grid");
    expect(order.set).toEqual({ steps: 2000 });
    expect({ cells, runs }).toEqual({ cells: 9, runs: 45 });
  });

  it("sets a field whose several values are one", () => {
    const { order, runs } = read({ several: { users: chips(8) } });
    expect(order.set).toEqual({ users: 8 });
    expect(order.vary).toBeUndefined();
    expect(runs).toBe(1);
  });

  it("says at the field what keeps it from being asked", () => {
    expect(read({ several: { users: { values: [3], text: "x" } } }).problems.users).toContain('"x" is no number');
    expect(read({ several: { users: chips() } }).problems.users).toContain("at least one value");
    expect(read({ several: { users: chips(3, 4, 3) } }).problems.users).toBe("3 is there twice.");
    expect(read({ several: { users: chips(3, 4, 3), gamma: chips(0, 0, 1) }, combine: "list" }).problems).toEqual({});
    expect(
      read({ several: { users: chips(3, 4), gamma: chips(0, 0.5, 1) }, combine: "list" }).problems.gamma,
    ).toContain("users has 2");
    expect(read({ seedText: "3..1" }).problems[SEEDS]).toContain("counts backwards");
  });

  it("names a new experiment and its project, or the one that is added to", () => {
    expect(read({ name: " Two ", project: "p" }).order).toMatchObject({ name: "Two", project: "p" });
    const added = read({ name: "Two", project: "p", experiment: "e" }).order;
    expect(added).toMatchObject({ experiment: "e" });
    expect(added).not.toHaveProperty("name");
    expect(added).not.toHaveProperty("project");
  });

  it("shows cells in the order in which the engine makes them", () => {
    const vary = { users: [3, 5], gamma: [0.9, 0.95, 0.99] };
    expect([0, 1, 3, 5].map((index) => cellAt(vary, "grid", index))).toEqual([
      [3, 0.9],
      [3, 0.95],
      [5, 0.9],
      [5, 0.99],
    ]);
    expect(cellAt({ users: [3, 5], gamma: [0.9, 0.5] }, "list", 1)).toEqual([5, 0.5]);
  });

  it("keeps the choices and forgets what was typed once it was started", () => {
    const draft = {
      ...fresh,
      learner: "dqn",
      typed: { users: "9" },
      name: "x",
      seedText: "1..3",
      project: "p",
      experiment: "e",
    };
    expect(isTouched(draft)).toBe(true);
    expect(isTouched(emptied(draft))).toBe(false);
    expect(emptied(draft)).toMatchObject({
      learner: "dqn",
      project: "p",
      typed: {},
      seedText: "1",
      experiment: undefined,
    });
  });
});

describe("an error of the engine", () => {
  const error = (field: string | undefined) => ({ code: "c", message: "m", hint: "", ...(field ? { field } : {}) });
  it.each([
    ["set.users", "users"],
    ["vary.users", "users"],
    ["vary.users.2", "users"],
    ["seeds", SEEDS],
    ["set.gone", undefined],
    ["project", undefined],
    [undefined, undefined],
  ])("at %s belongs to %s", (field, key) => {
    expect(errorField(error(field), fields)).toBe(key);
  });
});

describe("looking for a parameter", () => {
  it("finds it by title, name and help, every word of it", () => {
    const found = (search: string) => fields.filter((field) => matchesField(field, search)).map(({ key }) => key);
    expect(found("USERS")).toEqual(["users"]);
    expect(found("offload")).toEqual(["users"]);
    expect(found("discount gamma")).toEqual(["gamma"]);
    expect(found("users gamma")).toEqual([]);
    expect(found("").length).toBe(fields.length);
  });
});

describe("a form filled in from old runs", () => {
  const values = { users: 3, gamma: 0.99, steps: 1000, kind: "auto", flag: false };
  const old = (id: string, seed: number, change: Record<string, FormValue> = {}, run: Partial<RunSummary> = {}) => ({
    summary: { ...summary({ id, seed }), scenario: "world", learner: "ppo", preset: "small", ...run },
    values: { ...values, ...change },
  });
  const refill = (runs: OldRun[]) => draftFromRuns(runs, scenario, fields, "Old");

  it("has what differs from the preset, and nothing else", () => {
    const draft = refill([old("a", 7, { gamma: 0.5, users: 3 })]);
    expect(draft).toMatchObject({ typed: { gamma: 0.5 }, several: {}, seedText: "7", from: "Old", lost: [] });
  });

  it("recognises a full grid with all of its seeds", () => {
    const runs = [3, 5].flatMap((users) =>
      [0.9, 0.99].flatMap((gamma) => [1, 2, 3].map((seed) => old(`${users} ${gamma} ${seed}`, seed, { users, gamma }))),
    );
    const draft = refill(runs);
    expect(draft.several).toEqual({ users: chips(3, 5), gamma: chips(0.9, 0.99) });
    expect(draft).toMatchObject({ combine: "grid", seedText: "1..3" });
    expect(draftOrder(draft, fields, base).runs).toBe(12);
  });

  it("takes other cells as a list", () => {
    const runs = [
      [3, 0.9],
      [3, 0.99],
      [5, 0.9],
    ].map(([users, gamma], i) => old(String(i), 1, { users: users!, gamma: gamma! }));
    const draft = refill(runs);
    expect(draft.several).toEqual({ users: chips(3, 3, 5), gamma: chips(0.9, 0.99, 0.9) });
    expect(draft.combine).toBe("list");
    expect(draftOrder(draft, fields, base)).toMatchObject({ cells: 3, problems: {} });
  });

  it("lists values that today's form has no place for, and asks for nothing of them", () => {
    const draft = refill([old("a", 1, { kind: "gone", temperature: 4 })]);
    expect(draft.lost).toEqual([
      { key: "kind", value: "gone" },
      { key: "temperature", value: 4 },
    ]);
    expect(draft.typed).toEqual({});
  });

  it("falls back to a preset of today", () => {
    expect(refill([old("a", 1, {}, { preset: "gone" })]).preset).toBe("small");
  });

  it("asks for the same cells again, whatever the grid was", () => {
    const lists = fc.record({
      users: fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }),
      gamma: fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 4 }),
      seeds: fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(lists, ({ users, gamma, seeds }) => {
        const cells = users.flatMap((user) => gamma.map((percent) => ({ users: user, gamma: percent / 100 })));
        const runs = cells.flatMap((cell) => seeds.map((seed) => old(JSON.stringify([cell, seed]), seed, cell)));
        const { order, vary, runs: count } = draftOrder(refill(runs), fields, base);
        expect(count).toBe(runs.length);
        const again = Array.from({ length: cells.length }, (_, index) => {
          const names = Object.keys(vary);
          const cell = cellAt(vary, order.combine ?? "grid", index);
          const varied = Object.fromEntries(names.map((name, column) => [name, cell[column]]));
          const whole: Record<string, unknown> = { users: 3, gamma: 0.99, ...order.set, ...varied };
          return { users: whole.users, gamma: whole.gamma };
        });
        expect(again).toEqual(cells);
      }),
    );
  });

  it("writes seeds so that they are read back", () => {
    expect(seedsText([3, 1, 2, 7, 8])).toBe("1..3,7,8");
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60), { minLength: 1 }), (seeds) => {
        expect(parseSeeds(seedsText(seeds))).toEqual({ ok: true, seeds: [...seeds].sort((a, b) => a - b) });
      }),
    );
  });
});

describe("forks", () => {
  it("are one a combination, with what was changed in all of them", () => {
    const wanted = read({ typed: { steps: "2000" }, several: { gamma: chips(0.9, 0.95) } });
    expect(forkCalls(wanted, "grid")).toEqual([
      { steps: 2000, gamma: 0.9 },
      { steps: 2000, gamma: 0.95 },
    ]);
    expect(forkCalls(read({}), "grid")).toEqual([{}]);
    const many = read({ several: { users: { values: [], text: "1..500" } } });
    expect(forkCalls(many, "grid").length).toBe(mostForks);
  });

  it("need more steps than the checkpoint has behind it", () => {
    expect(stepsProblem({ steps: 1000 }, read({}), 1000)).toContain("already has 1000 steps");
    expect(stepsProblem({ steps: 1000 }, read({}), 999)).toBeUndefined();
    expect(stepsProblem({ steps: 1000 }, read({ typed: { steps: "1500" } }), 1000)).toBeUndefined();
    expect(stepsProblem({ steps: 1000 }, read({ several: { steps: chips(900, 1500) } }), 1000)).toContain("1000");
  });
});

describe("the cost in words", () => {
  const estimate = {
    runs: 15,
    seconds: 840,
    secondsEach: 100,
    diskBytes: 12_400_000,
    memoryBytesEach: 300_000_000,
    diskFreeBytes: 1_300_000_000,
    basis: "",
    checkpoints: 6,
    checkpointBytes: 2_000_000,
  };
  it("is no more exact than an estimate", () => {
    expect([3, 44, 840, 3000, 7200, 90_000, 400_000].map(aboutDuration)).toEqual([
      "a few seconds",
      "about 40 s",
      "about 14 min",
      "about 50 min",
      "about 2 h",
      "about 25 h",
      "about 4.6 d",
    ]);
  });

  it("tells time, disk, memory and checkpoints", () => {
    expect(costLines(estimate, 2).map(({ text }) => text)).toEqual([
      "about 14 min, 2 at once; about 2 min each",
      "12.4 MB of 1.3 GB free",
      "300 MB a run",
      "6 kept a run, 2.0 MB",
    ]);
  });

  it("says that nothing was measured, and warns when the disk is too small", () => {
    const lines = costLines({ ...estimate, seconds: null, secondsEach: null, diskFreeBytes: 1_000_000 }, 2);
    expect(lines[0]?.text).toBe("not measured yet");
    expect(lines[1]).toMatchObject({ warning: true });
    expect(lines[1]?.text).toContain("too little");
  });
});

describe("the line about differences", () => {
  it.each([
    [0, 0, "All as in small"],
    [1, 0, "1 value differs from small"],
    [2, 1, "2 values differ from small, 1 parameter varies"],
    [0, 2, "2 parameters vary"],
  ])("%d changed, %d varied: %s", (changed, varied, text) => {
    expect(differenceText(changed, varied, "small")).toBe(text);
  });
});
