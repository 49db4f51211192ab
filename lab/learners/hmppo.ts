/**
 * Hybrid multi-agent PPO (HMPPO paper, section V-B): actor 1 makes the discrete choices, actor 2 the continuous ones
 * after seeing what actor 1 chose, and one centralised critic serves both. Each actor has a clipped ratio of its own
 * (eq. 21); they share the advantage (eq. 17, 18); the critic regresses on advantage plus old value (eq. 22).
 */
import { z } from "zod";
import { Graph } from "../nn/graph.ts";
import type { Numbers, Program, Workspace } from "../nn/workspace.ts";
import { parameter } from "../parameters.ts";
import { RandomStream } from "../random.ts";
import type { AgentSpace, Policy, World } from "../scenarios/scenario.ts";
import type { LearnerDefinition, LearnerSetting, Report } from "./learner.ts";
import { Actor, type ActorBatch, type ActorTerms, actorTerms } from "./shared/actor.ts";
import { Critic, type CriticBatch, observationPieces } from "./shared/critic.ts";
import { placeIn, requireFinite } from "./shared/divergence.ts";
import { learningRateOf } from "./shared/learning-rate.ts";
import { hiddenWidths } from "./shared/networks.ts";
import { OnPolicyLearner } from "./shared/on-policy.ts";
import { optimise, ScalarMeans } from "./shared/optimiser.ts";
import { checkBatches, hmppoDefaults, ppoParameterFields, refineBatches } from "./shared/parameters.ts";
import { NetworkPolicy, policyNetworks, restoreNetworkPolicy } from "./shared/policy.ts";
import { streamState } from "./shared/state.ts";
import { WorldSet } from "./shared/worlds.ts";

const fields = z.object({
  ...ppoParameterFields(hmppoDefaults),
  criticSeesAction1: parameter(z.boolean().default(true), {
    title: "Critic sees action 1",
    unit: "",
    source: "paper",
    reason: "eq. 22: V({s1; s2}), and s2 contains the action of agent 1 (section IV-A)",
    help:
      "As printed, the baseline is conditioned on what actor 1 chose, so that actor 1's advantage averages out and it " +
      "hardly learns. Off: the critic sees s1 and s2 without that action.",
    group: "Networks",
  }),
});
const parameters = fields.superRefine(refineBatches);

type HmppoValues = z.output<typeof fields>;

/** Outputs of the training program that each actor has, in the order in which they are checked. */
const actorOutputs = ["policy_loss", "entropy", "approx_kl", "clip_fraction"];

class Hmppo extends OnPolicyLearner {
  private readonly values: HmppoValues;
  private readonly plannedSteps: number;
  private readonly actor1: Actor;
  private readonly actor2: Actor;
  private readonly critic: Critic;
  private readonly program: Program;
  private readonly batch1: ActorBatch;
  private readonly batch2: ActorBatch;
  private readonly criticBatch: CriticBatch;
  private readonly advantage: Numbers;
  private readonly learningRate: Numbers;
  private readonly means: ScalarMeans;
  /** Rows of the rollout in the order of this epoch's minibatches. */
  private readonly order: Int32Array;
  private readonly shuffles: RandomStream;

  constructor(setting: LearnerSetting, values: HmppoValues) {
    const { workspace, seed } = setting;
    const { minibatch } = values;
    const worlds = new WorldSet(setting, values.worlds, values.rolloutSteps, values.rewardScale);
    const hidden = hiddenWidths(values.hidden);
    const networks = policyNetworks(worlds.agents, hidden);
    const [network1, network2] = networks;
    if (!network1 || !network2) throw new RangeError("HMPPO needs two agents");
    const actor1 = new Actor(workspace, worlds, [0], network1, minibatch, seed);
    const actor2 = new Actor(workspace, worlds, [1], network2, minibatch, seed);
    // {s1; s2} of eq. 22, s2 with or without the action of actor 1.
    const pieces = [...observationPieces(actor1, true), ...observationPieces(actor2, values.criticSeesAction1)];
    const critic = new Critic(workspace, worlds, "critic", pieces, hidden, minibatch);
    const shuffles = new RandomStream(seed, "minibatches");
    super(workspace, worlds, networks, {
      actor1,
      actor2,
      minibatches: streamState(shuffles),
    });
    this.values = values;
    this.plannedSteps = setting.plannedSteps;
    this.actor1 = actor1;
    this.actor2 = actor2;
    this.critic = critic;
    this.shuffles = shuffles;
    this.order = new Int32Array(values.worlds * values.rolloutSteps);

    this.program = this.compileUpdate(workspace);
    this.batch1 = actor1.batch(this.program);
    this.batch2 = actor2.batch(this.program);
    this.criticBatch = critic.batch(this.program);
    this.advantage = this.program.input("advantage");
    this.learningRate = this.program.input("learning_rate");
    const reported = networks.flatMap(({ agent }) => actorOutputs.map((output) => `${agent.id}/${output}`));
    this.means = new ScalarMeans(this.program, [...reported, "value_loss", "gradient_norm"], workspace);

    for (const network of networks) network.initialise(workspace, seed, values.logStdStart);
    critic.network.initialise(workspace, seed);
  }

