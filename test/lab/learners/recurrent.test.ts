import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { playEpisodes } from "../../../lab/evaluation.ts";
import { recurrentPpo } from "../../../lab/learners/recurrent-ppo.ts";
import { RecurrentNetwork } from "../../../lab/learners/shared/recurrent.ts";
import { Graph } from "../../../lab/nn/graph.ts";
import type { Cell } from "../../../lab/nn/ops.ts";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";
import { defaults } from "../../../lab/parameters.ts";
import { cartPolePositions } from "../../../lab/scenarios/sanity/cartpole.ts";
import { identityDiscrete } from "../../../lab/scenarios/sanity/identity.ts";
import { recall } from "../../../lab/scenarios/sanity/recall.ts";
import type { AgentSpace, Scenario, World } from "../../../lab/scenarios/scenario.ts";
import type { TensorMap } from "../../../lab/tensors.ts";
import { resolveParameters } from "../../../lab/training.ts";
import { resourcePath } from "../../../main/platform/paths.ts";
import { bytesOf, constantWorld, loopOf, match, type Point, play, type Values, wasmWorkspace } from "./support.ts";

const cells: readonly Cell[] = ["rnn", "gru", "lstm"];

describe("recurrent PPO remembers a cue for five steps, at least 90 of 100", () => {
  const set: Values = {
    steps: 20_000,
    worlds: 8,
    rolloutSteps: 48,
    minibatch: 96,
    chunk: 6,
    units: 16,
    epochs: 4,
    learningRate: 3e-3,
    evaluationEvery: 20_000,
    evaluationEpisodes: 100,
  };
  for (const seed of [1, 2, 3, 4, 5]) {
    it(`LSTM, 20,000 of the 50,000 steps allowed, seed ${seed}`, () => {
      const loop = loopOf("sanity/recall", "recurrent-ppo", set, seed);
      play(loop);
      expect(loop.steps).toBeLessThanOrEqual(50_000);
      expect(loop.lastEvaluation?.reward).toBeGreaterThanOrEqual(0.9);
    });
  }

  it("where a learner without memory is left with chance, 25 of 100", () => {
    const { chunk: _, units: __, ...rest } = set;
    const loop = loopOf("sanity/recall", "ppo", rest, 1);
    play(loop);
    expect(loop.lastEvaluation?.reward).toBeLessThan(0.5);
  });
});

describe("recurrent PPO balances a pole whose velocities it does not see", () => {
  it("seed 1 reaches a mean of 450 within 200,000 steps", () => {
    const { report } = JSON.parse(readFileSync(resourcePath("presets", "sanity-cartpole-positions.json"), "utf8"));
    const set = { ...report.set, ...report.learners["recurrent-ppo"], evaluationEvery: 20_480 };
    const loop = loopOf("sanity/cartpole-positions", "recurrent-ppo", set, 1);
    while (!loop.finished && (loop.lastEvaluation?.reward ?? 0) < 450) loop.step(() => {});
    expect(loop.lastEvaluation?.reward).toBeGreaterThanOrEqual(450);
  });
});

/** Values that a critic of `units` gives over a whole episode of inputs [T, 2]. */
function valuesOf(weights: TensorMap, cell: Cell, units: number, inputs: readonly (readonly number[])[]): number[] {
  const workspace = createReferenceWorkspace();
  const graph = new Graph("test");
  const network = new RecurrentNetwork("agent/critic", 2, { hidden: [], cell, units }, 1, 1);
  const state = graph.input("state", [1, network.stateSize]);
  const x = graph.input("x", [inputs.length, 2]);
  const { output } = network.apply(graph, x, state, graph.input("keep", [inputs.length]));
  graph.output("value", output);
  const program = workspace.compile(graph);
  workspace.loadWeights(weights);
  program.input("x").set(inputs.flat());
  program.input("keep").fill(1);
  program.run();
  return [...program.output("value")];
}

