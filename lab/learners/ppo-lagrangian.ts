/**
 * PPO-Lagrangian (Ray et al., 2019) for one agent under a limit on the mean cost a step: maximise the return such that
 * E[cost] <= limit. A {@link Multiplier} lambda >= 0 prices the cost, a second critic predicts what cost is to come, and
 * PPO (Schulman et al., 2017) climbs reward - lambda cost. Lambda rises while the limit is exceeded and falls while it
 * is not (projected dual ascent); in each iteration it moves first, then the policy.
 *
 * Where the limit binds the best policy is a mixture, so its sampled actions are what is evaluated during training.
 */
import { z } from "zod";
import { Graph } from "../nn/graph.ts";
import type { Numbers, Program } from "../nn/workspace.ts";
import { parameter } from "../parameters.ts";
import { RandomStream } from "../random.ts";
import type { LearnerDefinition, LearnerSetting, Report } from "./learner.ts";
import { Actor, type ActorBatch, actorTerms } from "./shared/actor.ts";
import { Critic, type CriticBatch, observationPieces } from "./shared/critic.ts";
import { placeIn, requireFinite } from "./shared/divergence.ts";
import { fractionLeft, learningRateOf } from "./shared/learning-rate.ts";
import { Multiplier } from "./shared/multiplier.ts";
import { hiddenWidths, PolicyNetwork } from "./shared/networks.ts";
import { OnPolicyLearner } from "./shared/on-policy.ts";
import { optimise, ScalarMeans } from "./shared/optimiser.ts";
import { checkBatches, ppoParameterFields, refineBatches } from "./shared/parameters.ts";
import { restoreNetworkPolicy } from "./shared/policy.ts";
import { gatherValues } from "./shared/rows.ts";
import { streamState } from "./shared/state.ts";
import { WorldSet } from "./shared/worlds.ts";

const usual = "the usual value";
const constraint = "Constraint";

const fields = z.object({
  ...ppoParameterFields({
    learningRate: [3e-4, "Stable-Baselines3's default"],
    gamma: [0.99, usual],
    gaeLambda: [0.95, usual],
    clip: [0.2, usual],
    epochs: [4, "as PPO here"],
    minibatch: [256, "four minibatches of a rollout"],
    worlds: [16, "16 x 64 steps: the mean cost, which moves lambda, is not too noisy"],
    rolloutSteps: [64, "16 x 64 steps: the mean cost, which moves lambda, is not too noisy"],
    entropyCoefficient: [0.01, usual],
    valueCoefficient: [0.5, usual],
    adamEpsilon: [1e-5, "as PPO here"],
    gradientNormClip: [0.5, "as PPO here"],
    hidden: ["64x64", usual],
    rewardScale: [1, "the rewards as they are; lambda is a price in scaled rewards"],
    logStdStart: [0, usual],
  }),
  costLimit: parameter(z.number().min(-1e9).max(1e9).default(0.5), {
    title: "Cost limit",
    unit: "a step",
    source: "assumed",
    reason: "depends on the world; this is the constrained bandit's",
    help: "The mean cost a step is to stay at or below this.",
    group: constraint,
  }),
  lambdaStart: parameter(z.number().min(0).max(1e6).default(0.01), {
    title: "Initial multiplier",
    unit: "",
    source: "assumed",
    reason: "HC-MAPPO-L starts there",
    help: "Price of a unit of cost at the start.",
    group: constraint,
  }),
  lambdaLearningRate: parameter(z.number().positive().max(1e3).default(0.01), {
    title: "Multiplier step",
    unit: "",
    source: "assumed",
    reason: "HC-MAPPO-L's",
    help: "In each iteration lambda moves by this times (mean cost - limit).",
    group: constraint,
  }),
  lambdaMaximum: parameter(z.number().positive().max(1e6).default(100), {
    title: "Largest multiplier",
    unit: "",
    source: "assumed",
    reason: "HC-MAPPO-L's",
    help: "Lambda stays between 0 and this, so that a limit out of reach does not drown the reward.",
    group: constraint,
  }),
  entropySchedule: parameter(z.enum(["constant", "linear"]).default("constant"), {
    title: "Entropy schedule",
    unit: "",
    source: "assumed",
    reason: "PPO's coefficient is constant",
    help:
      "linear: from the entropy coefficient in the first update to 0 at the planned training steps, so that no choice is " +
      "given up before its price is known and none is kept for its randomness in the end.",
    group: "Loss",
  }),
  lambdaProportional: parameter(z.number().min(0).max(1e6).default(0), {
    title: "Proportional price",
    unit: "",
    source: "assumed",
    reason: "plain dual ascent, as HC-MAPPO-L has it",
    help:
      "The price of cost is lambda plus this times (mean cost - limit), at least 0 (Stooke et al., 2020). Above 0 it damps " +
      "the swings of lambda and policy; where the limit is met it adds nothing.",
    group: constraint,
  }),
  normaliseAdvantages: parameter(z.boolean().default(false), {
    title: "Normalise advantages",
    unit: "",
    source: "assumed",
    reason:
      "where the constraint binds, the best policy mixes choices whose priced advantages are equal: normalised, noise " +
      "is all that is left of them",
    help: "Whether advantages are standardised within each minibatch, as PPO does.",
    group: "Loss",
  }),
});
const parameters = fields.superRefine(refineBatches);

