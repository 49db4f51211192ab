/** One row of `npm run bench`. */
export interface Benchmark {
  readonly id: string;
  /** Best of five where a limit is given. */
  readonly value: number;
  readonly unit: string;
  /** The value that is asked for, and on which side of it the measured one must be. */
  readonly atLeast?: number;
  readonly atMost?: number;
}