describe("the recurrent critic", () => {
  const set: Values = {
    steps: 12_000,
    worlds: 5,
    rolloutSteps: 24,
    minibatch: 60,
    chunk: 12,
    gamma: 0.5,
    learningRate: 3e-3,
    units: 8,
    evaluationEvery: 0,
  };

  for (const cell of cells) {
    it(`knows what is left of a constant world that ends, with ${cell}`, () => {
      const loop = loopOf(constantWorld(1, "terminated", 3), "recurrent-ppo", { ...set, cell }, 1);
      play(loop);
      const elapsed = [0, 1, 2].map((t) => [1, t / 3]);
      const values = valuesOf(loop.save().weights, cell, 8, elapsed);
      [1.75, 1.5, 1].forEach((expected, t) => {
        expect(Math.abs((values[t] as number) - expected)).toBeLessThan(0.05);
      });
    });

    it(`sees the last observation's value beyond an episode that was cut off, with ${cell}`, () => {
      const loop = loopOf(constantWorld(1, "truncated", 7), "recurrent-ppo", { ...set, cell }, 1);
      play(loop);
      for (const value of valuesOf(loop.save().weights, cell, 8, new Array(7).fill([1, 0]))) {
        expect(Math.abs(value - 2)).toBeLessThan(0.1);
      }
    });
  }
});

/** A cue of -1 or 1 is seen in the first step alone; every step pays it, up to where the world is cut off. */
class CueWorld implements World {
  readonly agents: readonly AgentSpace[] = [
    {
      id: "agent",
      observation: [{ name: "cue", size: 1 }],
      action: { kind: "discrete", choices: [2], masked: false },
    },
  ];
  readonly stateSize = 2;
  readonly terminated = false;
  readonly elapsed = 0;
  private cue = 1;
  private t = 0;

  get reward(): number {
    return this.cue;
  }

  get truncated(): boolean {
    return this.t === 4;
  }

  reset(seed: number): void {
    this.cue = seed % 2 === 0 ? 1 : -1;
    this.t = 0;
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    out[offset] = this.t === 0 ? this.cue : 0;
  }

  act(): void {}

  advance(): void {
    this.t++;
  }

  readMetrics(out: Float64Array): void {
    out[0] = this.cue * this.t;
  }

  saveState(out: Float64Array, offset: number): void {
    out[offset] = this.cue;
    out[offset + 1] = this.t;
  }

  loadState(from: Float64Array, offset: number): void {
    this.cue = from[offset] as number;
    this.t = from[offset + 1] as number;
  }
}

describe("the value beyond an end", () => {
  it("is that of the memory so far: V = cue / (1 - gamma) in every step", () => {
    const scenario: Scenario = { ...match, id: "test/cue", create: () => new CueWorld() };
    const set = {
      steps: 40_000,
      worlds: 5,
      rolloutSteps: 10,
      minibatch: 50,
      chunk: 5,
      gamma: 0.5,
      learningRate: 3e-3,
      units: 8,
      evaluationEvery: 0,
    };
    const loop = loopOf(scenario, "recurrent-ppo", set, 1);
    play(loop);
    for (const cue of [-1, 1]) {
      const seen = [0, 1, 2, 3].map((t) => [t === 0 ? cue : 0, 0]);
      for (const value of valuesOf(loop.save().weights, "lstm", 8, seen)) {
        expect(Math.abs(value - 2 * cue)).toBeLessThan(0.2);
      }
    }
  });
});

/** Metrics of one update of a single minibatch, in float64. */
function update(points: readonly Point[]): Map<string, number> {
  return new Map(
    points.filter(({ metric }) => metric.startsWith("train/")).map(({ metric, value }) => [metric, value]),
  );
}

