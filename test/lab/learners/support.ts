import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { findLearner } from "../../../lab/learners/registry.ts";
import { compileKernels, relaxedSimdSupported } from "../../../lab/nn/wasm/kernels.ts";
import { createWasmWorkspace } from "../../../lab/nn/wasm/workspace.ts";
import type { Workspace } from "../../../lab/nn/workspace.ts";
import { type ParameterValue, parameter } from "../../../lab/parameters.ts";
import { RANDOM_STATE_SIZE, RandomStream } from "../../../lab/random.ts";
import { findScenario } from "../../../lab/scenarios/registry.ts";
import type { AgentSpace, Scenario, World } from "../../../lab/scenarios/scenario.ts";
import type { TensorMap } from "../../../lab/tensors.ts";
import { resolveParameters, TrainingLoop } from "../../../lab/training.ts";
import { kernelPath } from "../../../main/platform/paths.ts";

export interface Point {
  readonly metric: string;
  readonly step: number;
  readonly value: number;
}

export type Values = Readonly<Record<string, ParameterValue>>;

/** A loop over a registered scenario, or over one of this folder's own. */
export function loopOf(
  scenario: string | Scenario,
  learnerId: string,
  set: Values,
  seed: number,
  workspace: Workspace = wasmWorkspace(),
): TrainingLoop {
  const world = typeof scenario === "string" ? findScenario(scenario) : scenario;
  const learner = findLearner(learnerId);
  if (!world || !learner) throw new Error(`no such scenario or learner: ${String(scenario)}, ${learnerId}`);
  return new TrainingLoop({
    scenario: world,
    learner,
    parameters: resolveParameters(world, learner, set),
    seed,
    workspace,
  });
}

/** Runs `iterations` iterations, or to the end, and returns everything reported. */
export function play(loop: TrainingLoop, iterations = Number.POSITIVE_INFINITY): Point[] {
  const points: Point[] = [];
  for (let i = 0; i < iterations && !loop.finished; i++) {
    loop.step((metric, step, value) => points.push({ metric, step, value }));
  }
  return points;
}

/** Every tensor as its bytes, for bit-exact comparison. */
export function bytesOf(tensors: TensorMap): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"),
    ]),
  );
}

const matchParameters = z.object({
  episodeLength: parameter(z.int().min(1).max(1000).default(20), {
    title: "Episode length",
    unit: "steps",
    source: "assumed",
    reason: "test",
    help: "",
    group: "Task",
  }),
});

/**
 * Two agents with a known answer: the first sees a cue (-1 or 1) and should choose the option that it names, the second
 * sees only that choice and should answer with -0.5 or 0.5. Each right answer pays half a point, so that the best
 * return is the episode's length and a coin with a lucky guess gets half of it.
 */
class MatchWorld implements World {
  readonly agents: readonly AgentSpace[] = [
    {
      id: "chooser",
      observation: [{ name: "cue", size: 1 }],
      action: { kind: "discrete", choices: [2], masked: false },
    },
    {
      id: "follower",
      observation: [{ name: "choice", size: 1, earlierAction: true }],
      action: { kind: "continuous", size: 1 },
    },
  ];
  readonly truncated = false;
  readonly stateSize = 7 + RANDOM_STATE_SIZE;
  reward = 0;
  terminated = false;
  private cue = 0;
  private choice = 0;
  private answer = 0;
  private t = 0;
  private sum = 0;
  private acts = 0;
  private readonly length: number;
  private readonly stream = new RandomStream(0, "cue");

  constructor(length: number) {
    this.length = length;
    this.reset(0);
  }

  get elapsed(): number {
    return this.t / this.length;
  }

  reset(seed: number): void {
    this.stream.reseed(seed, "cue");
    this.t = 0;
    this.sum = 0;
    this.acts = 0;
    this.terminated = false;
    this.cue = this.stream.integer(2);
  }

  observe(agent: number, out: Float32Array, offset: number): void {
    out[offset] = 2 * (agent === 0 ? this.cue : this.choice) - 1;
  }

