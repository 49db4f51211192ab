import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Graph } from "../../../lab/nn/graph.ts";
import { orthogonal } from "../../../lab/nn/initialise.ts";
import type { Tensor } from "../../../lab/nn/ops.ts";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";
import { relaxedSimdSupported } from "../../../lab/nn/wasm/kernels.ts";
import { createWasmWorkspace } from "../../../lab/nn/wasm/workspace.ts";
import type { Program, Workspace } from "../../../lab/nn/workspace.ts";
import { RandomStream } from "../../../lab/random.ts";
import type { TensorMap } from "../../../lab/tensors.ts";
import { adamByHand } from "./checks.ts";
import { bitsOf, readKernels } from "./setting.ts";
import { tensorflowWorkspace } from "./tensorflow.ts";

const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-5 };
const VARIANTS = relaxedSimdSupported() ? (["relaxed", "plain"] as const) : (["plain"] as const);
const EXECUTORS: readonly (readonly [name: string, open: () => Workspace])[] = [
  ["reference", () => createReferenceWorkspace()],
  ["TensorFlow", tensorflowWorkspace],
  ...VARIANTS.map((variant) => [variant, () => createWasmWorkspace(readKernels(variant))] as const),
];
const WASM = EXECUTORS.slice(2);

interface Training {
  readonly workspace: Workspace;
  readonly program: Program;
  readonly stream: RandomStream;
}

/** A small PPO update on random data: actor and critic of their own, gradient clipping, Adam. */
function startTraining(workspace: Workspace): Training {
  const batch = 16;
  const graph = new Graph("training");
  const parameters: Tensor[] = [];
  const layer = (name: string, x: Tensor, columns: number, activation: "none" | "tanh") => {
    const weight = graph.parameter(`${name}/weight`, [x.shape[1] as number, columns]);
    const bias = graph.parameter(`${name}/bias`, [columns]);
    parameters.push(weight, bias);
    return graph.dense(x, weight, bias, activation);
  };
  const x = graph.input("x", [batch, 7]);
  const logits = layer("actor/1", layer("actor/0", x, 33, "tanh"), 5, "none");
  const value = layer("critic/1", layer("critic/0", x, 33, "tanh"), 1, "none");
  const logProbability = graph.categoricalLogProbability(logits, graph.input("actions", [batch, 1]), [5]);
  const loss = graph.weightedSum([
    {
      term: graph.clippedSurrogate(logProbability, graph.input("old", [batch]), graph.input("a", [batch]), 0.2),
      weight: 1,
    },
    { term: graph.mean(graph.categoricalEntropy(logits, [5])), weight: -0.01 },
    { term: graph.squaredError(value, graph.input("returns", [batch])), weight: 0.5 },
  ]);
  const gradients = graph.gradients(loss, parameters);
  const norm = graph.globalNorm(gradients);
  graph.adam("adam", parameters, graph.clipByGlobalNorm(gradients, norm, 0.5), graph.input("rate", [1]), ADAM);
  graph.output("loss", loss);
  const program = workspace.compile(graph);
  const initial = new RandomStream(3, "weights");
  for (const { op, shape } of graph.nodes) {
    if (op.kind !== "parameter" || shape.length < 2) continue;
    orthogonal(workspace.parameter(op.name), shape[0] as number, shape[1] as number, 1, initial);
  }
  return { workspace, program, stream: new RandomStream(4, "data") };
}

function train({ program, stream }: Training, steps: number): void {
  program.input("rate").fill(3e-3);
  for (let step = 0; step < steps; step++) {
    for (const name of ["x", "old", "a", "returns"]) {
      const values = program.input(name);
      for (let i = 0; i < values.length; i++) values[i] = name === "old" ? -1.6 : Math.fround(stream.normal());
    }
    const actions = program.input("actions");
    for (let i = 0; i < actions.length; i++) actions[i] = stream.integer(5);
    program.run();
  }
}

function weightBits(workspace: Workspace): string[] {
  return workspace.parameterNames.map((name) => bitsOf(workspace.parameter(name)));
}

