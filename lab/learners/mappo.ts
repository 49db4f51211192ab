/**
 * Multi-agent PPO (Yu et al., 2022): any number of agents, of one or several kinds. Agents of a kind share an actor, or
 * each has its own; every actor has a centralised critic of its own, which sees what all agents observe. The update is
 * PPO's ({@link PpoAgent}), over the rows of all agents that share the actor together.
 */
import { z } from "zod";
import { parameter } from "../parameters.ts";
import type { LearnerDefinition, LearnerSetting, Report } from "./learner.ts";
import { PpoAgent } from "./ppo.ts";
import { Actor } from "./shared/actor.ts";
import { Critic, observationPieces } from "./shared/critic.ts";
import { agentGroups, networksOf } from "./shared/groups.ts";
import { hiddenWidths } from "./shared/networks.ts";
import { OnPolicyLearner } from "./shared/on-policy.ts";
import { checkBatches, ppoParameterFields, refineBatches } from "./shared/parameters.ts";
import { restoreNetworkPolicy } from "./shared/policy.ts";
import { ValueNormaliser } from "./shared/value-normaliser.ts";
import { WorldSet } from "./shared/worlds.ts";

const authors = "Yu et al. (2022), the authors' settings for simple_spread";

const fields = z.object({
  ...ppoParameterFields({
    learningRate: [7e-4, authors],
    gamma: [0.99, authors],
    gaeLambda: [0.95, authors],
    clip: [0.2, authors],
    epochs: [10, authors],
    minibatch: [3200, "about the size of the authors' single minibatch, whatever the number of agents"],
    worlds: [128, authors],
    rolloutSteps: [25, authors],
    entropyCoefficient: [0.01, authors],
    valueCoefficient: [1, authors],
    adamEpsilon: [1e-5, authors],
    gradientNormClip: [10, `${authors}; of actor and critic together here, of each alone there`],
    hidden: ["64x64", `${authors}; tanh here, ReLU and layer norm there`],
    rewardScale: [1, "the rewards as they are: value targets are normalised"],
    logStdStart: [0, "the usual value"],
  }),
  share: parameter(z.enum(["kind", "none"]).default("kind"), {
    title: "Shared networks",
    unit: "",
    source: "assumed",
    reason: "Yu et al. (2022) share one network among agents that are alike",
    help: "kind: agents of one kind have one actor and one critic; none: every agent has its own.",
    group: "Networks",
  }),
  agentId: parameter(z.boolean().default(true), {
    title: "Agent identity",
    unit: "",
    source: "assumed",
    reason: "without it agents that share an actor and observe the same act alike",
    help: "Agents that share an actor append a one-hot of who they are to what they observe.",
    group: "Networks",
  }),
  criticSeesActions: parameter(z.boolean().default(false), {
    title: "Critic sees earlier actions",
    unit: "",
    source: "assumed",
    reason: "a baseline that depends on an agent's action takes that action's effect out of its advantage",
    help: "Whether parts of an observation that hold what an earlier agent chose in the same step go to the critics.",
    group: "Networks",
  }),
  valueNormalisation: parameter(z.boolean().default(true), {
    title: "Value normalisation",
    unit: "",
    source: "assumed",
    reason: "Yu et al. (2022), section 5.1",
    help: "Critics learn targets less their running mean over their running deviation; advantages are unaffected.",
    group: "Loss",
  }),
  valueLoss: parameter(z.enum(["huber", "squared"]).default("huber"), {
    title: "Value loss",
    unit: "",
    source: "assumed",
    reason: `${authors}: Huber's with delta 10`,
    help: "huber: half the squared error, linear beyond 10; squared: the squared error.",
    group: "Loss",
  }),
});
const parameters = fields.superRefine(refineBatches);

type MappoValues = z.output<typeof fields>;

/** An agent's actor, and its place among those that share it. */
interface Seat {
  readonly actor: Actor;
  readonly k: number;
}

