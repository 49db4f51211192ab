import { describe, expect, it } from "vitest";
import { TrainingDiverged } from "../../../lab/learners/learner.ts";
import { optimise, ScalarMeans } from "../../../lab/learners/shared/optimiser.ts";
import { Graph } from "../../../lab/nn/graph.ts";
import type { Scenario, World } from "../../../lab/scenarios/scenario.ts";
import { bytesOf, constantWorld, loopOf, play, type Values, wasmWorkspace } from "./support.ts";

interface Fault {
  /** Step of the world, over all its episodes, from 0. */
  readonly at: number;
  readonly observation?: number;
  readonly reward?: number;
  readonly elapsed?: number;
}

/** The constant world, but for one number in one step. */
function faulty(fault: Fault): Scenario {
  const inner = constantWorld(1, "terminated", 8);
  const create = (): World => {
    const world = inner.create({});
    let steps = 0;
    const now = (step: number) => step === fault.at;
    return {
      agents: world.agents,
      stateSize: world.stateSize + 1,
      reset: (seed) => world.reset(seed),
      observe(agent, out, offset) {
        world.observe(agent, out, offset);
        if (now(steps)) out[offset] = fault.observation ?? (out[offset] as number);
      },
      act: (agent, actions, offset) => world.act(agent, actions, offset),
      advance() {
        world.advance();
        steps++;
      },
      get reward() {
        return now(steps - 1) ? (fault.reward ?? world.reward) : world.reward;
      },
      get elapsed() {
        return now(steps) ? (fault.elapsed ?? world.elapsed) : world.elapsed;
      },
      get terminated() {
        return world.terminated;
      },
      get truncated() {
        return world.truncated;
      },
      readMetrics: (out) => world.readMetrics(out),
      saveState(out, offset) {
        world.saveState(out, offset);
        out[offset + world.stateSize] = steps;
      },
      loadState(from, offset) {
        world.loadState(from, offset);
        steps = from[offset + world.stateSize] as number;
      },
    };
  };
  return { ...inner, id: "test/faulty", create };
}

/** Ten steps a rollout in each of four worlds. */
const set: Values = { steps: 1000, worlds: 4, rolloutSteps: 10, minibatch: 20, evaluationEvery: 0 };
const learners: readonly [learner: string, own: Values][] = [
  ["ppo", { hidden: "8" }],
  ["ippo", { hidden: "8" }],
  ["recurrent-ppo", { units: 8, chunk: 5 }],
];

describe.each(learners)("%s stops", (learner, own) => {
  const loopIn = (fault: Fault) => loopOf(faulty(fault), learner, { ...set, ...own }, 1);

  it("at an observation that is not a number, naming the network and the input", () => {
    const loop = loopIn({ at: 13, observation: Number.NaN });
    play(loop, 1);
    const good = loop.save();
    expect(() => play(loop)).toThrow(
      /^agent\/policy output is not finite in iteration 2: its input observation is NaN in row 0, column 0$/,
    );
    // What was saved before is whole: it loads, and only the fault itself stops it again.
    const restored = loopOf(constantWorldLike, learner, { ...set, ...own }, 2);
    restored.load(good);
    expect(bytesOf(restored.save().weights)).toEqual(bytesOf(good.weights));
    expect(restored.steps).toBe(40);
    play(restored, 1);
    expect(restored.steps).toBe(80);
  });

  it("at an infinite reward, naming step and world, before any weight changes", () => {
    const loop = loopIn({ at: 25, reward: Number.POSITIVE_INFINITY });
    play(loop, 2);
    const before = bytesOf(loop.save().weights);
    expect(() => play(loop)).toThrow(/^reward is not finite in iteration 3: first in step 5 of world 0$/);
    expect(bytesOf(loop.save().weights)).toEqual(before);
  });

  it("at a time that is not a number, which only the critic sees", () => {
    const loop = loopIn({ at: 4, elapsed: Number.NaN });
    expect(() => play(loop)).toThrow(/^agent\/value is not finite in iteration 1: first in step [0-4] of world 0$/);
  });

  it("when finite rewards are too large for the loss, naming the largest input", () => {
    const loop = loopIn({ at: 3, reward: 1e30 });
    let error: unknown;
    try {
      play(loop);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TrainingDiverged);
    expect((error as TrainingDiverged).term).toBe("value loss");
    expect((error as TrainingDiverged).message).toMatch(
      /^value loss is not finite in iteration 1: its inputs are finite, at most \S+e\+\d\d in size \(advantage\)/,
    );
  });
});

/** The same world without a fault, of the same state size. */
const constantWorldLike = faulty({ at: -1 });

describe("the cause of a step that is not finite", () => {
  /** One linear unit, y = w x: the loss (y - target)^2. */
  function trainer() {
    const workspace = wasmWorkspace();
    const graph = new Graph("test");
    const x = graph.input("net/x", [4, 2]);
    const weight = graph.parameter("net/weight", [2, 1]);
    const bias = graph.parameter("net/bias", [1]);
    const loss = graph.squaredError(graph.dense(x, weight, bias, "none"), graph.input("net/target", [4]));
    optimise(graph, "test", loss, [weight, bias], { adamEpsilon: 1e-8, gradientNormClip: 0 });
    graph.output("value_loss", loss);
    const program = workspace.compile(graph);
    const means = new ScalarMeans(program, ["value_loss", "gradient_norm"], workspace);
    program.input("net/x").set([1, 2, 3, 4, 5, 6, 7, 8]);
    program.input("net/target").fill(1);
    program.input("learning_rate").fill(1e-3);
    return {
      program,
      run: () => {
        program.run();
        means.add(7);
      },
    };
  }

  it("is the first bad value among the inputs, by row and column", () => {
    const { program, run } = trainer();
    run();
    program.input("net/x")[5] = Number.NEGATIVE_INFINITY;
    expect(run).toThrow(/^value loss is not finite in iteration 7: its input net\/x is -Infinity in row 2, column 1$/);
  });

  it("is a row alone for an input with one number a row", () => {
    const { program, run } = trainer();
    program.input("net/target")[3] = Number.NaN;
    expect(run).toThrow(/: its input net\/target is NaN in row 3$/);
  });

  it("is the weights where the learning rate blew them up: the inputs are finite", () => {
    const { program, run } = trainer();
    program.input("learning_rate").fill(1e30);
    run();
    expect(run).toThrow(
      /^value loss is not finite in iteration 7: its inputs are finite, at most 1e\+30 in size \(learning_rate\); the parameter net\/weight is not finite now$/,
    );
  });

  it("is found in the learning rate too", () => {
    const { program, run } = trainer();
    program.input("learning_rate").fill(Number.NaN);
    run();
    expect(run).toThrow(/: its input learning_rate is NaN in row 0$/);
  });
});
