/** One rollout of W parallel worlds over T steps; every column is step-major: entry (t, w) is at index t W + w. */
export interface AdvantageInput {
  readonly steps: number;
  readonly worlds: number;
  /** R_t [T W]. */
  readonly rewards: ArrayLike<number>;
  /** V(s_t) [T W]. */
  readonly values: ArrayLike<number>;
  /** 1 where the episode ended with this step, whether it terminated or was cut off [T W]. */
  readonly ends: ArrayLike<number>;
  /** Value beyond an episode's end: V(last observation) where it was cut off, 0 where it terminated [T W]. */
  readonly endValues: ArrayLike<number>;
  /** V(s_T), the value beyond the rollout's last step [W]; unused where an episode ended with that step. */
  readonly lastValues: ArrayLike<number>;
  readonly gamma: number;
  readonly lambda: number;
}

/**
 * Generalised advantage estimation (Schulman et al., 2016, eq. 16; HMPPO paper eq. 17 and 18):
 * delta_t = R_t + gamma V(s_{t+1}) - V(s_t) and A_t = delta_t + gamma lambda A_{t+1}, the sum stopping where an episode
 * ends. Writes A to `advantages` and the value targets A + V to `returns`, both [T W].
 */
export function generalisedAdvantages(input: AdvantageInput, advantages: Float64Array, returns: Float64Array): void {
  const { steps, worlds, rewards, values, ends, endValues, lastValues, gamma, lambda } = input;
  for (let w = 0; w < worlds; w++) {
    let nextAdvantage = 0;
    let nextValue = lastValues[w] as number;
    for (let t = steps - 1; t >= 0; t--) {
      const i = t * worlds + w;
      const value = values[i] as number;
      const ended = ends[i] === 1;
      const delta = (rewards[i] as number) + gamma * (ended ? (endValues[i] as number) : nextValue) - value;
      nextAdvantage = ended ? delta : delta + gamma * lambda * nextAdvantage;
      nextValue = value;
      advantages[i] = nextAdvantage;
      returns[i] = nextAdvantage + value;
    }
  }
}

/**
 * 1 - Var(target - V) / Var(target), where target - V is the advantage: 1 = perfect, 0 = no better than a constant, or
 * the targets do not vary.
 */
export function explainedVariance(returns: Float64Array, advantages: Float64Array): number {
  const total = variance(returns);
  return total === 0 ? 0 : 1 - variance(advantages) / total;
}

function variance(values: Float64Array): number {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i] as number;
  mean /= values.length;
  let total = 0;
  for (let i = 0; i < values.length; i++) total += ((values[i] as number) - mean) ** 2;
  return total / values.length;
}