  act(agent: number, actions: Float32Array, offset: number): void {
    this.acts++;
    if (agent === 0) this.choice = actions[offset] as number;
    else this.answer = actions[offset] as number;
  }

  advance(): void {
    const matched = this.choice === this.cue ? 0.5 : 0;
    const followed = Math.abs(this.answer - (this.choice - 0.5)) < 0.4 ? 0.5 : 0;
    this.reward = matched + followed;
    this.sum += this.reward;
    this.t++;
    this.terminated = this.t === this.length;
    this.cue = this.stream.integer(2);
  }

  readMetrics(out: Float64Array): void {
    out[0] = this.sum;
    out[1] = this.acts;
  }

  saveState(out: Float64Array, offset: number): void {
    out.set([this.cue, this.choice, this.answer, this.t, this.sum, this.terminated ? 1 : 0, this.acts], offset);
    this.stream.save(out, offset + 7);
  }

  loadState(from: Float64Array, offset: number): void {
    this.cue = from[offset] as number;
    this.choice = from[offset + 1] as number;
    this.answer = from[offset + 2] as number;
    this.t = from[offset + 3] as number;
    this.sum = from[offset + 4] as number;
    this.terminated = from[offset + 5] === 1;
    this.acts = from[offset + 6] as number;
    this.stream.load(from, offset + 7);
  }
}

export const match: Scenario = {
  id: "test/match",
  version: 1,
  title: "Match",
  summary: "Choose what the cue says, then answer what was chosen.",
  parameters: matchParameters,
  metrics: [
    { id: "reward", title: "Right answers", unit: "", better: "higher" },
    { id: "acts", title: "Actions taken", unit: "", better: "neither" },
  ],
  create: (values) => new MatchWorld(matchParameters.parse(values).episodeLength),
  policies: {},
};

type EpisodeEnd = "terminated" | "truncated" | "either";

/** One state, one reward, episodes of a fixed length; `either` = the world's seed decides how the episode ends. */
class ConstantWorld implements World {
  readonly agents: readonly AgentSpace[] = [
    {
      id: "agent",
      observation: [{ name: "one", size: 1 }],
      action: { kind: "discrete", choices: [2], masked: false },
    },
  ];
  readonly stateSize = 2;
  readonly reward: number;
  private readonly end: EpisodeEnd;
  private readonly length: number;
  private t = 0;
  private cutsOff = false;

  constructor(reward: number, end: EpisodeEnd, length: number) {
    this.reward = reward;
    this.end = end;
    this.length = length;
  }

  get terminated(): boolean {
    return this.t === this.length && !this.cutsOff;
  }

  get truncated(): boolean {
    return this.t === this.length && this.cutsOff;
  }

  /** A truncated task has no fixed end. */
  get elapsed(): number {
    return this.end === "terminated" ? this.t / this.length : 0;
  }

  reset(seed: number): void {
    this.t = 0;
    this.cutsOff = this.end === "truncated" || (this.end === "either" && seed % 2 === 1);
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    out[offset] = 1;
  }

  act(): void {}

  advance(): void {
    this.t++;
  }

  readMetrics(out: Float64Array): void {
    out[0] = this.reward * this.t;
  }

  saveState(out: Float64Array, offset: number): void {
    out[offset] = this.t;
    out[offset + 1] = this.cutsOff ? 1 : 0;
  }

  loadState(from: Float64Array, offset: number): void {
    this.t = from[offset] as number;
    this.cutsOff = from[offset + 1] === 1;
  }
}

export function constantWorld(reward: number, end: EpisodeEnd, length = 1): Scenario {
  return { ...match, id: "test/constant", create: () => new ConstantWorld(reward, end, length) };
}

const variant = relaxedSimdSupported() ? "relaxed" : "plain";
const kernelBytes = readFileSync(kernelPath(variant));
const kernels = compileKernels(kernelBytes, variant, createHash("sha256").update(kernelBytes).digest("hex"));

/** A workspace on the kernels that training uses on this machine. */
export function wasmWorkspace(): Workspace {
  return createWasmWorkspace(kernels);
}
