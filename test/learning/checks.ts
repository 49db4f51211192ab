/** Every learning check, as data. A rule stands before the runs that it judges and is not edited afterwards. */
import { eachAtLeast, FIVE_SEEDS, finalReward, type LearningCheck, meanAtLeast } from "./check.ts";

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

export const checks: readonly LearningCheck[] = [
  identity("discrete", 1200),
  identity("multi-discrete", 1200),
  identity("box", 1200),
  identity("masked", 2048),
  classic("cartpole-ppo", "CartPole-v1", "sanity/cartpole", "ppo", 500_000, 475, "CleanRL 490 ± 6", "one seed"),
  classic("cartpole-dqn", "CartPole-v1", "sanity/cartpole", "dqn", 500_000, 450, "CleanRL 489 ± 16"),
];
