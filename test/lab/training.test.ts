import { describe, expect, it } from "vitest";
import { z } from "zod";
import { findLearner, learners } from "../../lab/learners/registry.ts";
import { defaults } from "../../lab/parameters.ts";
import { findScenario, scenarios } from "../../lab/scenarios/registry.ts";
import { ParameterError, parameterNames, resolveParameters, trainingParameters } from "../../lab/training.ts";
import { loopOf, play, type Values } from "./learners/support.ts";

const emulatorTuning = findScenario("emulator-tuning") ?? fail();
const cartpole = findScenario("sanity/cartpole") ?? fail();
const hmppo = findLearner("hmppo") ?? fail();
const ppo = findLearner("ppo") ?? fail();

function fail(): never {
  throw new Error("not registered");
}

function refusal(set: Values): ParameterError {
  try {
    resolveParameters(emulatorTuning, hmppo, set);
  } catch (error) {
    if (error instanceof ParameterError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("the parameters of a run", () => {
  it("are sorted into scenario, learner and training, with every default filled in", () => {
    const found = resolveParameters(emulatorTuning, hmppo, { users: 8, clip: 0.1, steps: 4096 });
    expect(found.scenario).toEqual({ ...defaults(emulatorTuning.parameters), users: 8 });
    expect(found.learner).toEqual({ ...defaults(hmppo.parameters), clip: 0.1 });
    expect(found.training).toEqual({ ...defaults(trainingParameters), steps: 4096 });
  });

  it("may come as text and are read by their schema", () => {
    const set = { users: "6", criticSeesAction1: "false", learningRate: "3e-4", hidden: "32x16", kernels: "plain" };
    const { scenario, learner, training } = resolveParameters(emulatorTuning, hmppo, set);
    expect(scenario.users).toBe(6);
    expect(learner).toMatchObject({ criticSeesAction1: false, learningRate: 3e-4, hidden: "32x16" });
    expect(training.kernels).toBe("plain");
  });

  it("have a name in one schema only, whatever scenario and learner meet", () => {
    for (const scenario of scenarios) {
      for (const learner of learners) {
        const names = parameterNames(scenario, learner);
        expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
      }
    }
  });

  it("all say their title, source, reason, help and group", () => {
    for (const schema of [trainingParameters, ...learners.map((learner) => learner.parameters)]) {
      const described = z.toJSONSchema(schema).properties ?? {};
      expect(Object.keys(described)).toEqual(Object.keys(schema.shape));
      for (const [name, field] of Object.entries(described)) {
        expect(field, name).toMatchObject({ unit: expect.any(String), default: expect.anything() });
        for (const key of ["title", "source", "reason", "help", "group"]) {
          expect(field, name).toHaveProperty(key, expect.stringMatching(/./));
        }
      }
    }
  });

  it("are the printed and assumed constants of the paper's system by default", () => {
    expect(defaults(hmppo.parameters)).toEqual({
      learningRate: 3e-4,
      learningRateSchedule: "constant",
      gamma: 0.99,
      gaeLambda: 0.95,
      clip: 0.2,
      epochs: 10,
      minibatch: 64,
      worlds: 16,
      rolloutSteps: 128,
      entropyCoefficient: 0.01,
      valueCoefficient: 0.5,
      adamEpsilon: 1e-8,
      gradientNormClip: 0,
      hidden: "64x64",
      rewardScale: 0.05,
      logStdStart: 0,
      criticSeesAction1: true,
    });
    expect(defaults(trainingParameters)).toMatchObject({
      steps: 300_000,
      evaluationEvery: 500,
      evaluationEpisodes: 10,
    });
  });
});

describe("a wrong parameter", () => {
  it("is named with all known names when it does not exist", () => {
    const { reason, field, message, known } = refusal({ user: 6 });
    expect({ reason, field, message }).toEqual({
      reason: "unknown",
      field: "user",
      message: 'emulator-tuning/hmppo has no parameter "user"',
    });
    expect(known).toContain("users");
    expect(known).toContain("steps");
  });

  it("is told with its value, range and unit when it is out of range", () => {
    expect(refusal({ users: 0 })).toMatchObject({
      reason: "invalid",
      field: "users",
      message: "users is 0, it has to be a whole number at least 1 and at most 64",
    });
    expect(refusal({ steps: "-3" }).message).toBe(
      "steps is -3, it has to be a whole number at least 1 and at most 10000000000 steps",
    );
    expect(refusal({ learningRate: 0 }).message).toBe(
      "learningRate is 0, it has to be a number greater than 0 and at most 1",
    );
  });

  it("is told when it is of another kind", () => {
    expect(refusal({ users: "six" }).message).toMatch(/^users is "six", it has to be a whole number/);
    expect(refusal({ users: 2.5 }).message).toMatch(/^users is 2.5, it has to be a whole number/);
    expect(refusal({ users: "" }).message).toMatch(/^users is "", it has to be a whole number/);
    expect(refusal({ criticSeesAction1: "no" }).message).toBe('criticSeesAction1 is "no", it has to be true or false');
    expect(refusal({ kernels: "fast" }).message).toBe('kernels is "fast", it has to be one of auto, relaxed, plain');
    expect(refusal({ hidden: "64,64" }).message).toMatch(/^hidden is "64,64", it has to be .*like 64x64/);
  });

  it("is told when several do not fit together", () => {
    expect(refusal({ minibatch: 100 })).toMatchObject({
      field: "minibatch",
      message: "worlds (16) x rolloutSteps (128) = 2048 has to be divisible by minibatch (100)",
    });
    expect(refusal({ dataMin: 500, dataMax: 300 })).toMatchObject({
      field: "",
      message: "dataMin (500) must not be greater than dataMax (300)",
    });
  });

  it("is told when the learner cannot train in the world at all", () => {
    expect(() => resolveParameters(cartpole, hmppo, {})).toThrow(/discrete and then a continuous agent/);
    expect(() => resolveParameters(emulatorTuning, ppo, {})).toThrow(/PPO trains one agent/);
  });
});

describe("a training loop", () => {
  const small = { worlds: 4, rolloutSteps: 30, minibatch: 40, epochs: 1, hidden: "8", users: 2, tasks: 10 };
  const evaluations = (set: Values) => {
    const loop = loopOf("emulator-tuning", "hmppo", { ...small, evaluationEpisodes: 2, ...set }, 1);
    const points = play(loop).filter(({ metric }) => metric === "eval/reward");
    return { loop, steps: points.map(({ step }) => step), values: points.map(({ value }) => value) };
  };

  it("rounds its steps up to whole rollouts", () => {
    expect(evaluations({ steps: 121 }).loop.steps).toBe(240);
    expect(evaluations({ steps: 120 }).loop.steps).toBe(120);
    expect(evaluations({ steps: 120 }).loop.iteration).toBe(1);
  });

  it("evaluates at every multiple before the end and once at the end", () => {
    const { steps, values, loop } = evaluations({ steps: 240, evaluationEvery: 50 });
    expect(steps).toEqual([0, 50, 100, 150, 200, 240]);
    // The weights change at 120 only.
    expect(values[1]).toBe(values[0]);
    expect(values[2]).toBe(values[0]);
    expect(values[3]).not.toBe(values[0]);
    expect(values[4]).toBe(values[3]);
    expect(loop.lastEvaluation).toMatchObject({ step: 240, reward: values[5] });
  });

  it("reports one value a step where a multiple falls on the end of a rollout or of the run", () => {
    const { steps, values } = evaluations({ steps: 240, evaluationEvery: 120 });
    expect(steps).toEqual([0, 120, 240]);
    expect(new Set(values).size).toBe(3);
  });

  it("evaluates at the start and the end only when the interval is longer than the run, never when it is 0", () => {
    expect(evaluations({ steps: 240, evaluationEvery: 1e6 }).steps).toEqual([0, 240]);
    const { steps, loop } = evaluations({ steps: 240, evaluationEvery: 0 });
    expect(steps).toEqual([]);
    expect(loop.lastEvaluation).toBeNull();
    expect(loop.evaluate()).toBeNull();
  });

  it("meets the same evaluation worlds every time and reports every metric of the scenario", () => {
    const loop = loopOf("emulator-tuning", "hmppo", { ...small, steps: 120, evaluationEvery: 500 }, 1);
    const points = play(loop).filter(({ metric, step }) => metric.startsWith("eval/") && step === 0);
    expect(points.map(({ metric }) => metric)).toEqual([
      "eval/reward",
      "eval/delay_minutes",
      "eval/perplexity",
      "eval/switches",
    ]);
    const again = loopOf("emulator-tuning", "hmppo", { ...small, steps: 120, evaluationEvery: 500 }, 1);
    expect(again.evaluate()?.means).toEqual(points.map(({ value }) => value));
  });

  it("evaluates anew after a load, because a fork may be evaluated otherwise", () => {
    const parent = loopOf("emulator-tuning", "hmppo", { ...small, steps: 240, evaluationEpisodes: 2 }, 1);
    play(parent, 1);
    const ofParent = parent.evaluate();
    const fork = loopOf("emulator-tuning", "hmppo", { ...small, steps: 240, evaluationEpisodes: 3 }, 1);
    play(fork, 1);
    expect(fork.evaluate()?.step).toBe(parent.steps);
    fork.load(parent.save());
    expect(fork.lastEvaluation).toEqual(ofParent);
    const ofFork = fork.evaluate();
    expect(ofFork?.reward).not.toBe(ofParent?.reward);
    expect(fork.lastEvaluation).toEqual(ofFork);
  });
});
