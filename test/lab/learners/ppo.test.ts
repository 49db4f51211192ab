import { describe, expect, it } from "vitest";
import { TrainingDiverged } from "../../../lab/learners/learner.ts";
import { ppo } from "../../../lab/learners/ppo.ts";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";
import { defaults } from "../../../lab/parameters.ts";
import { identityDiscrete } from "../../../lab/scenarios/sanity/identity.ts";
import { bytesOf, constantWorld, loopOf, match, play } from "./support.ts";

/** Small rollouts and a fast optimiser, as Stable-Baselines3's own identity checks use short discounts. */
const identity = {
  steps: 1200,
  worlds: 4,
  rolloutSteps: 30,
  minibatch: 30,
  epochs: 10,
  learningRate: 1e-3,
  gamma: 0.4,
  entropyCoefficient: 0,
  evaluationEvery: 1200,
};

function finalReward(scenario: string, set: Record<string, number | string>, seed: number): number {
  const loop = loopOf(scenario, "ppo", set, seed);
  play(loop);
  expect(loop.steps).toBeLessThanOrEqual(Number(set.steps));
  return loop.lastEvaluation?.reward as number;
}

describe("PPO answers what it is shown, at least 90 of 100", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    it(`discrete, 1,200 steps, seed ${seed}`, () => {
      expect(finalReward("sanity/identity-discrete", identity, seed)).toBeGreaterThanOrEqual(90);
    });

    it(`multi-discrete, 1,200 steps, seed ${seed}`, () => {
      expect(finalReward("sanity/identity-multi-discrete", identity, seed)).toBeGreaterThanOrEqual(90);
    });

    // Within 0.5 of the target, as in Stable-Baselines3's own check.
    it(`box, 1,200 steps, seed ${seed}`, () => {
      expect(finalReward("sanity/identity-box", { ...identity, tolerance: 0.5 }, seed)).toBeGreaterThanOrEqual(90);
    });

    it(`70 options of which 55 are masked, 2,048 steps, seed ${seed}`, () => {
      const masked = {
        ...identity,
        steps: 2048,
        worlds: 16,
        rolloutSteps: 128,
        minibatch: 64,
        learningRate: 5e-4,
        gamma: 0,
        hidden: "256",
      };
      expect(finalReward("sanity/identity-masked", masked, seed)).toBeGreaterThanOrEqual(90);
    });
  }
});

/** The critic's value of a {@link constantWorld} (reward 1, gamma 1/2) after training, at time t/T. */
function learnedValue(end: "terminated" | "truncated" | "either", length = 1) {
  const set = {
    steps: 6000,
    worlds: 5,
    rolloutSteps: 20,
    minibatch: 50,
    gamma: 0.5,
    learningRate: 3e-3,
    hidden: "8",
    evaluationEvery: 0,
  };
  const loop = loopOf(constantWorld(1, end, length), "ppo", set, 1);
  play(loop);
  const { weights } = loop.save();
  const read = (name: string, i: number) => weights[`agent/critic/${name}`]?.data[i] as number;
  return (elapsed: number) => {
    let value = read("1/bias", 0);
    for (let j = 0; j < 8; j++) {
      const inputs = read("0/weight", j) + elapsed * read("0/weight", 8 + j);
      value += read("1/weight", j) * Math.tanh(read("0/bias", j) + inputs);
    }
    return value;
  };
}

describe("the critic", () => {
  it("sees nothing beyond an episode that terminated: V = R", () => {
    expect(learnedValue("terminated")(0)).toBeCloseTo(1, 1);
  });

  it("sees the last observation's value beyond an episode that was cut off: V = R / (1 - gamma)", () => {
    expect(learnedValue("truncated")(0)).toBeCloseTo(2, 1);
  });

  it("tells the two apart wherever in a rollout they fall: V = R + gamma V / 2 when half of them are cut off", () => {
    expect(Math.abs(learnedValue("either")(0) - 4 / 3)).toBeLessThan(0.15);
  });

  it("knows how much of the episode is gone", () => {
    const value = learnedValue("terminated", 2);
    expect(value(0)).toBeCloseTo(1.5, 1);
    expect(value(0.5)).toBeCloseTo(1, 1);
  });
});

