import { Graph } from "../../nn/graph.ts";
import type { Tensor } from "../../nn/ops.ts";
import type { Numbers, Program, Workspace } from "../../nn/workspace.ts";
import type { World } from "../../scenarios/scenario.ts";
import type { Actor } from "./actor.ts";
import { generalisedAdvantages } from "./gae.ts";
import { type Mlp, sum, valueNetwork } from "./networks.ts";
import { copyRows, gatherRows, gatherValues } from "./rows.ts";
import type { WorldSet } from "./worlds.ts";

/** A stretch of an agent's observation that the critic sees. */
export interface CriticPiece {
  readonly actor: Actor;
  readonly offset: number;
  readonly size: number;
}

/** What the critic sees of one agent: its whole observation, without the parts that hold an earlier agent's action if `earlierActions` is false. */
export function observationPieces(actor: Actor, earlierActions: boolean): CriticPiece[] {
  const pieces: CriticPiece[] = [];
  let offset = 0;
  for (const part of actor.network.agent.observation) {
    if (earlierActions || part.earlierAction !== true) pieces.push({ actor, offset, size: part.size });
    offset += part.size;
  }
  return pieces;
}

/** The live inputs of a critic in a training program. */
export interface CriticBatch {
  readonly input: Numbers;
  readonly target: Numbers;
}

/**
 * A value network during a rollout: keeps what it saw, then gives values, advantages and value targets. Its input is
 * pieces of the agents' observations and t/T: with a fixed horizon the value depends on the time that is left.
 */
export class Critic {
  readonly network: Mlp;
  readonly advantages: Float64Array;
  readonly returns: Float64Array;
  /** V(s_t) [T W]. */
  readonly values: Float64Array;
  private readonly name: string;
  private readonly inputSize: number;
  private readonly pieces: readonly CriticPiece[];
  private readonly worlds: WorldSet;
  private readonly minibatch: number;
  /** [(T + 1) W, inputSize]; the last W rows look beyond an end. */
  private readonly inputs: Float32Array;
  /** Value beyond the end of an episode [T W] and beyond the rollout [W]. */
  private readonly endValues: Float64Array;
  private readonly lastValues: Float64Array;
  private readonly evaluation: CriticProgram;
  private readonly beyond: CriticProgram;

  constructor(
    workspace: Workspace,
    worlds: WorldSet,
    name: string,
    pieces: readonly CriticPiece[],
    hidden: readonly number[],
    minibatch: number,
  ) {
    const rows = worlds.rolloutSteps * worlds.count;
    this.name = name;
    this.pieces = pieces;
    this.worlds = worlds;
    this.minibatch = minibatch;
    this.inputSize = sum(pieces.map((piece) => piece.size)) + 1;
    this.network = valueNetwork(name, this.inputSize, hidden);
    this.inputs = new Float32Array((rows + worlds.count) * this.inputSize);
    this.values = new Float64Array(rows);
    this.endValues = new Float64Array(rows);
    this.lastValues = new Float64Array(worlds.count);
    this.advantages = new Float64Array(rows);
    this.returns = new Float64Array(rows);
    this.evaluation = compileCritic(workspace, name, this.network, this.inputSize, minibatch);
    this.beyond = compileCritic(workspace, name, this.network, this.inputSize, worlds.count);
  }

  /** Notes the input of step t in the worlds flagged in `which` [W]; its agents must have observed. */
  observe(t: number, which: Uint8Array): void {
    const { worlds, pieces, inputs } = this;
    for (let w = 0; w < worlds.count; w++) {
      if (which[w] === 0) continue;
      const row = t * worlds.count + w;
      let to = row * this.inputSize;
      for (let p = 0; p < pieces.length; p++) {
        const { actor, offset, size } = pieces[p] as CriticPiece;
        const from = row * actor.network.observationSize + offset;
        for (let i = 0; i < size; i++) inputs[to++] = actor.observations[from + i] as number;
      }
      inputs[to] = (worlds.worlds[w] as World).elapsed;
    }
  }

  /** Values of the states noted as step T, beyond the rollout: V(s_T) of each world. */
  bootstrapRollout(): void {
    this.valuesBeyond();
    for (let w = 0; w < this.worlds.count; w++) this.lastValues[w] = this.beyond.value[w] as number;
  }

  /** Values of the last observations, noted as step T, of the episodes that step t cut off. */
  bootstrapTruncated(t: number): void {
    this.valuesBeyond();
    for (let w = 0; w < this.worlds.count; w++) {
      if (this.worlds.truncated[w] === 1) this.endValues[t * this.worlds.count + w] = this.beyond.value[w] as number;
    }
  }

  private valuesBeyond(): void {
    const { worlds, beyond } = this;
    copyRows(beyond.input, this.inputs, this.inputSize, worlds.rolloutSteps * worlds.count, worlds.count);
    beyond.program.run();
  }

  /** Forgets the bootstrap values of the rollout before; a terminated episode has no value beyond its end. */
  begin(): void {
    this.endValues.fill(0);
  }

  /** Fills {@link values}, {@link advantages} and {@link returns} of the whole rollout. */
  evaluate(gamma: number, lambda: number): void {
    const { worlds, minibatch, evaluation, values, endValues, lastValues } = this;
    for (let first = 0; first < values.length; first += minibatch) {
      copyRows(evaluation.input, this.inputs, this.inputSize, first, minibatch);
      evaluation.program.run();
      for (let i = 0; i < minibatch; i++) values[first + i] = evaluation.value[i] as number;
    }
    generalisedAdvantages(
      {
        steps: worlds.rolloutSteps,
        worlds: worlds.count,
        rewards: worlds.rewards,
        ends: worlds.ends,
        values,
        endValues,
        lastValues,
        gamma,
        lambda,
      },
      this.advantages,
      this.returns,
    );
  }

  /** 1 - Var(target - V) / Var(target): 1 = perfect, 0 = no better than a constant, or the targets do not vary. */
  explainedVariance(): number {
    const total = variance(this.returns);
    return total === 0 ? 0 : 1 - variance(this.advantages) / total;
  }

  /** mean (V(s) - target)^2 [1] in a training graph (HMPPO paper, eq. 20 and 22). */
  loss(graph: Graph): Tensor {
    const input = graph.input(`${this.name}/input`, [this.minibatch, this.inputSize]);
    const target = graph.input(`${this.name}/target`, [this.minibatch]);
    return graph.squaredError(this.network.apply(graph, input), target);
  }

  /** The inputs that {@link loss} declared, in a compiled training program. */
  batch(program: Program): CriticBatch {
    return { input: program.input(`${this.name}/input`), target: program.input(`${this.name}/target`) };
  }

  /** Copies the stored rows `order[start .. start + minibatch)` to a training program, and their advantages [B]. */
  fill(batch: CriticBatch, advantage: Numbers, order: Int32Array, start: number): void {
    gatherValues(advantage, this.advantages, order, start, this.minibatch);
    gatherRows(batch.input, this.inputs, this.inputSize, order, start, this.minibatch);
    gatherValues(batch.target, this.returns, order, start, this.minibatch);
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

function variance(values: Float64Array): number {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i] as number;
  mean /= values.length;
  let total = 0;
  for (let i = 0; i < values.length; i++) total += ((values[i] as number) - mean) ** 2;
  return total / values.length;
}
