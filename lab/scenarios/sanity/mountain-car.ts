import { z } from "zod";
import type { AgentSpace, Policy, Scenario } from "../scenario.ts";
import { randomPolicy } from "./random-policy.ts";
import { stepLimitParameter } from "./step-limit.ts";
import { TaskWorld } from "./task-world.ts";

// The constants define the reference task (Gymnasium's MountainCar-v0), so they are no parameters.
const FORCE = 0.001;
const GRAVITY = 0.0025;
const SPEED_LIMIT = 0.07;
const POSITION_MIN = -1.2;
const POSITION_MAX = 0.6;
const GOAL = 0.5;
const START_MIN = -0.6;
const START_MAX = -0.4;

/** Position, velocity, push. */
const STATE = 3;

/**
 * MountainCar-v0 of Gymnasium (Moore, 1990), step by step the same numbers in float64. Reward -1 a step, also for the
 * one that reaches the goal.
 */
class MountainCarWorld extends TaskWorld {
  readonly agents: readonly AgentSpace[] = [
    {
      id: "agent",
      observation: [
        { name: "position", size: 1 },
        { name: "velocity", size: 1 },
      ],
      action: { kind: "discrete", choices: [3], masked: false },
    },
  ];

  constructor(stepLimit: number) {
    super(STATE, stepLimit);
    this.reset(0);
  }

  protected start(): void {
    this.state[0] = this.stream.uniform(START_MIN, START_MAX);
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    out[offset] = this.state[0]!;
    out[offset + 1] = this.state[1]!;
  }

  act(_agent: number, actions: Float32Array, offset: number): void {
    this.state[2] = actions[offset]! - 1;
  }

  protected move(): void {
    const { state } = this;
    const acceleration = state[2]! * FORCE + Math.cos(3 * state[0]!) * -GRAVITY;
    let velocity = Math.min(Math.max(state[1]! + acceleration, -SPEED_LIMIT), SPEED_LIMIT);
    const position = Math.min(Math.max(state[0]! + velocity, POSITION_MIN), POSITION_MAX);
    // The left end of the track stops the car.
    if (position === POSITION_MIN && velocity < 0) velocity = 0;
    state[0] = position;
    state[1] = velocity;
    this.terminated = position >= GOAL && velocity >= 0;
    this.reward = -1;
  }
}

/** Pushes the way the car rolls, which always adds energy. */
function energyPolicy(): Policy {
  const seen = new Float32Array(2);
  const action = new Float32Array(1);
  return {
    reset() {},
    decide(world) {
      world.observe(0, seen, 0);
      action[0] = seen[1]! < 0 ? 0 : 2;
      world.act(0, action, 0);
    },
  };
}

const mountainCarParameters = z.object({ stepLimit: stepLimitParameter(200, "Gymnasium, MountainCar-v0") });

export const mountainCar: Scenario = {
  id: "sanity/mountain-car",
  version: 1,
  title: "MountainCar-v0",
  summary:
    "Rock a weak car out of a valley; Gymnasium's MountainCar-v0. Chance never reaches the goal, so that plain " +
    "policy gradients learn nothing: a negative control.",
  parameters: mountainCarParameters,
  metrics: [{ id: "reward", title: "Reward: -1 a step", unit: "", better: "higher" }],
  create: (values) => new MountainCarWorld(mountainCarParameters.parse(values).stepLimit),
  policies: { random: () => randomPolicy(), energy: () => energyPolicy() },
};
