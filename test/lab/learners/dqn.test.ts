import { describe, expect, it } from "vitest";
import { dqn } from "../../../lab/learners/dqn.ts";
import { ReplayBuffer } from "../../../lab/learners/shared/replay.ts";
import { RandomStream } from "../../../lab/random.ts";
import { identityBox, identityDiscrete, identityMultiDiscrete } from "../../../lab/scenarios/sanity/identity.ts";
import { bytesOf, constantWorld, loopOf, match, play, type Values } from "./support.ts";

/** Every step a gradient step, from the 64th on. */
const quick = {
  worlds: 1,
  rolloutSteps: 20,
  gradientSteps: 20,
  learningStarts: 64,
  minibatch: 32,
  bufferSize: 1000,
  learningRate: 2e-3,
  targetEvery: 1,
  explorationFraction: 0.5,
  hidden: "32x32",
};

describe("DQN answers what it is shown, at least 90 of 100", () => {
  for (const doubleEstimator of [false, true]) {
    it(`${doubleEstimator ? "with" : "without"} the double estimator, 2,000 steps`, () => {
      const set = { ...quick, gamma: 0.4, doubleEstimator, steps: 2000, evaluationEvery: 2000, loss: "huber" };
      const loop = loopOf("sanity/identity-discrete", "dqn", set, 1);
      play(loop);
      expect(loop.lastEvaluation?.reward).toBeGreaterThanOrEqual(90);
    });
  }

  it("and never draws a forbidden option: 70 of which 55 are masked, 20,000 steps", () => {
    const set = { ...quick, gamma: 0, steps: 20_000, evaluationEvery: 20_000, hidden: "128", bufferSize: 20_000 };
    const loop = loopOf("sanity/identity-masked", "dqn", set, 1);
    play(loop);
    expect(loop.lastEvaluation?.reward).toBeGreaterThanOrEqual(90);
  }, 120_000);
});

/** Q of the one state of a {@link constantWorld} (reward 1, gamma 1/2) after training. */
function learnedValue(end: "terminated" | "truncated", set: Values = {}): number {
  const loop = loopOf(
    constantWorld(1, end),
    "dqn",
    { ...quick, gamma: 0.5, steps: 3000, evaluationEvery: 0, ...set },
    1,
  );
  const points = play(loop);
  return points.findLast(({ metric }) => metric === "train/q_value")?.value as number;
}

describe("the action value", () => {
  it("sees nothing beyond an episode that terminated: Q = R", () => {
    expect(learnedValue("terminated")).toBeCloseTo(1, 1);
  });

  it("sees the last observation's value beyond an episode that was cut off: Q = R / (1 - gamma)", () => {
    expect(learnedValue("truncated")).toBeCloseTo(2, 1);
  });

  it("follows a target network that moves a little at a time", () => {
    expect(learnedValue("truncated", { targetRate: 0.2 })).toBeCloseTo(2, 1);
  });
});

describe("DQN", () => {
  const set = {
    ...quick,
    steps: 1e6,
    evaluationEvery: 70,
    evaluationEpisodes: 2,
    bufferSize: 150,
    explorationFraction: 1e-3,
  };

  it("goes on bit for bit after saving and loading in the middle of an episode, its buffer full", () => {
    const whole = loopOf("sanity/cartpole", "dqn", set, 5);
    play(whole, 12);
    const saved = whole.save();
    const reported = play(whole, 12);
    const resumed = loopOf("sanity/cartpole", "dqn", set, 99);
    play(resumed, 3);
    resumed.load(saved);
    expect(play(resumed, 12)).toEqual(reported);
    expect(bytesOf(resumed.save().weights)).toEqual(bytesOf(whole.save().weights));
    expect(bytesOf(resumed.save().state)).toEqual(bytesOf(whole.save().state));
  });

  it("leaves the weights alone until learning starts", () => {
    const loop = loopOf("sanity/cartpole", "dqn", { ...set, learningStarts: 100, minibatch: 8 }, 1);
    const before = bytesOf(loop.save().weights);
    const first = play(loop, 4); // 80 steps
    expect(bytesOf(loop.save().weights)).toEqual(before);
    expect(first.some(({ metric }) => metric === "train/loss")).toBe(false);
    const second = play(loop, 1);
    expect(bytesOf(loop.save().weights)).not.toEqual(before);
    expect(second.some(({ metric }) => metric === "train/loss")).toBe(true);
  });

  it("lets epsilon fall linearly over the exploration fraction of the planned steps", () => {
    const loop = loopOf("sanity/cartpole", "dqn", { ...quick, steps: 400, evaluationEvery: 0, epsilonEnd: 0.2 }, 1);
    const points = play(loop).filter(({ metric }) => metric === "train/epsilon");
    expect(points.find(({ step }) => step === 100)?.value).toBeCloseTo(0.6, 12);
    expect(points.find(({ step }) => step === 200)?.value).toBeCloseTo(0.2, 12);
    expect(points.at(-1)?.value).toBeCloseTo(0.2, 12);
  });

  it("fits one agent with one choice a step", () => {
    expect(dqn.unfit(identityDiscrete.create({}))).toBeUndefined();
    expect(dqn.unfit(match.create({}))).toMatch(/one agent, this world has 2/);
    expect(dqn.unfit(identityBox.create({}))).toMatch(/discrete actions, this agent's are continuous/);
    expect(dqn.unfit(identityMultiDiscrete.create({}))).toMatch(/one choice a step, this agent \d/);
  });
});

describe("the replay buffer", () => {
  it("keeps the newest transitions and overwrites the oldest", () => {
    const buffer = new ReplayBuffer(3, 1, 0);
    for (let i = 0; i < 5; i++) buffer.actions[buffer.claim()] = i;
    expect(buffer.size).toBe(3);
    expect([...buffer.actions].sort()).toEqual([2, 3, 4]);
  });

  it("draws every held transition equally often, and none that is not there", () => {
    const buffer = new ReplayBuffer(100, 1, 0);
    for (let i = 0; i < 4; i++) buffer.claim();
    const counts = new Float64Array(100);
    const places = new Int32Array(1000);
    const stream = new RandomStream(1, "test");
    for (let i = 0; i < 20; i++) {
      buffer.sample(places, stream);
      for (const place of places) counts[place] = (counts[place] as number) + 1;
    }
    expect(counts.slice(4).every((count) => count === 0)).toBe(true);
    // 20,000 draws: the standard error of a share of 1/4 is 0.0031.
    for (const count of counts.slice(0, 4)) expect(Math.abs(count / 20_000 - 0.25)).toBeLessThan(0.0155);
  });
});
