import type { Tensor } from "../../../../lab/nn/ops.ts";
import type { Setting } from "../setting.ts";
import { type Check, gradientCheck } from "./check.ts";

type Layers = (name: string, x: Tensor, columns: number, activation: "none" | "tanh") => Tensor;

function layersOf(setting: Setting): Layers {
  return (name, x, columns, activation) => {
    const width = x.shape[1] as number;
    const weight = setting.parameter(`${name}/weight`, [width, columns], () => 0.4 * setting.stream.normal());
    return setting.graph.dense(x, weight, setting.parameter(`${name}/bias`, [columns]), activation);
  };
}

/** Everything together: two heads with a mask, a Gaussian, a critic, one trunk. */
function wholeLoss(): Check {
  return gradientCheck("PPO's whole loss", 700, (setting) => {
    const { graph, stream } = setting;
    const layer = layersOf(setting);
    const trunk = layer("trunk", setting.input("x", [5, 7]), 9, "tanh");
    const mask = setting.input("mask", [5, 5], (i) => Number(i % 5 !== 3));
    const choice = layer("choice", trunk, 5, "none");
    const actions = setting.input("actions", [5, 2], () => stream.integer(2));
    const chosen = graph.categoricalLogProbability(choice, actions, [2, 3], mask);
    const advantage = graph.standardise(setting.input("advantage", [5]));
    const mean = layer("mean", trunk, 3, "none");
    const logStd = setting.parameter("logStd", [3]);
    const dosed = graph.gaussianLogProbability(mean, logStd, setting.input("doses", [5, 3]));
    const value = layer("value", trunk, 1, "none");
    return graph.weightedSum([
      { term: graph.clippedSurrogate(chosen, setting.input("old", [5]), advantage, 0.2), weight: 1 },
      { term: graph.clippedSurrogate(dosed, setting.input("oldDoses", [5]), advantage, 0.2), weight: 1 },
      { term: graph.mean(graph.categoricalEntropy(choice, [2, 3], mask)), weight: -0.01 },
      { term: graph.gaussianEntropy(logStd), weight: -0.01 },
      { term: graph.squaredError(value, setting.input("returns", [5])), weight: 0.5 },
    ]);
  });
}

/** A set of tokens, attention among them, their mean as context, and a pointer that picks one by a masked softmax. */
function pointer(): Check {
  return gradientCheck("a pointer over a set", 701, (setting) => {
    const { graph, stream } = setting;
    const [batch, tokens, width] = [5, 4, 6];
    const layer = layersOf(setting);
    const mask = setting.input("mask", [batch, tokens], (i) => Number(i % tokens === 0 || stream.uniform() < 0.7));
    const x = layer("tokens", setting.input("x", [batch * tokens, 3]), width, "tanh");
    const shape = { heads: 2, queries: tokens, keys: tokens };
    const [q, k, v] = ["q", "k", "v"].map((name) => layer(name, x, width, "none")) as [Tensor, Tensor, Tensor];
    const sum = graph.add(x, graph.attention(q, k, v, shape, mask));
    const [gain, bias] = [setting.parameter("gain", [width]), setting.parameter("normBias", [width])];
    const y = graph.layerNorm(sum, gain, bias);
    const context = graph.scale(graph.sumRows(y, tokens), 1 / tokens);
    const query = layer("query", context, width, "none");
    const logits = graph.attentionScores(query, y, { heads: 1, queries: 1, keys: tokens }, 1 / Math.sqrt(width));
    const chosen = graph.categoricalLogProbability(
      logits,
      setting.input("actions", [batch, 1], () => 0),
      [tokens],
      mask,
    );
    return graph.weightedSum([
      { term: graph.mean(chosen), weight: -1 },
      { term: graph.mean(graph.categoricalEntropy(logits, [tokens], mask)), weight: -0.01 },
    ]);
  });
}

export const wholeChecks: readonly Check[] = [wholeLoss(), pointer()];
