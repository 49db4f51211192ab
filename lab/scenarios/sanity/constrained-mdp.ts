import { z } from "zod";
import { type ParameterValues, parameter } from "../../parameters.ts";
import { RandomStream } from "../../random.ts";
import type { AgentSpace, Policy, Scenario } from "../scenario.ts";
import { constrainedMdpLimit, constrainedOptimum } from "./constrained-mdp-optimum.ts";
import { ACTIONS, CONTINUE, type ConstrainedMdp, constrainedMdpTables, STATES } from "./constrained-mdp-tables.ts";
import { randomPolicy } from "./random-policy.ts";
import { TaskWorld } from "./task-world.ts";

/** Steps of an episode on average, whatever is done. */
const MEAN_LENGTH = 1 / (1 - CONTINUE);

/** State, choice, cost of the step, sum of costs. */
const NUMBERS = 4;

/** Index drawn from the `count` probabilities at `offset`, by the uniform number `u`. */
function indexAt(u: number, probabilities: Float64Array, offset: number, count: number): number {
  let left = u;
  for (let i = 0; i < count - 1; i++) {
    left -= probabilities[offset + i]!;
    if (left < 0) return i;
  }
  return count - 1;
}

/**
 * A small constrained Markov decision process with full sight of its state. Each step ends the episode with probability
 * 0.1, so that totals are linear in the occupancy and a linear program gives the best stationary policy exactly.
 */
class ConstrainedMdpWorld extends TaskWorld {
  readonly agents: readonly AgentSpace[] = [
    {
      id: "agent",
      observation: [{ name: "state", size: STATES }],
      action: { kind: "discrete", choices: [ACTIONS], masked: false },
    },
  ];
  private readonly tables: ConstrainedMdp;

  constructor(tables: ConstrainedMdp) {
    super(NUMBERS, Number.POSITIVE_INFINITY);
    this.tables = tables;
    this.reset(0);
  }

  /** Of the last step; 0 before the first. */
  get cost(): number {
    return this.state[2]!;
  }

  protected start(): void {
    this.state[0] = indexAt(this.stream.uniform(), this.tables.start, 0, STATES);
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    out.fill(0, offset, offset + STATES);
    out[offset + this.state[0]!] = 1;
  }

  act(_agent: number, actions: Float32Array, offset: number): void {
    this.state[1] = actions[offset]!;
  }

  protected move(): void {
    const { state, tables } = this;
    const pair = state[0]! * ACTIONS + state[1]!;
    this.reward = tables.rewards[pair]!;
    state[2] = tables.costs[pair]!;
    state[3] = state[3]! + state[2]!;
    state[0] = indexAt(this.stream.uniform(), tables.transitions, pair * STATES, STATES);
    this.terminated = this.stream.uniform() >= CONTINUE;
  }

  override readMetrics(out: Float64Array): void {
    out[0] = this.rewardSum;
    out[1] = this.state[3]!;
    out[2] = this.rewardSum / MEAN_LENGTH;
    out[3] = this.state[3]! / MEAN_LENGTH;
  }
}

/** The linear program's policy under the limit of {@link constrainedMdpLimit}. */
function optimalPolicy(tables: ConstrainedMdp): Policy {
  const purpose = "optimal policy";
  const { probabilities } = constrainedOptimum(tables, constrainedMdpLimit(tables));
  const stream = new RandomStream(0, purpose);
  const seen = new Float32Array(STATES);
  const action = new Float32Array(1);
  return {
    reset(seed) {
      stream.reseed(seed, purpose);
    },
    decide(world) {
      world.observe(0, seen, 0);
      action[0] = indexAt(stream.uniform(), probabilities, seen.indexOf(1) * ACTIONS, ACTIONS);
      world.act(0, action, 0);
    },
  };
}

const constrainedMdpParameters = z.object({
  mdp: parameter(z.int().min(1).max(10).default(1), {
    title: "Process",
    unit: "",
    source: "assumed",
    reason: "ten random processes make the learning check",
    help: "Which of the ten random processes: the seed of its tables.",
    group: "Task",
  }),
});
const tablesOf = (values: ParameterValues) => constrainedMdpTables(constrainedMdpParameters.parse(values).mdp);

export const constrainedMdp: Scenario = {
  id: "sanity/constrained-mdp",
  version: 1,
  title: "Constrained MDP",
  summary:
    "A random process of 5 states and 3 actions with rewards and costs; the best policy under a limit on the mean " +
    "cost a step is known from a linear program.",
  parameters: constrainedMdpParameters,
  metrics: [
    { id: "reward", title: "Reward of an episode", unit: "", better: "higher" },
    { id: "cost", title: "Cost of an episode", unit: "", better: "lower" },
    // Over the mean length: over its own length short episodes would weigh more than their steps.
    { id: "reward_per_step", title: "Reward a step: a tenth of the episode's", unit: "", better: "higher" },
    { id: "cost_per_step", title: "Cost a step: a tenth of the episode's", unit: "", better: "lower" },
  ],
  create: (values) => new ConstrainedMdpWorld(tablesOf(values)),
  policies: { random: () => randomPolicy(), optimal: (values) => optimalPolicy(tablesOf(values)) },
};