class Mappo extends OnPolicyLearner {
  /** One for each group of agents that share an actor. */
  private readonly groups: readonly PpoAgent[];
  /** One for each agent, in the world's order. */
  private readonly seats: readonly Seat[];

  constructor(setting: LearnerSetting, values: MappoValues) {
    const { workspace, seed } = setting;
    const { minibatch } = values;
    const hidden = hiddenWidths(values.hidden);
    const worlds = new WorldSet(setting, values.worlds, values.rolloutSteps, values.rewardScale);
    const groups = agentGroups(worlds.agents, values.share, values.agentId, hidden);
    const actors = groups.map(({ network, agents }) => new Actor(workspace, worlds, agents, network, minibatch, seed));
    const seats: Seat[] = [];
    for (const actor of actors) {
      actor.agents.forEach((agent, k) => {
        seats[agent] = { actor, k };
      });
    }
    const pieces = seats.flatMap(({ actor, k }) => observationPieces(actor, values.criticSeesActions, k));
    const learners = actors.map((actor) => {
      const critic = new Critic(workspace, worlds, `${actor.network.agent.id}/critic`, pieces, hidden, minibatch, {
        rewards: actor.agents.map((agent) => worlds.agentRewards[agent] as Float64Array),
        identify: worlds.rewardsDiffer && actor.agents.length > 1,
        normaliser: values.valueNormalisation ? new ValueNormaliser() : undefined,
        loss: values.valueLoss,
      });
      return new PpoAgent(setting, actor, critic, values);
    });
    super(workspace, worlds, networksOf(groups), Object.fromEntries(learners.map((group) => [group.id, group])));
    this.groups = learners;
    this.seats = seats;
  }

  collect(report: Report): void {
    const { worlds, seats, groups } = this;
    worlds.begin();
    for (const { critic } of groups) critic.begin();
    for (let t = 0; t < worlds.rolloutSteps; t++) {
      // Within a step the agents decide in order; a later one may see what an earlier one chose.
      for (const { actor, k } of seats) {
        actor.observe(t, worlds.all, k);
        actor.act(t, worlds.all, k);
      }
      for (const { critic } of groups) critic.observe(t, worlds.all);
      if (worlds.advance(t)) {
        this.lookBeyond(worlds.truncated);
        for (const { critic } of groups) critic.bootstrapTruncated(t);
      }
      worlds.restart(t);
    }
    this.lookBeyond(worlds.all);
    for (const { critic } of groups) critic.bootstrapRollout();
    worlds.report(report);
  }

  /**
   * Observes the states whose values stand for all that follows. What a later agent observes may hold an earlier agent's
   * action, so all draw fresh actions; the worlds are then put back as they were.
   */
  private lookBeyond(which: Uint8Array): void {
    const { worlds, seats, groups } = this;
    const beyond = worlds.rolloutSteps;
    worlds.suspend();
    for (const { actor, k } of seats) {
      actor.observe(beyond, which, k);
      actor.act(beyond, which, k);
    }
    for (const { critic } of groups) critic.observe(beyond, which);
    worlds.resume();
  }

  update(report: Report): void {
    for (const group of this.groups) group.update(this.worlds, report, `${group.id}/`);
  }
}

export const mappo: LearnerDefinition = {
  id: "mappo",
  version: 1,
  title: "MAPPO",
  summary: "Multi-agent PPO: actors shared by agents of a kind, critics that see what all agents observe.",
  parameters,
  unfit: () => undefined,
  create(setting) {
    const values = fields.parse(setting.parameters);
    checkBatches(values);
    return new Mappo(setting, values);
  },
  restorePolicy(setting, weights, sample) {
    const { share, agentId, hidden } = fields.parse(setting.parameters);
    return restoreNetworkPolicy(setting, hidden, weights, sample, (agents, widths) =>
      networksOf(agentGroups(agents, share, agentId, widths)),
    );
  },
};
