import type { RandomStream } from "../../random.ts";
import type { Stateful } from "./state.ts";

/** Counters in a saved state: transitions held, place of the next one. */
const COUNTERS = 2;

/**
 * The last `capacity` transitions (s, a, r, s', terminated, options allowed in s'), a ring in typed arrays. Where an
 * episode was cut off, s' is its last observation and `terminated` is 0, so that its value still counts.
 */
export class ReplayBuffer implements Stateful {
  readonly observations: Float32Array;
  readonly nextObservations: Float32Array;
  readonly actions: Float32Array;
  readonly rewards: Float64Array;
  readonly terminated: Float64Array;
  /** 1 = allowed in s'; empty where nothing is ever forbidden. */
  readonly nextMasks: Float32Array;
  private readonly capacity: number;
  private held = 0;
  private next = 0;

  constructor(capacity: number, observationSize: number, maskSize: number) {
    this.capacity = capacity;
    this.observations = new Float32Array(capacity * observationSize);
    this.nextObservations = new Float32Array(capacity * observationSize);
    this.actions = new Float32Array(capacity);
    this.rewards = new Float64Array(capacity);
    this.terminated = new Float64Array(capacity);
    this.nextMasks = new Float32Array(capacity * maskSize);
  }

  /** Transitions held. */
  get size(): number {
    return this.held;
  }

  /** The place of a new transition, over the oldest one when the buffer is full; the caller writes all its columns. */
  claim(): number {
    const place = this.next;
    this.next = (place + 1) % this.capacity;
    this.held = Math.min(this.held + 1, this.capacity);
    return place;
  }

  /** Fills `places` with places of transitions, drawn uniformly with replacement. */
  sample(places: Int32Array, stream: RandomStream): void {
    for (let i = 0; i < places.length; i++) places[i] = stream.integer(this.held);
  }

  private get columns(): readonly (Float32Array | Float64Array)[] {
    return [this.observations, this.nextObservations, this.actions, this.rewards, this.terminated, this.nextMasks];
  }

  get stateSize(): number {
    return COUNTERS + this.columns.reduce((size, column) => size + column.length, 0);
  }

  saveState(out: Float64Array, offset: number): void {
    out[offset] = this.held;
    out[offset + 1] = this.next;
    let at = offset + COUNTERS;
    for (const column of this.columns) {
      out.set(column, at);
      at += column.length;
    }
  }

  loadState(from: Float64Array, offset: number): void {
    this.held = from[offset] as number;
    this.next = from[offset + 1] as number;
    let at = offset + COUNTERS;
    for (const column of this.columns) {
      column.set(from.subarray(at, at + column.length));
      at += column.length;
    }
  }
}
