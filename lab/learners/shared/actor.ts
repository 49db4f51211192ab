import { Graph } from "../../nn/graph.ts";
import type { Tensor } from "../../nn/ops.ts";
import type { Numbers, Program, Workspace } from "../../nn/workspace.ts";
import { RANDOM_STATE_SIZE, RandomStream } from "../../random.ts";
import type { World } from "../../scenarios/scenario.ts";
import { causeIn, requireFinite } from "./divergence.ts";
import type { PolicyNetwork } from "./networks.ts";
import { copyRows, gatherRows, gatherValues } from "./rows.ts";
import type { Stateful } from "./state.ts";
import type { WorldSet } from "./worlds.ts";

/** What an actor's graph reads: inputs named after the agent. */
interface ActorInputs {
  readonly observation: Tensor;
  readonly actions: Tensor;
  readonly mask: Tensor | undefined;
}

function declareInputs(graph: Graph, network: PolicyNetwork, batch: number): ActorInputs {
  const { id } = network.agent;
  return {
    observation: graph.input(`${id}/observation`, [batch, network.inputSize]),
    actions: graph.input(`${id}/actions`, [batch, network.actionSize]),
    mask: network.masked ? graph.input(`${id}/mask`, [batch, network.optionCount]) : undefined,
  };
}

/** Scalars [1] of one actor in a training graph. */
export interface ActorTerms {
  /** -mean(min(r A, clip(r) A)), r = pi(a|s) / pi_old(a|s). */
  readonly policyLoss: Tensor;
  readonly entropy: Tensor;
  readonly approximateKl: Tensor;
  readonly clipFraction: Tensor;
}

/** The clipped surrogate of one actor (Schulman et al., 2017, eq. 7) for advantages A [B]. */
export function actorTerms(
  graph: Graph,
  network: PolicyNetwork,
  batch: number,
  advantage: Tensor,
  clip: number,
): ActorTerms {
  const { observation, actions, mask } = declareInputs(graph, network, batch);
  const oldLogProbability = graph.input(`${network.agent.id}/old_log_probability`, [batch]);
  const output = network.apply(graph, observation);
  const logProbability = network.logProbability(graph, output, actions, mask);
  return {
    policyLoss: graph.clippedSurrogate(logProbability, oldLogProbability, advantage, clip),
    entropy: network.entropy(graph, output, mask),
    approximateKl: graph.approximateKl(logProbability, oldLogProbability),
    clipFraction: graph.clipFraction(logProbability, oldLogProbability, clip),
  };
}

/** The live inputs of one actor in a training program. */
export interface ActorBatch {
  readonly observation: Numbers;
  readonly actions: Numbers;
  readonly mask: Numbers | undefined;
  readonly oldLogProbability: Numbers;
}

/**
 * The policy of one agent, or of n agents that share it, during a rollout: observes, draws an agent's actions for all
 * worlds with one forward pass, and keeps what it saw and did. Step t of its k-th agent in world w is row
 * (k T + t) W + w; the n W rows after those are for looking beyond an end (bootstrap values), as step T.
 */
export class Actor implements Stateful {
  readonly network: PolicyNetwork;
  /** Indices of its agents in their world. */
  readonly agents: readonly number[];
  /** [n (T + 1) W, inputSize] */
  readonly observations: Float32Array;
  /** log pi_old(a|s) [n T W], from {@link evaluate}. */
  readonly logProbabilities: Float64Array;
  /** Sampled actions, unclipped [n (T + 1) W, actionSize]. */
  private readonly actions: Float32Array;
  /** [n (T + 1) W, optionCount], empty for an unmasked agent. */
  private readonly masks: Float32Array;
  private readonly worlds: WorldSet;
  private readonly minibatch: number;
  private readonly stream: RandomStream;
  private readonly forward: {
    readonly program: Program;
    readonly observation: Numbers;
    readonly output: Numbers;
    readonly logStd: Numbers | undefined;
  };
  /** Why the last output of {@link forward} is not finite. */
  private readonly explain: () => string;
  private readonly evaluation: {
    readonly program: Program;
    readonly observation: Numbers;
    readonly actions: Numbers;
    readonly mask: Numbers | undefined;
    readonly logProbability: Numbers;
  };

