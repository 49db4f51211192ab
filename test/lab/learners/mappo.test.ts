import { describe, expect, it } from "vitest";
import { z } from "zod";
import { mappo } from "../../../lab/learners/mappo.ts";
import { Actor } from "../../../lab/learners/shared/actor.ts";
import { Critic, observationPieces } from "../../../lab/learners/shared/critic.ts";
import { agentGroups } from "../../../lab/learners/shared/groups.ts";
import { ValueNormaliser } from "../../../lab/learners/shared/value-normaliser.ts";
import { WorldSet } from "../../../lab/learners/shared/worlds.ts";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";
import { defaults } from "../../../lab/parameters.ts";
import type { AgentSpace, Scenario, World } from "../../../lab/scenarios/scenario.ts";
import type { StoredTensor } from "../../../lab/tensors.ts";
import { loopOf, match, play, type Values } from "./support.ts";

const AGENTS = 3;

/**
 * Agents of one kind that all see the same 1. Agent k is paid k + 1 for option k, and in step t = 0, 1, ... of an episode
 * of four it is paid 10 t besides; so each has a reward of its own, and none of them can be told from its observation.
 */
class RolesWorld implements World {
  readonly agents: readonly AgentSpace[] = Array.from({ length: AGENTS }, (_, k) => ({
    id: `agent-${k}`,
    kind: "worker",
    observation: [{ name: "one", size: 1 }],
    action: { kind: "discrete", choices: [AGENTS], masked: false },
  }));
  readonly truncated = false;
  readonly stateSize = 2 + AGENTS;
  private readonly chosen = new Float64Array(AGENTS);
  private t = 0;
  private sum = 0;

  agentReward(agent: number): number {
    return 10 * (this.t - 1) + (this.chosen[agent] === agent ? agent + 1 : 0);
  }

  get reward(): number {
    return (this.agentReward(0) + this.agentReward(1) + this.agentReward(2)) / AGENTS;
  }

  get terminated(): boolean {
    return this.t === 4;
  }

  get elapsed(): number {
    return this.t / 4;
  }

  reset(): void {
    this.t = 0;
    this.sum = 0;
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    out[offset] = 1;
  }

  act(agent: number, actions: Float32Array, offset: number): void {
    this.chosen[agent] = actions[offset] as number;
  }

  advance(): void {
    this.t++;
    for (let k = 0; k < AGENTS; k++) if (this.chosen[k] === k) this.sum++;
  }

  readMetrics(out: Float64Array): void {
    out[0] = this.sum;
  }

  saveState(out: Float64Array, offset: number): void {
    out.set([this.t, this.sum, ...this.chosen], offset);
  }

  loadState(from: Float64Array, offset: number): void {
    this.t = from[offset] as number;
    this.sum = from[offset + 1] as number;
    for (let k = 0; k < AGENTS; k++) this.chosen[k] = from[offset + 2 + k] as number;
  }
}

const roles: Scenario = {
  id: "test/roles",
  version: 1,
  title: "Roles",
  summary: "Each agent should choose the option of its own number; twelve right choices in an episode.",
  parameters: z.object({}),
  metrics: [{ id: "reward", title: "Right choices", unit: "", better: "higher" }],
  create: () => new RolesWorld(),
  policies: {},
};

function finalReward(scenario: string | Scenario, set: Values, seed: number): number {
  const loop = loopOf(scenario, "mappo", { evaluationEvery: Number(set.steps), ...set }, seed);
  play(loop);
  return loop.lastEvaluation?.reward as number;
}

const matrix = { steps: 20_000, worlds: 8, rolloutSteps: 25, minibatch: 200, hidden: "16x16", learningRate: 2e-3 };

describe("MAPPO finds what is known of the matrix games, 25 steps an episode", () => {
  it("penalty game, k = 0: the best, 10 a step", () => {
    expect(finalReward("sanity/penalty", { ...matrix, k: 0 }, 1)).toBe(250);
  });

  it("penalty game, k = -100: the safe middle, 2 a step", () => {
    expect(finalReward("sanity/penalty", { ...matrix, k: -100 }, 1)).toBe(50);
  });

  it("climbing game: the trap, 7 a step (a negative control)", () => {
    expect(finalReward("sanity/climbing", { ...matrix, steps: 40_000 }, 1)).toBe(175);
  });

  it("climbing game: it stays at 11 a step where it starts there", () => {
    const loop = loopOf("sanity/climbing", "mappo", { ...matrix, evaluationEvery: 20_000 }, 1);
    const saved = loop.save();
    const bias = saved.weights["player/actor/2/bias"] as StoredTensor;
    // Both agents choose the first option with a probability of 95%.
    bias.data.set([Math.log(38), 0, 0]);
    loop.load(saved);
    const points = play(loop);
    expect(points.find(({ metric }) => metric === "train/player/entropy")?.value).toBeGreaterThan(0.1);
    expect(loop.lastEvaluation?.reward).toBe(275);
  });
});

