import type { Stateful } from "./state.ts";

export interface MultiplierOptions {
  /** What the mean cost is to stay at or below. */
  readonly costLimit: number;
  readonly lambdaStart: number;
  readonly lambdaLearningRate: number;
  readonly lambdaMaximum: number;
  readonly lambdaProportional: number;
}

/**
 * The Lagrange multiplier of E[cost] <= limit by projected dual ascent:
 * lambda <- clip(lambda + step (mean cost - limit), 0, maximum). To be moved before the policy that it prices.
 *
 * The price may add a term in proportion to what the limit is exceeded by now (Stooke et al., 2020; the gradient of an
 * augmented Lagrangian): it vanishes where the limit is met, so that lambda is the same, but it answers at once, and so
 * damps the oscillation of the plain method.
 */
export class Multiplier implements Stateful {
  readonly stateSize = 1;
  private readonly options: MultiplierOptions;
  private dual: number;
  private currentPrice: number;

  constructor(options: MultiplierOptions) {
    this.options = options;
    this.dual = Math.min(options.lambdaStart, options.lambdaMaximum);
    this.currentPrice = this.dual;
  }

  get lambda(): number {
    return this.dual;
  }

  /** Price of a unit of cost since the last {@link update}: clip(lambda + proportional (mean cost - limit), 0, maximum). */
  get price(): number {
    return this.currentPrice;
  }

  /** Moves it by what a rollout cost on average. */
  update(meanCost: number): void {
    const { costLimit, lambdaLearningRate, lambdaMaximum, lambdaProportional } = this.options;
    const excess = meanCost - costLimit;
    const clip = (value: number) => Math.min(Math.max(value, 0), lambdaMaximum);
    this.dual = clip(this.dual + lambdaLearningRate * excess);
    this.currentPrice = clip(this.dual + lambdaProportional * excess);
  }

  saveState(out: Float64Array, offset: number): void {
    out[offset] = this.dual;
  }

  loadState(from: Float64Array, offset: number): void {
    this.dual = from[offset] as number;
  }
}
