/**
 * The works of the comparisons as we do them, over the graphs of lab/nn. The peers' own are in works.py and tfjs.mjs:
 * the same losses from the same weights and inputs, which `check` of both sides shows.
 */
import { sampleOptions } from "../../../lab/learners/shared/sampling.ts";
import type { Activation, Tensor } from "../../../lab/nn/ops.ts";
import type { Numbers, Workspace } from "../../../lab/nn/workspace.ts";
import { RandomStream } from "../../../lab/random.ts";
import { Setting } from "../../lab/nn/setting.ts";
import type { Contender } from "./contender.ts";
import type { EncodedTensor, Load } from "./process.ts";

const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-5 };
const LEARNING_RATE = 3e-4;
const CHECKED_UPDATES = 3;
const OBSERVATION = 8;
const ACTIONS = 4;
const CLIP = 0.2;

/** One work, from its graph to what both sides need. */
export interface Work {
  readonly setting: Setting;
  readonly load: Load;
  ours(workspace: Workspace): Contender;
}

/** x W + b with an activation; the parameters join `learned`. */
function dense(
  setting: Setting,
  name: string,
  x: Tensor,
  outputs: number,
  activation: Activation,
  learned: Tensor[],
): Tensor {
  const inputs = x.shape[1] as number;
  const weight = setting.parameter(
    `${name}/weight`,
    [inputs, outputs],
    () => setting.stream.normal() / Math.sqrt(inputs),
  );
  const bias = setting.parameter(`${name}/bias`, [outputs], () => setting.stream.normal() / 10);
  learned.push(weight, bias);
  return setting.graph.dense(x, weight, bias, activation);
}

/** Hidden layers and a linear one. */
function network(
  setting: Setting,
  name: string,
  x: Tensor,
  widths: readonly number[],
  activation: Activation,
  learned: Tensor[],
): Tensor {
  return widths.reduce((y, width, layer) => {
    return dense(setting, `${name}/${layer}`, y, width, layer < widths.length - 1 ? activation : "none", learned);
  }, x);
}

/** PPO's clipped surrogate of actions drawn by a policy a little different from this one. */
function surrogate(setting: Setting, logits: Tensor): Tensor {
  const { graph, stream } = setting;
  const [batch, choices] = logits.shape as [number, number];
  const actions = setting.input("action", [batch, 1], () => stream.integer(choices));
  const old = setting.input("logProbability", [batch], () => -Math.log(choices) + stream.normal() / 5);
  const advantage = graph.standardise(setting.input("advantage", [batch]));
  return graph.clippedSurrogate(graph.categoricalLogProbability(logits, actions, [choices]), old, advantage, CLIP);
}

/** Mean squared error over all values of a prediction [B, C]. */
function meanSquaredError(setting: Setting, prediction: Tensor): Tensor {
  const [rows, columns] = prediction.shape as [number, number];
  const target = setting.input("target", [rows * columns]);
  return setting.graph.squaredError(setting.graph.reshape(prediction, [rows * columns]), target);
}

/** Gradients, a limit of their norm where asked for, and Adam. */
function update(id: string, setting: Setting, loss: Tensor, learned: readonly Tensor[], maximumNorm?: number): Work {
  const { graph } = setting;
  let gradients = graph.gradients(loss, learned);
  if (maximumNorm !== undefined) {
    gradients = graph.clipByGlobalNorm(gradients, graph.globalNorm(gradients), maximumNorm);
  }
  graph.adam(
    "adam",
    learned,
    gradients,
    setting.input("learningRate", [1], () => LEARNING_RATE),
    ADAM,
  );
  graph.output("loss", loss);
  return {
    setting,
    load: encode(id, setting),
    ours(workspace) {
      const program = setting.open(workspace);
      const value = program.output("loss");
      const lossOfUpdate = () => {
        program.run();
        return value[0] as number;
      };
      return {
        check: () => Array.from({ length: CHECKED_UPDATES }, lossOfUpdate),
        time: (repeats) => timed(id, repeats, program.run, value),
      };
    },
  };
}

function timed(id: string, repeats: number, call: () => void, result: Numbers): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) call();
  const milliseconds = (performance.now() - start) / repeats;
  if (!Number.isFinite(result[0])) throw new Error(`${id}: our result is ${result[0]}`);
  return milliseconds;
}

function encode(id: string, { graph, inputs, parameters }: Setting): Load {
  const encoded = (kind: "input" | "parameter", values: ReadonlyMap<string, readonly number[]>) => {
    const tensors: Record<string, EncodedTensor> = {};
    for (const { op, shape } of graph.nodes) {
      if (op.kind !== kind) continue;
      const bytes = new Uint8Array(Float32Array.from(values.get(op.name) as readonly number[]).buffer);
      tensors[op.name] = { shape, data: Buffer.from(bytes).toString("base64") };
    }
    return tensors;
  };
  return { load: id, parameters: encoded("parameter", parameters), inputs: encoded("input", inputs) };
}

