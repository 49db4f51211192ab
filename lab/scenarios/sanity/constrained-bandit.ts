import { z } from "zod";
import { RandomStream } from "../../random.ts";
import type { AgentSpace, Policy, Scenario } from "../scenario.ts";
import { randomPolicy } from "./random-policy.ts";
import { TaskWorld } from "./task-world.ts";

const REWARDS = [1, 0.6, 0.2] as const;
const COSTS = [1, 0.4, 0] as const;

/**
 * What is best where the mean cost may be {@link constrainedBanditOptimum.limit}: arms 1 and 2 mixed so that the limit
 * is met. The multiplier makes both worth the same: 1 - lambda = 0.6 - 0.4 lambda.
 */
export const constrainedBanditOptimum = {
  limit: 0.5,
  probabilities: [1 / 6, 5 / 6, 0],
  multiplier: 2 / 3,
  reward: 2 / 3,
} as const;

/** Three arms with a certain reward and cost; one pull an episode. */
class ConstrainedBanditWorld extends TaskWorld {
  readonly agents: readonly AgentSpace[] = [
    {
      id: "agent",
      observation: [{ name: "one", size: 1 }],
      action: { kind: "discrete", choices: [REWARDS.length], masked: false },
    },
  ];

  constructor() {
    super(1, Number.POSITIVE_INFINITY);
    this.reset(0);
  }

  override get elapsed(): number {
    return this.t;
  }

  /** 0 before the pull. */
  get cost(): number {
    return this.t === 0 ? 0 : COSTS[this.state[0]!]!;
  }

  protected start(): void {}

  observe(_agent: number, out: Float32Array, offset: number): void {
    out[offset] = 1;
  }

  act(_agent: number, actions: Float32Array, offset: number): void {
    this.state[0] = actions[offset]!;
  }

  protected move(): void {
    this.reward = REWARDS[this.state[0]!]!;
    this.terminated = true;
  }

  override readMetrics(out: Float64Array): void {
    out[0] = this.rewardSum;
    out[1] = this.cost;
  }
}

/** Draws an arm with {@link constrainedBanditOptimum.probabilities}. */
function optimalPolicy(): Policy {
  const purpose = "optimal policy";
  const stream = new RandomStream(0, purpose);
  const action = new Float32Array(1);
  return {
    reset(seed) {
      stream.reseed(seed, purpose);
    },
    decide(world) {
      action[0] = stream.uniform() < constrainedBanditOptimum.probabilities[0] ? 0 : 1;
      world.act(0, action, 0);
    },
  };
}

export const constrainedBandit: Scenario = {
  id: "sanity/constrained-bandit",
  version: 1,
  title: "Constrained bandit",
  summary:
    "Pull one of three arms: the better one pays, the more it costs. Under a limit on the mean cost a mixture is best.",
  parameters: z.object({}),
  metrics: [
    { id: "reward", title: "Reward", unit: "", better: "higher" },
    { id: "cost", title: "Cost", unit: "", better: "lower" },
  ],
  create: () => new ConstrainedBanditWorld(),
  policies: { random: () => randomPolicy(), optimal: () => optimalPolicy() },
};