describe("PPO", () => {
  it("reports its metrics without an agent's name, and rollouts only when an episode finished", () => {
    const set = { steps: 320, worlds: 4, rolloutSteps: 40, minibatch: 40, hidden: "8", evaluationEvery: 0 };
    const points = play(loopOf("sanity/identity-discrete", "ppo", set, 1));
    const named = (step: number) => points.filter((point) => point.step === step).map(({ metric }) => metric);
    const train = ["policy_loss", "value_loss", "entropy", "gradient_norm", "approx_kl", "clip_fraction"];
    const expected = [...train, "explained_variance", "learning_rate"].map((name) => `train/${name}`);
    expect(named(160)).toEqual(expected);
    expect(named(320)).toEqual(expected);
    const longer = play(loopOf("sanity/identity-discrete", "ppo", { ...set, steps: 480 }, 1));
    const finished = longer.filter(({ step }) => step === 480).map(({ metric }) => metric);
    expect(finished).toEqual(["rollout/reward", "rollout/episode_length", ...expected]);
    expect(longer.find(({ metric }) => metric === "rollout/episode_length")?.value).toBe(100);
  });

  it("starts each update with the ratio 1 and the entropy of a nearly uniform policy", () => {
    const set = {
      steps: 160,
      worlds: 4,
      rolloutSteps: 40,
      minibatch: 160,
      epochs: 1,
      hidden: "16",
      evaluationEvery: 0,
    };
    const points = play(loopOf("sanity/identity-discrete", "ppo", set, 1));
    const value = (metric: string) => points.find((point) => point.metric === metric)?.value;
    expect(value("train/approx_kl")).toBeCloseTo(0, 9);
    expect(value("train/clip_fraction")).toBe(0);
    expect(value("train/policy_loss")).toBeCloseTo(0, 6);
    expect(value("train/entropy")).toBeCloseTo(Math.log(4), 2);
  });

  it("refuses a rollout that cannot be cut into whole minibatches, naming the fields", () => {
    const setting = {
      scenario: identityDiscrete,
      scenarioParameters: defaults(identityDiscrete.parameters),
      parameters: { ...defaults(ppo.parameters), worlds: 3, rolloutSteps: 100 },
      seed: 1,
      plannedSteps: 1000,
      workspace: createReferenceWorkspace(),
    };
    expect(() => ppo.create(setting)).toThrow(/worlds \(3\) x rolloutSteps \(100\).*minibatch \(128\)/);
    expect(() => ppo.create(setting)).toThrow(RangeError);
  });

  it("does not fit a world with several agents", () => {
    expect(ppo.unfit(match.create({}))).toMatch(/one agent.*has 2/);
    expect(ppo.unfit(identityDiscrete.create({}))).toBeUndefined();
  });

  it("stops when a reward is not finite, naming it, before any weight changes", () => {
    const set = { steps: 200, worlds: 5, rolloutSteps: 20, minibatch: 50, hidden: "8", evaluationEvery: 0 };
    const loop = loopOf(constantWorld(Number.NaN, "terminated"), "ppo", set, 1);
    const before = bytesOf(loop.save().weights);
    expect(() => play(loop)).toThrow(new TrainingDiverged("reward", 1, "first in step 0 of world 0"));
    expect(bytesOf(loop.save().weights)).toEqual(before);
  });

  it("stops when the optimiser blows the weights up, naming the term", () => {
    const set = {
      steps: 10_000,
      worlds: 5,
      rolloutSteps: 20,
      minibatch: 50,
      learningRate: 1,
      rewardScale: 1e6,
      valueCoefficient: 100,
      hidden: "8x8x8x8x8x8x8x8",
      evaluationEvery: 0,
    };
    const loop = loopOf(constantWorld(1e306, "terminated"), "ppo", set, 1);
    expect(() => play(loop)).toThrow(TrainingDiverged);
  });
});
