/** Speed of the network core; run directly it prints a table: `node test/bench/nn.ts`. */
import { fileURLToPath } from "node:url";
import { Graph } from "../../lab/nn/graph.ts";
import { orthogonal } from "../../lab/nn/initialise.ts";
import type { Tensor } from "../../lab/nn/ops.ts";
import { type KernelVariant, relaxedSimdSupported } from "../../lab/nn/wasm/kernels.ts";
import type { Program, Workspace } from "../../lab/nn/workspace.ts";
import { RandomStream } from "../../lab/random.ts";
import type { Measurement } from "./benchmark.ts";
import { memoryBenchmarks } from "./memory.ts";
import { openWorkspace } from "./workspace.ts";

const HIDDEN = 64;
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-5 };

/** Two hidden layers of tanh units, and the parameters in the order of their declaration. */
function network(graph: Graph, name: string, x: Tensor, outputs: number): { y: Tensor; parameters: Tensor[] } {
  const widths = [x.shape[1] as number, HIDDEN, HIDDEN, outputs];
  const parameters: Tensor[] = [];
  let y = x;
  for (let layer = 0; layer < 3; layer++) {
    const [width, columns] = [widths[layer] as number, widths[layer + 1] as number];
    const weight = graph.parameter(`${name}/${layer}/weight`, [width, columns]);
    const bias = graph.parameter(`${name}/${layer}/bias`, [columns]);
    y = graph.dense(y, weight, bias, layer < 2 ? "tanh" : "none");
    parameters.push(weight, bias);
  }
  return { y, parameters };
}

/** PPO's terms of one categorical actor: clipped surrogate minus .01 entropy. */
function categoricalActor(graph: Graph, name: string, batch: number, observation: number, choices: number) {
  const { y, parameters } = network(graph, name, graph.input(`${name}/observation`, [batch, observation]), choices);
  const actions = graph.input(`${name}/action`, [batch, 1]);
  const logProbability = graph.categoricalLogProbability(y, actions, [choices]);
  const entropy = graph.mean(graph.categoricalEntropy(y, [choices]));
  return { loss: policyLoss(graph, name, batch, logProbability, entropy), parameters };
}

function gaussianActor(graph: Graph, name: string, batch: number, observation: number, width: number) {
  const { y, parameters } = network(graph, name, graph.input(`${name}/observation`, [batch, observation]), width);
  const logStd = graph.parameter(`${name}/logStd`, [width]);
  const actions = graph.input(`${name}/action`, [batch, width]);
  const logProbability = graph.gaussianLogProbability(y, logStd, actions);
  const loss = policyLoss(graph, name, batch, logProbability, graph.gaussianEntropy(logStd));
  return { loss, parameters: [...parameters, logStd] };
}

function policyLoss(graph: Graph, name: string, batch: number, logProbability: Tensor, entropy: Tensor): Tensor {
  const old = graph.input(`${name}/logProbability`, [batch]);
  const advantage = graph.standardise(graph.input(`${name}/advantage`, [batch]));
  const surrogate = graph.clippedSurrogate(logProbability, old, advantage, 0.2);
  graph.output(`${name}/kl`, graph.approximateKl(logProbability, old));
  graph.output(`${name}/clipFraction`, graph.clipFraction(logProbability, old, 0.2));
  return graph.weightedSum([
    { term: surrogate, weight: 1 },
    { term: entropy, weight: -0.01 },
  ]);
}

function critic(graph: Graph, name: string, batch: number, observation: number) {
  const { y, parameters } = network(graph, name, graph.input(`${name}/observation`, [batch, observation]), 1);
  return { loss: graph.squaredError(y, graph.input(`${name}/return`, [batch])), parameters };
}

/** Gradient, clipping by the global norm and Adam. */
function optimise(graph: Graph, name: string, loss: Tensor, parameters: readonly Tensor[], learningRate: Tensor): void {
  const gradients = graph.gradients(loss, parameters);
  const norm = graph.globalNorm(gradients);
  graph.adam(name, parameters, graph.clipByGlobalNorm(gradients, norm, 0.5), learningRate, ADAM);
  graph.output(`${name}/loss`, loss);
  graph.output(`${name}/norm`, norm);
}

