import { describe, expect, it } from "vitest";
import { playEpisodes } from "../../../lab/evaluation.ts";
import { findLearner, learners, untrainedPolicy } from "../../../lab/learners/registry.ts";
import { defaults } from "../../../lab/parameters.ts";
import { findScenario } from "../../../lab/scenarios/registry.ts";
import type { Policy } from "../../../lab/scenarios/scenario.ts";
import { resolveParameters } from "../../../lab/training.ts";
import { loopOf, play, type Values, wasmWorkspace } from "./support.ts";

const cases: readonly [scenario: string, learner: string, own?: Values][] = [
  ["emulator-tuning", "hmppo"],
  ["emulator-tuning", "ippo"],
  ["sanity/identity-masked", "ppo"],
  ["sanity/identity-box", "ppo"],
  ["sanity/identity-hybrid", "ppo"],
  ["sanity/identity-hybrid", "recurrent-ppo", { chunk: 10, units: 16 }],
];

const common: Values = {
  steps: 800,
  worlds: 4,
  rolloutSteps: 100,
  minibatch: 40,
  learningRate: 3e-3,
  evaluationEvery: 100,
  evaluationEpisodes: 3,
  evaluationSeed: 50,
};

function rewards(scenarioId: string, policy: Policy, parameters: Values = {}, seed = 50): number[] {
  const scenario = findScenario(scenarioId);
  if (!scenario) throw new Error(scenarioId);
  const found: number[] = [];
  const world = scenario.create({ ...defaults(scenario.parameters), ...parameters });
  playEpisodes(scenario, world, policy, seed, 3, (_, metrics) => found.push(metrics[0] as number));
  return found;
}

const mean = (values: readonly number[]) => values.reduce((total, value) => total + value / values.length, 0);

for (const [scenarioId, learnerId, own] of cases) {
  const set = { ...common, ...own };
  describe(`${learnerId} on ${scenarioId}`, () => {
    const scenario = findScenario(scenarioId);
    const learner = findLearner(learnerId);
    if (!scenario || !learner) throw new Error("not registered");
    const loop = loopOf(scenarioId, learnerId, set, 2);
    play(loop);
    const { weights } = loop.save();
    const restore = (sample: boolean) => {
      const parameters = resolveParameters(scenario, learner, set);
      const setting = { scenario, seed: 1, workspace: wasmWorkspace() };
      return learner.restorePolicy(
        { ...setting, scenarioParameters: parameters.scenario, parameters: parameters.learner },
        weights,
        sample,
      );
    };

    it("gives the greedy policy of the training back from its weights alone", () => {
      expect(mean(rewards(scenarioId, restore(false)))).toBeCloseTo(loop.lastEvaluation?.reward as number, 9);
    });

    it("samples actions from the world's seed, the same each time", () => {
      const policy = restore(true);
      const first = rewards(scenarioId, policy);
      expect(rewards(scenarioId, policy)).toEqual(first);
      expect(first).not.toEqual(rewards(scenarioId, restore(false)));
    });

    it("refuses weights that lack a parameter, naming it", () => {
      const [name] = Object.keys(weights) as [string];
      const { [name]: _, ...lacking } = weights;
      const setting = { scenario, seed: 1, workspace: wasmWorkspace() };
      const parameters = {
        scenarioParameters: defaults(scenario.parameters),
        parameters: defaults(learner.parameters),
      };
      expect(() => learner.restorePolicy({ ...setting, ...parameters }, lacking, false)).toThrow(name);
    });
  });
}

describe("the registry", () => {
  it("finds each learner by its id", () => {
    expect(learners.map(({ id }) => id)).toEqual([
      "hmppo",
      "ippo",
      "mappo",
      "ppo",
      "recurrent-ppo",
      "ppo-lagrangian",
      "dqn",
    ]);
    for (const learner of learners) expect(findLearner(learner.id)).toBe(learner);
    expect(findLearner("hmpo")).toBeUndefined();
  });
});

describe("the untrained policy", () => {
  it("is the network of a new HMPPO learner with seed 1", () => {
    const scenario = findScenario("emulator-tuning");
    if (!scenario) throw new Error("not registered");
    const loop = loopOf(scenario, "hmppo", { evaluationEpisodes: 3, evaluationSeed: 50 }, 1);
    const setting = { scenario, scenarioParameters: defaults(scenario.parameters), workspace: wasmWorkspace() };
    expect(mean(rewards("emulator-tuning", untrainedPolicy(setting)))).toBeCloseTo(
      loop.evaluate()?.reward as number,
      9,
    );
  });
});
