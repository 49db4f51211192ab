import { Graph } from "../../nn/graph.ts";
import { orthogonalBlocks } from "../../nn/initialise.ts";
import { CELLS, type Cell, type Tensor } from "../../nn/ops.ts";
import type { Numbers, Program, Workspace } from "../../nn/workspace.ts";
import { RandomStream } from "../../random.ts";
import type { AgentSpace, Policy, World } from "../../scenarios/scenario.ts";
import { ActionHead } from "./action-head.ts";
import { Mlp } from "./networks.ts";

/** Layers of a recurrent network: tanh layers, then a recurrent one. */
export interface RecurrentLayers {
  /** Widths of the tanh layers; [] = none. */
  readonly hidden: readonly number[];
  readonly cell: Cell;
  readonly units: number;
}

/** A network's results over T steps of B sequences, rows step-major: step t of sequence b is row t B + b. */
export interface RecurrentResult {
  /** [T B, outputs] */
  readonly output: Tensor;
  /** What each sequence carries on [B, stateSize]. */
  readonly state: Tensor;
}

/**
 * Tanh layers, one recurrent layer and a linear output. Its parameters are `<name>/gates/...` (the tanh layers and what
 * the input contributes to the gates), `<name>/recurrent/weight`, `<name>/recurrent/bias` and `<name>/output/...`.
 */
export class RecurrentNetwork {
  /** Numbers that a sequence carries from step to step. */
  readonly stateSize: number;
  private readonly name: string;
  private readonly layers: RecurrentLayers;
  private readonly gates: Mlp;
  private readonly output: Mlp;

  constructor(name: string, inputs: number, layers: RecurrentLayers, outputs: number, outputGain: number) {
    const { hidden, cell, units } = layers;
    this.name = name;
    this.layers = layers;
    this.stateSize = CELLS[cell].state * units;
    this.gates = new Mlp(`${name}/gates`, inputs, hidden, CELLS[cell].gates * units, 1);
    this.output = new Mlp(`${name}/output`, units, [], outputs, outputGain);
  }

  private get gateColumns(): number {
    return CELLS[this.layers.cell].gates * this.layers.units;
  }

  private weight(graph: Graph): Tensor {
    return graph.parameter(`${this.name}/recurrent/weight`, [this.layers.units, this.gateColumns]);
  }

  private bias(graph: Graph): Tensor {
    return graph.parameter(`${this.name}/recurrent/bias`, [this.gateColumns]);
  }

  /** x [T B, inputs]; state [B, stateSize] before the first step; keep [T B], 0 where an episode begins. */
  apply(graph: Graph, x: Tensor, state: Tensor, keep: Tensor): RecurrentResult {
    const gates = this.gates.apply(graph, x);
    const layer = graph.recurrent(this.layers.cell, gates, this.weight(graph), this.bias(graph), state, keep);
    return { output: this.output.apply(graph, layer.output), state: layer.state };
  }

  parameters(graph: Graph): Tensor[] {
    return [...this.gates.parameters(graph), this.weight(graph), this.bias(graph), ...this.output.parameters(graph)];
  }

  /**
   * As {@link Mlp.initialise}; both weights that make the gates are orthogonal a gate (gain 1), all biases zero, that of
   * the forget gate too.
   */
  initialise(workspace: Workspace, seed: number): void {
    const { hidden, cell, units } = this.layers;
    this.gates.initialise(workspace, seed);
    this.output.initialise(workspace, seed);
    workspace.parameter(`${this.name}/recurrent/bias`).fill(0);
    for (const weight of [`${this.name}/gates/${hidden.length}/weight`, `${this.name}/recurrent/weight`]) {
      const values = workspace.parameter(weight);
      const rows = values.length / this.gateColumns;
      const stream = new RandomStream(seed, `initial ${weight} a gate`);
      orthogonalBlocks(values, rows, CELLS[cell].gates * units, CELLS[cell].gates, 1, stream);
    }
  }
}

/** The policy of one agent: a {@link RecurrentNetwork} under an {@link ActionHead}. */
export class RecurrentPolicyNetwork extends ActionHead {
  private readonly network: RecurrentNetwork;

  constructor(agent: AgentSpace, layers: RecurrentLayers) {
    super(agent);
    this.network = new RecurrentNetwork(`${agent.id}/actor`, this.observationSize, layers, this.outputSize, 0.01);
  }

  get stateSize(): number {
    return this.network.stateSize;
  }

  apply(graph: Graph, observation: Tensor, state: Tensor, keep: Tensor): RecurrentResult {
    return this.network.apply(graph, observation, state, keep);
  }

  parameters(graph: Graph): Tensor[] {
    const logStd = this.logStd(graph);
    return logStd ? [...this.network.parameters(graph), logStd] : this.network.parameters(graph);
  }

  initialise(workspace: Workspace, seed: number, logStdStart: number): void {
    this.network.initialise(workspace, seed);
    this.initialiseLogStd(workspace, logStdStart);
  }
}

/**
 * A recurrent policy deciding in one world at a time, with its state set to zero before each episode: the most likely
 * option and the mean of a Gaussian, or drawn actions when `sample` is true (from the stream (world seed, "policy")).
 */
export class RecurrentPolicy implements Policy {
  private readonly network: RecurrentPolicyNetwork;
  private readonly program: Program;
  /** Live memory of the batch-1 program. */
  private readonly input: Numbers;
  private readonly state: Numbers;
  private readonly output: Numbers;
  private readonly nextState: Numbers;
  private readonly logStd: Numbers | undefined;
  private readonly observation: Float32Array;
  private readonly mask: Float32Array | undefined;
  private readonly action: Float32Array;
  private readonly stream: RandomStream | undefined;

  constructor(workspace: Workspace, network: RecurrentPolicyNetwork, sample: boolean) {
    const graph = new Graph(`${network.agent.id} decides`);
    const observation = graph.input("observation", [1, network.observationSize]);
    const state = graph.input("state", [1, network.stateSize]);
    const result = network.apply(graph, observation, state, graph.input("keep", [1]));
    const logStd = network.logStd(graph);
    graph.output("output", result.output);
    graph.output("next_state", result.state);
    if (logStd) graph.output("log_std", logStd);
    const program = workspace.compile(graph);
    program.input("keep").fill(1);
    this.network = network;
    this.program = program;
    this.input = program.input("observation");
    this.state = program.input("state");
    this.output = program.output("output");
    this.nextState = program.output("next_state");
    this.logStd = logStd && program.output("log_std");
    this.observation = new Float32Array(network.observationSize);
    this.mask = network.masked ? new Float32Array(network.optionCount) : undefined;
    this.action = new Float32Array(network.actionSize);
    this.stream = sample ? new RandomStream(0, "policy") : undefined;
  }

  reset(seed: number): void {
    this.stream?.reseed(seed, "policy");
    this.state.fill(0);
  }

  decide(world: World): void {
    const { network, observation, mask, action, output } = this;
    world.observe(0, observation, 0);
    if (mask) world.mask?.(0, mask, 0);
    this.input.set(observation);
    this.program.run();
    this.state.set(this.nextState);
    if (this.stream) network.sample(output, 0, this.logStd, mask, 0, this.stream, action, 0);
    else network.likeliest(output, 0, mask, 0, action, 0);
    world.act(0, action, 0);
  }
}
