/**
 * Proximal policy optimisation with a clipped ratio (Schulman et al., 2017) for one agent, whose actions may be
 * discrete, multi-discrete, masked, continuous or hybrid. {@link PpoAgent} is the algorithm; IPPO trains several of them.
 */
import { z } from "zod";
import { Graph } from "../nn/graph.ts";
import type { Numbers, Program } from "../nn/workspace.ts";
import { RANDOM_STATE_SIZE, RandomStream } from "../random.ts";
import type { LearnerDefinition, LearnerSetting, Report } from "./learner.ts";
import { Actor, type ActorBatch, actorTerms } from "./shared/actor.ts";
import { Critic, type CriticBatch, observationPieces } from "./shared/critic.ts";
import { placeIn, requireFinite } from "./shared/divergence.ts";
import { learningRateOf } from "./shared/learning-rate.ts";
import { hiddenWidths, PolicyNetwork } from "./shared/networks.ts";
import { OnPolicyLearner } from "./shared/on-policy.ts";
import { optimise, ScalarMeans } from "./shared/optimiser.ts";
import { checkBatches, type PpoValues, ppoParameterFields, refineBatches } from "./shared/parameters.ts";
import { restoreNetworkPolicy } from "./shared/policy.ts";
import type { Stateful } from "./shared/state.ts";
import { WorldSet } from "./shared/worlds.ts";

const cleanrl = "CleanRL's ppo.py, the settings it publishes for classic control tasks";

const fields = z.object(
  ppoParameterFields({
    learningRate: [2.5e-4, `${cleanrl}; CleanRL anneals it to 0: learningRateSchedule linear`],
    gamma: [0.99, cleanrl],
    gaeLambda: [0.95, cleanrl],
    clip: [0.2, cleanrl],
    epochs: [4, cleanrl],
    minibatch: [128, cleanrl],
    worlds: [4, cleanrl],
    rolloutSteps: [128, cleanrl],
    entropyCoefficient: [0.01, cleanrl],
    valueCoefficient: [0.5, cleanrl],
    adamEpsilon: [1e-5, cleanrl],
    gradientNormClip: [0.5, cleanrl],
    hidden: ["64x64", cleanrl],
    rewardScale: [1, "the rewards as they are"],
    logStdStart: [0, cleanrl],
  }),
);
const parameters = fields.superRefine(refineBatches);

/** An actor, of one agent or of several that share it, a critic, and the update of both by PPO. */
export class PpoAgent implements Stateful {
  readonly actor: Actor;
  readonly critic: Critic;
  readonly id: string;
  private readonly values: PpoValues;
  private readonly plannedSteps: number;
  private readonly program: Program;
  private readonly actorBatch: ActorBatch;
  private readonly criticBatch: CriticBatch;
  private readonly advantage: Numbers;
  private readonly learningRate: Numbers;
  private readonly means: ScalarMeans;
  /** Rows of the rollout in the order of this epoch's minibatches. */
  private readonly order: Int32Array;
  private readonly shuffles: RandomStream;

  constructor({ workspace, seed, plannedSteps }: LearnerSetting, actor: Actor, critic: Critic, values: PpoValues) {
    const { minibatch } = values;
    const { network } = actor;
    this.id = network.agent.id;
    this.values = values;
    this.plannedSteps = plannedSteps;
    this.actor = actor;
    this.critic = critic;

    // L = -E[min(r A, clip(r, 1 - eps, 1 + eps) A)] + c_v E[(V - target)^2] - c_e E[H], A normalised in the minibatch.
    const graph = new Graph(`${this.id} PPO update`);
    const advantage = graph.standardise(graph.input("advantage", [minibatch]));
    const { policyLoss, entropy, approximateKl, clipFraction } = actorTerms(
      graph,
      network,
      minibatch,
      advantage,
      values.clip,
    );
    const valueLoss = this.critic.loss(graph);
    const loss = graph.weightedSum([
      { term: policyLoss, weight: 1 },
      { term: valueLoss, weight: values.valueCoefficient },
      { term: entropy, weight: -values.entropyCoefficient },
    ]);
    optimise(graph, this.id, loss, [...network.parameters(graph), ...this.critic.network.parameters(graph)], values);
    graph.output("policy_loss", policyLoss);
    graph.output("value_loss", valueLoss);
    graph.output("entropy", entropy);
    graph.output("approx_kl", approximateKl);
    graph.output("clip_fraction", clipFraction);

    this.program = workspace.compile(graph);
    this.actorBatch = this.actor.batch(this.program);
    this.criticBatch = this.critic.batch(this.program);
    this.advantage = this.program.input("advantage");
    this.learningRate = this.program.input("learning_rate");
    const reported = ["policy_loss", "value_loss", "entropy", "gradient_norm", "approx_kl", "clip_fraction"];
    this.means = new ScalarMeans(this.program, reported, workspace);
    this.order = new Int32Array(actor.logProbabilities.length);
    this.shuffles = new RandomStream(seed, `minibatches of ${this.id}`);

    network.initialise(workspace, seed, values.logStdStart);
    this.critic.network.initialise(workspace, seed);
  }

