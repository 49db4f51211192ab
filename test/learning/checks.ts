/** Every learning check, as data. A rule stands before the runs that it judges and is not edited afterwards. */
import type { StoredTensor } from "../../lab/tensors.ts";
import type { TrainingLoop } from "../../lab/training.ts";
import {
  eachAtLeast,
  FIVE_SEEDS,
  finalReward,
  judge,
  type LearningCheck,
  meanAtLeast,
  testsPass,
  train,
} from "./check.ts";
import { bandit, mdps } from "./constrained.ts";

function identity(kind: string, steps: number, set = {}): LearningCheck {
  const scenario = `sanity/identity-${kind}`;
  return {
    id: `identity-${kind}`,
    task: `identity, ${kind}`,
    learner: "ppo",
    rule: "each seed at least 90 of 100",
    reference: "",
    steps,
    seeds: FIVE_SEEDS,
    fast: "all seeds",
    run: finalReward({ scenario, learner: "ppo", steps, set }),
    passes: eachAtLeast(90),
  };
}

/** Learner, world, steps, and a mean that the seeds' mean has to reach. */
function classic(
  id: string,
  task: string,
  scenario: string,
  learner: string,
  steps: number,
  least: number,
  reference: string,
  fast?: LearningCheck["fast"],
): LearningCheck {
  return {
    id,
    task,
    learner,
    rule: `mean at least ${least}`,
    reference,
    steps,
    seeds: FIVE_SEEDS,
    ...(fast === undefined ? {} : { fast }),
    run: finalReward({ scenario, learner, steps }),
    passes: meanAtLeast(least),
  };
}

/** Both agents choose the first option, which pays 11, with a probability of 95%. */
function startAtOptimum(loop: TrainingLoop): void {
  const saved = loop.save();
  const bias = saved.weights["player/actor/2/bias"] as StoredTensor;
  bias.data.set([Math.log(38), 0, 0]);
  loop.load(saved);
}

const MATRIX_GAME_STEPS = 250_000;

/** A repeated matrix game, judged by its payoff a step, which greedy agents make exact. */
function matrixGame(
  id: string,
  task: string,
  scenario: string,
  payoff: number,
  rule: string,
  set: Readonly<Record<string, number>>,
  prepare?: (loop: TrainingLoop) => void,
): LearningCheck {
  const training = { scenario: `sanity/${scenario}`, learner: "mappo", steps: MATRIX_GAME_STEPS, set };
  return {
    id,
    task,
    learner: "mappo",
    rule,
    reference: "",
    steps: MATRIX_GAME_STEPS,
    seeds: FIVE_SEEDS,
    run(seed) {
      const { reward_per_step: value } = judge(train(training, seed, prepare));
      return { value: value as number, details: {} };
    },
    passes: (outcomes) => outcomes.every(({ value }) => Math.abs(value - payoff) < 1e-9),
  };
}

/** Known answers of single parts, as test files; no training. */
function parts(id: string, task: string, rule: string, files: readonly string[]): LearningCheck {
  return {
    id,
    task,
    learner: "any",
    rule,
    reference: "",
    steps: 0,
    seeds: [1],
    run: testsPass(files),
    passes: eachAtLeast(1),
  };
}

export const checks: readonly LearningCheck[] = [
  parts("gradients", "every op and loss", "float64 within 1e-6 of finite differences; each mutated op is caught", [
    "test/lab/nn/reference.test.ts",
  ]),
  parts("executors", "every op, both kernel builds", "within 5e-6 of the float64 reference", [
    "test/lab/nn/wasm.test.ts",
  ]),
  parts("gae", "GAE", "the closed form for lambda 0.9 and 1, gamma 0.99 and 1", ["test/lab/learners/gae.test.ts"]),
  identity("discrete", 1200),
  identity("multi-discrete", 1200),
  identity("box", 1200),
  identity("masked", 2048),
  identity("hybrid", 1200),
  classic("cartpole-ppo", "CartPole-v1", "sanity/cartpole", "ppo", 500_000, 475, "CleanRL 490 ± 6", "one seed"),
  classic("cartpole-dqn", "CartPole-v1", "sanity/cartpole", "dqn", 500_000, 450, "CleanRL 489 ± 16"),
  classic("acrobot-ppo", "Acrobot-v1", "sanity/acrobot", "ppo", 500_000, -95, "CleanRL -86 ± 1.3"),
  {
    ...classic("mountain-car-ppo", "MountainCar-v0", "sanity/mountain-car", "ppo", 500_000, -200, "CleanRL -200"),
    rule: "-200 for every seed: a negative control, nothing may succeed without shaping",
    passes: (outcomes) => outcomes.every(({ value }) => value === -200),
  },
  classic("pendulum-ppo", "Pendulum-v1", "sanity/pendulum", "ppo", 100_000, -250, "RL Zoo -172 ± 104, random -1225"),
  classic(
    "cartpole-positions-recurrent-ppo",
    "CartPole without velocities",
    "sanity/cartpole-positions",
    "recurrent-ppo",
    200_000,
    450,
    "RL Zoo 500 at 100,000",
  ),
  {
    ...classic("recall-recurrent-ppo", "recall of 4 cues", "sanity/recall", "recurrent-ppo", 50_000, 0.9, "guess 0.25"),
    rule: "each seed at least 0.9",
    passes: eachAtLeast(0.9),
  },
  matrixGame(
    "climbing-mappo",
    "climbing game",
    "climbing",
    7,
    "the trap, 7 a step, for every seed: a negative control",
    {},
  ),
  matrixGame(
    "climbing-optimal-start-mappo",
    "climbing game from 95% on the optimum",
    "climbing",
    11,
    "stays at 11 a step for every seed",
    {},
    startAtOptimum,
  ),
  matrixGame("penalty-0-mappo", "penalty game, k = 0", "penalty", 10, "10 a step for every seed", { k: 0 }),
  matrixGame("penalty-100-mappo", "penalty game, k = -100", "penalty", 2, "2 a step for every seed", { k: -100 }),
  classic(
    "spread-mappo",
    "simple_spread, N = 3",
    "sanity/spread",
    "mappo",
    1_000_000,
    -20,
    "random -26.5, scripted -9.9",
  ),
  {
    id: "constrained-bandit",
    task: "constrained bandit, largest distance from the optimal mixture",
    learner: "ppo-lagrangian",
    rule: "each seed within 0.03 of (1/6, 5/6, 0), lambda within 10% of 2/3",
    reference: "exact",
    steps: 102_400,
    seeds: FIVE_SEEDS,
    fast: "one seed",
    run: bandit(102_400),
    passes: (outcomes) =>
      outcomes.every(({ value, details }) => value <= 0.03 && Math.abs((details.lambdaRatio as number) - 1) <= 0.1),
  },
  {
    id: "constrained-mdps",
    task: "10 random constrained MDPs, lowest reward over the linear program's",
    learner: "ppo-lagrangian",
    rule: "each seed at least 0.97 in every process, cost at most 1.02 of the limit",
    reference: "exact",
    steps: 819_200,
    seeds: FIVE_SEEDS,
    run: mdps(819_200),
    passes: (outcomes) =>
      outcomes.every(({ value, details }) => value >= 0.97 && (details.costOverLimit as number) <= 1.02),
  },
];
