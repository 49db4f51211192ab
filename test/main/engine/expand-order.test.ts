import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findLearner } from "../../../lab/learners/registry.ts";
import { findScenario } from "../../../lab/scenarios/registry.ts";
import { expandOrder, type RunOrder } from "../../../main/engine/expand-order.ts";
import { UserError } from "../../../main/platform/user-error.ts";

const scenario = findScenario("emulator-tuning")!;
const learner = findLearner("hmppo")!;

function order(change: Partial<RunOrder> = {}): RunOrder {
  return { scenario: scenario.id, learner: learner.id, preset: "smoke", set: {}, seeds: [1], ...change };
}

function cells(change: Partial<RunOrder>) {
  return expandOrder(scenario, learner, order(change)).map(({ varied }) => varied);
}

function refusal(change: Partial<RunOrder>): UserError {
  try {
    expandOrder(scenario, learner, order(change));
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("the order was not refused");
}

describe("an order", () => {
  test("without several values is one cell with the preset's values and those that were set", () => {
    const [cell, ...others] = expandOrder(scenario, learner, order({ set: { users: 9 } }));
    expect(others).toEqual([]);
    expect(cell?.varied).toEqual({});
    expect(cell?.parameters.scenario.users).toBe(9);
    expect(cell?.parameters.training.steps).toBe(512);
  });

  test("as a grid has every combination, the last parameter changing fastest", () => {
    expect(cells({ vary: { users: [3, 5], gamma: [0.9, 0.95, 0.99] } })).toEqual([
      { users: 3, gamma: 0.9 },
      { users: 3, gamma: 0.95 },
      { users: 3, gamma: 0.99 },
      { users: 5, gamma: 0.9 },
      { users: 5, gamma: 0.95 },
      { users: 5, gamma: 0.99 },
    ]);
  });

  test("as a list takes the first values together, then the second", () => {
    expect(cells({ vary: { users: [3, 3, 5], gamma: [0.9, 0.99, 0.9] }, combine: "list" })).toEqual([
      { users: 3, gamma: 0.9 },
      { users: 3, gamma: 0.99 },
      { users: 5, gamma: 0.9 },
    ]);
  });

  test("reads values that come as text, as a command line sends them", () => {
    expect(cells({ vary: { users: ["3", " 5 "] } })).toEqual([{ users: 3 }, { users: 5 }]);
  });

  test("has as many cells as the product of its values, and each in its own parameters", () => {
    const lists = fc.record({
      users: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
      gamma: fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(lists, ({ users, gamma }) => {
        const vary = { users, gamma: gamma.map((percent) => percent / 100) };
        const made = expandOrder(scenario, learner, order({ vary }));
        expect(made.length).toBe(users.length * gamma.length);
        expect(new Set(made.map(({ varied }) => JSON.stringify(varied))).size).toBe(made.length);
        for (const { varied, parameters } of made) {
          expect(parameters.scenario.users).toBe(varied.users);
          expect(parameters.learner.gamma).toBe(varied.gamma);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("a refused order names the field", () => {
  test("that has a wrong single value", () => {
    expect(refusal({ set: { users: 900 } })).toMatchObject({ code: "parameter-range", field: "set.users" });
    expect(refusal({ set: { usres: 9 } })).toMatchObject({ code: "parameter-unknown", field: "set.usres" });
  });

  test("and the place of the wrong one of several values, also when it is not in the first cell", () => {
    const error = refusal({ vary: { users: [3, 5, 900], gamma: [0.9, 0.99] } });
    expect(error).toMatchObject({ code: "parameter-range", field: "vary.users.2" });
    expect(error.message).toContain("users is 900");
    expect(refusal({ vary: { gamma: ["x"] } })).toMatchObject({ code: "parameter-range", field: "vary.gamma.0" });
    expect(refusal({ vary: { usres: [3, 4] } })).toMatchObject({ code: "parameter-unknown", field: "vary.usres" });
  });

  test("that has one value and also several", () => {
    expect(refusal({ set: { users: 3 }, vary: { users: [4, 5] } })).toMatchObject({
      code: "parameter-twice",
      field: "vary.users",
    });
  });

  test("whose list is shorter or longer than the others", () => {
    const error = refusal({ vary: { users: [3, 4, 5], gamma: [0.9, 0.99] }, combine: "list" });
    expect(error).toMatchObject({ code: "lengths-differ", field: "vary.gamma" });
    expect(error.message).toBe("gamma has 2 values, but users has 3.");
  });

  test("that makes the same cell twice, however it is written", () => {
    expect(refusal({ vary: { users: [3, 4, "3.0"] } })).toMatchObject({ code: "cell-twice", field: "vary.users.2" });
    const list = refusal({ vary: { users: [3, 4, 3], gamma: [0.9, 0.9, 0.9] }, combine: "list" });
    expect(list).toMatchObject({ code: "cell-twice", field: "vary.users.2" });
    expect(list.message).toBe("users 3, gamma 0.9 is there twice.");
  });

  test("with a seed that is named twice", () => {
    expect(refusal({ seeds: [1, 2, 1] })).toMatchObject({ code: "seed-twice", field: "seeds" });
  });

  test("and says which combination it is when values do not fit together", () => {
    const error = refusal({ vary: { rolloutSteps: [64, 50], gamma: [0.9, 0.99] } });
    expect(error).toMatchObject({ code: "parameter-range", field: "set.minibatch" });
    expect(error.message).toMatch(/^With rolloutSteps 50, gamma 0.9: .* has to be divisible by minibatch/);
    expect(refusal({ vary: { minibatch: [64, 7] } }).field).toBe("vary.minibatch.1");
  });

  test("without blaming the varied values for what is wrong without them", () => {
    const continuous = findScenario("sanity/pendulum")!;
    const dqn = findLearner("dqn")!;
    const wanted = { ...order({ vary: { gamma: [0.9, 0.99] } }), scenario: continuous.id, learner: dqn.id };
    expect(() => expandOrder(continuous, dqn, wanted)).toThrow(/^DQN needs discrete actions/);
  });

  test("before it counts what nobody could make", () => {
    const many = Array.from({ length: 1000 }, (_, i) => i);
    const error = refusal({ vary: { users: many, gamma: many, clip: many, epochs: many } });
    expect(error).toMatchObject({ code: "too-many-runs", field: "vary" });
    expect(refusal({ seeds: Array.from({ length: 10_001 }, (_, i) => i) })).toMatchObject({ field: "seeds" });
  });

  test("of the preset", () => {
    expect(refusal({ preset: "smal" })).toMatchObject({ code: "preset-unknown", field: "preset" });
  });
});