/** Policy 8-64-64-4 and value 8-64-64-1 on a minibatch of 64: clip, entropy, value loss, norm limit, Adam. */
export function ppoMinibatch(): Work {
  const setting = new Setting(1);
  const { graph } = setting;
  const learned: Tensor[] = [];
  const observation = setting.input("observation", [64, OBSERVATION]);
  const logits = network(setting, "actor", observation, [64, 64, ACTIONS], "tanh", learned);
  const value = network(setting, "critic", observation, [64, 64, 1], "tanh", learned);
  const loss = graph.weightedSum([
    { term: surrogate(setting, logits), weight: 1 },
    { term: graph.squaredError(value, setting.input("return", [64])), weight: 0.5 },
    { term: graph.mean(graph.categoricalEntropy(logits, [ACTIONS])), weight: -0.01 },
  ]);
  return update("ppo-minibatch", setting, loss, learned, 0.5);
}

/** One observation through 8-64-64-4 and a draw of the action. */
export function policyStep(): Work {
  const id = "policy-step";
  const setting = new Setting(1);
  const observation = setting.input("observation", [1, OBSERVATION]);
  setting.graph.output("logits", network(setting, "actor", observation, [64, 64, ACTIONS], "tanh", []));
  return {
    setting,
    load: encode(id, setting),
    ours(workspace) {
      const program = setting.open(workspace);
      const [observation, logits] = [program.input("observation"), program.output("logits")];
      const observed = Float32Array.from(observation);
      const [choices, action, stream] = [[ACTIONS], new Float32Array(1), new RandomStream(1, "actions")];
      const step = () => {
        observation.set(observed);
        program.run();
        sampleOptions(logits, 0, choices, undefined, 0, stream, action, 0);
      };
      return {
        check: () => {
          program.run();
          return [...logits];
        },
        time: (repeats) => timed(id, repeats, step, action),
      };
    },
  };
}

/** A multilayer perceptron 8-...-4 on a batch of 256, mean squared error. */
export function mlp(id: string, hidden: readonly number[], activation: Activation): Work {
  const setting = new Setting(1);
  const learned: Tensor[] = [];
  const y = network(setting, "mlp", setting.input("x", [256, OBSERVATION]), [...hidden, ACTIONS], activation, learned);
  return update(id, setting, meanSquaredError(setting, y), learned);
}

/** Chunks of 10 steps of 32 sequences through a GRU of 64 units and a linear layer, mean squared error. */
export function gru(): Work {
  const [steps, batch, units] = [10, 32, 64];
  const setting = new Setting(1);
  const { stream } = setting;
  const learned: Tensor[] = [];
  const x = setting.input("x", [steps * batch, OBSERVATION]);
  const gates = dense(setting, "gru/input", x, 3 * units, "none", learned);
  const weight = setting.parameter("gru/weight", [units, 3 * units], () => stream.normal() / Math.sqrt(units));
  const bias = setting.parameter("gru/bias", [3 * units], () => stream.normal() / 10);
  learned.push(weight, bias);
  const state = setting.input("state", [batch, units], () => 0);
  const keep = setting.input("keep", [steps * batch], () => 1);
  const { output } = setting.graph.recurrent("gru", gates, weight, bias, state, keep);
  const y = dense(setting, "head/0", output, ACTIONS, "none", learned);
  return update("gru-64", setting, meanSquaredError(setting, y), learned);
}

/** Users of a batch of 64 through one pre-norm attention block, a pointer to one of them, PPO's clipped loss. */
export function attention(): Work {
  const [batch, users, width, heads] = [64, 50, 128, 4];
  const setting = new Setting(1);
  const { graph, stream } = setting;
  const learned: Tensor[] = [];
  const layer = (name: string, x: Tensor, activation: Activation = "none") =>
    dense(setting, `${name}/0`, x, width, activation, learned);
  const norm = (name: string, x: Tensor) => {
    const gain = setting.parameter(`${name}/gain`, [width], () => 1 + stream.normal() / 10);
    const bias = setting.parameter(`${name}/bias`, [width], () => stream.normal() / 10);
    learned.push(gain, bias);
    return graph.layerNorm(x, gain, bias);
  };

  let x = layer("embed", setting.input("x", [batch * users, OBSERVATION]));
  const normal = norm("norm 0", x);
  const [queries, keys, values] = ["query", "key", "value"].map((name) => layer(name, normal)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const mixed = graph.attention(queries, keys, values, { heads, queries: users, keys: users });
  x = graph.add(x, layer("output", mixed));
  x = graph.add(x, layer("narrow", layer("wide", norm("norm 1", x), "relu")));

  const query = layer("pointer/query", graph.scale(graph.sumRows(x, users), 1 / users));
  const shape = { heads: 1, queries: 1, keys: users };
  const logits = graph.attentionScores(query, layer("pointer/key", x), shape, 1 / Math.sqrt(width));
  return update("attention-50", setting, surrogate(setting, logits), learned);
}
