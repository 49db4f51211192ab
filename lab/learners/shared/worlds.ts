import { RANDOM_STATE_SIZE, RandomStream } from "../../random.ts";
import type { AgentSpace, World } from "../../scenarios/scenario.ts";
import type { LearnerSetting, Report, WorldObserver } from "../learner.ts";
import type { Stateful } from "./state.ts";

/** World seeds below this are left to evaluations; training episodes meet seeds from here on only. */
export const FIRST_TRAINING_SEED = 2 ** 32;

/** The next training episode's world seed: 52 random bits, never below {@link FIRST_TRAINING_SEED}. */
export function trainingSeed(stream: RandomStream): number {
  const high = 1 + (stream.uint32() % (2 ** 20 - 1));
  return high * 2 ** 32 + stream.uint32();
}

/**
 * The parallel worlds of one rollout: their rewards and episode ends, a new episode wherever one ended, and the means
 * over the episodes that finished. Columns are step-major: step t of world w is row t W + w.
 */
export class WorldSet implements Stateful {
  readonly agents: readonly AgentSpace[];
  readonly worlds: readonly World[];
  /** Steps T of a rollout. */
  readonly rolloutSteps: number;
  /** Scaled rewards [T W]. */
  readonly rewards: Float64Array;
  /** True where each agent has a reward of its own. */
  readonly rewardsDiffer: boolean;
  /** Each agent's scaled rewards [T W]: its own where the world tells them apart, else {@link rewards} for all. */
  readonly agentRewards: readonly Float64Array[];
  /** Costs, as they are [T W]; empty where the world has none. */
  readonly costs: Float64Array;
  /** 1 where an episode ended with this step [T W]. */
  readonly ends: Uint8Array;
  /** 1 for every world: "all of them" [W]. */
  readonly all: Uint8Array;
  /** 1 for the worlds whose episode was cut off by the last {@link advance} [W]. */
  readonly truncated: Uint8Array;
  /** Sees the first world after each of its steps and at the beginning of each of its episodes; usually nobody does. */
  observer: WorldObserver | undefined;
  /** Environment steps so far, over all worlds. */
  steps = 0;
  /** Rollouts begun so far: the number of the present one, from 1. */
  rollouts = 0;

  private readonly metricIds: readonly string[];
  private readonly rewardScale: number;
  private readonly seeds: RandomStream;
  /** Steps of the running episode [W]. */
  private readonly lengths: Float64Array;
  /** Sums over the episodes finished in this rollout, and how many they are. */
  private readonly metricSums: Float64Array;
  private readonly metrics: Float64Array;
  private lengthSum = 0;
  private episodes = 0;
  /** World states while {@link suspend}ed [W stateSize]. */
  private readonly suspended: Float64Array;
  private readonly worldStateSize: number;

  constructor(
    { scenario, scenarioParameters, seed }: Pick<LearnerSetting, "scenario" | "scenarioParameters" | "seed">,
    count: number,
    rolloutSteps: number,
    rewardScale: number,
  ) {
    this.worlds = Array.from({ length: count }, () => scenario.create(scenarioParameters));
    const first = this.worlds[0] as World;
    this.agents = first.agents;
    this.rolloutSteps = rolloutSteps;
    this.rewardScale = rewardScale;
    this.rewards = new Float64Array(rolloutSteps * count);
    this.rewardsDiffer = first.agentReward !== undefined;
    const own = () => (this.rewardsDiffer ? new Float64Array(rolloutSteps * count) : this.rewards);
    this.agentRewards = first.agents.map(own);
    this.costs = new Float64Array(first.cost === undefined ? 0 : rolloutSteps * count);
    this.ends = new Uint8Array(rolloutSteps * count);
    this.all = new Uint8Array(count).fill(1);
    this.truncated = new Uint8Array(count);
    this.metricIds = scenario.metrics.map((metric) => `rollout/${metric.id}`);
    this.metricSums = new Float64Array(scenario.metrics.length);
    this.metrics = new Float64Array(scenario.metrics.length);
    this.lengths = new Float64Array(count);
    this.worldStateSize = first.stateSize;
    this.suspended = new Float64Array(count * first.stateSize);
    this.seeds = new RandomStream(seed, "training worlds");
    for (const world of this.worlds) world.reset(trainingSeed(this.seeds));
  }

