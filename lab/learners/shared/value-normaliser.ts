import type { Stateful } from "./state.ts";

/** Weight of the past in the running means, as the authors' ValueNorm has it. */
const BETA = 0.99999;
/** Least sum of weights by which the running means are divided. */
const LEAST_WEIGHT = 1e-5;
/** Least variance: targets that hardly vary are not blown up. */
const LEAST_VARIANCE = 1e-2;

/**
 * Running mean and standard deviation of value targets, so that a critic learns numbers near 0 and 1 whatever the
 * rewards' scale (van Hasselt et al., 2016; Yu et al., 2022, section 5.1, after the authors' ValueNorm). Both are
 * exponential means m <- beta m + (1 - beta) batch mean with beta = 0.99999, divided by the weights seen so far
 * (debiasing): in a run of usual length, plainly the means over all batches.
 */
export class ValueNormaliser implements Stateful {
  readonly stateSize = 3;
  private runningMean = 0;
  private runningSquare = 0;
  /** Sum of the weights of all batches so far: 1 - beta^batches. */
  private weight = 0;

  get mean(): number {
    return this.runningMean / Math.max(this.weight, LEAST_WEIGHT);
  }

  get deviation(): number {
    const square = this.runningSquare / Math.max(this.weight, LEAST_WEIGHT);
    return Math.sqrt(Math.max(square - this.mean ** 2, LEAST_VARIANCE));
  }

  /** Takes in a batch of value targets. */
  update(targets: Float64Array): void {
    let total = 0;
    let squares = 0;
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i] as number;
      total += target;
      squares += target * target;
    }
    this.runningMean = BETA * this.runningMean + (1 - BETA) * (total / targets.length);
    this.runningSquare = BETA * this.runningSquare + (1 - BETA) * (squares / targets.length);
    this.weight = BETA * this.weight + (1 - BETA);
  }

  /** (x - mean) / deviation of each value, written to `normalised`. */
  normalise(values: Float64Array, normalised: Float64Array): void {
    const { mean, deviation } = this;
    for (let i = 0; i < values.length; i++) normalised[i] = ((values[i] as number) - mean) / deviation;
  }

  /** Undoes {@link normalise} in place: what a critic gave becomes a value in the rewards' scale. */
  restore(values: Float64Array): void {
    const { mean, deviation } = this;
    for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * deviation + mean;
  }

  saveState(out: Float64Array, offset: number): void {
    out[offset] = this.runningMean;
    out[offset + 1] = this.runningSquare;
    out[offset + 2] = this.weight;
  }

  loadState(from: Float64Array, offset: number): void {
    this.runningMean = from[offset] as number;
    this.runningSquare = from[offset + 1] as number;
    this.weight = from[offset + 2] as number;
  }
}
