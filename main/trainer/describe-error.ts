import { TrainingDiverged } from "../../lab/learners/learner.ts";
import { UserError } from "../platform/user-error.ts";

/** An error as a journal or an evaluation's folder keeps it. */
export function describeError(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof UserError) return { code: error.code, message: error.message, hint: error.hint };
  if (error instanceof TrainingDiverged) {
    return {
      code: "training-diverged",
      message: `Training diverged: ${error.message}.`,
      hint: "Its checkpoints are kept: fork from one with a smaller learningRate or a gradientNormClip, or evaluate it.",
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal-error", message: `A bug in Edgeloom: ${message}`, hint: "The run's log has the details." };
}
