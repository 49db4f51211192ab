import { ppo } from "../../../lab/learners/ppo.ts";
import { cartPole } from "../../../lab/scenarios/sanity/cartpole.ts";
import { resolveParameters, TrainingLoop } from "../../../lab/training.ts";
import { openWorkspace } from "../workspace.ts";
import type { Contender } from "./contender.ts";

/** Steps of one training, ours and the peer's. */
export const CARTPOLE_STEPS = 20_480;

/** Stable-Baselines3's defaults for PPO; no evaluation. */
const parameters = resolveParameters(cartPole, ppo, {
  steps: CARTPOLE_STEPS,
  evaluationEvery: 0,
  worlds: 1,
  rolloutSteps: 2048,
  epochs: 10,
  minibatch: 64,
  hidden: "64x64",
  learningRate: 3e-4,
  adamEpsilon: 1e-5,
  gradientNormClip: 0.5,
  clip: 0.2,
  entropyCoefficient: 0,
  valueCoefficient: 0.5,
  gamma: 0.99,
  gaeLambda: 0.95,
});

/** A whole training, from its first allocation; answers the mean length of the last rollout's episodes. */
function train(): number {
  const setting = { scenario: cartPole, learner: ppo, parameters, seed: 1, workspace: openWorkspace() };
  const loop = new TrainingLoop(setting);
  let length = Number.NaN;
  const report = (metric: string, _step: number, value: number) => {
    if (metric === "rollout/episode_length") length = value;
  };
  while (!loop.finished) loop.step(report);
  return length;
}

/** PPO on CartPole, end to end. */
export function cartPoleTraining(): Contender {
  return {
    check: () => [train()],
    time(repeats) {
      const start = performance.now();
      let length = 0;
      for (let i = 0; i < repeats; i++) length = train();
      if (!Number.isFinite(length)) throw new Error("ppo-cartpole: no episode ended in the last rollout");
      return (performance.now() - start) / repeats;
    },
  };
}
