import { z } from "zod";
import type { AgentSpace, Scenario } from "../scenario.ts";
import { randomPolicy } from "./random-policy.ts";
import { stepLimitParameter } from "./step-limit.ts";
import { TaskWorld } from "./task-world.ts";

// The constants define the reference task (Gymnasium's Pendulum-v1), so they are no parameters.
const GRAVITY = 10; // m/s^2
const MASS = 1; // kg
const LENGTH = 1; // m
const TIME_STEP = 0.05; // s
const SPEED_LIMIT = 8; // rad/s
const TORQUE_LIMIT = 2; // N m
const START_SPEED = 1; // rad/s

/** Angle (0 = upright, unbounded), angular velocity, torque. */
const STATE = 3;

/**
 * Pendulum-v1 of Gymnasium, step by step the same numbers in float64. The raw action a means the torque
 * 2 clip(a, -1, 1) N m, so that all continuous tasks here use the range [-1, 1].
 */
class PendulumWorld extends TaskWorld {
  readonly agents: readonly AgentSpace[] = [
    {
      id: "agent",
      observation: [
        { name: "cosine of the angle", size: 1 },
        { name: "sine of the angle", size: 1 },
        { name: "angular velocity", size: 1 },
      ],
      action: { kind: "continuous", size: 1 },
    },
  ];

  constructor(stepLimit: number) {
    super(STATE, stepLimit);
    this.reset(0);
  }

  protected start(): void {
    this.state[0] = this.stream.uniform(-Math.PI, Math.PI);
    this.state[1] = this.stream.uniform(-START_SPEED, START_SPEED);
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    out[offset] = Math.cos(this.state[0]!);
    out[offset + 1] = Math.sin(this.state[0]!);
    out[offset + 2] = this.state[1]!;
  }

  act(_agent: number, actions: Float32Array, offset: number): void {
    this.state[2] = TORQUE_LIMIT * Math.min(Math.max(actions[offset]!, -1), 1);
  }

  protected move(): void {
    const { state } = this;
    const angle = state[0]!;
    const speed = state[1]!;
    const torque = state[2]!;
    const fromUpright = normalised(angle);
    this.reward = -(fromUpright * fromUpright + 0.1 * (speed * speed) + 0.001 * (torque * torque));
    const acceleration = ((3 * GRAVITY) / (2 * LENGTH)) * Math.sin(angle) + (3 / (MASS * (LENGTH * LENGTH))) * torque;
    const next = Math.min(Math.max(speed + acceleration * TIME_STEP, -SPEED_LIMIT), SPEED_LIMIT);
    state[0] = angle + next * TIME_STEP;
    state[1] = next;
  }
}

/** The same angle in [-pi, pi). */
function normalised(angle: number): number {
  const turn = 2 * Math.PI;
  const rest = (angle + Math.PI) % turn;
  return (rest < 0 ? rest + turn : rest) - Math.PI;
}

const pendulumParameters = z.object({ stepLimit: stepLimitParameter(200, "Gymnasium, Pendulum-v1") });

export const pendulum: Scenario = {
  id: "sanity/pendulum",
  version: 1,
  title: "Pendulum-v1",
  summary: "Swing a pendulum up and hold it there with a torque of at most 2 N m; Gymnasium's Pendulum-v1.",
  parameters: pendulumParameters,
  metrics: [{ id: "reward", title: "Reward: minus the cost", unit: "", better: "higher" }],
  create: (values) => new PendulumWorld(pendulumParameters.parse(values).stepLimit),
  policies: { random: () => randomPolicy() },
};
