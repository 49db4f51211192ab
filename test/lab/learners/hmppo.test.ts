import { describe, expect, it } from "vitest";
import { hmppo } from "../../../lab/learners/hmppo.ts";
import { trainingSeed, WorldSet } from "../../../lab/learners/shared/worlds.ts";
import { RANDOM_STATE_SIZE, RandomStream } from "../../../lab/random.ts";
import { emulatorTuning } from "../../../lab/scenarios/emulator-tuning/index.ts";
import { identityDiscrete } from "../../../lab/scenarios/sanity/identity.ts";
import type { Scenario } from "../../../lab/scenarios/scenario.ts";
import { loopOf, match, play } from "./support.ts";

const learning = {
  steps: 4096,
  worlds: 8,
  rolloutSteps: 32,
  minibatch: 64,
  hidden: "16",
  learningRate: 3e-3,
  rewardScale: 1,
  gamma: 0.9,
  evaluationEvery: 4096,
};

const bestReturn = 20;

describe("two agents, of which the second sees what the first chose, learn the known answer", () => {
  for (const seed of [1, 2, 3]) {
    for (const [learner, set] of [
      ["hmppo", { criticSeesAction1: false }],
      ["hmppo", { criticSeesAction1: true }],
      ["ippo", {}],
    ] as const) {
      it(`${learner} ${JSON.stringify(set)}, seed ${seed}`, () => {
        const loop = loopOf(match, learner, { ...learning, ...set }, seed);
        play(loop);
        expect(loop.lastEvaluation?.reward).toBeGreaterThanOrEqual(0.9 * bestReturn);
      });
    }
  }
});

describe("HMPPO", () => {
  const shapeOf = (name: string, set: Record<string, boolean>) =>
    loopOf("emulator-tuning", "hmppo", { ...set, evaluationEvery: 0 }, 1).save().weights[name]?.shape;

  it("has one critic on the agents' observations and t/T, with or without the action of agent 1", () => {
    // s1: gain, c, D, cached E; s2: cached E, z, c; six users each.
    expect(shapeOf("critic/0/weight", { criticSeesAction1: true })).toEqual([6 * 7 + 1, 64]);
    expect(shapeOf("critic/0/weight", { criticSeesAction1: false })).toEqual([6 * 6 + 1, 64]);
  });

  it("gives the time to the critic alone", () => {
    expect(shapeOf("case/actor/0/weight", {})).toEqual([24, 64]);
    expect(shapeOf("emulator/actor/0/weight", {})).toEqual([18, 64]);
    expect(shapeOf("case/actor/2/weight", {})).toEqual([64, 12]);
    expect(shapeOf("emulator/actor/log_std", {})).toEqual([6]);
  });

  it("reports the actors' terms under their names and the critic's once", () => {
    const set = { steps: 200, worlds: 4, rolloutSteps: 50, minibatch: 50, epochs: 1, hidden: "8", evaluationEvery: 0 };
    const names = play(loopOf("emulator-tuning", "hmppo", set, 1)).map(({ metric }) => metric);
    const actor = ["policy_loss", "entropy", "approx_kl", "clip_fraction"];
    expect(names).toEqual([
      ...["reward", "delay_minutes", "perplexity", "switches", "episode_length"].map((name) => `rollout/${name}`),
      ...actor.map((name) => `train/case/${name}`),
      ...actor.map((name) => `train/emulator/${name}`),
      ...["value_loss", "gradient_norm", "explained_variance", "learning_rate"].map((name) => `train/${name}`),
    ]);
  });

  it("reports rewards unscaled, while the critic learns scaled ones", () => {
    const set = { steps: 200, worlds: 4, rolloutSteps: 50, minibatch: 50, epochs: 1, hidden: "8", evaluationEvery: 0 };
    const at = (rewardScale: number, metric: string) =>
      play(loopOf("emulator-tuning", "hmppo", { ...set, rewardScale }, 1)).find((point) => point.metric === metric)
        ?.value as number;
    expect(at(0.05, "rollout/reward")).toBe(at(1, "rollout/reward"));
    expect(at(1, "train/value_loss")).toBeGreaterThan(100 * at(0.05, "train/value_loss"));
  });

  it("draws a fresh action 1 for the value beyond a rollout, and leaves no trace of it in the worlds", () => {
    for (const [learner, part, drawn] of [
      ["hmppo", "actor1", 0],
      ["ippo", "chooser", RANDOM_STATE_SIZE],
    ] as const) {
      const set = { ...learning, steps: 256, evaluationEvery: 0 };
      const loop = loopOf(match, learner, set, 4);
      const points = play(loop, 1);
      // One draw a world and step, and one more a world beyond the last step.
      const expected = new RandomStream(4, "actions of chooser");
      for (let i = 0; i < set.worlds * (set.rolloutSteps + 1); i++) expected.uint32();
      const state = new Float64Array(RANDOM_STATE_SIZE);
      expected.save(state, 0);
      expect(loop.save().state[part]?.data.slice(drawn)).toEqual(state);
      // Two agents act once a step each in the episode of 20 steps that ended with this rollout ...
      expect(points.find(({ metric }) => metric === "rollout/acts")?.value).toBe(40);
      // ... and in the one that went on beyond it.
      const later = play(loopOf(match, learner, { ...set, steps: 512 }, 4));
      expect(later.filter(({ metric }) => metric === "rollout/acts").map(({ value }) => value)).toEqual([40, 40]);
    }
  });

  it("limits the gradient norm where asked to", () => {
    const set = { ...learning, steps: 256, epochs: 1, evaluationEvery: 0 };
    const weights = (gradientNormClip: number) =>
      loopAfterOne({ ...set, gradientNormClip }).save().weights["critic/0/weight"]?.data;
    // A limit that is never met changes nothing; a tight one does, because Adam's epsilon then matters.
    expect(weights(1e6)).toEqual(weights(0));
    expect(weights(1e-9)).not.toEqual(weights(0));
  });

  it("fits worlds with a discrete and then a continuous agent only", () => {
    expect(hmppo.unfit(emulatorTuning.create({}))).toBeUndefined();
    expect(hmppo.unfit(identityDiscrete.create({}))).toBe(
      "HMPPO trains a discrete and then a continuous agent, this world has: discrete",
    );
  });

  function loopAfterOne(set: Parameters<typeof loopOf>[2]) {
    const loop = loopOf(match, "hmppo", set, 1);
    play(loop, 1);
    return loop;
  }
});

