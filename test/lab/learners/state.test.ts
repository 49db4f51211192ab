import { describe, expect, it } from "vitest";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";
import type { TrainingLoop } from "../../../lab/training.ts";
import { tensorflowWorkspace } from "../nn/tensorflow.ts";
import { bytesOf, loopOf, match, type Point, play, type Values, wasmWorkspace } from "./support.ts";

/** Rollouts of 30 steps cut episodes of 50 in the middle. */
const small = { worlds: 4, rolloutSteps: 30, minibatch: 40, epochs: 2, hidden: "16x16", evaluationEvery: 70 };
const long = { ...small, steps: 1e6, evaluationEpisodes: 2 };

/** Updates from the first rollout on, and a buffer that overflows. */
const replay = { ...long, gradientSteps: 3, learningStarts: 0, bufferSize: 200, hidden: "16x16" };
const { epochs: _epochs, ...dqn } = replay;

const cases: readonly [scenario: string, learner: string, set: Values][] = [
  ["emulator-tuning", "hmppo", { ...long, users: 2 }],
  ["emulator-tuning", "hmppo", { ...long, users: 2, criticSeesAction1: false }],
  ["emulator-tuning", "ippo", { ...long, users: 2 }],
  ["sanity/identity-masked", "ppo", long],
  ["sanity/identity-box", "ppo", long],
  ["sanity/cartpole", "ppo", long],
  ["sanity/identity-hybrid", "ppo", long],
  ["sanity/cartpole-positions", "recurrent-ppo", { ...long, chunk: 10, units: 8, cell: "lstm" }],
  ["sanity/identity-hybrid", "recurrent-ppo", { ...long, chunk: 10, units: 8, cell: "gru" }],
  ["sanity/spread", "mappo", long],
  ["sanity/penalty", "mappo", { ...long, share: "none", valueLoss: "squared" }],
  ["sanity/constrained-mdp", "ppo-lagrangian", { ...long, lambdaProportional: 1, entropySchedule: "linear" }],
  ["sanity/cartpole", "dqn", dqn],
  ["sanity/identity-masked", "dqn", { ...dqn, doubleEstimator: true, loss: "huber", targetRate: 0.1 }],
];

/** Everything a run leaves behind, as bytes. */
function contents(loop: TrainingLoop) {
  const { weights, state } = loop.save();
  return { weights: bytesOf(weights), state: bytesOf(state), steps: loop.steps, iteration: loop.iteration };
}

const bits = (points: readonly Point[]) =>
  points.map(({ metric, step, value }) => [metric, step, new BigInt64Array(Float64Array.of(value).buffer)[0]]);

for (const [scenario, learner, set] of cases) {
  const name = `${learner} on ${scenario}${set.criticSeesAction1 === false ? " without action 1 in the critic" : ""}`;
  describe(name, () => {
    it("goes on bit for bit after saving and loading in the middle of episodes", () => {
      const whole = loopOf(scenario, learner, set, 5);
      play(whole, 3);
      const saved = whole.save();
      const reported = play(whole, 3);

      const resumed = loopOf(scenario, learner, set, 99);
      play(resumed, 1);
      resumed.load(saved);
      expect(contents(resumed).steps).toBe(360);
      expect(bits(play(resumed, 3))).toEqual(bits(reported));
      expect(contents(resumed)).toEqual(contents(whole));
      expect(resumed.lastEvaluation).toEqual(whole.lastEvaluation);
    });

    it("gives the same bytes for the same seed and others for another", () => {
      const run = (seed: number) => {
        const loop = loopOf(scenario, learner, set, seed);
        return { points: bits(play(loop, 2)), ...contents(loop) };
      };
      const first = run(7);
      expect(run(7)).toEqual(first);
      expect(run(8).weights).not.toEqual(first.weights);
      expect(run(8).state.worlds).not.toBe(first.state.worlds);
    });
  });
}