describe("agents of several kinds", () => {
  for (const criticSeesActions of [false, true]) {
    it(`learn together, one discrete, one continuous that sees the first's choice (${criticSeesActions})`, () => {
      const set = { steps: 8192, worlds: 8, rolloutSteps: 32, minibatch: 64, hidden: "16", learningRate: 3e-3, gamma: 0.9 };
      expect(finalReward(match, { ...set, criticSeesActions }, 1)).toBeGreaterThanOrEqual(18);
    });
  }

  it("have an actor and a critic each, and all critics see all agents", () => {
    const set = { worlds: 4, rolloutSteps: 10, minibatch: 40, hidden: "8", evaluationEvery: 0 };
    const shapes = (criticSeesActions: boolean) => {
      const { weights } = loopOf(match, "mappo", { ...set, criticSeesActions }, 1).save();
      return Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape]));
    };
    expect(Object.keys(shapes(true)).filter((name) => name.endsWith("0/weight"))).toEqual([
      "chooser/actor/0/weight",
      "follower/actor/0/weight",
      "chooser/critic/0/weight",
      "follower/critic/0/weight",
    ]);
    // cue, choice and t/T; without what the follower sees of the chooser: cue and t/T.
    expect(shapes(true)["chooser/critic/0/weight"]).toEqual([3, 8]);
    expect(shapes(false)["follower/critic/0/weight"]).toEqual([2, 8]);
  });
});

describe("agents of one kind", () => {
  const set = { worlds: 5, rolloutSteps: 8, minibatch: 20, hidden: "8", evaluationEvery: 0 };
  const shapeOf = (values: Values, name: string) => loopOf(roles, "mappo", { ...set, ...values }, 1).save().weights[name]?.shape;
  const actors = (values: Values) =>
    Object.keys(loopOf(roles, "mappo", { ...set, ...values }, 1).save().weights).filter((name) => /actor\/0\/weight/.test(name));

  it("have one set of weights, with share none one each", () => {
    expect(actors({})).toEqual(["worker/actor/0/weight"]);
    expect(actors({ share: "none" })).toEqual([0, 1, 2].map((k) => `agent-${k}/actor/0/weight`));
  });

  it("tell the network who they are where they share it and agentId is on", () => {
    expect(shapeOf({}, "worker/actor/0/weight")).toEqual([1 + AGENTS, 8]);
    expect(shapeOf({ agentId: false }, "worker/actor/0/weight")).toEqual([1, 8]);
    expect(shapeOf({ share: "none" }, "agent-1/actor/0/weight")).toEqual([1, 8]);
  });

  it("are told apart by their critic where each has a reward of its own", () => {
    // Three observations, t/T, and the agent; a critic for one agent needs no agent.
    expect(shapeOf({}, "worker/critic/0/weight")).toEqual([3 + 1 + AGENTS, 8]);
    expect(shapeOf({ share: "none" }, "agent-1/critic/0/weight")).toEqual([3 + 1, 8]);
    expect(loopOf("sanity/climbing", "mappo", set, 1).save().weights["player/critic/0/weight"]?.shape).toEqual([5, 8]);
  });

  const learning = { steps: 6000, worlds: 5, rolloutSteps: 20, minibatch: 50, hidden: "16", learningRate: 3e-3 };

  it("learn roles of their own from their own rewards, shared or not", () => {
    expect(finalReward(roles, learning, 1)).toBe(4 * AGENTS);
    expect(finalReward(roles, { ...learning, share: "none" }, 1)).toBe(4 * AGENTS);
  });

  it("act alike where they share a network, observe the same and are not told who they are", () => {
    expect(finalReward(roles, { ...learning, agentId: false }, 1)).toBe(4);
  });

  it("are refused when their spaces differ, naming them", () => {
    const [first, second] = new RolesWorld().agents as [AgentSpace, AgentSpace];
    const other = { ...second, observation: [{ name: "two", size: 2 }] };
    expect(() => agentGroups([first, other], "kind", true, [8])).toThrow(
      'agents agent-0 and agent-1 are of the kind "worker" but have different spaces',
    );
    expect(agentGroups([first, other], "none", true, [8]).map(({ agents }) => agents)).toEqual([[0], [1]]);
  });
});