describe("a rollout in chunks", () => {
  // Recall's episodes of 6 steps begin and end within chunks of 16 and 8.
  const set: Values = {
    steps: 1e6,
    worlds: 3,
    rolloutSteps: 16,
    minibatch: 48,
    epochs: 1,
    units: 5,
    learningRate: 0.02,
    evaluationEvery: 0,
  };

  for (const cell of cells) {
    it(`has the same values and log-probabilities however long the chunks are, with ${cell}`, () => {
      const trained = loopOf(recall, "recurrent-ppo", { ...set, cell, chunk: 4 }, 1, createReferenceWorkspace());
      play(trained, 5);
      const saved = trained.save();
      const [whole, ...parts] = [16, 8, 4, 1].map((chunk) => {
        const loop = loopOf(recall, "recurrent-ppo", { ...set, cell, chunk }, 2, createReferenceWorkspace());
        loop.load(saved);
        return update(play(loop, 1));
      });
      if (!whole) throw new Error("no chunk");
      for (const part of parts) {
        for (const metric of ["policy_loss", "value_loss", "entropy", "explained_variance"]) {
          const expected = whole.get(`train/${metric}`) as number;
          // The states at the start of a chunk are kept in float32.
          expect(Math.abs((part.get(`train/${metric}`) as number) - expected), metric).toBeLessThan(1e-6);
        }
        expect(part.get("train/clip_fraction")).toBe(0);
        expect(part.get("train/approx_kl")).toBeCloseTo(0, 12);
        // Gradients flow within a chunk alone.
        const norm = whole.get("train/gradient_norm") as number;
        expect(Math.abs((part.get("train/gradient_norm") as number) - norm)).toBeGreaterThan(1e-5 * norm);
      }
    });
  }
});

describe("memory", () => {
  it("ends with the episode: where each has one step, the recurrent weights neither matter nor change", () => {
    const set = { steps: 200, worlds: 4, rolloutSteps: 10, minibatch: 20, chunk: 5, units: 6, evaluationEvery: 0 };
    const name = /\/recurrent\/weight$/;
    const changed = (length: number) => {
      const loop = loopOf(constantWorld(1, "terminated", length), "recurrent-ppo", set, 1);
      const before = bytesOf(loop.save().weights);
      play(loop);
      const after = bytesOf(loop.save().weights);
      return Object.keys(before).filter((each) => before[each] !== after[each] && name.test(each));
    };
    expect(changed(1)).toEqual([]);
    expect(changed(2)).toEqual(["agent/actor/recurrent/weight", "agent/critic/recurrent/weight"]);
  });

  it("without it the network is a perceptron with one tanh layer", () => {
    const workspace = createReferenceWorkspace();
    const graph = new Graph("test");
    const network = new RecurrentNetwork("net", 2, { hidden: [], cell: "rnn", units: 3 }, 1, 1);
    const x = graph.input("x", [4, 2]);
    const keep = graph.input("keep", [4]);
    graph.output("value", network.apply(graph, x, graph.input("state", [2, 3]), keep).output);
    const program = workspace.compile(graph);
    network.initialise(workspace, 1);
    const inputs = [1, 2, -1, 0.5, 0.3, 0.7, -2, 1];
    program.input("x").set(inputs);
    program.input("state").fill(1000);
    program.run();
    const read = (name: string, i: number) => workspace.parameter(`net/${name}`)[i] as number;
    for (let row = 0; row < 4; row++) {
      let value = read("output/0/bias", 0);
      for (let unit = 0; unit < 3; unit++) {
        const before = [0, 1].map((i) => (inputs[2 * row + i] as number) * read("gates/0/weight", 3 * i + unit));
        value += read("output/0/weight", unit) * Math.tanh((before[0] as number) + (before[1] as number));
      }
      expect(program.output("value")[row]).toBeCloseTo(value, 12);
    }
  });

  it("starts anew with each episode of an evaluation", () => {
    const set = { steps: 960, worlds: 4, rolloutSteps: 48, minibatch: 96, learningRate: 0.01, evaluationEvery: 0 };
    const loop = loopOf(cartPolePositions, "recurrent-ppo", set, 1);
    play(loop);
    const parameters = resolveParameters(cartPolePositions, recurrentPpo, set);
    const setting = { scenario: cartPolePositions, seed: 1, workspace: wasmWorkspace() };
    const policy = recurrentPpo.restorePolicy(
      { ...setting, scenarioParameters: parameters.scenario, parameters: parameters.learner },
      loop.save().weights,
      false,
    );
    const world = cartPolePositions.create(parameters.scenario);
    const rewards = (first: number, count: number) => {
      const found: number[] = [];
      playEpisodes(cartPolePositions, world, policy, first, count, (_, metrics) => found.push(metrics[0] as number));
      return found;
    };
    const together = rewards(10, 5);
    expect([14, 13, 12, 11, 10].flatMap((seed) => rewards(seed, 1)).reverse()).toEqual(together);
  });
});