  /** Learns from the rollout in `worlds`; the metrics are `train/<prefix>...`. */
  update(worlds: WorldSet, report: Report, prefix: string): void {
    const { values, actor, critic, order, program } = this;

    // pi_old(a|s), V(s), advantages and value targets of the whole rollout, before any weight changes.
    actor.evaluate();
    critic.evaluate(values.gamma, values.gaeLambda);
    const place = placeIn(worlds.count);
    const at = (row: number) => place(row % worlds.rewards.length);
    requireFinite(`${this.id}/log probability`, actor.logProbabilities, worlds.rollouts, at);
    for (const rewards of critic.rewards) requireFinite("reward", rewards, worlds.rollouts, at);
    requireFinite(`${this.id}/value`, critic.returns, worlds.rollouts, at);

    const learningRate = learningRateOf(values, this.plannedSteps, worlds.rollouts);
    this.means.begin();
    for (let row = 0; row < order.length; row++) order[row] = row;
    for (let epoch = 0; epoch < values.epochs; epoch++) {
      this.shuffles.shuffle(order);
      for (let start = 0; start < order.length; start += values.minibatch) {
        actor.fill(this.actorBatch, order, start);
        critic.fill(this.criticBatch, order, start);
        critic.fillAdvantages(this.advantage, order, start);
        this.learningRate[0] = learningRate;
        program.run();
        this.means.add(worlds.rollouts);
      }
    }

    this.means.report(report, prefix);
    report(`train/${prefix}explained_variance`, critic.explainedVariance());
    report(`train/${prefix}learning_rate`, learningRate);
  }

  get stateSize(): number {
    return RANDOM_STATE_SIZE + this.actor.stateSize + this.critic.stateSize;
  }

  saveState(out: Float64Array, offset: number): void {
    const at = this.shuffles.save(out, offset);
    this.actor.saveState(out, at);
    this.critic.saveState(out, at + this.actor.stateSize);
  }

  loadState(from: Float64Array, offset: number): void {
    const at = this.shuffles.load(from, offset);
    this.actor.loadState(from, at);
    this.critic.loadState(from, at + this.actor.stateSize);
  }
}

/** Agent `index` of the world on its own: its critic sees what its actor sees, and how much of the episode is gone. */
export function independentAgent(
  setting: LearnerSetting,
  worlds: WorldSet,
  index: number,
  values: PpoValues,
): PpoAgent {
  const { workspace, seed } = setting;
  const agent = worlds.agents[index];
  const rewards = worlds.agentRewards[index];
  if (!agent || !rewards) throw new RangeError(`the world has no agent ${index}`);
  const hidden = hiddenWidths(values.hidden);
  const { minibatch } = values;
  const actor = new Actor(workspace, worlds, [index], new PolicyNetwork(agent, hidden), minibatch, seed);
  const pieces = observationPieces(actor, true);
  const critic = new Critic(workspace, worlds, `${agent.id}/critic`, pieces, hidden, minibatch, { rewards: [rewards] });
  return new PpoAgent(setting, actor, critic, values);
}

/** One agent alone in its world. */
class Ppo extends OnPolicyLearner {
  private readonly agent: PpoAgent;

  constructor(setting: LearnerSetting, values: PpoValues) {
    const worlds = new WorldSet(setting, values.worlds, values.rolloutSteps, values.rewardScale);
    const agent = independentAgent(setting, worlds, 0, values);
    super(setting.workspace, worlds, [agent.actor.network], { agent });
    this.agent = agent;
  }

  collect(report: Report): void {
    const { worlds } = this;
    const { actor, critic } = this.agent;
    worlds.begin();
    critic.begin();
    for (let t = 0; t < worlds.rolloutSteps; t++) {
      actor.observe(t, worlds.all);
      critic.observe(t, worlds.all);
      actor.act(t, worlds.all);
      if (worlds.advance(t)) {
        this.lookBeyond(worlds.truncated);
        critic.bootstrapTruncated(t);
      }
      worlds.restart(t);
    }
    this.lookBeyond(worlds.all);
    critic.bootstrapRollout();
    worlds.report(report);
  }

  /** Observes the states whose values stand for all that follows. */
  private lookBeyond(which: Uint8Array): void {
    this.agent.actor.observe(this.worlds.rolloutSteps, which);
    this.agent.critic.observe(this.worlds.rolloutSteps, which);
  }

  update(report: Report): void {
    this.agent.update(this.worlds, report, "");
  }
}

export const ppo: LearnerDefinition = {
  id: "ppo",
  version: 1,
  title: "PPO",
  summary:
    "Proximal policy optimisation for one agent with discrete, multi-discrete, masked, continuous or hybrid actions.",
  parameters,
  unfit(world) {
    return world.agents.length === 1 ? undefined : `PPO trains one agent, this world has ${world.agents.length}`;
  },
  create(setting) {
    const values = fields.parse(setting.parameters);
    checkBatches(values);
    return new Ppo(setting, values);
  },
  restorePolicy(setting, weights, sample) {
    return restoreNetworkPolicy(setting, fields.parse(setting.parameters).hidden, weights, sample);
  },
};