describe("an evaluation on demand", () => {
  it("changes nothing in what follows", () => {
    const asked = loopOf("emulator-tuning", "hmppo", { ...long, users: 2 }, 5);
    const left = loopOf("emulator-tuning", "hmppo", { ...long, users: 2 }, 5);
    const points = [asked, left].map((loop) => {
      play(loop, 1);
      if (loop === asked) expect(loop.evaluate()?.step).toBe(120);
      return bits(play(loop, 2));
    });
    expect(points[0]).toEqual(points[1]);
    expect(contents(asked)).toEqual(contents(left));
  });
});

describe("a saved state that does not fit", () => {
  const load = (set: Values, change: (saved: ReturnType<TrainingLoop["save"]>) => ReturnType<TrainingLoop["save"]>) => {
    const saved = loopOf(match, "hmppo", { ...small, steps: 1000 }, 1).save();
    return () => loopOf(match, "hmppo", { ...small, steps: 1000, ...set }, 1).load(change(saved));
  };

  it("is refused for another network, naming the first parameter", () => {
    expect(load({ hidden: "16x8" }, (saved) => saved)).toThrow(/chooser\/actor\/1\/weight/);
  });

  it("is refused for another number of worlds, naming the tensor", () => {
    expect(load({ worlds: 8 }, (saved) => saved)).toThrow(/"worlds" has \d+ numbers, this learner needs \d+/);
  });

  it("is refused when a tensor is missing", () => {
    expect(load({}, ({ weights, state: { actor2: _, ...state } }) => ({ weights, state }))).toThrow(
      /no float64 tensor "actor2"/,
    );
    expect(load({}, ({ weights, state: { "optimiser/hmppo/step": _, ...state } }) => ({ weights, state }))).toThrow(
      /hmppo\/step/,
    );
  });
});

const executors = [
  ["the WASM kernels", wasmWorkspace],
  ["TensorFlow", tensorflowWorkspace],
] as const;

describe.each(executors)("%s and the float64 reference", (_name, open) => {
  for (const [scenario, learner, set] of cases) {
    it(`agree within float32 after one iteration of ${learner} on ${scenario}`, () => {
      const loops = [open(), createReferenceWorkspace()].map((workspace) =>
        loopOf(scenario, learner, set, 3, workspace),
      );
      const [found, reference] = loops.map((loop) => ({ points: play(loop, 1), saved: loop.save() }));
      if (!found || !reference) throw new Error("two loops were made");
      expect(found.points.map(({ metric }) => metric)).toEqual(reference.points.map(({ metric }) => metric));
      reference.points.forEach(({ metric, value }, i) => {
        const got = found.points[i]?.value as number;
        expect(Math.abs(got - value), `${metric}: ${got} and ${value}`).toBeLessThan(1e-4 * (1 + Math.abs(value)));
      });
      for (const [name, { data }] of Object.entries(reference.saved.weights)) {
        data.forEach((value, i) => {
          const got = found.saved.weights[name]?.data[i] as number;
          expect(Math.abs(got - value), `${name}[${i}]: ${got} and ${value}`).toBeLessThan(2e-4);
        });
      }
      for (const [name, { data }] of Object.entries(reference.saved.state)) {
        if (!name.endsWith("/normaliser")) continue;
        data.forEach((value, i) => {
          const got = found.saved.state[name]?.data[i] as number;
          expect(Math.abs(got / value - 1), `${name}[${i}]: ${got} and ${value}`).toBeLessThan(1e-5);
        });
      }
      // The same number of draws: what is left of the state are the random streams.
      const streams = (state: Record<string, string>) =>
        Object.entries(state).filter(
          ([part]) => !/^(optimiser\/|worlds$|evaluation$|(actor|critic)_state$)|\/normaliser$/.test(part),
        );
      const expected = streams(bytesOf(reference.saved.state));
      expect(expected.length).toBeGreaterThan(0);
      expect(streams(bytesOf(found.saved.state))).toEqual(expected);
    });
  }
});