  get count(): number {
    return this.worlds.length;
  }

  /** Starts a rollout and its statistics. */
  begin(): void {
    this.rollouts++;
    this.metricSums.fill(0);
    this.lengthSum = 0;
    this.episodes = 0;
  }

  /** Moves all worlds by one step, the rollout's step t. True when an episode was cut off: see {@link truncated}. */
  advance(t: number): boolean {
    let cutOff = false;
    for (let w = 0; w < this.worlds.length; w++) {
      const world = this.worlds[w] as World;
      const row = t * this.worlds.length + w;
      world.advance();
      const truncated = world.truncated && !world.terminated;
      this.rewards[row] = world.reward * this.rewardScale;
      if (world.agentReward) {
        for (let k = 0; k < this.agentRewards.length; k++) {
          (this.agentRewards[k] as Float64Array)[row] = world.agentReward(k) * this.rewardScale;
        }
      }
      if (world.cost !== undefined) this.costs[row] = world.cost;
      this.ends[row] = truncated || world.terminated ? 1 : 0;
      this.truncated[w] = truncated ? 1 : 0;
      this.lengths[w] = (this.lengths[w] as number) + 1;
      cutOff ||= truncated;
    }
    this.steps += this.worlds.length;
    this.observer?.(this.worlds[0] as World, this.steps);
    return cutOff;
  }

  /** Starts a new episode in the worlds whose episode ended with the rollout's step t. */
  restart(t: number): void {
    for (let w = 0; w < this.worlds.length; w++) {
      if (this.ends[t * this.worlds.length + w] === 0) continue;
      const world = this.worlds[w] as World;
      world.readMetrics(this.metrics);
      for (let i = 0; i < this.metrics.length; i++) {
        this.metricSums[i] = (this.metricSums[i] as number) + (this.metrics[i] as number);
      }
      this.lengthSum += this.lengths[w] as number;
      this.episodes++;
      this.lengths[w] = 0;
      world.reset(trainingSeed(this.seeds));
      if (w === 0) this.observer?.(world, this.steps);
    }
  }

  /** Means over the episodes that finished in this rollout; nothing when none did. */
  report(report: Report): void {
    if (this.episodes === 0) return;
    for (let i = 0; i < this.metricIds.length; i++) {
      report(this.metricIds[i] as string, (this.metricSums[i] as number) / this.episodes);
    }
    report("rollout/episode_length", this.lengthSum / this.episodes);
  }

  /** Remembers the worlds as they are, so that actions can be tried that {@link resume} takes back. */
  suspend(): void {
    for (let w = 0; w < this.worlds.length; w++) {
      (this.worlds[w] as World).saveState(this.suspended, w * this.worldStateSize);
    }
  }

  resume(): void {
    for (let w = 0; w < this.worlds.length; w++) {
      (this.worlds[w] as World).loadState(this.suspended, w * this.worldStateSize);
    }
  }

  get stateSize(): number {
    return 2 + RANDOM_STATE_SIZE + this.worlds.length * (1 + this.worldStateSize);
  }

  saveState(out: Float64Array, offset: number): void {
    out[offset] = this.steps;
    out[offset + 1] = this.rollouts;
    let at = this.seeds.save(out, offset + 2);
    for (let w = 0; w < this.worlds.length; w++) {
      out[at] = this.lengths[w] as number;
      (this.worlds[w] as World).saveState(out, at + 1);
      at += 1 + this.worldStateSize;
    }
  }

  loadState(from: Float64Array, offset: number): void {
    this.steps = from[offset] as number;
    this.rollouts = from[offset + 1] as number;
    let at = this.seeds.load(from, offset + 2);
    for (let w = 0; w < this.worlds.length; w++) {
      this.lengths[w] = from[at] as number;
      (this.worlds[w] as World).loadState(from, at + 1);
      at += 1 + this.worldStateSize;
    }
  }
}
