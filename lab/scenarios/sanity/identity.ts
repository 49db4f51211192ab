import { z } from "zod";
import { parameter } from "../../parameters.ts";
import { RANDOM_STATE_SIZE, RandomStream } from "../../random.ts";
import type { AgentSpace, EpisodeMetric, Scenario, World } from "../scenario.ts";
import { randomPolicy } from "./random-policy.ts";

/** t, truncated, reward, sum of rewards. */
const SCALARS = 4;

/**
 * Say what you see: each step shows a target and pays 1 for the action that equals it, else 0. As the identity
 * environments of Stable-Baselines3, episodes are cut off after a fixed number of steps (100), so that the episode
 * reward is the number of right answers. Targets follow from the seed alone.
 */
abstract class IdentityWorld implements World {
  abstract readonly agents: readonly AgentSpace[];
  readonly terminated = false;
  /** Cut off, not ended: 0 throughout. */
  readonly elapsed = 0;
  readonly stateSize: number;
  truncated = false;
  reward = 0;

  protected readonly target: Float64Array;
  protected readonly action: Float64Array;
  /** 1 = allowed, one entry an option; empty where nothing is forbidden. */
  protected readonly allowed: Float64Array;
  protected readonly stream = new RandomStream(0, "target");
  private readonly episodeLength: number;
  private t = 0;
  private rewardSum = 0;

  constructor(episodeLength: number, targets: number, maskedOptions: number) {
    this.episodeLength = episodeLength;
    this.target = new Float64Array(targets);
    this.action = new Float64Array(targets);
    this.allowed = new Float64Array(maskedOptions);
    this.stateSize = SCALARS + 2 * targets + maskedOptions + RANDOM_STATE_SIZE;
  }

  /** Draws the next target (and mask). */
  protected abstract draw(): void;
  protected abstract isRight(): boolean;
  abstract observe(agent: number, out: Float32Array, offset: number): void;

  reset(seed: number): void {
    this.stream.reseed(seed, "target");
    this.t = 0;
    this.truncated = false;
    this.reward = 0;
    this.rewardSum = 0;
    this.draw();
  }

  act(_agent: number, actions: Float32Array, offset: number): void {
    for (let i = 0; i < this.action.length; i++) this.action[i] = actions[offset + i]!;
  }

  advance(): void {
    if (this.truncated) throw new Error("the episode is over: reset the world first");
    this.reward = this.isRight() ? 1 : 0;
    this.rewardSum += this.reward;
    this.t++;
    this.truncated = this.t === this.episodeLength;
    this.draw();
  }

  readMetrics(out: Float64Array): void {
    out[0] = this.rewardSum;
  }

  /** Layout: t, truncated, reward, sum of rewards, target, action, allowed options, stream. */
  saveState(out: Float64Array, offset: number): void {
    out[offset] = this.t;
    out[offset + 1] = this.truncated ? 1 : 0;
    out[offset + 2] = this.reward;
    out[offset + 3] = this.rewardSum;
    let at = offset + SCALARS;
    for (const array of [this.target, this.action, this.allowed]) {
      out.set(array, at);
      at += array.length;
    }
    this.stream.save(out, at);
  }

  loadState(from: Float64Array, offset: number): void {
    this.t = from[offset]!;
    this.truncated = from[offset + 1] === 1;
    this.reward = from[offset + 2]!;
    this.rewardSum = from[offset + 3]!;
    let at = offset + SCALARS;
    for (const array of [this.target, this.action, this.allowed]) {
      array.set(from.subarray(at, at + array.length));
      at += array.length;
    }
    this.stream.load(from, at);
  }
}

/** Targets are option indices, one a head, observed one-hot; `invalid` wrong options are forbidden anew each step. */
class DiscreteIdentityWorld extends IdentityWorld {
  readonly agents: readonly AgentSpace[];
  private readonly options: number;
  private readonly invalid: number;
  /** The options other than the target, the forbidden ones first. */
  private readonly wrong: Int32Array;

