import { z } from "zod";
import { parameter } from "../../parameters.ts";

/** Names of the parameters that all learners of the PPO family share. */
export type PpoField =
  | "learningRate"
  | "gamma"
  | "gaeLambda"
  | "clip"
  | "epochs"
  | "minibatch"
  | "worlds"
  | "rolloutSteps"
  | "entropyCoefficient"
  | "valueCoefficient"
  | "adamEpsilon"
  | "gradientNormClip"
  | "rewardScale"
  | "logStdStart";

/** A default and the reason for it; none of them is printed in a paper. */
export type PpoDefaults = Readonly<Record<PpoField, readonly [value: number, reason: string]>> & {
  readonly hidden: readonly [value: string, reason: string];
};

/** What HMPPO and its baseline IPPO use where the paper prints nothing. */
export const hmppoDefaults: PpoDefaults = {
  learningRate: [3e-4, "not printed; Stable-Baselines3's default"],
  gamma: [0.99, "not printed; the usual value"],
  gaeLambda: [0.95, "not printed; the usual value"],
  clip: [0.2, "not printed (epsilon in eq. 21); the usual value"],
  epochs: [10, "not printed; Stable-Baselines3's default"],
  minibatch: [64, "not printed; Stable-Baselines3's default"],
  worlds: [16, "not printed; 16 x 128 steps make the usual rollout of 2048"],
  rolloutSteps: [128, "not printed; 16 x 128 steps make the usual rollout of 2048"],
  entropyCoefficient: [0.01, "not printed; the usual value for discrete actions"],
  valueCoefficient: [0.5, "not printed; the usual value"],
  adamEpsilon: [1e-8, "not printed; Adam's own default"],
  gradientNormClip: [0, "not printed; no limit"],
  hidden: ["64x64", "not printed; the usual small network"],
  rewardScale: [0.05, "measured: without it the critic's targets near -80 are out of reach and nothing is learned"],
  logStdStart: [0, "not printed; the usual value"],
};

/** The fields of a PPO learner's parameter schema, with the learner's own defaults. */
export function ppoParameterFields(defaults: PpoDefaults) {
  const about = (name: keyof PpoDefaults, group: string, title: string, unit: string, help: string) => ({
    title,
    unit,
    source: "assumed" as const,
    reason: defaults[name][1],
    help,
    group,
  });
  const d = <F extends PpoField>(name: F) => defaults[name][0];
  return {
    learningRate: parameter(
      z.number().positive().max(1).default(d("learningRate")),
      about("learningRate", "Optimiser", "Learning rate", "", "Step size of Adam."),
    ),
    learningRateSchedule: parameter(z.enum(["constant", "linear"]).default("constant"), {
      title: "Learning-rate schedule",
      unit: "",
      source: "assumed",
      reason: "Stable-Baselines3 keeps it constant, CleanRL anneals it linearly",
      help: "linear: from the learning rate in the first update to 0 at the planned training steps.",
      group: "Optimiser",
    }),
    gamma: parameter(
      z.number().min(0).max(1).default(d("gamma")),
      about("gamma", "Returns", "Discount", "", "Weight of a reward one step later."),
    ),
    gaeLambda: parameter(
      z.number().min(0).max(1).default(d("gaeLambda")),
      about("gaeLambda", "Returns", "GAE lambda", "", "0 = one-step advantages, 1 = Monte Carlo advantages."),
    ),
    clip: parameter(
      z.number().positive().max(10).default(d("clip")),
      about("clip", "Loss", "Ratio clip", "", "The probability ratio is clipped to 1 - clip .. 1 + clip."),
    ),
    epochs: parameter(
      z.number().int().min(1).max(1000).default(d("epochs")),
      about("epochs", "Batches", "Epochs", "", "Passes over each rollout."),
    ),
    minibatch: parameter(
      z.number().int().min(2).max(1_048_576).default(d("minibatch")),
      about("minibatch", "Batches", "Minibatch", "steps", "Has to divide worlds x rolloutSteps."),
    ),
    worlds: parameter(
      z.number().int().min(1).max(4096).default(d("worlds")),
      about("worlds", "Batches", "Parallel worlds", "", "Worlds stepped side by side in a rollout."),
    ),
    rolloutSteps: parameter(
      z.number().int().min(1).max(1_048_576).default(d("rolloutSteps")),
      about("rolloutSteps", "Batches", "Rollout length", "steps", "Steps of each world between two updates."),
    ),
    entropyCoefficient: parameter(
      z.number().min(0).max(10).default(d("entropyCoefficient")),
      about("entropyCoefficient", "Loss", "Entropy coefficient", "", "Bonus for a policy that stays random."),
    ),
    valueCoefficient: parameter(
      z.number().positive().max(100).default(d("valueCoefficient")),
      about("valueCoefficient", "Loss", "Value coefficient", "", "Weight of the critic's mean squared error."),
    ),
    adamEpsilon: parameter(
      z.number().positive().max(1).default(d("adamEpsilon")),
      about("adamEpsilon", "Optimiser", "Adam epsilon", "", "Added to the root of the second moment."),
    ),
    gradientNormClip: parameter(
      z.number().min(0).max(1e6).default(d("gradientNormClip")),
      about("gradientNormClip", "Optimiser", "Gradient norm limit", "", "Largest global gradient norm; 0 = no limit."),
    ),
    hidden: parameter(
      z
        .string()
        .regex(/^[1-9]\d{0,3}(x[1-9]\d{0,3}){0,7}$/, "hidden widths are written like 64x64 (1 to 8 layers)")
        .default(defaults.hidden[0]),
      about("hidden", "Networks", "Hidden layers", "", "Widths of the tanh layers of every network, like 64x64."),
    ),
    rewardScale: parameter(
      z.number().positive().max(1e6).default(d("rewardScale")),
      about("rewardScale", "Returns", "Reward scale", "", "Rewards are multiplied by this inside the learner only."),
    ),
    logStdStart: parameter(
      z.number().min(-10).max(2).default(d("logStdStart")),
      about("logStdStart", "Networks", "Initial log-std", "", "Of every Gaussian action; it is learned afterwards."),
    ),
  };
}

export type PpoValues = z.output<z.ZodObject<ReturnType<typeof ppoParameterFields>>>;

interface BatchFields {
  readonly worlds: number;
  readonly rolloutSteps: number;
  readonly minibatch: number;
}

/** What is wrong with the batch sizes, undefined when nothing is. */
export function batchFault({ worlds, rolloutSteps, minibatch }: BatchFields): string | undefined {
  const rollout = worlds * rolloutSteps;
  if (rollout % minibatch === 0) return undefined;
  return `worlds (${worlds}) x rolloutSteps (${rolloutSteps}) = ${rollout} has to be divisible by minibatch (${minibatch})`;
}

/** Schema-level form of {@link checkBatches}: reports the fault at `minibatch`. */
export function refineBatches(values: BatchFields, context: z.core.$RefinementCtx): void {
  const message = batchFault(values);
  if (message !== undefined) context.addIssue({ code: "custom", path: ["minibatch"], message });
}

/** @throws RangeError naming the fields when the rollout cannot be cut into whole minibatches. */
export function checkBatches(values: BatchFields): void {
  const message = batchFault(values);
  if (message !== undefined) throw new RangeError(message);
}
