import type { Graph } from "../../nn/graph.ts";
import { orthogonal } from "../../nn/initialise.ts";
import type { Tensor } from "../../nn/ops.ts";
import type { Workspace } from "../../nn/workspace.ts";
import { RandomStream } from "../../random.ts";
import type { AgentSpace } from "../../scenarios/scenario.ts";

/** "64x64" -> [64, 64]: widths of the hidden layers as the parameter `hidden` writes them. */
export function hiddenWidths(hidden: string): number[] {
  return hidden.split("x").map(Number);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * A multilayer perceptron with tanh hidden layers and a linear output. Its parameters are named `<name>/<layer>/weight`
 * [inputs, outputs] and `<name>/<layer>/bias` [outputs].
 */
export class Mlp {
  private readonly name: string;
  /** Widths from the input to the output. */
  private readonly widths: readonly number[];
  private readonly outputGain: number;

  constructor(name: string, inputs: number, hidden: readonly number[], outputs: number, outputGain: number) {
    this.name = name;
    this.widths = [inputs, ...hidden, outputs];
    this.outputGain = outputGain;
  }

  private get layers(): number {
    return this.widths.length - 1;
  }

  private weight(graph: Graph, layer: number): Tensor {
    const shape = [this.widths[layer] as number, this.widths[layer + 1] as number];
    return graph.parameter(`${this.name}/${layer}/weight`, shape);
  }

  private bias(graph: Graph, layer: number): Tensor {
    return graph.parameter(`${this.name}/${layer}/bias`, [this.widths[layer + 1] as number]);
  }

  /** x [B, inputs] -> [B, outputs]. */
  apply(graph: Graph, x: Tensor): Tensor {
    let activations = x;
    for (let layer = 0; layer < this.layers; layer++) {
      const activation = layer < this.layers - 1 ? "tanh" : "none";
      activations = graph.dense(activations, this.weight(graph, layer), this.bias(graph, layer), activation);
    }
    return activations;
  }

  parameters(graph: Graph): Tensor[] {
    const all: Tensor[] = [];
    for (let layer = 0; layer < this.layers; layer++) all.push(this.weight(graph, layer), this.bias(graph, layer));
    return all;
  }

  /**
   * Orthogonal weights (gain sqrt 2 in hidden layers), zero biases. Each weight has a random stream of its own, so that
   * a network starts the same whatever else is initialised.
   */
  initialise(workspace: Workspace, seed: number): void {
    for (let layer = 0; layer < this.layers; layer++) {
      const gain = layer < this.layers - 1 ? Math.SQRT2 : this.outputGain;
      const name = `${this.name}/${layer}/weight`;
      orthogonal(
        workspace.parameter(name),
        this.widths[layer] as number,
        this.widths[layer + 1] as number,
        gain,
        new RandomStream(seed, `initial ${name}`),
      );
      workspace.parameter(`${this.name}/${layer}/bias`).fill(0);
    }
  }
}

/**
 * The policy of one agent: a categorical a head (discrete), or independent Gaussians whose mean is the network's output
 * and whose logarithmic standard deviation is a parameter of its own, independent of the state (continuous).
 */
export class PolicyNetwork {
  readonly agent: AgentSpace;
  /** Numbers in an observation, in an action, and in the network's output (logits or means). */
  readonly observationSize: number;
  readonly actionSize: number;
  readonly outputSize: number;
  /** Name of the log-std parameter; "" for discrete actions. */
  readonly logStdName: string;
  private readonly mlp: Mlp;

  constructor(agent: AgentSpace, hidden: readonly number[]) {
    const { action } = agent;
    this.agent = agent;
    this.observationSize = sum(agent.observation.map((part) => part.size));
    this.actionSize = action.kind === "discrete" ? action.choices.length : action.size;
    this.outputSize = action.kind === "discrete" ? sum(action.choices) : action.size;
    this.logStdName = action.kind === "continuous" ? `${agent.id}/actor/log_std` : "";
    this.mlp = new Mlp(`${agent.id}/actor`, this.observationSize, hidden, this.outputSize, 0.01);
  }

  get masked(): boolean {
    return this.agent.action.kind === "discrete" && this.agent.action.masked;
  }

  private logStd(graph: Graph): Tensor {
    return graph.parameter(this.logStdName, [this.actionSize]);
  }

  /** observation [B, observationSize] -> logits or means [B, outputSize]. */
  apply(graph: Graph, observation: Tensor): Tensor {
    return this.mlp.apply(graph, observation);
  }

  parameters(graph: Graph): Tensor[] {
    return this.logStdName === "" ? this.mlp.parameters(graph) : [...this.mlp.parameters(graph), this.logStd(graph)];
  }

  /** log pi(a|s) [B], summed over heads or action dimensions: one ratio an actor. */
  logProbability(graph: Graph, output: Tensor, actions: Tensor, mask: Tensor | undefined): Tensor {
    const { action } = this.agent;
    return action.kind === "discrete"
      ? graph.categoricalLogProbability(output, actions, action.choices, mask)
      : graph.gaussianLogProbability(output, this.logStd(graph), actions);
  }

  /** Entropy [1], summed over heads or action dimensions, mean over the batch. */
  entropy(graph: Graph, output: Tensor, mask: Tensor | undefined): Tensor {
    const { action } = this.agent;
    return action.kind === "discrete"
      ? graph.mean(graph.categoricalEntropy(output, action.choices, mask))
      : graph.gaussianEntropy(this.logStd(graph));
  }

  initialise(workspace: Workspace, seed: number, logStdStart: number): void {
    this.mlp.initialise(workspace, seed);
    if (this.logStdName !== "") workspace.parameter(this.logStdName).fill(logStdStart);
  }
}

/** A state-value network [B, inputs] -> [B, 1]; output gain 1. */
export function valueNetwork(name: string, inputs: number, hidden: readonly number[]): Mlp {
  return new Mlp(name, inputs, hidden, 1, 1);
}
