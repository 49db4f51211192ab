import { describe, expect, it } from "vitest";
import { ppoLagrangian } from "../../../lab/learners/ppo-lagrangian.ts";
import { Multiplier } from "../../../lab/learners/shared/multiplier.ts";
import { defaults } from "../../../lab/parameters.ts";
import { constrainedBandit, constrainedBanditOptimum } from "../../../lab/scenarios/sanity/constrained-bandit.ts";
import { constrainedMdp } from "../../../lab/scenarios/sanity/constrained-mdp.ts";
import { constrainedMdpLimit, constrainedOptimum } from "../../../lab/scenarios/sanity/constrained-mdp-optimum.ts";
import { constrainedMdpTables } from "../../../lab/scenarios/sanity/constrained-mdp-tables.ts";
import type { TrainingLoop } from "../../../lab/training.ts";
import { constantWorld, loopOf, match, type Point, play, type Values } from "./support.ts";

const bandit = "sanity/constrained-bandit";

/** Shares of the three arms among `pulls` of the policy that is handed out. */
function shares({ policy }: TrainingLoop, pulls: number): number[] {
  const world = constrainedBandit.create({});
  const counts = [0, 0, 0];
  for (let seed = 0; seed < pulls; seed++) {
    world.reset(seed);
    policy.reset(seed);
    policy.decide(world);
    world.advance();
    const arm = [1, 0.6, 0.2].indexOf(world.reward);
    counts[arm] = (counts[arm] as number) + 1;
  }
  return counts.map((count) => count / pulls);
}

const last = (points: readonly Point[], metric: string) =>
  points.findLast((point) => point.metric === metric)?.value as number;

const banditSet: Values = {
  costLimit: constrainedBanditOptimum.limit,
  lambdaLearningRate: 0.02,
  lambdaProportional: 1,
  steps: 102_400,
  worlds: 16,
  rolloutSteps: 16,
  minibatch: 256,
  hidden: "16",
  gamma: 1,
  learningRate: 3e-3,
  learningRateSchedule: "linear",
  entropyCoefficient: 0.001,
  evaluationEvery: 0,
};

describe("PPO-Lagrangian on the constrained bandit", () => {
  it("ends at the optimal mixture, pi within 0.03, and at its multiplier, within 10%", () => {
    const loop = loopOf(bandit, "ppo-lagrangian", banditSet, 1);
    const points = play(loop);
    const found = shares(loop, 20_000);
    constrainedBanditOptimum.probabilities.forEach((expected, arm) => {
      expect(Math.abs((found[arm] as number) - expected), `arm ${arm}: ${found[arm]}`).toBeLessThan(0.03);
    });
    const ratio = last(points, "train/lambda") / constrainedBanditOptimum.multiplier;
    expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
  });

  it("takes the dearest arm where the limit does not bind, at no price", () => {
    const loop = loopOf(bandit, "ppo-lagrangian", { ...banditSet, costLimit: 2, steps: 20_480 }, 1);
    const points = play(loop);
    expect(shares(loop, 1000)[0]).toBeGreaterThan(0.97);
    expect(last(points, "train/lambda")).toBe(0);
  });
});

describe("PPO-Lagrangian on a constrained MDP", () => {
  it("reaches the linear program's reward within 3% at a cost of at most the limit + 2%", () => {
    const tables = constrainedMdpTables(10);
    const limit = constrainedMdpLimit(tables);
    const best = constrainedOptimum(tables, limit);
    const set: Values = {
      mdp: 10,
      costLimit: limit,
      lambdaLearningRate: 0.5,
      lambdaProportional: 10,
      entropyCoefficient: 0.1,
      entropySchedule: "linear",
      learningRate: 1e-3,
      learningRateSchedule: "linear",
      hidden: "32",
      gamma: 1,
      steps: 819_200,
      evaluationEvery: 819_200,
      evaluationEpisodes: 100_000,
    };
    const loop = loopOf("sanity/constrained-mdp", "ppo-lagrangian", set, 1);
    play(loop);
    const means = loop.lastEvaluation?.means as readonly number[];
    const ids = constrainedMdp.metrics.map(({ id }) => id);
    const reward = means[ids.indexOf("reward_per_step")] as number;
    const cost = means[ids.indexOf("cost_per_step")] as number;
    expect(Math.abs(reward / best.reward - 1)).toBeLessThan(0.03);
    expect(cost / limit).toBeLessThan(1.02);
  }, 120_000);
});

