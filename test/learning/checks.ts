/** Every learning check, as data. A rule stands before the runs that it judges and is not edited afterwards. */
import { eachAtLeast, FIVE_SEEDS, finalReward, type LearningCheck, meanAtLeast, testsPass } from "./check.ts";

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
  classic("cartpole-ppo", "CartPole-v1", "sanity/cartpole", "ppo", 500_000, 475, "CleanRL 490 ± 6", "one seed"),
  classic("cartpole-dqn", "CartPole-v1", "sanity/cartpole", "dqn", 500_000, 450, "CleanRL 489 ± 16"),
];