describe("training worlds", () => {
  it("never meet the seed of an evaluation", () => {
    const stream = new RandomStream(1, "training worlds");
    const seeds = Array.from({ length: 10_000 }, () => trainingSeed(stream));
    expect(Math.min(...seeds)).toBeGreaterThanOrEqual(2 ** 32);
    expect(seeds.every(Number.isSafeInteger)).toBe(true);
    expect(new Set(seeds).size).toBe(seeds.length);
  });

  it("give every episode a seed of its own, the same for each learner with the same run seed", () => {
    const seedsOf = (learner: string) => {
      const seeds: number[] = [];
      const watched: Scenario = {
        ...match,
        create(parameters) {
          const world = match.create(parameters);
          const reset = world.reset.bind(world);
          world.reset = (seed) => {
            seeds.push(seed);
            reset(seed);
          };
          return world;
        },
      };
      play(loopOf(watched, learner, { ...learning, steps: 512, evaluationEvery: 0 }, 3));
      return seeds;
    };
    const seeds = seedsOf("hmppo");
    // 8 worlds play 64 steps, episodes of 20: 8 at the start and 3 new ones each.
    expect(seeds.length).toBe(8 * 4);
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(seedsOf("ippo")).toEqual(seeds);
  });

  it("are put back as they were after actions were tried in them", () => {
    const set = new WorldSet({ scenario: match, scenarioParameters: {}, seed: 1 }, 3, 4, 1);
    const state = () => {
      const out = new Float64Array(set.stateSize);
      set.saveState(out, 0);
      return out;
    };
    set.begin();
    const before = state();
    set.suspend();
    for (const world of set.worlds) world.act(0, Float32Array.of(1), 0);
    expect(state()).not.toEqual(before);
    set.resume();
    expect(state()).toEqual(before);
  });
});
