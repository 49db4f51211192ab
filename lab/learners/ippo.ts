/**
 * Independent PPO: every agent of the world is a PPO learner of its own, with its own actor, critic and optimiser, and
 * sees nothing but its own observation. All of them receive the same global reward, except in worlds that give each
 * agent its own. The baseline of the HMPPO paper (section VI-B), there with two agents.
 */
import { z } from "zod";
import type { LearnerDefinition, LearnerSetting, Report } from "./learner.ts";
import { independentAgent, type PpoAgent } from "./ppo.ts";
import { OnPolicyLearner } from "./shared/on-policy.ts";
import { checkBatches, hmppoDefaults, type PpoValues, ppoParameterFields, refineBatches } from "./shared/parameters.ts";
import { restoreNetworkPolicy } from "./shared/policy.ts";
import { WorldSet } from "./shared/worlds.ts";

const fields = z.object(ppoParameterFields(hmppoDefaults));
const parameters = fields.superRefine(refineBatches);

class Ippo extends OnPolicyLearner {
  private readonly agents: readonly PpoAgent[];

  constructor(setting: LearnerSetting, values: PpoValues) {
    const worlds = new WorldSet(setting, values.worlds, values.rolloutSteps, values.rewardScale);
    const agents = worlds.agents.map((_, k) => independentAgent(setting, worlds, k, values));
    super(
      setting.workspace,
      worlds,
      agents.map((agent) => agent.actor.network),
      Object.fromEntries(agents.map((agent) => [agent.id, agent])),
    );
    this.agents = agents;
  }

  collect(report: Report): void {
    const { worlds, agents } = this;
    worlds.begin();
    for (const { critic } of agents) critic.begin();
    for (let t = 0; t < worlds.rolloutSteps; t++) {
      // Within a step the agents decide in order; a later one may see what an earlier one chose.
      for (const { actor, critic } of agents) {
        actor.observe(t, worlds.all);
        critic.observe(t, worlds.all);
        actor.act(t, worlds.all);
      }
      if (worlds.advance(t)) {
        this.lookBeyond(worlds.truncated);
        for (const { critic } of agents) critic.bootstrapTruncated(t);
      }
      worlds.restart(t);
    }
    this.lookBeyond(worlds.all);
    for (const { critic } of agents) critic.bootstrapRollout();
    worlds.report(report);
  }

  /**
   * Observes the states whose values stand for all that follows. A later agent's own state may hold an earlier agent's
   * action, so the earlier ones draw fresh actions; the worlds are then put back as they were.
   */
  private lookBeyond(which: Uint8Array): void {
    const { worlds, agents } = this;
    const beyond = worlds.rolloutSteps;
    worlds.suspend();
    for (let k = 0; k < agents.length; k++) {
      const { actor, critic } = agents[k] as PpoAgent;
      actor.observe(beyond, which);
      critic.observe(beyond, which);
      if (k < agents.length - 1) actor.act(beyond, which);
    }
    worlds.resume();
  }

  update(report: Report): void {
    for (const agent of this.agents) agent.update(this.worlds, report, `${agent.id}/`);
  }
}

export const ippo: LearnerDefinition = {
  id: "ippo",
  version: 1,
  title: "IPPO",
  summary: "Independent PPO: each agent learns alone from its own observation and the common reward.",
  parameters,
  unfit: () => undefined,
  create(setting) {
    const values = fields.parse(setting.parameters);
    checkBatches(values);
    return new Ippo(setting, values);
  },
  restorePolicy(setting, weights, sample) {
    return restoreNetworkPolicy(setting, fields.parse(setting.parameters).hidden, weights, sample);
  },
};
