import { describe, expect, it } from "vitest";
import { evaluate, summarise } from "../../lab/evaluation.ts";
import { defaults } from "../../lab/parameters.ts";
import { emulatorTuning } from "../../lab/scenarios/emulator-tuning/index.ts";
import { cartPole } from "../../lab/scenarios/sanity/cartpole.ts";
import type { Policy, Scenario } from "../../lab/scenarios/scenario.ts";

const parameters = { ...defaults(emulatorTuning.parameters), tasks: 5 };
const random = () => emulatorTuning.policies.random!(parameters);

describe("evaluation", () => {
  it("lets episode i meet the world seed firstSeed + i", () => {
    const whole = evaluate(emulatorTuning, parameters, random(), 4, 1000);
    const tail = evaluate(emulatorTuning, parameters, random(), 2, 1002);
    expect(whole.metrics).toEqual(["reward", "delay_minutes", "perplexity", "switches"]);
    whole.values.forEach((column, metric) => {
      expect(column.subarray(2)).toEqual(tail.values[metric]);
    });
    expect(new Set(whole.values[0]).size).toBe(4);
  });

  it("creates one world and resets world and policy before each episode", () => {
    let created = 0;
    const counting: Scenario = {
      ...cartPole,
      create(values) {
        created++;
        return cartPole.create(values);
      },
    };
    const seeds: number[] = [];
    const inner = cartPole.policies.random!({});
    const policy: Policy = {
      reset(seed) {
        seeds.push(seed);
        inner.reset(seed);
      },
      decide: (world) => inner.decide(world),
    };
    const finished: number[] = [];
    const table = evaluate(counting, {}, policy, 3, 5, (count) => finished.push(count));
    expect(created).toBe(1);
    expect(seeds).toEqual([5, 6, 7]);
    expect(finished).toEqual([1, 2, 3]);
    expect(Math.min(...table.values[0]!)).toBeGreaterThanOrEqual(8);
  });

  it("ends episodes at truncation", () => {
    const balance: Policy = {
      reset() {},
      decide(world) {
        const seen = new Float32Array(4);
        world.observe(0, seen, 0);
        world.act(0, Float32Array.of(seen[2]! + 0.5 * seen[3]! + 0.03 * seen[0]! + 0.05 * seen[1]! > 0 ? 1 : 0), 0);
      },
    };
    expect([...evaluate(cartPole, {}, balance, 3, 0).values[0]!]).toEqual([500, 500, 500]);
  });

  it("refuses counts that are not whole numbers from 1", () => {
    for (const episodes of [0, -1, 1.5, Number.NaN]) {
      expect(() => evaluate(emulatorTuning, parameters, random(), episodes, 0)).toThrow(RangeError);
    }
    expect(() => evaluate(emulatorTuning, parameters, random(), 1, -3)).toThrow(RangeError);
  });

  it("summarises with the sample deviation, 0 for a single episode", () => {
    expect(summarise(Float64Array.of(1, 2, 3))).toEqual({ mean: 2, std: 1, n: 3, values: [1, 2, 3] });
    expect(summarise(Float64Array.of(-4))).toEqual({ mean: -4, std: 0, n: 1, values: [-4] });
    expect(() => summarise(new Float64Array(0))).toThrow(RangeError);
  });
});
