import { TrainingDiverged } from "../../lab/learners/learner.ts";
import { WorkspaceFull } from "../../lab/nn/wasm/arena.ts";
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
  if (error instanceof WorkspaceFull) {
    return {
      code: "networks-too-large",
      message: "The networks and their minibatches need more memory than the 1 GiB that a run has for them.",
      hint: "Take fewer or narrower hidden layers or a smaller minibatch, or another device for wide networks.",
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal-error", message: `A bug in Edgeloom: ${message}`, hint: "The run's log has the details." };
}
