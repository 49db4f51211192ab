import type { ParameterValues } from "./parameters.ts";
import type { Policy, Scenario, World } from "./scenarios/scenario.ts";
import { mean, sampleDeviation } from "./stats/descriptive.ts";

/** One row an episode, stored by column. */
export interface EpisodeTable {
  /** Metric ids in the scenario's order. */
  readonly metrics: readonly string[];
  /** Per metric its value in each episode. */
  readonly values: readonly Float64Array[];
}

export interface Summary {
  readonly mean: number;
  /** Sample standard deviation (n - 1); 0 when n = 1. */
  readonly std: number;
  readonly n: number;
  readonly values: readonly number[];
}

/**
 * Plays episodes `seed`, `seed + 1`, ... with one policy. `onEpisode` gets the episode's index and its metrics in the
 * order of the scenario's; the array is used again for the next episode. `onMoment` is called after each reset and each
 * step.
 */
export function playEpisodes(
  scenario: Scenario,
  world: World,
  policy: Policy,
  seed: number,
  episodes: number,
  onEpisode: (episode: number, metrics: Float64Array) => void,
  onMoment?: () => void,
): void {
  const metrics = new Float64Array(scenario.metrics.length);
  for (let episode = 0; episode < episodes; episode++) {
    world.reset(seed + episode);
    policy.reset(seed + episode);
    onMoment?.();
    while (!world.terminated && !world.truncated) {
      policy.decide(world);
      world.advance();
      onMoment?.();
    }
    world.readMetrics(metrics);
    onEpisode(episode, metrics);
  }
}

/**
 * Plays `episodes` whole episodes; episode i meets world seed `firstSeed + i`, whatever the policy.
 * `onEpisode(finished)` is called after each. Throws a RangeError when the counts are not whole numbers in range or the
 * parameters do not fit together.
 */
export function evaluate(
  scenario: Scenario,
  parameters: ParameterValues,
  policy: Policy,
  episodes: number,
  firstSeed: number,
  onEpisode?: (finished: number) => void,
): EpisodeTable {
  if (!Number.isSafeInteger(episodes) || episodes < 1) throw new RangeError(`episodes is at least 1, not ${episodes}`);
  const metrics = scenario.metrics.map((metric) => metric.id);
  const values = metrics.map(() => new Float64Array(episodes));
  playEpisodes(scenario, scenario.create(parameters), policy, firstSeed, episodes, (episode, row) => {
    for (let metric = 0; metric < row.length; metric++) values[metric]![episode] = row[metric]!;
    onEpisode?.(episode + 1);
  });
  return { metrics, values };
}

/** Mean and sample deviation of one column. Throws a RangeError without values. */
export function summarise(values: Float64Array): Summary {
  return { mean: mean(values), std: sampleDeviation(values), n: values.length, values: Array.from(values) };
}
