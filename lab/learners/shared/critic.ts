import { Graph } from "../../nn/graph.ts";
import type { Tensor } from "../../nn/ops.ts";
import type { Numbers, Program, Workspace } from "../../nn/workspace.ts";
import type { World } from "../../scenarios/scenario.ts";
import type { Actor } from "./actor.ts";
import { explainedVariance, generalisedAdvantages } from "./gae.ts";
import { type Mlp, sum, valueNetwork } from "./networks.ts";
import { gatherValues } from "./rows.ts";
import type { ValueNormaliser } from "./value-normaliser.ts";
import type { WorldSet } from "./worlds.ts";

/** A stretch of an agent's observation that the critic sees: that of the actor's k-th agent. */
export interface CriticPiece {
  readonly actor: Actor;
  readonly k: number;
  readonly offset: number;
  readonly size: number;
}

/**
 * What the critic sees of an actor's k-th agent: its whole observation, without the parts that hold an earlier agent's
 * action if `earlierActions` is false.
 */
export function observationPieces(actor: Actor, earlierActions: boolean, k = 0): CriticPiece[] {
  const pieces: CriticPiece[] = [];
  let offset = 0;
  for (const part of actor.network.agent.observation) {
    if (earlierActions || part.earlierAction !== true) pieces.push({ actor, k, offset, size: part.size });
    offset += part.size;
  }
  return pieces;
}

/** `squared`: the mean of e^2; `huber`: that of e^2 / 2, linear beyond |e| = 10, as the authors of MAPPO have it. */
export type ValueLoss = "squared" | "huber";

const HUBER_DELTA = 10;

export interface CriticOptions {
  /**
   * What is to come of these, one column [T W] for each of the n agents that it serves; the common reward when left out.
   */
  readonly rewards?: readonly Float64Array[];
  /** The input ends with a one-hot of the agent, for agents whose rewards differ. */
  readonly identify?: boolean;
  /** The network's output is normalised; values, advantages and returns never are. */
  readonly normaliser?: ValueNormaliser;
  readonly loss?: ValueLoss;
}

/** The live inputs of a critic in a training program. */
export interface CriticBatch {
  readonly input: Numbers;
  readonly target: Numbers;
}

/**
 * A value network during a rollout: keeps what it saw, then gives values, advantages and value targets. Its input is
 * pieces of the agents' observations and t/T: with a fixed horizon the value depends on the time that is left. Step t
 * of the k-th agent that it serves in world w is row (k T + t) W + w, as in {@link Actor}.
 */
export class Critic {
  readonly network: Mlp;
  /** A column [T W] for each agent that it serves. */
  readonly rewards: readonly Float64Array[];
  readonly advantages: Float64Array;
  readonly returns: Float64Array;
  /** V(s_t) [n T W]. */
  readonly values: Float64Array;
  private readonly name: string;
  /** Numbers that the agents have in common, and those with the one-hot. */
  private readonly jointSize: number;
  private readonly inputSize: number;
  private readonly pieces: readonly CriticPiece[];
  private readonly worlds: WorldSet;
  private readonly minibatch: number;
  private readonly normaliser: ValueNormaliser | undefined;
  private readonly valueLoss: ValueLoss;
  /** [(T + 1) W, jointSize]; the last W rows look beyond an end. */
  private readonly joint: Float32Array;
  /** Returns as the network is to give them: normalised where there is a normaliser [n T W]. */
  private readonly targets: Float64Array;
  /** Value beyond the end of an episode [n T W] and beyond the rollout [n W]. */
  private readonly endValues: Float64Array;
  private readonly lastValues: Float64Array;
  /** What {@link valuesBeyond} found [n W]. */
  private readonly found: Float64Array;
  private readonly evaluation: CriticProgram;
  private readonly beyond: CriticProgram;

  constructor(
    workspace: Workspace,
    worlds: WorldSet,
    name: string,
    pieces: readonly CriticPiece[],
    hidden: readonly number[],
    minibatch: number,
    { rewards = [worlds.rewards], identify = false, normaliser, loss = "squared" }: CriticOptions = {},
  ) {
    const rows = rewards.length * worlds.rolloutSteps * worlds.count;
    this.name = name;
    this.rewards = rewards;
    this.normaliser = normaliser;
    this.valueLoss = loss;
    this.pieces = pieces;
    this.worlds = worlds;
    this.minibatch = minibatch;
    this.jointSize = sum(pieces.map((piece) => piece.size)) + 1;
    this.inputSize = this.jointSize + (identify ? rewards.length : 0);
    this.network = valueNetwork(name, this.inputSize, hidden);
    this.joint = new Float32Array((worlds.rolloutSteps + 1) * worlds.count * this.jointSize);
    this.values = new Float64Array(rows);
    this.endValues = new Float64Array(rows);
    this.lastValues = new Float64Array(rewards.length * worlds.count);
    this.found = new Float64Array(rewards.length * worlds.count);
    this.advantages = new Float64Array(rows);
    this.returns = new Float64Array(rows);
    this.targets = normaliser ? new Float64Array(rows) : this.returns;
    this.evaluation = compileCritic(workspace, name, this.network, this.inputSize, minibatch);
    this.beyond = compileCritic(workspace, name, this.network, this.inputSize, this.found.length);
  }

  /** Notes the input of step t in the worlds flagged in `which` [W]; its agents must have observed. */
  observe(t: number, which: Uint8Array): void {
    const { worlds, pieces, joint } = this;
    for (let w = 0; w < worlds.count; w++) {
      if (which[w] === 0) continue;
      let to = (t * worlds.count + w) * this.jointSize;
      for (let p = 0; p < pieces.length; p++) {
        const { actor, k, offset, size } = pieces[p] as CriticPiece;
        const from = (actor.row(t, k) + w) * actor.network.inputSize + offset;
        for (let i = 0; i < size; i++) joint[to++] = actor.observations[from + i] as number;
      }
      joint[to] = (worlds.worlds[w] as World).elapsed;
    }
  }