function initialise(workspace: Workspace, graph: Graph, program: Program): void {
  const stream = new RandomStream(1, "bench");
  for (const { op, shape } of graph.nodes) {
    if (op.kind === "parameter" && shape.length === 2) {
      orthogonal(workspace.parameter(op.name), shape[0] as number, shape[1] as number, 1, stream);
    }
    if (op.kind !== "input") continue;
    const values = program.input(op.name);
    const draw = op.name.endsWith("action") ? () => stream.integer(2) : () => stream.normal();
    for (let i = 0; i < values.length; i++) values[i] = draw();
  }
  program.input("learningRate").fill(3e-4);
}

/** Best of five means over `runs` calls (a few milliseconds, so that one undisturbed slice is enough). */
function bestMilliseconds(runs: number, call: () => void): number {
  for (let i = 0; i < 20 * runs; i++) call();
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < 5; repeat++) {
    const start = performance.now();
    for (let i = 0; i < runs; i++) call();
    best = Math.min(best, (performance.now() - start) / runs);
  }
  return best;
}

/** Policy 8-64-64-4 and value 8-64-64-1 on a minibatch of 64. */
function ppoMinibatch(workspace: Workspace): number {
  const graph = new Graph("ppo");
  const learningRate = graph.input("learningRate", [1]);
  const actor = categoricalActor(graph, "actor", 64, 8, 4);
  const value = critic(graph, "critic", 64, 8);
  const loss = graph.weightedSum([
    { term: actor.loss, weight: 1 },
    { term: value.loss, weight: 0.5 },
  ]);
  optimise(graph, "ppo", loss, [...actor.parameters, ...value.parameters], learningRate);
  const program = workspace.compile(graph);
  initialise(workspace, graph, program);
  return bestMilliseconds(50, () => program.run());
}

/** HMPPO: actors 24-12 (categorical) and 18-6 (Gaussian), critic 43-1, each with an optimiser of its own. */
function hmppoMinibatch(workspace: Workspace): number {
  const graph = new Graph("hmppo");
  const learningRate = graph.input("learningRate", [1]);
  const parts = [
    ["user", categoricalActor(graph, "user", 64, 24, 12)],
    ["emulator", gaussianActor(graph, "emulator", 64, 18, 6)],
    ["critic", critic(graph, "critic", 64, 43)],
  ] as const;
  for (const [name, { loss, parameters }] of parts) optimise(graph, name, loss, parameters, learningRate);
  const program = workspace.compile(graph);
  initialise(workspace, graph, program);
  return bestMilliseconds(50, () => program.run());
}

/** One observation through 8-64-64-4 and one categorical draw. */
function policyStep(workspace: Workspace): number {
  const graph = new Graph("policy");
  const { y } = network(graph, "actor", graph.input("observation", [1, 8]), 4);
  graph.output("logits", y);
  const program = workspace.compile(graph);
  const [observation, logits] = [program.input("observation"), program.output("logits")];
  const stream = new RandomStream(2, "bench");
  const sample = (): number => {
    // Gumbel's trick: the largest of logit - log(-log u) is a draw from the softmax.
    let [best, chosen] = [Number.NEGATIVE_INFINITY, 0];
    for (let i = 0; i < logits.length; i++) {
      const score = (logits[i] as number) - Math.log(-Math.log(stream.uniform()));
      if (score > best) [best, chosen] = [score, i];
    }
    return chosen;
  };
  return bestMilliseconds(5000, () => {
    observation[0] = 0.1;
    program.run();
    sample();
  });
}

/** Best of five for every time, in the relaxed build where this engine has it. */
export async function nnBenchmarks(): Promise<Measurement[]> {
  const variants: KernelVariant[] = relaxedSimdSupported() ? ["relaxed", "plain"] : ["plain"];
  const times = variants.flatMap((variant) => [
    { id: `nn/ppo-minibatch/${variant}`, value: ppoMinibatch(openWorkspace(variant)), unit: "ms", atMost: 0.4 },
    { id: `nn/policy-step/${variant}`, value: 1000 * policyStep(openWorkspace(variant)), unit: "us", atMost: 3 },
    { id: `nn/hmppo-minibatch/${variant}`, value: hmppoMinibatch(openWorkspace(variant)), unit: "ms" },
  ]);
  return [...times, ...memoryBenchmarks()];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.table(await nnBenchmarks());
