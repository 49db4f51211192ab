import { describe, expect, it } from "vitest";
import { learningRateOf } from "../../../lab/learners/shared/learning-rate.ts";
import { bytesOf, loopOf, type Point, play } from "./support.ts";

const set = { worlds: 4, rolloutSteps: 25, minibatch: 50, epochs: 1, hidden: "8", evaluationEvery: 0, steps: 400 };
const rates = (points: readonly Point[]) =>
  points.filter(({ metric }) => metric.endsWith("/learning_rate")).map(({ value }) => value);

describe("the learning rate", () => {
  it("is constant unless asked otherwise", () => {
    const loop = loopOf("sanity/identity-discrete", "ppo", { ...set, learningRate: 0.01 }, 1);
    expect(rates(play(loop))).toEqual([0.01, 0.01, 0.01, 0.01]);
  });

  it("falls on a line from the first update to 0 after the last one", () => {
    const linear = { ...set, learningRate: 0.01, learningRateSchedule: "linear" };
    const loop = loopOf("sanity/identity-discrete", "ppo", linear, 1);
    const found = rates(play(loop));
    [0.01, 0.0075, 0.005, 0.0025].forEach((rate, i) => {
      expect(found[i]).toBeCloseTo(rate, 12);
    });
    expect(found).toHaveLength(4);
  });

  it("counts whole rollouts: planned steps are rounded up", () => {
    const fields = { learningRate: 1, learningRateSchedule: "linear", worlds: 4, rolloutSteps: 25 } as const;
    expect(learningRateOf(fields, 301, 4)).toBeCloseTo(1 / 4, 12);
    expect(learningRateOf(fields, 300, 3)).toBeCloseTo(1 / 3, 12);
    expect(learningRateOf(fields, 300, 5)).toBe(0);
  });

  it("moves the weights as that rate does", () => {
    // The second of two updates has half the rate.
    const weightsAfter = (own: object) => {
      const loop = loopOf("sanity/identity-discrete", "ppo", { ...set, steps: 200, learningRate: 0.01, ...own }, 1);
      play(loop, 1);
      const first = bytesOf(loop.save().weights);
      play(loop, 1);
      return { first, second: bytesOf(loop.save().weights) };
    };
    const [constant, linear] = [weightsAfter({}), weightsAfter({ learningRateSchedule: "linear" })];
    expect(linear.first).toEqual(constant.first);
    expect(linear.second).not.toEqual(constant.second);
  });

  it("goes on as planned after a resume", () => {
    const linear = { ...set, learningRateSchedule: "linear" };
    const whole = loopOf("sanity/identity-discrete", "ppo", linear, 1);
    play(whole, 2);
    const saved = whole.save();
    const reported = rates(play(whole));
    const resumed = loopOf("sanity/identity-discrete", "ppo", linear, 2);
    resumed.load(saved);
    expect(rates(play(resumed))).toEqual(reported);
    expect(bytesOf(resumed.save().weights)).toEqual(bytesOf(whole.save().weights));
  });

  it("falls for every learner of the family", () => {
    const linear = { ...set, steps: 200, learningRateSchedule: "linear" };
    for (const learner of ["hmppo", "ippo"]) {
      const loop = loopOf("emulator-tuning", learner, { ...linear, users: 2 }, 1);
      const found = rates(play(loop));
      expect(found.at(-1)).toBeCloseTo((found[0] as number) / 2, 12);
    }
  });
});