  constructor(
    workspace: Workspace,
    worlds: WorldSet,
    agents: readonly number[],
    network: PolicyNetwork,
    minibatch: number,
    seed: number,
  ) {
    const rows = agents.length * (worlds.rolloutSteps + 1) * worlds.count;
    this.network = network;
    this.agents = agents;
    this.worlds = worlds;
    this.minibatch = minibatch;
    this.observations = new Float32Array(rows * network.inputSize);
    this.actions = new Float32Array(rows * network.actionSize);
    this.masks = new Float32Array(network.masked ? rows * network.optionCount : 0);
    this.logProbabilities = new Float64Array(agents.length * worlds.rolloutSteps * worlds.count);
    this.stream = new RandomStream(seed, `actions of ${network.agent.id}`);

    const { id } = network.agent;
    const forwardGraph = new Graph(`${id} acts in ${worlds.count} worlds`);
    const observation = forwardGraph.input("observation", [worlds.count, network.inputSize]);
    forwardGraph.output("output", network.apply(forwardGraph, observation));
    const logStd = network.logStd(forwardGraph);
    if (logStd) forwardGraph.output("log_std", logStd);
    const forward = workspace.compile(forwardGraph);
    this.forward = {
      program: forward,
      observation: forward.input("observation"),
      output: forward.output("output"),
      logStd: logStd && forward.output("log_std"),
    };
    this.explain = () => causeIn(forward, workspace);

    const graph = new Graph(`${id} log-probabilities`);
    const inputs = declareInputs(graph, network, minibatch);
    const output = network.apply(graph, inputs.observation);
    graph.output("log_probability", network.logProbability(graph, output, inputs.actions, inputs.mask));
    const program = workspace.compile(graph);
    this.evaluation = {
      program,
      observation: program.input(`${id}/observation`),
      actions: program.input(`${id}/actions`),
      mask: network.masked ? program.input(`${id}/mask`) : undefined,
      logProbability: program.output("log_probability"),
    };
  }

  /** Row of step t of its k-th agent in world 0; the other worlds follow. */
  row(t: number, k: number): number {
    const { rolloutSteps, count } = this.worlds;
    return (t < rolloutSteps ? k * rolloutSteps + t : this.agents.length * rolloutSteps + k) * count;
  }

  /** Its k-th agent observes the worlds flagged in `which` [W] as step t. */
  observe(t: number, which: Uint8Array, k = 0): void {
    const { network, worlds } = this;
    const agent = this.agents[k] as number;
    const first = this.row(t, k);
    for (let w = 0; w < worlds.count; w++) {
      if (which[w] === 0) continue;
      const world = worlds.worlds[w] as World;
      const row = first + w;
      world.observe(agent, this.observations, row * network.inputSize);
      network.identify(k, this.observations, row * network.inputSize);
      if (network.masked) world.mask?.(agent, this.masks, row * network.optionCount);
    }
  }

  /**
   * Draws a ~ pi(.|s_t) of its k-th agent in the worlds flagged in `which` [W], observed before, and acts.
   *
   * @throws TrainingDiverged when the network's output is not finite.
   */
  act(t: number, which: Uint8Array, k = 0): void {
    const { network, worlds, stream, forward } = this;
    const agent = this.agents[k] as number;
    const first = this.row(t, k);
    copyRows(forward.observation, this.observations, network.inputSize, first, worlds.count);
    forward.program.run();
    requireFinite(`${network.agent.id}/policy output`, forward.output, worlds.rollouts, this.explain);
    const masks = network.masked ? this.masks : undefined;
    for (let w = 0; w < worlds.count; w++) {
      if (which[w] === 0) continue;
      const row = first + w;
      const from = w * network.outputSize;
      const maskFrom = row * network.optionCount;
      const to = row * network.actionSize;
      network.sample(forward.output, from, forward.logStd, masks, maskFrom, stream, this.actions, to);
      (worlds.worlds[w] as World).act(agent, this.actions, to);
    }
  }

  /** Fills {@link logProbabilities} of the whole rollout under the present weights. */
  evaluate(): void {
    const { network, minibatch, evaluation } = this;
    for (let first = 0; first < this.logProbabilities.length; first += minibatch) {
      copyRows(evaluation.observation, this.observations, network.inputSize, first, minibatch);
      copyRows(evaluation.actions, this.actions, network.actionSize, first, minibatch);
      if (evaluation.mask) copyRows(evaluation.mask, this.masks, network.optionCount, first, minibatch);
      evaluation.program.run();
      for (let i = 0; i < minibatch; i++) this.logProbabilities[first + i] = evaluation.logProbability[i] as number;
    }
  }

  /** The inputs that {@link actorTerms} declared, in a compiled training program. */
  batch(program: Program): ActorBatch {
    const { id } = this.network.agent;
    return {
      observation: program.input(`${id}/observation`),
      actions: program.input(`${id}/actions`),
      mask: this.network.masked ? program.input(`${id}/mask`) : undefined,
      oldLogProbability: program.input(`${id}/old_log_probability`),
    };
  }

  /** Copies the stored rows `order[start .. start + minibatch)` to a training program. */
  fill(batch: ActorBatch, order: Int32Array, start: number): void {
    const { network, minibatch } = this;
    gatherRows(batch.observation, this.observations, network.inputSize, order, start, minibatch);
    gatherRows(batch.actions, this.actions, network.actionSize, order, start, minibatch);
    if (batch.mask) gatherRows(batch.mask, this.masks, network.optionCount, order, start, minibatch);
    gatherValues(batch.oldLogProbability, this.logProbabilities, order, start, minibatch);
  }

  readonly stateSize = RANDOM_STATE_SIZE;

  saveState(out: Float64Array, offset: number): void {
    this.stream.save(out, offset);
  }

  loadState(from: Float64Array, offset: number): void {
    this.stream.load(from, offset);
  }
}
