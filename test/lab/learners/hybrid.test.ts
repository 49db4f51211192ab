import { describe, expect, it } from "vitest";
import { ActionHead } from "../../../lab/learners/shared/action-head.ts";
import { Graph } from "../../../lab/nn/graph.ts";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";
import { RandomStream } from "../../../lab/random.ts";
import type { AgentSpace } from "../../../lab/scenarios/scenario.ts";
import { loopOf, play } from "./support.ts";

/** Two heads of choices, then two reals. */
const agent: AgentSpace = {
  id: "agent",
  observation: [{ name: "one", size: 1 }],
  action: { kind: "hybrid", choices: [2, 3], masked: true, size: 2 },
};
const head = new ActionHead(agent);
/** Logits of both heads, then means. */
const output = [0, Math.log(3), Math.log(1), Math.log(2), Math.log(5), 0.5, -1];
const logStd = [Math.log(0.5), Math.log(2)];
/** The last option is forbidden. */
const mask = [1, 1, 1, 1, 0];

const gaussian = (x: number, mean: number, std: number) =>
  -0.5 * ((x - mean) / std) ** 2 - Math.log(std) - 0.5 * Math.log(2 * Math.PI);

describe("a hybrid action", () => {
  it("has the numbers of its parts", () => {
    const { actionSize, optionCount, outputSize, masked } = head;
    expect({ actionSize, optionCount, outputSize, masked }).toEqual({
      actionSize: 4,
      optionCount: 5,
      outputSize: 7,
      masked: true,
    });
  });

  it("has one log-probability and one entropy: the sums over choices and reals", () => {
    const workspace = createReferenceWorkspace();
    const graph = new Graph("test");
    const [out, actions, allowed] = [
      graph.input("output", [2, 7]),
      graph.input("actions", [2, 4]),
      graph.input("mask", [2, 5]),
    ];
    graph.output("log_probability", head.logProbability(graph, out, actions, allowed));
    graph.output("entropy", head.entropy(graph, out, allowed));
    const program = workspace.compile(graph);
    workspace.parameter("agent/actor/log_std").set(logStd);
    program.input("output").set([...output, ...output]);
    program.input("actions").set([1, 0, 0.7, -1.5, 0, 1, 0.5, 3]);
    program.input("mask").set([...mask, ...mask]);
    program.run();
    const expected = [
      Math.log(3 / 4) + Math.log(1 / 3) + gaussian(0.7, 0.5, 0.5) + gaussian(-1.5, -1, 2),
      Math.log(1 / 4) + Math.log(2 / 3) + gaussian(0.5, 0.5, 0.5) + gaussian(3, -1, 2),
    ];
    expected.forEach((value, row) => {
      expect(program.output("log_probability")[row]).toBeCloseTo(value, 12);
    });
    const entropyOf = (p: readonly number[]) => -p.reduce((total, each) => total + each * Math.log(each), 0);
    const ofReals = logStd.reduce((total, each) => total + each + 0.5 * Math.log(2 * Math.PI * Math.E), 0);
    const entropy = entropyOf([1 / 4, 3 / 4]) + entropyOf([1 / 3, 2 / 3]) + ofReals;
    expect(program.output("entropy")[0]).toBeCloseTo(entropy, 12);
  });

  it("is drawn part by part: allowed options in their proportions, reals around their means", () => {
    const stream = new RandomStream(5, "hybrid test");
    const action = new Float32Array(5);
    const draws = 20_000;
    const sums = [0, 0, 0, 0];
    const squares = [0, 0];
    let forbidden = 0;
    const numbers = Float64Array.from([9, ...output]);
    const allowed = Float32Array.from([9, ...mask]);
    const spread = Float64Array.from(logStd);
    for (let i = 0; i < draws; i++) {
      head.sample(numbers, 1, spread, allowed, 1, stream, action, 1);
      if (action[2] === 2) forbidden++;
      for (let part = 0; part < 4; part++) sums[part] = (sums[part] as number) + (action[1 + part] as number);
      for (let real = 0; real < 2; real++) {
        const deviation = (action[3 + real] as number) - (output[5 + real] as number);
        squares[real] = (squares[real] as number) + deviation * deviation;
      }
    }
    expect(forbidden).toBe(0);
    expect(action[0]).toBe(0);
    const means = sums.map((total) => total / draws);
    [3 / 4, 2 / 3, 0.5, -1].forEach((expected, part) => {
      expect(Math.abs((means[part] as number) - expected)).toBeLessThan(0.06);
    });
    [0.25, 4].forEach((variance, real) => {
      expect(Math.abs((squares[real] as number) / draws / variance - 1)).toBeLessThan(0.05);
    });
  });

  it("is greedily the likeliest allowed options and the means", () => {
    const action = new Float32Array(4);
    head.likeliest(Float64Array.from(output), 0, Float32Array.from(mask), 0, action, 0);
    expect([...action]).toEqual([1, 1, 0.5, -1]);
  });
});

describe("PPO answers with the option and the dose that it is shown, at least 90 of 100", () => {
  // The settings of the other identity checks.
  const set = {
    steps: 1200,
    worlds: 4,
    rolloutSteps: 30,
    minibatch: 30,
    epochs: 10,
    learningRate: 1e-3,
    gamma: 0.4,
    entropyCoefficient: 0,
    evaluationEvery: 1200,
  };
  for (const seed of [1, 2, 3, 4, 5]) {
    it(`1,200 steps, seed ${seed}`, () => {
      const loop = loopOf("sanity/identity-hybrid", "ppo", set, seed);
      play(loop);
      expect(loop.steps).toBe(1200);
      expect(loop.lastEvaluation?.reward).toBeGreaterThanOrEqual(90);
    });
  }
});