/** A critic of three agents on rollouts of two worlds, ten steps; its network gives `slope` t/T + `bias`. */
function rolloutOf(slope: number, bias: number, normaliser?: ValueNormaliser) {
  const workspace = createReferenceWorkspace();
  const worlds = new WorldSet({ scenario: roles, scenarioParameters: {}, seed: 1 }, 2, 10, 1);
  const [group] = agentGroups(worlds.agents, "kind", true, [4]);
  if (!group) throw new Error("three agents make a group");
  const actor = new Actor(workspace, worlds, group.agents, group.network, 20, 1);
  const pieces = group.agents.flatMap((_, k) => observationPieces(actor, true, k));
  const critic = new Critic(workspace, worlds, "critic", pieces, [], 20, {
    rewards: worlds.agentRewards,
    identify: true,
    normaliser,
  });
  group.network.initialise(workspace, 1, 0);
  // Input: three observations, t/T, the agent.
  workspace.parameter("critic/0/weight").fill(0);
  workspace.parameter("critic/0/weight")[3] = slope;
  workspace.parameter("critic/0/bias").fill(bias);
  worlds.begin();
  critic.begin();
  for (let t = 0; t <= 10; t++) {
    for (let k = 0; k < AGENTS; k++) {
      actor.observe(t, worlds.all, k);
      if (t < 10) actor.act(t, worlds.all, k);
    }
    critic.observe(t, worlds.all);
    if (t < 10) {
      worlds.advance(t);
      worlds.restart(t);
    }
  }
  critic.bootstrapRollout();
  return { worlds, critic };
}

describe("a centralised critic", () => {
  it("sums up each agent's own rewards to the end of the episode, then its value beyond the rollout", () => {
    const { worlds, critic } = rolloutOf(0, 1000);
    critic.evaluate(1, 1);
    for (let k = 0; k < AGENTS; k++) {
      const rewards = worlds.agentRewards[k] as Float64Array;
      for (let w = 0; w < 2; w++) {
        // Episodes of four steps: the rollout ends in the middle of the third.
        for (let t = 0; t < 10; t++) {
          const end = Math.min(10, 4 * Math.floor(t / 4) + 4);
          let expected = end === 10 ? 1000 : 0;
          for (let i = t; i < end; i++) expected += rewards[2 * i + w] as number;
          expect(critic.returns[(k * 10 + t) * 2 + w]).toBeCloseTo(expected, 9);
        }
      }
    }
    expect(worlds.agentRewards[0]).not.toEqual(worlds.agentRewards[2]);
  });

  it("undoes value normalisation before advantages: they are those of the same values without it", () => {
    const plain = rolloutOf(6, 20);
    const normaliser = new ValueNormaliser();
    normaliser.update(Float64Array.of(12, 18)); // mean 15, deviation 3
    const normalised = rolloutOf(6 / 3, (20 - 15) / 3, normaliser);
    for (const { critic } of [plain, normalised]) critic.evaluate(0.9, 0.8);
    for (const name of ["values", "advantages", "returns"] as const) {
      plain.critic[name].forEach((expected, i) => {
        expect(normalised.critic[name][i]).toBeCloseTo(expected, 6);
      });
    }
    expect(plain.critic.values[0]).toBeCloseTo(20, 9);
    expect(normaliser.mean).not.toBeCloseTo(15, 1); // and then it has learned the new returns
  });
});

describe("MAPPO", () => {
  it("reports each group's terms under its name, and trains on the rows of all its agents", () => {
    const set = { steps: 40, worlds: 5, rolloutSteps: 8, minibatch: 20, epochs: 1, hidden: "8", evaluationEvery: 0 };
    const names = play(loopOf(roles, "mappo", set, 1)).map(({ metric }) => metric);
    const train = ["policy_loss", "value_loss", "entropy", "gradient_norm", "approx_kl", "clip_fraction"];
    expect(names).toEqual([
      "rollout/reward",
      "rollout/episode_length",
      ...[...train, "explained_variance", "learning_rate"].map((name) => `train/worker/${name}`),
    ]);
    // Adam's steps: one a minibatch, 3 x 40 rows in minibatches of 20.
    const loop = loopOf(roles, "mappo", set, 1);
    play(loop, 1);
    expect(loop.save().state["optimiser/worker/step"]?.data[0]).toBe(6);
  });

  it("keeps normalisers in the saved state", () => {
    const state = (valueNormalisation: boolean) =>
      loopOf(roles, "mappo", { worlds: 5, rolloutSteps: 8, minibatch: 20, valueNormalisation }, 1).save().state.worker?.data;
    expect(state(true)?.length).toBe((state(false)?.length as number) + 3);
  });

  it("fits any world", () => {
    expect(mappo.unfit(roles.create(defaults(roles.parameters)))).toBeUndefined();
  });
});
