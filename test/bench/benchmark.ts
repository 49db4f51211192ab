/** One row of `npm run bench`. */
export type Benchmark = Measurement | Comparison;

/** What is measured of our own. */
export interface Measurement {
  readonly id: string;
  /** Best of five where a limit is given. */
  readonly value: number;
  readonly unit: string;
  /** The value that is asked for, and on which side of it the measured one must be. */
  readonly atLeast?: number;
  readonly atMost?: number;
  /** The value that is hoped for, on the same side. */
  readonly aim?: number;
}

/** The same work done by us and by a peer, in turns. */
export interface Comparison {
  readonly id: string;
  readonly ours: number;
  /** Null where the peer cannot be had here; `note` says why. */
  readonly peer: number | null;
  readonly unit: string;
  /** How many times faster ours is. */
  readonly ratio: number | null;
  /** Limit and hope of {@link ratio}. */
  readonly atLeast?: number;
  readonly aim?: number;
  /** Who the peer is, and what both were given. */
  readonly against: string;
  readonly note?: string;
}