  /** Values of the states noted as step T, beyond the rollout: V(s_T) of each world. */
  bootstrapRollout(): void {
    this.valuesBeyond();
    this.lastValues.set(this.found);
  }

  /** Values of the last observations, noted as step T, of the episodes that step t cut off. */
  bootstrapTruncated(t: number): void {
    const { worlds, rewards } = this;
    this.valuesBeyond();
    for (let k = 0; k < rewards.length; k++) {
      for (let w = 0; w < worlds.count; w++) {
        if (worlds.truncated[w] === 0) continue;
        const row = (k * worlds.rolloutSteps + t) * worlds.count + w;
        this.endValues[row] = this.found[k * worlds.count + w] as number;
      }
    }
  }

  private valuesBeyond(): void {
    const { worlds, rewards, beyond, found } = this;
    const first = worlds.rolloutSteps * worlds.count;
    for (let k = 0; k < rewards.length; k++) {
      for (let w = 0; w < worlds.count; w++) this.copyInput(beyond.input, k * worlds.count + w, first + w, k);
    }
    beyond.program.run();
    for (let i = 0; i < found.length; i++) found[i] = beyond.value[i] as number;
    this.normaliser?.restore(found);
  }

  /** Writes what is seen in a joint row for the k-th agent to row `to` of a program's input. */
  private copyInput(target: Numbers, to: number, row: number, k: number): void {
    const { joint, jointSize, inputSize } = this;
    const offset = to * inputSize;
    const from = row * jointSize;
    for (let i = 0; i < jointSize; i++) target[offset + i] = joint[from + i] as number;
    for (let i = jointSize; i < inputSize; i++) target[offset + i] = i - jointSize === k ? 1 : 0;
  }

  /** Forgets the bootstrap values of the rollout before; a terminated episode has no value beyond its end. */
  begin(): void {
    this.endValues.fill(0);
  }

  /** Fills {@link values}, {@link advantages} and {@link returns} of the whole rollout. */
  evaluate(gamma: number, lambda: number): void {
    const { worlds, rewards, minibatch, evaluation, values, endValues, lastValues, normaliser } = this;
    const { rolloutSteps: steps, count } = worlds;
    const rows = steps * count;
    for (let first = 0; first < values.length; first += minibatch) {
      for (let i = 0; i < minibatch; i++) {
        this.copyInput(evaluation.input, i, (first + i) % rows, Math.floor((first + i) / rows));
      }
      evaluation.program.run();
      for (let i = 0; i < minibatch; i++) values[first + i] = evaluation.value[i] as number;
    }
    // Advantages are differences of rewards and values, so values return to the rewards' scale first.
    normaliser?.restore(values);
    for (let k = 0; k < rewards.length; k++) {
      const own = (column: Float64Array) => column.subarray(k * rows, (k + 1) * rows);
      generalisedAdvantages(
        {
          steps,
          worlds: count,
          rewards: rewards[k] as Float64Array,
          ends: worlds.ends,
          values: own(values),
          endValues: own(endValues),
          lastValues: lastValues.subarray(k * count, (k + 1) * count),
          gamma,
          lambda,
        },
        own(this.advantages),
        own(this.returns),
      );
    }
    normaliser?.update(this.returns);
    normaliser?.normalise(this.returns, this.targets);
  }

  /** {@link explainedVariance} of the rollout. */
  explainedVariance(): number {
    return explainedVariance(this.returns, this.advantages);
  }

  /** The {@link ValueLoss} [1] in a training graph; squared: mean (V(s) - target)^2 (HMPPO paper, eq. 20 and 22). */
  loss(graph: Graph): Tensor {
    const input = graph.input(`${this.name}/input`, [this.minibatch, this.inputSize]);
    const target = graph.input(`${this.name}/target`, [this.minibatch]);
    const value = this.network.apply(graph, input);
    return this.valueLoss === "huber" ? graph.huber(value, target, HUBER_DELTA) : graph.squaredError(value, target);
  }

  /** The inputs that {@link loss} declared, in a compiled training program. */
  batch(program: Program): CriticBatch {
    return { input: program.input(`${this.name}/input`), target: program.input(`${this.name}/target`) };
  }

  /** Copies the stored rows `order[start .. start + minibatch)` to a training program. */
  fill(batch: CriticBatch, order: Int32Array, start: number): void {
    const { worlds, minibatch } = this;
    const rows = worlds.rolloutSteps * worlds.count;
    for (let i = 0; i < minibatch; i++) {
      const row = order[start + i] as number;
      this.copyInput(batch.input, i, row % rows, Math.floor(row / rows));
    }
    gatherValues(batch.target, this.targets, order, start, minibatch);
  }

  /** Copies the advantages of the same rows [B]. */
  fillAdvantages(advantage: Numbers, order: Int32Array, start: number): void {
    gatherValues(advantage, this.advantages, order, start, this.minibatch);
  }
}

interface CriticProgram {
  readonly program: Program;
  readonly input: Numbers;
  readonly value: Numbers;
}

function compileCritic(
  workspace: Workspace,
  name: string,
  network: Mlp,
  inputSize: number,
  batch: number,
): CriticProgram {
  const graph = new Graph(`${name} values of ${batch}`);
  graph.output("value", network.apply(graph, graph.input("input", [batch, inputSize])));
  const program = workspace.compile(graph);
  return { program, input: program.input("input"), value: program.output("value") };
}