  constructor(episodeLength: number, heads: number, options: number, invalid: number) {
    super(episodeLength, heads, invalid > 0 ? options : 0);
    this.options = options;
    this.invalid = invalid;
    this.wrong = new Int32Array(options - 1);
    this.agents = [
      {
        id: "agent",
        observation: [{ name: "target", size: heads * options }],
        action: { kind: "discrete", choices: new Array<number>(heads).fill(options), masked: invalid > 0 },
      },
    ];
    this.reset(0);
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    const { target, options } = this;
    out.fill(0, offset, offset + target.length * options);
    for (let head = 0; head < target.length; head++) out[offset + head * options + target[head]!] = 1;
  }

  mask(_agent: number, out: Float32Array, offset: number): void {
    if (this.invalid > 0) out.set(this.allowed, offset);
    else out.fill(1, offset, offset + this.target.length * this.options);
  }

  protected draw(): void {
    const { target, allowed, wrong, options, invalid } = this;
    for (let head = 0; head < target.length; head++) target[head] = this.stream.integer(options);
    if (invalid === 0) return;
    allowed.fill(1);
    for (let i = 0; i < wrong.length; i++) wrong[i] = i < target[0]! ? i : i + 1;
    for (let i = 0; i < invalid; i++) {
      const j = i + this.stream.integer(wrong.length - i);
      const drawn = wrong[j]!;
      wrong[j] = wrong[i]!;
      wrong[i] = drawn;
      allowed[drawn] = 0;
    }
  }

  protected isRight(): boolean {
    for (let head = 0; head < this.target.length; head++) if (this.action[head] !== this.target[head]) return false;
    return true;
  }
}

/** One real target on (-1, 1); right is within `tolerance` of it. The raw action is clipped to [-1, 1]. */
class BoxIdentityWorld extends IdentityWorld {
  readonly agents: readonly AgentSpace[] = [
    {
      id: "agent",
      observation: [{ name: "target", size: 1 }],
      action: { kind: "continuous", size: 1 },
    },
  ];
  private readonly tolerance: number;

  constructor(episodeLength: number, tolerance: number) {
    super(episodeLength, 1, 0);
    this.tolerance = tolerance;
    this.reset(0);
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    out[offset] = this.target[0]!;
  }

  protected draw(): void {
    this.target[0] = this.stream.uniform(-1, 1);
  }

  protected isRight(): boolean {
    const action = Math.min(Math.max(this.action[0]!, -1), 1);
    return Math.abs(action - this.target[0]!) <= this.tolerance;
  }
}

/** An option (observed one-hot) and a dose on (-1, 1), to be answered together; right is when both are. */
class HybridIdentityWorld extends IdentityWorld {
  readonly agents: readonly AgentSpace[];
  private readonly options: number;
  private readonly tolerance: number;

  constructor(episodeLength: number, options: number, tolerance: number) {
    super(episodeLength, 2, 0);
    this.options = options;
    this.tolerance = tolerance;
    this.agents = [
      {
        id: "agent",
        observation: [
          { name: "option", size: options },
          { name: "dose", size: 1 },
        ],
        action: { kind: "hybrid", choices: [options], masked: false, size: 1 },
      },
    ];
    this.reset(0);
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    const { target, options } = this;
    out.fill(0, offset, offset + options);
    out[offset + target[0]!] = 1;
    out[offset + options] = target[1]!;
  }

  protected draw(): void {
    this.target[0] = this.stream.integer(this.options);
    this.target[1] = this.stream.uniform(-1, 1);
  }

  protected isRight(): boolean {
    const dose = Math.min(Math.max(this.action[1]!, -1), 1);
    return this.action[0] === this.target[0] && Math.abs(dose - this.target[1]!) <= this.tolerance;
  }
}

const meta = (title: string, reason: string, help: string) =>
  ({ title, unit: "", source: "assumed", reason, help, group: "Task" }) as const;

const episodeLength = parameter(
  z.int().min(1).max(100_000).default(100),
  meta("Episode length", "Stable-Baselines3, IdentityEnv", "Steps after which an episode is cut off."),
);
const optionsOf = (count: number, reason: string) =>
  parameter(z.int().min(2).max(10_000).default(count), meta("Options", reason, "Number of options of each head."));

