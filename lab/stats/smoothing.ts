/**
 * Debiased exponential moving average: each point is the weighted mean of itself and all points before it, the weight
 * halving every `halfLife` points. Because the weights are divided by their sum, it does not lean towards 0 at the
 * beginning. Values that are not finite stay as they are and count for nothing.
 */
export class MovingAverage {
  private readonly decay: number;
  private sum: number;
  private weight: number;

  /**
   * @param halfLife in points, above 0
   * @param state where another average stopped
   */
  constructor(halfLife: number, state: MovingAverageState = { sum: 0, weight: 0 }) {
    if (!(halfLife > 0)) throw new RangeError(`a half-life above 0, not ${halfLife}`);
    this.decay = 2 ** (-1 / halfLife);
    this.sum = state.sum;
    this.weight = state.weight;
  }

  /** To go on from later. */
  get state(): MovingAverageState {
    return { sum: this.sum, weight: this.weight };
  }

  /** Takes the next value; answers the average up to it. */
  next(value: number): number {
    if (!Number.isFinite(value)) return value;
    this.sum = this.decay * this.sum + (1 - this.decay) * value;
    this.weight = this.decay * this.weight + (1 - this.decay);
    return this.sum / this.weight;
  }

  /** Takes all of the values; answers their averages in a new column. */
  over(values: Float64Array): Float64Array<ArrayBuffer> {
    const result = new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) result[i] = this.next(values[i]!);
    return result;
  }
}

export interface MovingAverageState {
  readonly sum: number;
  readonly weight: number;
}