describe("a recurrent network", () => {
  for (const cell of cells) {
    it(`starts with orthogonal weights a gate and zero biases, with ${cell}`, () => {
      const workspace = createReferenceWorkspace();
      const graph = new Graph("test");
      const network = new RecurrentNetwork("net", 7, { hidden: [5], cell, units: 4 }, 2, 0.01);
      const state = graph.input("state", [1, network.stateSize]);
      graph.output("output", network.apply(graph, graph.input("x", [1, 7]), state, graph.input("keep", [1])).output);
      workspace.compile(graph);
      network.initialise(workspace, 3);
      const gates = { rnn: 1, gru: 3, lstm: 4 }[cell];
      for (const [name, rows] of [
        ["net/gates/1/weight", 5],
        ["net/recurrent/weight", 4],
      ] as const) {
        const values = workspace.parameter(name);
        const blocks = new Set<number>();
        for (let gate = 0; gate < gates; gate++) {
          const column = (j: number) =>
            Array.from({ length: rows }, (_, i) => values[i * 4 * gates + gate * 4 + j] as number);
          for (let j = 0; j < 4; j++) {
            for (let k = 0; k < 4; k++) {
              const dot = column(j).reduce((total, each, i) => total + each * (column(k)[i] as number), 0);
              expect(dot).toBeCloseTo(j === k ? 1 : 0, 10);
            }
          }
          blocks.add(column(0)[0] as number);
        }
        expect(blocks.size).toBe(gates);
      }
      for (const name of workspace.parameterNames.filter((each) => each.endsWith("bias"))) {
        expect(
          workspace.parameter(name).every((value) => value === 0),
          name,
        ).toBe(true);
      }
    });
  }
});

describe("recurrent PPO refuses", () => {
  const small: Values = { steps: 1000, worlds: 2, rolloutSteps: 16, minibatch: 16, units: 4 };
  const create = (own: Values) => () => {
    const setting = { scenario: identityDiscrete, scenarioParameters: defaults(identityDiscrete.parameters), seed: 1 };
    const parameters = { ...defaults(recurrentPpo.parameters), ...small, ...own };
    recurrentPpo.create({ ...setting, parameters, plannedSteps: 1000, workspace: createReferenceWorkspace() });
  };

  it("a chunk that does not divide the rollout or the minibatch, naming the fields", () => {
    expect(create({ chunk: 5 })).toThrow("rolloutSteps (16) has to be divisible by chunk (5)");
    expect(create({ minibatch: 4, chunk: 8 })).toThrow("minibatch (4) has to be divisible by chunk (8)");
    expect(create({ minibatch: 12, chunk: 4 })).toThrow(/= 32 has to be divisible by minibatch \(12\)/);
    expect(() => resolveParameters(identityDiscrete, recurrentPpo, { ...small, chunk: 5 })).toThrow(/chunk \(5\)/);
    expect(create({ chunk: 8 })).not.toThrow();
  });

  it("a world with several agents", () => {
    expect(recurrentPpo.unfit(match.create({}))).toMatch(/one agent.*has 2/);
  });

  it("a checkpoint of other networks, naming what does not fit, and keeps its own weights", () => {
    const saved = loopOf(recall, "recurrent-ppo", small, 1).save();
    for (const [own, fault] of [
      [{ units: 8 }, /"actor_state" has 16 numbers, this learner needs 32/],
      [{ cell: "gru" }, /"actor_state" has 16 numbers, this learner needs 8/],
      [{ hidden: "6" }, /parameter "agent\/actor\/gates\/0\/weight" has shape \[5, 16\], expected \[5, 6\]/],
    ] as const) {
      const other = loopOf(recall, "recurrent-ppo", { ...small, ...own }, 1);
      const before = bytesOf(other.save().weights);
      expect(() => other.load(saved)).toThrow(fault);
      expect(bytesOf(other.save().weights)).toEqual(before);
    }
    expect(() => loopOf(recall, "recurrent-ppo", { ...small, worlds: 4 }, 1).load(saved)).toThrow(
      /has \d+ numbers, this learner needs \d+/,
    );
  });
});