describe.each(EXECUTORS)("a %s workspace", (_name, open) => {
  it("gives the same bytes for the same seed", () => {
    const [first, second] = [startTraining(open()), startTraining(open())];
    train(first, 50);
    train(second, 50);
    expect(weightBits(first.workspace)).toEqual(weightBits(second.workspace));
  });

  it("continues bit for bit from saved weights and optimiser", () => {
    const whole = startTraining(open());
    train(whole, 30);
    const state = new Float64Array(4);
    whole.stream.save(state, 0);
    const saved = { weights: whole.workspace.saveWeights(), optimiser: whole.workspace.saveOptimiser() };
    train(whole, 30);

    const resumed = startTraining(open());
    train(resumed, 5);
    resumed.workspace.loadWeights(saved.weights);
    resumed.workspace.loadOptimiser(saved.optimiser);
    resumed.stream.load(state, 0);
    train(resumed, 30);
    expect(weightBits(resumed.workspace)).toEqual(weightBits(whole.workspace));
    expect(resumed.workspace.saveOptimiser()).toEqual(whole.workspace.saveOptimiser());
  });

  it("needs the optimiser's state to continue: without it the weights differ", () => {
    const whole = startTraining(open());
    train(whole, 10);
    const state = new Float64Array(4);
    whole.stream.save(state, 0);
    const weights = whole.workspace.saveWeights();
    train(whole, 1);
    const resumed = startTraining(open());
    resumed.workspace.loadWeights(weights);
    resumed.stream.load(state, 0);
    train(resumed, 1);
    expect(weightBits(resumed.workspace)).not.toEqual(weightBits(whole.workspace));
  });

  it("saves copies, with shapes and names in the order of declaration", () => {
    const { workspace } = startTraining(open());
    const saved = workspace.saveWeights();
    expect(Object.keys(saved)).toEqual(workspace.parameterNames);
    expect(workspace.parameterNames[0]).toBe("actor/0/weight");
    expect(saved["actor/0/weight"]?.shape).toEqual([7, 33]);
    workspace.parameter("actor/0/weight").fill(9);
    expect(saved["actor/0/weight"]?.data[0]).not.toBe(9);
  });

  it("refuses weights that are missing or of another shape by name, and changes none", () => {
    const { workspace } = startTraining(open());
    const before = weightBits(workspace);
    const saved: TensorMap = Object.fromEntries(
      Object.entries(workspace.saveWeights()).map(([name, { shape, data }]) => [name, { shape, data: data.fill(1) }]),
    );
    const { "critic/1/bias": _bias, ...rest } = saved;
    expect(() => workspace.loadWeights(rest)).toThrow(/parameter "critic\/1\/bias" is missing/);
    const misfit = { ...saved, "critic/1/bias": { shape: [2], data: new Float32Array(2) } };
    expect(() => workspace.loadWeights(misfit)).toThrow(/"critic\/1\/bias" has shape \[2\], expected \[1\]/);
    expect(() => workspace.loadOptimiser({})).toThrow(/"adam\/step" is missing/);
    expect(weightBits(workspace)).toEqual(before);
  });

  it("refuses an optimiser's state before the program that uses it is compiled", () => {
    const saved = startTraining(open()).workspace.saveOptimiser();
    expect(() => open().loadOptimiser(saved)).toThrow(/"adam\/step" belongs to no compiled program/);
  });

  it("loads what it needs from a larger checkpoint", () => {
    const { workspace } = startTraining(open());
    const graph = new Graph("actor alone");
    graph.output("w", graph.parameter("actor/0/weight", [7, 33]));
    const policy = open();
    policy.compile(graph);
    policy.loadWeights(workspace.saveWeights());
    expect(bitsOf(policy.parameter("actor/0/weight"))).toBe(bitsOf(workspace.parameter("actor/0/weight")));
  });

  it("shares parameters between graphs by name and refuses another shape", () => {
    const { workspace } = startTraining(open());
    const graph = new Graph("shared");
    graph.output("w", graph.parameter("actor/0/weight", [7, 33]));
    const program = workspace.compile(graph);
    workspace.parameter("actor/0/weight")[3] = 42;
    expect(program.output("w")[3]).toBe(42);
    const wrong = new Graph("wrong");
    wrong.parameter("actor/0/weight", [33, 7]);
    expect(() => workspace.compile(wrong)).toThrow(/"wrong".*"actor\/0\/weight".*\[33, 7\].*\[7, 33\]/);
  });

  it("hands out the same live arrays every time", () => {
    const { workspace, program } = startTraining(open());
    expect(program.input("x")).toBe(program.input("x"));
    expect(program.output("loss")).toBe(program.output("loss"));
    expect(workspace.parameter("actor/0/weight")).toBe(workspace.parameter("actor/0/weight"));
    const loss = program.output("loss");
    for (let i = 0; i < 20; i++) workspace.compile(new Graph(`another ${i}`));
    program.run();
    expect(loss).toHaveLength(1);
    expect(program.output("loss")).toBe(loss);
  });

  it("names an input, output or parameter that it does not have", () => {
    const { workspace, program } = startTraining(open());
    expect(() => program.input("y")).toThrow(/graph "training" has no input "y"/);
    expect(() => program.output("y")).toThrow(/graph "training" has no output "y"/);
    expect(() => workspace.parameter("y")).toThrow(/no parameter "y"/);
  });

  it("keeps an input and an output until the next run, whatever other programs do", () => {
    const { workspace, program, stream } = startTraining(open());
    train({ workspace, program, stream }, 1);
    const [x, loss] = [program.input("x").slice(), program.output("loss").slice()];
    const other = new Graph("other");
    other.output("y", other.mean(other.input("x", [40, 40])));
    const busy = workspace.compile(other);
    busy.input("x").fill(7);
    busy.run();
    expect(program.input("x")).toEqual(x);
    expect(program.output("loss")).toEqual(loss);
  });
});

