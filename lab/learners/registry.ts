import { hmppo, untrainedPolicy } from "./hmppo.ts";
import { ippo } from "./ippo.ts";
import type { LearnerDefinition } from "./learner.ts";
import { ppo } from "./ppo.ts";

export { untrainedPolicy };

/** Every learner of the program. */
export const learners: readonly LearnerDefinition[] = [hmppo, ippo, ppo];

export function findLearner(id: string): LearnerDefinition | undefined {
  return learners.find((learner) => learner.id === id);
}