type LagrangianValues = z.output<typeof fields>;

class PpoLagrangian extends OnPolicyLearner {
  private readonly values: LagrangianValues;
  private readonly plannedSteps: number;
  private readonly actor: Actor;
  private readonly critic: Critic;
  private readonly costCritic: Critic;
  private readonly program: Program;
  private readonly actorBatch: ActorBatch;
  private readonly criticBatch: CriticBatch;
  private readonly costBatch: CriticBatch;
  private readonly advantage: Numbers;
  private readonly learningRate: Numbers;
  private readonly entropyCoefficient: Numbers;
  private readonly means: ScalarMeans;
  /** (A_r - price A_c) / (1 + price) [T W]. */
  private readonly advantages: Float64Array;
  /** Rows of the rollout in the order of this epoch's minibatches. */
  private readonly order: Int32Array;
  private readonly shuffles: RandomStream;
  private readonly multiplier: Multiplier;

  constructor(setting: LearnerSetting, values: LagrangianValues) {
    const { workspace, seed } = setting;
    const { minibatch } = values;
    const worlds = new WorldSet(setting, values.worlds, values.rolloutSteps, values.rewardScale);
    const [agent] = worlds.agents;
    if (!agent) throw new RangeError("PPO-Lagrangian needs an agent");
    const hidden = hiddenWidths(values.hidden);
    const network = new PolicyNetwork(agent, hidden);
    const actor = new Actor(workspace, worlds, [0], network, minibatch, seed);
    const pieces = observationPieces(actor, true);
    const critic = new Critic(workspace, worlds, `${agent.id}/critic`, pieces, hidden, minibatch);
    const costCritic = new Critic(workspace, worlds, `${agent.id}/cost_critic`, pieces, hidden, minibatch, {
      rewards: [worlds.costs],
    });
    const shuffles = new RandomStream(seed, "minibatches");
    const multiplier = new Multiplier(values);
    // Evaluated as it is, sampling: the likeliest actions alone are another policy, of another cost.
    super(workspace, worlds, [network], { actor, multiplier, minibatches: streamState(shuffles) }, true);
    this.values = values;
    this.plannedSteps = setting.plannedSteps;
    this.actor = actor;
    this.critic = critic;
    this.costCritic = costCritic;
    this.shuffles = shuffles;
    this.multiplier = multiplier;
    this.advantages = new Float64Array(values.worlds * values.rolloutSteps);
    this.order = new Int32Array(values.worlds * values.rolloutSteps);

    // L = -E[min(r A, clip(r, 1 - eps, 1 + eps) A)] + c_v (E[(V - target)^2] + E[(V_c - cost target)^2]) - c_e E[H]
    const graph = new Graph("PPO-Lagrangian update");
    const input = graph.input("advantage", [minibatch]);
    const advantage = values.normaliseAdvantages ? graph.standardise(input) : input;
    const terms = actorTerms(graph, network, minibatch, advantage, values.clip);
    const valueLoss = critic.loss(graph);
    const costValueLoss = costCritic.loss(graph);
    const loss = graph.weightedSum([
      { term: terms.policyLoss, weight: 1 },
      { term: valueLoss, weight: values.valueCoefficient },
      { term: costValueLoss, weight: values.valueCoefficient },
      { term: graph.multiply(terms.entropy, graph.input("entropy_coefficient", [1])), weight: -1 },
    ]);
    const trained = [network, critic.network, costCritic.network].flatMap((part) => part.parameters(graph));
    optimise(graph, agent.id, loss, trained, values);
    graph.output("policy_loss", terms.policyLoss);
    graph.output("value_loss", valueLoss);
    graph.output("cost_value_loss", costValueLoss);
    graph.output("entropy", terms.entropy);
    graph.output("approx_kl", terms.approximateKl);
    graph.output("clip_fraction", terms.clipFraction);

    this.program = workspace.compile(graph);
    this.actorBatch = actor.batch(this.program);
    this.criticBatch = critic.batch(this.program);
    this.costBatch = costCritic.batch(this.program);
    this.advantage = this.program.input("advantage");
    this.learningRate = this.program.input("learning_rate");
    this.entropyCoefficient = this.program.input("entropy_coefficient");
    const reported = ["policy_loss", "value_loss", "cost_value_loss", "entropy", "gradient_norm", "approx_kl"];
    this.means = new ScalarMeans(this.program, [...reported, "clip_fraction"], workspace);

    network.initialise(workspace, seed, values.logStdStart);
    critic.network.initialise(workspace, seed);
    costCritic.network.initialise(workspace, seed);
  }