const discreteParameters = z.object({ episodeLength, options: optionsOf(4, "Stable-Baselines3's own check") });
const multiDiscreteParameters = z.object({
  episodeLength,
  options: optionsOf(4, "Stable-Baselines3's own check"),
  heads: parameter(
    z.int().min(1).max(1000).default(2),
    meta("Heads", "Stable-Baselines3, IdentityEnvMultiDiscrete", "Number of heads; all must be right."),
  ),
});
const maskedParameters = z.object({
  episodeLength,
  options: optionsOf(70, "The check of maskable PPO in sb3-contrib"),
  invalid: parameter(
    z.int().min(1).max(10_000).default(55),
    meta(
      "Forbidden options",
      "The check of maskable PPO in sb3-contrib",
      "Wrong options that are forbidden, drawn anew each step.",
    ),
  ),
});
const toleranceOf = (distance: number, reason: string) =>
  parameter(
    z.number().gt(0).max(2).default(distance),
    meta("Tolerance", reason, "Greatest distance from the target that still counts as right."),
  );
const boxParameters = z.object({
  episodeLength,
  tolerance: toleranceOf(0.05, "Stable-Baselines3, IdentityEnvBox; its own learning check sets 0.5"),
});
const hybridParameters = z.object({
  episodeLength,
  options: optionsOf(4, "As in the discrete task"),
  tolerance: toleranceOf(0.5, "Stable-Baselines3's own learning check of the box task"),
});

const metrics: readonly EpisodeMetric[] = [{ id: "reward", title: "Right answers", unit: "", better: "higher" }];
const policies = { random: () => randomPolicy() };

export const identityDiscrete: Scenario = {
  id: "sanity/identity-discrete",
  version: 1,
  title: "Identity, discrete",
  summary: "Choose the option that is shown.",
  parameters: discreteParameters,
  metrics,
  create(values) {
    const p = discreteParameters.parse(values);
    return new DiscreteIdentityWorld(p.episodeLength, 1, p.options, 0);
  },
  policies,
};

export const identityMultiDiscrete: Scenario = {
  id: "sanity/identity-multi-discrete",
  version: 1,
  title: "Identity, multi-discrete",
  summary: "Choose the options that are shown, one a head; all must be right.",
  parameters: multiDiscreteParameters,
  metrics,
  create(values) {
    const p = multiDiscreteParameters.parse(values);
    return new DiscreteIdentityWorld(p.episodeLength, p.heads, p.options, 0);
  },
  policies,
};

export const identityMasked: Scenario = {
  id: "sanity/identity-masked",
  version: 1,
  title: "Identity, masked",
  summary: "Choose the option that is shown among those that are allowed in this step.",
  parameters: maskedParameters,
  metrics,
  create(values) {
    const p = maskedParameters.parse(values);
    if (p.invalid > p.options - 1) {
      throw new RangeError(`invalid (${p.invalid}) must be less than options (${p.options})`);
    }
    return new DiscreteIdentityWorld(p.episodeLength, 1, p.options, p.invalid);
  },
  policies,
};

export const identityBox: Scenario = {
  id: "sanity/identity-box",
  version: 1,
  title: "Identity, box",
  summary: "Answer with the number that is shown.",
  parameters: boxParameters,
  metrics,
  create(values) {
    const p = boxParameters.parse(values);
    return new BoxIdentityWorld(p.episodeLength, p.tolerance);
  },
  policies,
};

export const identityHybrid: Scenario = {
  id: "sanity/identity-hybrid",
  version: 1,
  title: "Identity, hybrid",
  summary: "Choose the option that is shown and answer with the number that is shown; both must be right.",
  parameters: hybridParameters,
  metrics,
  create(values) {
    const p = hybridParameters.parse(values);
    return new HybridIdentityWorld(p.episodeLength, p.options, p.tolerance);
  },
  policies,
};
