import { RANDOM_STATE_SIZE, RandomStream } from "../../random.ts";
import type { AgentSpace, World } from "../scenario.ts";

const PURPOSE = "task";
/** t, reward, sum of rewards, terminated, truncated. */
const SCALARS = 5;

/** What the small tasks share: a vector of numbers that moves, a step limit, the sum of rewards, saving and loading. */
export abstract class TaskWorld implements World {
  abstract readonly agents: readonly AgentSpace[];
  readonly stateSize: number;
  reward = 0;
  terminated = false;
  truncated = false;

  /** All that moves: positions, velocities, the actions chosen for this step. */
  protected readonly state: Float64Array;
  protected readonly stream = new RandomStream(0, PURPOSE);
  /** Steps taken in this episode. */
  protected t = 0;
  protected rewardSum = 0;
  private readonly stepLimit: number;

  /** @param stepLimit steps after which an episode is cut off; Infinity = never */
  constructor(numbers: number, stepLimit: number) {
    this.state = new Float64Array(numbers);
    this.stepLimit = stepLimit;
    this.stateSize = numbers + SCALARS + RANDOM_STATE_SIZE;
  }

  /** Fills the state of a new episode, all 0 before. */
  protected abstract start(): void;
  /** Moves the state by one step and sets `reward` and `terminated`. */
  protected abstract move(): void;
  abstract observe(agent: number, out: Float32Array, offset: number): void;
  abstract act(agent: number, actions: Float32Array, offset: number): void;

  /** 0: no fixed end. */
  get elapsed(): number {
    return 0;
  }

  reset(seed: number): void {
    this.stream.reseed(seed, PURPOSE);
    this.state.fill(0);
    this.t = 0;
    this.reward = 0;
    this.rewardSum = 0;
    this.terminated = false;
    this.truncated = false;
    this.start();
  }

  advance(): void {
    if (this.terminated || this.truncated) throw new Error("the episode is over: reset the world first");
    this.t++;
    this.move();
    this.rewardSum += this.reward;
    this.truncated = !this.terminated && this.t === this.stepLimit;
  }

  readMetrics(out: Float64Array): void {
    out[0] = this.rewardSum;
  }

  /** Layout: state, t, reward, sum of rewards, terminated, truncated, stream. */
  saveState(out: Float64Array, offset: number): void {
    out.set(this.state, offset);
    const at = offset + this.state.length;
    out[at] = this.t;
    out[at + 1] = this.reward;
    out[at + 2] = this.rewardSum;
    out[at + 3] = this.terminated ? 1 : 0;
    out[at + 4] = this.truncated ? 1 : 0;
    this.stream.save(out, at + SCALARS);
  }

  loadState(from: Float64Array, offset: number): void {
    const { state } = this;
    for (let i = 0; i < state.length; i++) state[i] = from[offset + i]!;
    const at = offset + state.length;
    this.t = from[at]!;
    this.reward = from[at + 1]!;
    this.rewardSum = from[at + 2]!;
    this.terminated = from[at + 3] === 1;
    this.truncated = from[at + 4] === 1;
    this.stream.load(from, at + SCALARS);
  }
}
