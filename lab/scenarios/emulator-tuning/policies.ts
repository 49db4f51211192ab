import { RandomStream } from "../../random.ts";
import type { Policy } from "../scenario.ts";
import { actionOfRetention, perplexityCurve, retentionLevels, retentionOfLevel } from "./formulas.ts";
import type { EmulatorTuningParameters } from "./parameters.ts";
import { CASE_AGENT, EMULATOR_AGENT } from "./world.ts";

/** Both actions uniform: a fair coin for each case, each retention level (or the continuous range) equally likely. */
export function randomPolicy(parameters: EmulatorTuningParameters): Policy {
  const { users } = parameters;
  const levels = retentionLevels(parameters);
  const cases = new Float32Array(users);
  const emulators = new Float32Array(users);
  const stream = new RandomStream(0, "random policy");
  return {
    reset(seed) {
      stream.reseed(seed, "random policy");
    },
    decide(world) {
      for (let n = 0; n < users; n++) {
        cases[n] = stream.integer(2);
        emulators[n] =
          levels === 0
            ? stream.uniform(-1, 1)
            : actionOfRetention(parameters, retentionOfLevel(parameters, stream.integer(levels)));
      }
      world.act(CASE_AGENT, cases, 0);
      world.act(EMULATOR_AGENT, emulators, 0);
    },
  };
}

/** Retention with the least perplexity among those allowed: E = 0.8 under the paper's constants. */
export function bestRetention(parameters: EmulatorTuningParameters): number {
  const { retentionMin, retentionMax, perplexityQuadratic, perplexityLinear } = parameters;
  const candidates: number[] = [];
  for (let level = 0; level < retentionLevels(parameters); level++) {
    candidates.push(retentionOfLevel(parameters, level));
  }
  if (candidates.length === 0) {
    const vertex = -perplexityLinear / (2 * perplexityQuadratic);
    candidates.push(retentionMin, retentionMax);
    if (vertex > retentionMin && vertex < retentionMax) candidates.push(vertex);
  }
  return candidates.reduce((best, next) =>
    perplexityCurve(parameters, next) < perplexityCurve(parameters, best) ? next : best,
  );
}

/**
 * Fixed policy: every user keeps the best emulator; `onServer(n, first)` says whether the server trains user n's task,
 * in the first step and afterwards.
 */
function fixedPolicy(
  parameters: EmulatorTuningParameters,
  onServer: (user: number, first: boolean) => boolean,
): Policy {
  const { users } = parameters;
  const emulators = new Float32Array(users).fill(actionOfRetention(parameters, bestRetention(parameters)));
  const casesWhen = (first: boolean) => Float32Array.from({ length: users }, (_, n) => (onServer(n, first) ? 1 : 0));
  const firstCases = casesWhen(true);
  const laterCases = casesWhen(false);
  return {
    reset() {},
    decide(world) {
      world.act(CASE_AGENT, world.elapsed === 0 ? firstCases : laterCases, 0);
      world.act(EMULATOR_AGENT, emulators, 0);
    },
  };
}

/** Always local with the best retention: one download a user, at step 0. The best policy known, not a proven optimum. */
export function keepBestPolicy(parameters: EmulatorTuningParameters): Policy {
  return fixedPolicy(parameters, () => false);
}

/** As {@link keepBestPolicy}, but half the users start on the server and download at step 1. */
export function keepBestStaggeredPolicy(parameters: EmulatorTuningParameters): Policy {
  return fixedPolicy(parameters, (user, first) => first && user >= parameters.users / 2);
}

/** The server trains every task. */
export function allServerPolicy(parameters: EmulatorTuningParameters): Policy {
  return fixedPolicy(parameters, () => true);
}