describe("the multiplier", () => {
  const options = {
    costLimit: 0.5,
    lambdaStart: 0.2,
    lambdaLearningRate: 0.1,
    lambdaMaximum: 1,
    lambdaProportional: 0,
  };

  it("climbs by its step times what the limit is exceeded by, between 0 and its maximum", () => {
    const multiplier = new Multiplier(options);
    const lambdaAfter = (cost: number) => {
      multiplier.update(cost);
      return multiplier.lambda;
    };
    expect(multiplier.lambda).toBe(0.2);
    expect(lambdaAfter(2.5)).toBeCloseTo(0.4, 12);
    expect(lambdaAfter(0)).toBeCloseTo(0.35, 12);
    expect(lambdaAfter(-100)).toBe(0);
    expect(lambdaAfter(0.6)).toBeCloseTo(0.01, 12);
    expect(lambdaAfter(1000)).toBe(1);
    expect(multiplier.price).toBe(1);
  });

  it("adds the proportional term to the price and not to itself", () => {
    const multiplier = new Multiplier({ ...options, lambdaProportional: 0.25 });
    multiplier.update(1.5);
    expect(multiplier.lambda).toBeCloseTo(0.3, 12);
    expect(multiplier.price).toBeCloseTo(0.3 + 0.25, 12);
    multiplier.update(0.5);
    expect(multiplier.price).toBeCloseTo(0.3, 12);
    multiplier.update(-1.5);
    expect(multiplier.price).toBe(0);
    expect(multiplier.lambda).toBeCloseTo(0.1, 12);
  });
});

describe("PPO-Lagrangian", () => {
  const one = { worlds: 16, rolloutSteps: 16, minibatch: 256, hidden: "16", steps: 256, evaluationEvery: 0 };

  it("moves the multiplier before the policy: the first rollout's cost already prices the first update", () => {
    const set = { ...one, costLimit: 0, lambdaStart: 0, lambdaLearningRate: 1000, epochs: 10, learningRate: 1e-2 };
    const loop = loopOf(bandit, "ppo-lagrangian", set, 1);
    const before = shares(loop, 4000);
    const points = play(loop);
    expect(last(points, "train/lambda")).toBe(100);
    const after = shares(loop, 4000);
    // Rewards alone favour the first arm, costs alone the last.
    expect((after[2] as number) - (before[2] as number)).toBeGreaterThan(0.05);
    expect(after[0]).toBeLessThan(before[0] as number);
  });

  it("reports what the rollout cost a step, and where that moved lambda", () => {
    const set = { ...one, costLimit: 0.25, lambdaStart: 0.5, lambdaLearningRate: 0.1, lambdaProportional: 2 };
    const points = play(loopOf(bandit, "ppo-lagrangian", set, 1));
    const cost = last(points, "train/cost");
    expect(cost).toBeCloseTo(last(points, "rollout/cost"), 12); // one pull an episode
    expect(last(points, "train/lambda")).toBeCloseTo(0.5 + 0.1 * (cost - 0.25), 12);
    expect(last(points, "train/price")).toBeCloseTo(0.5 + 2.1 * (cost - 0.25), 12);
    expect(last(points, "train/cost_value_loss")).toBeGreaterThan(0);
  });

  it("hands out the policy that samples, in evaluations too", () => {
    const loop = loopOf(bandit, "ppo-lagrangian", { ...one, evaluationEvery: 1, evaluationEpisodes: 2000 }, 1);
    for (const share of shares(loop, 2000)) expect(Math.abs(share - 1 / 3)).toBeLessThan(0.05);
    // (1 + 0.6 + 0.2) / 3; a greedy policy would get 1, 0.6 or 0.2.
    expect(Math.abs((loop.evaluate()?.reward as number) - 0.6)).toBeLessThan(0.03);
  });

  it("lets the entropy coefficient and the learning rate fall to 0 at the planned steps", () => {
    const set = { ...one, entropyCoefficient: 5, learningRate: 1e-3, costLimit: 2, steps: 256 * 40, lambdaStart: 0 };
    const entropyAtTheEnd = (entropySchedule: string) =>
      last(play(loopOf(bandit, "ppo-lagrangian", { ...set, entropySchedule }, 1)), "train/entropy");
    expect(entropyAtTheEnd("constant")).toBeGreaterThan(1.09); // log 3 = 1.0986
    expect(entropyAtTheEnd("linear")).toBeLessThan(1.09);
  });

  it("needs one agent and a cost", () => {
    expect(ppoLagrangian.unfit(constrainedBandit.create({}))).toBeUndefined();
    expect(ppoLagrangian.unfit(constrainedMdp.create(defaults(constrainedMdp.parameters)))).toBeUndefined();
    expect(ppoLagrangian.unfit(match.create({}))).toBe("PPO-Lagrangian trains one agent, this world has 2");
    expect(ppoLagrangian.unfit(constantWorld(1, "terminated").create({}))).toMatch(/needs a world with a cost/);
  });
});