  /** Loss and optimiser step of one minibatch: L1 + L2 + c_v L(phi) - c_e (H1 + H2). */
  private compileUpdate(workspace: Workspace): Program {
    const { values, actor1, actor2, critic } = this;
    const graph = new Graph("HMPPO update");
    const advantage = graph.standardise(graph.input("advantage", [values.minibatch]));
    // Eq. 21: two ratios, one advantage. Actor 2's stored observation holds the stored action of actor 1.
    const terms1 = actorTerms(graph, actor1.network, values.minibatch, advantage, values.clip);
    const terms2 = actorTerms(graph, actor2.network, values.minibatch, advantage, values.clip);
    const valueLoss = critic.loss(graph);
    const loss = graph.weightedSum([
      { term: terms1.policyLoss, weight: 1 },
      { term: terms2.policyLoss, weight: 1 },
      { term: valueLoss, weight: values.valueCoefficient },
      { term: terms1.entropy, weight: -values.entropyCoefficient },
      { term: terms2.entropy, weight: -values.entropyCoefficient },
    ]);
    const trained = [
      ...actor1.network.parameters(graph),
      ...actor2.network.parameters(graph),
      ...critic.network.parameters(graph),
    ];
    optimise(graph, "hmppo", loss, trained, values);
    outputActor(graph, actor1.network.agent, terms1);
    outputActor(graph, actor2.network.agent, terms2);
    graph.output("value_loss", valueLoss);
    return workspace.compile(graph);
  }

  collect(report: Report): void {
    const { worlds, actor1, actor2, critic } = this;
    worlds.begin();
    critic.begin();
    for (let t = 0; t < worlds.rolloutSteps; t++) {
      actor1.observe(t, worlds.all);
      actor1.act(t, worlds.all); // a1 ~ pi1(.|s1)
      actor2.observe(t, worlds.all); // s2 contains a1
      actor2.act(t, worlds.all); // a2 ~ pi2(.|s2)
      critic.observe(t, worlds.all);
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

  /**
   * Observes the states whose values stand for all that follows. The critic may see a1 there too, so actor 1 draws a
   * fresh one; the worlds are then put back as they were.
   */
  private lookBeyond(which: Uint8Array): void {
    const { worlds, actor1, actor2, critic } = this;
    const beyond = worlds.rolloutSteps;
    worlds.suspend();
    actor1.observe(beyond, which);
    actor1.act(beyond, which);
    actor2.observe(beyond, which);
    critic.observe(beyond, which);
    worlds.resume();
  }

  update(report: Report): void {
    const { values, worlds, actor1, actor2, critic, order } = this;

    // pi_old, V(s), advantages and value targets of the whole rollout, before any weight changes.
    actor1.evaluate();
    actor2.evaluate();
    critic.evaluate(values.gamma, values.gaeLambda);
    const at = placeIn(worlds.count);
    requireFinite(`${actor1.network.agent.id}/log probability`, actor1.logProbabilities, worlds.rollouts, at);
    requireFinite(`${actor2.network.agent.id}/log probability`, actor2.logProbabilities, worlds.rollouts, at);
    requireFinite("reward", worlds.rewards, worlds.rollouts, at);
    requireFinite("value", critic.returns, worlds.rollouts, at);

    const learningRate = learningRateOf(values, this.plannedSteps, worlds.rollouts);
    this.means.begin();
    for (let row = 0; row < order.length; row++) order[row] = row;
    for (let epoch = 0; epoch < values.epochs; epoch++) {
      this.shuffles.shuffle(order);
      for (let start = 0; start < order.length; start += values.minibatch) {
        actor1.fill(this.batch1, order, start);
        actor2.fill(this.batch2, order, start);
        critic.fill(this.criticBatch, order, start);
        critic.fillAdvantages(this.advantage, order, start);
        this.learningRate[0] = learningRate;
        this.program.run();
        this.means.add(worlds.rollouts);
      }
    }

    this.means.report(report, "");
    report("train/explained_variance", critic.explainedVariance());
    report("train/learning_rate", learningRate);
  }
}

function outputActor(graph: Graph, { id }: AgentSpace, terms: ActorTerms): void {
  graph.output(`${id}/policy_loss`, terms.policyLoss);
  graph.output(`${id}/entropy`, terms.entropy);
  graph.output(`${id}/approx_kl`, terms.approximateKl);
  graph.output(`${id}/clip_fraction`, terms.clipFraction);
}

export const hmppo: LearnerDefinition = {
  id: "hmppo",
  version: 1,
  title: "HMPPO",
  summary: "Hybrid multi-agent PPO: a discrete and a continuous actor, the second seeing the first, and one critic.",
  parameters,
  unfit(world: World) {
    const kinds = world.agents.map((agent) => agent.action.kind).join(", ");
    if (kinds === "discrete, continuous") return undefined;
    return `HMPPO trains a discrete and then a continuous agent, this world has: ${kinds}`;
  },
  create(setting) {
    const values = fields.parse(setting.parameters);
    checkBatches(values);
    return new Hmppo(setting, values);
  },
  restorePolicy(setting, weights, sample) {
    return restoreNetworkPolicy(setting, fields.parse(setting.parameters).hidden, weights, sample);
  },
};

/** The seed of the network that {@link untrainedPolicy} shows. */
const untrainedSeed = 1;

/** The built-in policy `untrained`: HMPPO's fresh default network, acting greedily. The workspace holds it alone. */
export function untrainedPolicy(
  setting: Pick<LearnerSetting, "scenario" | "scenarioParameters" | "workspace">,
): Policy {
  const values = fields.parse({});
  const { agents } = setting.scenario.create(setting.scenarioParameters);
  const networks = policyNetworks(agents, hiddenWidths(values.hidden));
  const policy = new NetworkPolicy(setting.workspace, networks, false);
  for (const network of networks) network.initialise(setting.workspace, untrainedSeed, values.logStdStart);
  return policy;
}