  collect(report: Report): void {
    const { worlds, actor, critic, costCritic } = this;
    worlds.begin();
    critic.begin();
    costCritic.begin();
    for (let t = 0; t < worlds.rolloutSteps; t++) {
      this.observe(t, worlds.all);
      actor.act(t, worlds.all);
      if (worlds.advance(t)) {
        this.observe(worlds.rolloutSteps, worlds.truncated);
        critic.bootstrapTruncated(t);
        costCritic.bootstrapTruncated(t);
      }
      worlds.restart(t);
    }
    this.observe(worlds.rolloutSteps, worlds.all);
    critic.bootstrapRollout();
    costCritic.bootstrapRollout();
    worlds.report(report);
  }

  private observe(t: number, which: Uint8Array): void {
    this.actor.observe(t, which);
    this.critic.observe(t, which);
    this.costCritic.observe(t, which);
  }

  update(report: Report): void {
    const { values, worlds, actor, critic, costCritic, advantages, order } = this;

    // pi_old(a|s), V(s), V_c(s), advantages and targets of the whole rollout, before any weight changes.
    actor.evaluate();
    critic.evaluate(values.gamma, values.gaeLambda);
    costCritic.evaluate(values.gamma, values.gaeLambda);
    const at = placeIn(worlds.count);
    requireFinite("log probability", actor.logProbabilities, worlds.rollouts, at);
    requireFinite("reward", worlds.rewards, worlds.rollouts, at);
    requireFinite("cost", worlds.costs, worlds.rollouts, at);
    requireFinite("value", critic.returns, worlds.rollouts, at);
    requireFinite("cost value", costCritic.returns, worlds.rollouts, at);

    // The multiplier first, from what this rollout cost; then the policy under the new price.
    const cost = worlds.costs.reduce((sum, each) => sum + each, 0) / worlds.costs.length;
    this.multiplier.update(cost);
    const { lambda, price } = this.multiplier;
    for (let row = 0; row < advantages.length; row++) {
      const ofReward = critic.advantages[row] as number;
      const ofCost = costCritic.advantages[row] as number;
      // Divided, so that a high price does not make the steps larger.
      advantages[row] = (ofReward - price * ofCost) / (1 + price);
    }

    const learningRate = learningRateOf(values, this.plannedSteps, worlds.rollouts);
    const left = fractionLeft(values, this.plannedSteps, worlds.rollouts);
    const entropyCoefficient = values.entropyCoefficient * (values.entropySchedule === "linear" ? left : 1);
    this.means.begin();
    for (let row = 0; row < order.length; row++) order[row] = row;
    for (let epoch = 0; epoch < values.epochs; epoch++) {
      this.shuffles.shuffle(order);
      for (let start = 0; start < order.length; start += values.minibatch) {
        actor.fill(this.actorBatch, order, start);
        critic.fill(this.criticBatch, order, start);
        costCritic.fill(this.costBatch, order, start);
        gatherValues(this.advantage, advantages, order, start, values.minibatch);
        this.learningRate[0] = learningRate;
        this.entropyCoefficient[0] = entropyCoefficient;
        this.program.run();
        this.means.add(worlds.rollouts);
      }
    }

    this.means.report(report, "");
    report("train/lambda", lambda);
    report("train/price", price);
    report("train/cost", cost);
    report("train/explained_variance", critic.explainedVariance());
    report("train/cost_explained_variance", costCritic.explainedVariance());
    report("train/learning_rate", learningRate);
  }
}

export const ppoLagrangian: LearnerDefinition = {
  id: "ppo-lagrangian",
  version: 1,
  title: "PPO-Lagrangian",
  summary: "PPO for one agent under a limit on the mean cost a step; evaluated with sampled actions.",
  parameters,
  unfit(world) {
    const agents = world.agents.length;
    if (agents !== 1) return `PPO-Lagrangian trains one agent, this world has ${agents}`;
    return world.cost === undefined ? "PPO-Lagrangian needs a world with a cost, this one has none" : undefined;
  },
  create(setting) {
    const values = fields.parse(setting.parameters);
    checkBatches(values);
    return new PpoLagrangian(setting, values);
  },
  // What keeps the limit is the mixture, so that the policy always draws.
  restorePolicy(setting, weights) {
    return restoreNetworkPolicy(setting, fields.parse(setting.parameters).hidden, weights, true);
  },
};
