import { dqn } from "./dqn.ts";
import { hmppo, untrainedPolicy } from "./hmppo.ts";
import { ippo } from "./ippo.ts";
import type { LearnerDefinition } from "./learner.ts";
import { mappo } from "./mappo.ts";
import { ppo } from "./ppo.ts";
import { ppoLagrangian } from "./ppo-lagrangian.ts";
import { recurrentPpo } from "./recurrent-ppo.ts";

export { untrainedPolicy };

/** Every learner of the program. */
export const learners: readonly LearnerDefinition[] = [hmppo, ippo, mappo, ppo, recurrentPpo, ppoLagrangian, dqn];

export function findLearner(id: string): LearnerDefinition | undefined {
  return learners.find((learner) => learner.id === id);
}
