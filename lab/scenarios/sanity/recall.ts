import { z } from "zod";
import { parameter } from "../../parameters.ts";
import type { AgentSpace, Scenario } from "../scenario.ts";
import { randomPolicy } from "./random-policy.ts";
import { TaskWorld } from "./task-world.ts";

/** Cue, choice of this step. */
const STATE = 2;

/**
 * Remember one thing: a cue is shown in step 0 alone, and the choice made in the last step pays 1 if it names the cue.
 * The choices before are free. The episode truly ends with the answer.
 */
class RecallWorld extends TaskWorld {
  readonly agents: readonly AgentSpace[];
  private readonly cues: number;
  private readonly answerStep: number;

  constructor(cues: number, answerStep: number) {
    super(STATE, Number.POSITIVE_INFINITY);
    this.cues = cues;
    this.answerStep = answerStep;
    this.agents = [
      {
        id: "agent",
        observation: [
          { name: "cue", size: cues },
          { name: "answer now", size: 1 },
        ],
        action: { kind: "discrete", choices: [cues], masked: false },
      },
    ];
    this.reset(0);
  }

  override get elapsed(): number {
    return this.t / (this.answerStep + 1);
  }

  protected start(): void {
    this.state[0] = this.stream.integer(this.cues);
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    out.fill(0, offset, offset + this.cues);
    if (this.t === 0) out[offset + this.state[0]!] = 1;
    out[offset + this.cues] = this.t === this.answerStep ? 1 : 0;
  }

  act(_agent: number, actions: Float32Array, offset: number): void {
    this.state[1] = actions[offset]!;
  }

  protected move(): void {
    this.terminated = this.t > this.answerStep;
    this.reward = this.terminated && this.state[1] === this.state[0] ? 1 : 0;
  }
}

const meta = (title: string, unit: string, help: string) =>
  ({ title, unit, source: "assumed", reason: "this program's own check of memory", help, group: "Task" }) as const;

const recallParameters = z.object({
  cues: parameter(
    z.int().min(2).max(1000).default(4),
    meta("Cues", "", "Number of cues, and of answers; chance is right once in as many."),
  ),
  answerStep: parameter(
    z.int().min(1).max(100_000).default(5),
    meta("Answer step", "steps", "Step of the answer; the cue is shown in step 0."),
  ),
});

export const recall: Scenario = {
  id: "sanity/recall",
  version: 1,
  title: "Recall",
  summary: "Name, five steps later, the cue shown at the start: needs memory.",
  parameters: recallParameters,
  metrics: [{ id: "reward", title: "Right answer, 0 or 1", unit: "", better: "higher" }],
  create(values) {
    const { cues, answerStep } = recallParameters.parse(values);
    return new RecallWorld(cues, answerStep);
  },
  policies: { random: () => randomPolicy() },
};
