import { describe, expect, it } from "vitest";
import { acrobot } from "../../../../lab/scenarios/sanity/acrobot.ts";
import { cartPole, cartPolePositions } from "../../../../lab/scenarios/sanity/cartpole.ts";
import { mountainCar } from "../../../../lab/scenarios/sanity/mountain-car.ts";
import { pendulum } from "../../../../lab/scenarios/sanity/pendulum.ts";
import type { Scenario } from "../../../../lab/scenarios/scenario.ts";
import recordedAcrobot from "../../../fixtures/gymnasium/acrobot.json" with { type: "json" };
import recordedMountainCar from "../../../fixtures/gymnasium/mountain-car.json" with { type: "json" };
import recordedPendulum from "../../../fixtures/gymnasium/pendulum.json" with { type: "json" };
import { largestDifference, scores, seenBy, setState, stateOf, step } from "./support.ts";

/** As recorded by test/fixtures/gymnasium/record.py. */
interface Episode {
  readonly states: number[][];
  readonly actions: number[];
  readonly rewards: number[];
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly lastObservation: number[];
  readonly precision?: string;
}

const recordings: [string, Scenario, Episode[]][] = [
  ["Acrobot", acrobot, recordedAcrobot.episodes],
  ["MountainCar", mountainCar, recordedMountainCar.episodes],
  ["Pendulum", pendulum, recordedPendulum.episodes],
];

describe.each(recordings)("%s against trajectories recorded with Gymnasium", (_, scenario, episodes) => {
  it.each(episodes.map((episode, index) => [index, episode] as const))(
    "moves every step of episode %i to the same state and pays the same",
    (_index, { states, actions, rewards, reward, terminated, truncated, lastObservation, precision }) => {
      // Gymnasium multiplies a float32 action in float32: 24 bits of a torque of at most 2.
      const bound = precision === "float32" ? 1e-7 : 1e-12;
      const numbers = states[0]!.length;
      const world = scenario.create({});
      actions.forEach((action, t) => {
        setState(world, states[t]!);
        step(world, action);
        expect(largestDifference(stateOf(world, numbers), states[t + 1]!)).toBeLessThan(bound);
        expect(Math.abs(world.reward - rewards[t]!)).toBeLessThan(bound);
        const last = t === actions.length - 1;
        expect([world.terminated, world.truncated]).toEqual([last && terminated, last && truncated]);
      });
      const metrics = new Float64Array(1);
      world.readMetrics(metrics);
      expect(Math.abs(metrics[0]! - reward)).toBeLessThan(bound * actions.length);
      expect(largestDifference(seenBy(world), lastObservation)).toBeLessThan(1e-6);
    },
  );
});

describe("Acrobot", () => {
  it("is recorded at the limits of both speeds, at the height, and at the step limit", () => {
    const all = recordedAcrobot.episodes.flatMap(({ states }) => states);
    for (const [i, limit] of [
      [2, 4 * Math.PI],
      [3, 9 * Math.PI],
    ] as const) {
      expect(Math.max(...all.map((state) => Math.abs(state[i]!)))).toBe(limit);
    }
    expect(new Set(recordedAcrobot.episodes.map(({ terminated }) => terminated)).size).toBe(2);
  });

  it("starts uniformly within 0.1 of hanging still", () => {
    expectUniformStart(acrobot, [0.1, 0.1, 0.1, 0.1]);
  });

  it("is solved by pumping energy, and by chance hardly ever", () => {
    expectSameMean(acrobot, "energy", recordedAcrobot.means.energy);
    expect(scores(acrobot, "random", 20).reward!.mean).toBeLessThan(-450);
  });
});

