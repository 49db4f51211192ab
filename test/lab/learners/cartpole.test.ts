import { expect, it } from "vitest";
import { loopOf } from "./support.ts";

it("PPO balances CartPole: a greedy mean of at least 475 of 500 within 500,000 steps", () => {
  const set = { steps: 500_000, evaluationEvery: 10_240, evaluationEpisodes: 20 };
  const loop = loopOf("sanity/cartpole", "ppo", set, 1);
  // The whole run of five seeds is reported in docs/learners.md; here the first success ends it.
  while (!loop.finished && (loop.lastEvaluation?.reward ?? 0) < 475) loop.step(() => {});
  expect(loop.lastEvaluation?.reward).toBeGreaterThanOrEqual(475);
}, 120_000);
