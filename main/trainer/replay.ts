import { z } from "zod";
import { playEpisodes } from "../../lab/evaluation.ts";
import { FrameRecorder, type Picture } from "../../lab/scenarios/picture.ts";
import { UserError } from "../platform/user-error.ts";
import { prepare, subjectSchema } from "./evaluation.ts";

/** An episode that is longer, or whose frames are more numbers together, is refused. */
export const MOST_FRAMES = 20_001;
const MOST_NUMBERS = 4_000_000;

export const replayRequestSchema = z.object({
  replay: subjectSchema,
  /** Seed of the world; the episode is the one that an evaluation plays with it. */
  seed: z.number().int().nonnegative(),
  /** Draw a checkpoint's actions instead of the most likely ones. */
  sample: z.boolean(),
});
export type ReplayRequest = z.infer<typeof replayRequestSchema>;

/** One episode, frame by frame: the world after its reset, then after each step. */
export interface ReplayResult {
  readonly picture: Picture;
  readonly policy: string;
  readonly scenario: string;
  readonly count: number;
  /** `eval/<metric>` -> value of this episode. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly kernelBuilds: readonly string[];
  /** [count channels] */
  readonly values: Float64Array;
  /** Reward of the step before each frame [count]; NaN for the first. */
  readonly rewards: Float64Array;
}

/**
 * Plays one episode as an evaluation with this seed does, and keeps every frame.
 * @throws UserError `picture-none`, `replay-too-long`, and what is wrong with the subject
 */
export function runReplay({ replay: subject, seed, sample }: ReplayRequest): ReplayResult {
  const { name, scenario, parameters, policy, kernelBuilds } = prepare(subject, sample);
  const picture = scenario.picture?.(parameters);
  if (picture === undefined) {
    throw new UserError("picture-none", `The scenario ${scenario.id} has no picture of its world.`);
  }
  const channels = picture.channels.length;
  const most = Math.min(MOST_FRAMES, Math.floor(MOST_NUMBERS / channels));
  const recorder = new FrameRecorder(channels, most, 256);
  const rewards: number[] = [];
  const metrics: Record<string, number> = {};
  const world = scenario.create(parameters);
  playEpisodes(
    scenario,
    world,
    policy,
    seed,
    1,
    (_episode, values) => {
      for (const [i, { id }] of scenario.metrics.entries()) metrics[`eval/${id}`] = values[i] as number;
    },
    () => {
      if (recorder.full) throw tooLong(scenario.id, most - 1, channels);
      rewards.push(recorder.count === 0 ? Number.NaN : world.reward);
      recorder.add(world, recorder.count);
    },
  );
  const { count, values } = recorder.take();
  return {
    picture,
    policy: name,
    scenario: scenario.id,
    count,
    metrics,
    kernelBuilds,
    values,
    rewards: Float64Array.from(rewards),
  };
}

function tooLong(scenario: string, steps: number, channels: number): UserError {
  const message = `The episode of ${scenario} has more than ${steps} steps of ${channels} numbers each: too many to replay.`;
  return new UserError("replay-too-long", message, "Choose a smaller world or a shorter episode.");
}