describe("MountainCar", () => {
  it("is recorded at the left end, at the limit of the speed, at the goal, and at the step limit", () => {
    const all = recordedMountainCar.episodes.flatMap(({ states }) => states);
    expect(all.some(([position, velocity]) => position === -1.2 && velocity === 0)).toBe(true);
    expect(all.some(([, velocity]) => velocity === -0.07)).toBe(true);
    expect(new Set(recordedMountainCar.episodes.map(({ terminated }) => terminated)).size).toBe(2);
  });

  it("starts still, uniformly between -0.6 and -0.4", () => {
    const starts = startsOf(mountainCar, 2);
    expect(starts.every(([, velocity]) => velocity === 0)).toBe(true);
    expectUniform(
      starts.map(([position]) => position! + 0.5),
      0.1,
    );
  });

  it("is solved by pumping energy, never by chance", () => {
    expectSameMean(mountainCar, "energy", recordedMountainCar.means.energy);
    expect(Math.max(...scores(mountainCar, "random", 200).reward!.values)).toBe(-200);
  });
});

describe("Pendulum", () => {
  it("is recorded at both limits of the speed, past the limits of the torque, and around", () => {
    const all = recordedPendulum.episodes.flatMap(({ states }) => states);
    expect(Math.max(...all.map(([, speed]) => speed!))).toBe(8);
    expect(Math.min(...all.map(([, speed]) => speed!))).toBe(-8);
    expect(Math.max(...all.map(([angle]) => Math.abs(angle!)))).toBeGreaterThan(4 * Math.PI);
    const actions = recordedPendulum.episodes.flatMap((episode) => episode.actions);
    expect([Math.min(...actions) < -1, Math.max(...actions) > 1]).toEqual([true, true]);
  });

  it("takes the raw action 1 for the whole torque of 2 N m", () => {
    const speedAfter = (action: number) => {
      const world = pendulum.create({});
      setState(world, [0, 0]);
      step(world, action);
      return stateOf(world, 2)[1]!;
    };
    expect(speedAfter(1)).toBeCloseTo(3 * 2 * 0.05, 15);
    expect(speedAfter(7)).toBe(speedAfter(1));
    expect(speedAfter(-0.5)).toBeCloseTo(-speedAfter(1) / 2, 15);
  });

  it("starts anywhere, at up to 1 rad/s", () => {
    expectUniformStart(pendulum, [Math.PI, 1]);
  });

  it("pays the random policy what Gymnasium pays it, -1225 or so", () => {
    expectSameMean(pendulum, "random", recordedPendulum.means.random);
    // The figure of the learning checks; it has an error of its own, which is not known.
    const { mean, standardError } = scores(pendulum, "random", 1000).reward!;
    expect(Math.abs(mean + 1225)).toBeLessThan(4 * standardError);
  });
});

describe("CartPole without velocities", () => {
  it("is CartPole, seen by its positions alone", () => {
    const world = cartPolePositions.create({});
    const whole = cartPole.create({});
    world.reset(5);
    whole.reset(5);
    for (const action of [1, 0, 0, 1, 1]) {
      const [x, , theta] = seenBy(whole);
      expect(seenBy(world)).toEqual([x, theta]);
      step(world, action);
      step(whole, action);
      expect(stateOf(world, world.stateSize)).toEqual(stateOf(whole, whole.stateSize));
    }
  });
});

/** Within four standard errors of the difference. */
function expectSameMean(scenario: Scenario, policy: string, theirs: { mean: number; standardError: number }): void {
  const { mean, standardError } = scores(scenario, policy, 1000).reward!;
  expect(Math.abs(mean - theirs.mean)).toBeLessThan(4 * Math.hypot(standardError, theirs.standardError));
}

function startsOf(scenario: Scenario, numbers: number): number[][] {
  const world = scenario.create({});
  return Array.from({ length: 4000 }, (_, seed) => {
    world.reset(seed);
    return stateOf(world, numbers);
  });
}

function expectUniformStart(scenario: Scenario, ranges: readonly number[]): void {
  const starts = startsOf(scenario, ranges.length);
  ranges.forEach((range, i) => {
    expectUniform(
      starts.map((start) => start[i]!),
      range,
    );
  });
}

/** Within (-range, range), reaching its ends, with a mean within four standard errors of 0. */
function expectUniform(values: readonly number[], range: number): void {
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(range * (1 + 1e-12));
  expect(Math.max(...values)).toBeGreaterThan(0.99 * range);
  expect(Math.min(...values)).toBeLessThan(-0.99 * range);
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(average)).toBeLessThan((4 * range) / Math.sqrt(3 * values.length));
}
