import { z } from "zod";
import { parameter } from "../../parameters.ts";
import type { AgentSpace, EpisodeMetric, Policy, Scenario } from "../scenario.ts";
import { randomPolicy } from "./random-policy.ts";
import { stepLimitParameter } from "./step-limit.ts";
import { TaskWorld } from "./task-world.ts";

/** Options of each agent; both choices are the state. */
const OPTIONS = 3;
const AGENTS = 2;

const player = (id: string): AgentSpace => ({
  id,
  kind: "player",
  observation: [{ name: "one", size: 1 }],
  action: { kind: "discrete", choices: [OPTIONS], masked: false },
});

/**
 * A common-payoff game of two agents (Claus and Boutilier, 1998), played again and again as in the benchmark of
 * Papoudakis et al. (2021). Both are paid payoff[row][column]; neither sees what the other chooses, or chose. All that
 * they observe is a constant: 1, where the benchmark has zeros, under which every untrained network without biases is
 * indifferent and its greedy choice is option 0.
 */
class MatrixGameWorld extends TaskWorld {
  readonly agents: readonly AgentSpace[] = [player("row"), player("column")];
  private readonly payoff: readonly (readonly number[])[];

  constructor(payoff: readonly (readonly number[])[], stepLimit: number) {
    super(AGENTS, stepLimit);
    this.payoff = payoff;
    this.reset(0);
  }

  protected start(): void {}

  observe(_agent: number, out: Float32Array, offset: number): void {
    out[offset] = 1;
  }

  act(agent: number, actions: Float32Array, offset: number): void {
    this.state[agent] = actions[offset]!;
  }

  protected move(): void {
    this.reward = this.payoff[this.state[0]!]![this.state[1]!]!;
  }

  override readMetrics(out: Float64Array): void {
    out[0] = this.rewardSum;
    out[1] = this.t === 0 ? 0 : this.rewardSum / this.t;
  }
}

/** Row and column always choose the same. */
function fixedPolicy(row: number, column: number): Policy {
  const actions = Float32Array.of(row, column);
  return {
    reset() {},
    decide(world) {
      world.act(0, actions, 0);
      world.act(1, actions, 1);
    },
  };
}

const metrics: readonly EpisodeMetric[] = [
  { id: "reward", title: "Payoff of an episode", unit: "", better: "higher" },
  { id: "reward_per_step", title: "Payoff a step", unit: "", better: "higher" },
];

const stepLimit = stepLimitParameter(25, "Papoudakis et al. (2021): 25 rounds an episode");
const climbingParameters = z.object({ stepLimit });
const penaltyParameters = z.object({
  stepLimit,
  k: parameter(z.number().min(-1_000_000).max(0).default(-100), {
    title: "Penalty k",
    unit: "",
    source: "assumed",
    reason: "Papoudakis et al. (2021): from 0 to -100, the hardest",
    help: "Payoff where both aim at the best outcome but not at the same one.",
    group: "Task",
  }),
});

export const climbing: Scenario = {
  id: "sanity/climbing",
  version: 1,
  title: "Climbing game",
  summary:
    "Two agents choose one of three options at once and share the payoff: 11 at best, 7 and 5 where a miss costs less.",
  parameters: climbingParameters,
  metrics,
  create: (values) =>
    new MatrixGameWorld(
      [
        [11, -30, 0],
        [-30, 7, 6],
        [0, 0, 5],
      ],
      climbingParameters.parse(values).stepLimit,
    ),
  policies: { random: () => randomPolicy(), optimal: () => fixedPolicy(0, 0) },
};

export const penalty: Scenario = {
  id: "sanity/penalty",
  version: 1,
  title: "Penalty game",
  summary:
    "Two agents choose one of three options at once and share the payoff: 10 in two corners, k in the other two, 2 " +
    "in the safe middle.",
  parameters: penaltyParameters,
  metrics,
  create(values) {
    const { k, stepLimit: steps } = penaltyParameters.parse(values);
    return new MatrixGameWorld(
      [
        [k, 0, 10],
        [0, 2, 0],
        [10, 0, k],
      ],
      steps,
    );
  },
  policies: { random: () => randomPolicy(), optimal: () => fixedPolicy(0, 2) },
};
