import { describe, expect, it } from "vitest";
import { type AdvantageInput, generalisedAdvantages } from "../../../lab/learners/shared/gae.ts";
import { RandomStream } from "../../../lab/random.ts";

const steps = 12;
const worlds = 3;

/** Random rewards and values; world 0 terminates at t = 4, world 1 is cut off at t = 6 and at the last step. */
function rollout(gamma: number, lambda: number) {
  const stream = new RandomStream(1, "gae test");
  const draw = (n: number) => Float64Array.from({ length: n }, () => stream.normal());
  const ends = new Uint8Array(steps * worlds);
  const endValues = new Float64Array(steps * worlds);
  ends[4 * worlds + 0] = 1;
  ends[6 * worlds + 1] = 1;
  endValues[6 * worlds + 1] = 3.25;
  ends[(steps - 1) * worlds + 1] = 1;
  endValues[(steps - 1) * worlds + 1] = -1.5;
  return {
    steps,
    worlds,
    rewards: draw(steps * worlds),
    values: draw(steps * worlds),
    ends,
    endValues,
    lastValues: draw(worlds),
    gamma,
    lambda,
  };
}

/** A_t = sum over k of (gamma lambda)^k delta_{t+k}, up to the episode's or the rollout's end. */
function closedForm(r: AdvantageInput, t: number, w: number): number {
  let advantage = 0;
  for (let k = 0; t + k < r.steps; k++) {
    const i = (t + k) * r.worlds + w;
    const ended = r.ends[i] === 1;
    const last = t + k === r.steps - 1;
    const next = ended ? r.endValues[i] : last ? r.lastValues[w] : r.values[i + r.worlds];
    const delta = (r.rewards[i] as number) + r.gamma * (next as number) - (r.values[i] as number);
    advantage += (r.gamma * r.lambda) ** k * delta;
    if (ended) break;
  }
  return advantage;
}

describe("generalised advantages", () => {
  for (const gamma of [1, 0.99]) {
    for (const lambda of [1, 0.9]) {
      it(`equal the closed form through termination and truncation (gamma ${gamma}, lambda ${lambda})`, () => {
        const input = rollout(gamma, lambda);
        const advantages = new Float64Array(steps * worlds);
        const returns = new Float64Array(steps * worlds);
        generalisedAdvantages(input, advantages, returns);
        for (let t = 0; t < steps; t++) {
          for (let w = 0; w < worlds; w++) {
            const i = t * worlds + w;
            const expected = closedForm(input, t, w);
            expect(advantages[i]).toBeCloseTo(expected, 12);
            expect(returns[i]).toBeCloseTo(expected + (input.values[i] as number), 12);
          }
        }
      });
    }
  }

  it("are the Monte Carlo return minus the value with gamma = lambda = 1", () => {
    const input = rollout(1, 1);
    const advantages = new Float64Array(steps * worlds);
    generalisedAdvantages(input, advantages, new Float64Array(steps * worlds));
    let rewards = 0;
    for (let t = 0; t <= 4; t++) rewards += input.rewards[t * worlds] as number;
    expect(advantages[0]).toBeCloseTo(rewards - (input.values[0] as number), 12);
  });

  it("see nothing beyond a termination and the bootstrap value beyond a truncation", () => {
    const one = (end: number, endValue: number) => {
      const advantages = new Float64Array(2);
      generalisedAdvantages(
        {
          steps: 2,
          worlds: 1,
          rewards: [1, 1],
          values: [0, 0],
          ends: [end, 0],
          endValues: [endValue, 0],
          lastValues: [100],
          gamma: 0.5,
          lambda: 1,
        },
        advantages,
        new Float64Array(2),
      );
      return advantages[0];
    };
    expect(one(1, 0)).toBe(1);
    expect(one(1, 8)).toBe(5);
    expect(one(0, 0)).toBe(1 + 0.5 * (1 + 0.5 * 100));
  });
});