describe.each(WASM)("a %s workspace", (name, open) => {
  it("names its kernel build by variant and hash", () => {
    expect(open().kernelBuild).toMatch(new RegExp(`^${name}-[0-9a-f]{12}$`));
  });

  it("allocates nothing while it runs", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const { program } = startTraining(open());
    for (let run = 0; run < 2000; run++) program.run();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let run = 0; run < 2000; run++) program.run();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000);
  });

  it("gives the same bytes from its first runs (baseline code) and after thousands (optimised code)", () => {
    const { workspace, program, stream } = startTraining(open());
    const start = { weights: workspace.saveWeights(), optimiser: workspace.saveOptimiser() };
    const state = new Float64Array(4);
    stream.save(state, 0);
    const replay = (): string[] => {
      workspace.loadWeights(start.weights);
      workspace.loadOptimiser(start.optimiser);
      stream.load(state, 0);
      train({ workspace, program, stream }, 20);
      return weightBits(workspace);
    };
    const early = replay();
    for (let run = 0; run < 5000; run++) program.run();
    expect(replay()).toEqual(early);
  });

  it("says how much memory it needs when it is full", () => {
    const workspace = createWasmWorkspace(readKernels("plain"), { bytes: 65536 });
    const graph = new Graph("large");
    graph.output("x", graph.input("x", [1000, 1000]));
    expect(() => workspace.compile(graph)).toThrow(/65536 bytes cannot hold 40\d{5} bytes.*"bytes"/);
  });

  it("follows Adam's formula for a thousand steps, on gradients of all sizes", () => {
    const gradients = [1, -1e-3, 1e-5, 100, 1e-9];
    const workspace = open();
    const graph = new Graph("adam");
    const parameter = graph.parameter("p", [gradients.length]);
    graph.adam("adam", [parameter], [graph.input("g", [gradients.length])], graph.input("rate", [1]), ADAM);
    const program = workspace.compile(graph);
    program.input("g").set(gradients);
    program.input("rate").set([1e-3]);
    for (let step = 0; step < 1000; step++) program.run();
    gradients.forEach((gradient, i) => {
      const right = adamByHand(0, Math.fround(gradient), Math.fround(1e-3), 1000, ADAM);
      expect(Math.abs((workspace.parameter("p")[i] as number) / right - 1)).toBeLessThan(2e-5);
    });
  });

  it("keeps Adam free of denormal numbers", () => {
    const workspace = open();
    const graph = new Graph("adam");
    const parameter = graph.parameter("p", [4]);
    graph.adam("adam", [parameter], [graph.input("g", [4])], graph.input("rate", [1]), ADAM);
    const program = workspace.compile(graph);
    program.input("rate").set([1e-3]);
    program.input("g").set([1, 1e-12, 1e-20, 1e-38]);
    program.run();
    program.input("g").fill(0);
    const smallest = 2 ** -126;
    for (let step = 0; step < 2000; step++) {
      program.run();
      const state = workspace.saveOptimiser();
      for (const key of ["adam/p/first", "adam/p/second"]) {
        for (const value of state[key]?.data ?? []) expect(value === 0 || Math.abs(value) >= smallest).toBe(true);
      }
    }
    expect([...(workspace.saveOptimiser()["adam/p/first"]?.data ?? [])]).toEqual([0, 0, 0, 0]);
  });
});
