import { RandomStream } from "../../random.ts";

export const STATES = 5;
export const ACTIONS = 3;
/** Probability that an episode goes on after a step, whatever was done. */
export const CONTINUE = 0.9;

/** A constrained Markov decision process in tables; entry (s, a) is s x ACTIONS + a. */
export interface ConstrainedMdp {
  /** P(next state | s, a), [STATES x ACTIONS x STATES]. */
  readonly transitions: Float64Array;
  /** Reward of (s, a) in [0, 1]. */
  readonly rewards: Float64Array;
  /** Cost of (s, a) in [0, 1]. */
  readonly costs: Float64Array;
  /** P(first state), [STATES]. */
  readonly start: Float64Array;
}

/** Uniform over all distributions: Dirichlet(1, ..., 1), from normalised exponentials. */
function drawDistribution(stream: RandomStream, out: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = stream.exponential();
    sum += out[i]!;
  }
  for (let i = 0; i < out.length; i++) out[i] = out[i]! / sum;
}

/** The process of that number: the same tables for ever. */
export function constrainedMdpTables(mdp: number): ConstrainedMdp {
  const stream = new RandomStream(mdp, "constrained MDP tables");
  const pairs = STATES * ACTIONS;
  const transitions = new Float64Array(pairs * STATES);
  for (let pair = 0; pair < pairs; pair++) {
    drawDistribution(stream, transitions.subarray(pair * STATES, (pair + 1) * STATES));
  }
  const rewards = Float64Array.from({ length: pairs }, () => stream.uniform());
  const costs = Float64Array.from({ length: pairs }, () => stream.uniform());
  const start = new Float64Array(STATES);
  drawDistribution(stream, start);
  return { transitions, rewards, costs, start };
}
