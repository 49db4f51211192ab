import type { Graph } from "../../nn/graph.ts";
import { orthogonal } from "../../nn/initialise.ts";
import type { Tensor } from "../../nn/ops.ts";
import type { Workspace } from "../../nn/workspace.ts";
import { RandomStream } from "../../random.ts";
import type { AgentSpace } from "../../scenarios/scenario.ts";
import { ActionHead } from "./action-head.ts";

/** "64x64" -> [64, 64]: widths of the hidden layers as the parameter `hidden` writes them. */
export function hiddenWidths(hidden: string): number[] {
  return hidden.split("x").map(Number);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * A multilayer perceptron with tanh (or ReLU) hidden layers and a linear output. Its parameters are named `<name>/<layer>/weight`
 * [inputs, outputs] and `<name>/<layer>/bias` [outputs].
 */
export class Mlp {
  readonly name: string;
  readonly inputs: number;
  /** Widths from the input to the output. */
  private readonly widths: readonly number[];
  private readonly outputGain: number;
  private readonly activation: "tanh" | "relu";

  constructor(
    name: string,
    inputs: number,
    hidden: readonly number[],
    outputs: number,
    outputGain: number,
    activation: "tanh" | "relu" = "tanh",
  ) {
    this.name = name;
    this.inputs = inputs;
    this.activation = activation;
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
      const activation = layer < this.layers - 1 ? this.activation : "none";
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

/** The policy of one agent, or of several that share it: a multilayer perceptron under an {@link ActionHead}. */
export class PolicyNetwork extends ActionHead {
  /** Length of the one-hot identity that follows the observation, for agents that share the network; 0 = none. */
  readonly identities: number;
  /** Numbers in an observation and its identity. */
  readonly inputSize: number;
  private readonly mlp: Mlp;

  constructor(agent: AgentSpace, hidden: readonly number[], identities = 0) {
    super(agent);
    this.identities = identities;
    this.inputSize = this.observationSize + identities;
    this.mlp = new Mlp(`${agent.id}/actor`, this.inputSize, hidden, this.outputSize, 0.01);
  }

  /** Writes the identity of the k-th agent that shares the network behind the observation that begins at `offset`. */
  identify(k: number, out: Float32Array, offset: number): void {
    for (let i = 0; i < this.identities; i++) out[offset + this.observationSize + i] = i === k ? 1 : 0;
  }

  /** observation [B, inputSize] -> logits, then means [B, outputSize]. */
  apply(graph: Graph, observation: Tensor): Tensor {
    return this.mlp.apply(graph, observation);
  }

  parameters(graph: Graph): Tensor[] {
    const logStd = this.logStd(graph);
    return logStd ? [...this.mlp.parameters(graph), logStd] : this.mlp.parameters(graph);
  }

  initialise(workspace: Workspace, seed: number, logStdStart: number): void {
    this.mlp.initialise(workspace, seed);
    this.initialiseLogStd(workspace, logStdStart);
  }
}

/** A state-value network [B, inputs] -> [B, 1]; output gain 1. */
export function valueNetwork(name: string, inputs: number, hidden: readonly number[]): Mlp {
  return new Mlp(name, inputs, hidden, 1, 1);
}
