import { z } from "zod";
import type { AgentSpace, Policy, Scenario } from "../scenario.ts";
import { randomPolicy } from "./random-policy.ts";
import { stepLimitParameter } from "./step-limit.ts";
import { TaskWorld } from "./task-world.ts";

// The constants define the reference task (Gymnasium's Acrobot-v1), so they are no parameters.
const GRAVITY = 9.8; // m/s^2
const LINK_LENGTH_1 = 1; // m
const LINK_MASS_1 = 1; // kg
const LINK_MASS_2 = 1; // kg
const CENTRE_1 = 0.5; // m from the joint
const CENTRE_2 = 0.5; // m from the joint
const INERTIA = 1; // kg m^2, of each link
const TIME_STEP = 0.2; // s
const SPEED_LIMIT_1 = 4 * Math.PI; // rad/s
const SPEED_LIMIT_2 = 9 * Math.PI; // rad/s
const START_RANGE = 0.1;

/** Angle 1 (0 = hanging down), angle 2 (relative to link 1), both speeds, torque. */
const STATE = 5;

/**
 * Acrobot-v1 of Gymnasium (Sutton, 1996; the equations of Sutton and Barto's book; one Runge-Kutta step of order 4 a
 * step). The numbers are those of Gymnasium in float64. Reward -1 a step, 0 for the one that reaches the height.
 */
class AcrobotWorld extends TaskWorld {
  readonly agents: readonly AgentSpace[] = [
    {
      id: "agent",
      observation: [
        { name: "cosine of angle 1", size: 1 },
        { name: "sine of angle 1", size: 1 },
        { name: "cosine of angle 2", size: 1 },
        { name: "sine of angle 2", size: 1 },
        { name: "angular velocity 1", size: 1 },
        { name: "angular velocity 2", size: 1 },
      ],
      action: { kind: "discrete", choices: [3], masked: false },
    },
  ];
  private readonly k1 = new Float64Array(4);
  private readonly k2 = new Float64Array(4);
  private readonly k3 = new Float64Array(4);
  private readonly k4 = new Float64Array(4);
  private readonly between = new Float64Array(4);

  constructor(stepLimit: number) {
    super(STATE, stepLimit);
    this.reset(0);
  }

  protected start(): void {
    for (let i = 0; i < 4; i++) this.state[i] = this.stream.uniform(-START_RANGE, START_RANGE);
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    const { state } = this;
    out[offset] = Math.cos(state[0]!);
    out[offset + 1] = Math.sin(state[0]!);
    out[offset + 2] = Math.cos(state[1]!);
    out[offset + 3] = Math.sin(state[1]!);
    out[offset + 4] = state[2]!;
    out[offset + 5] = state[3]!;
  }

  act(_agent: number, actions: Float32Array, offset: number): void {
    this.state[4] = actions[offset]! - 1;
  }

  protected move(): void {
    const { state, between, k1, k2, k3, k4 } = this;
    const torque = state[4]!;
    derivatives(state, torque, k1);
    for (let i = 0; i < 4; i++) between[i] = state[i]! + (TIME_STEP / 2) * k1[i]!;
    derivatives(between, torque, k2);
    for (let i = 0; i < 4; i++) between[i] = state[i]! + (TIME_STEP / 2) * k2[i]!;
    derivatives(between, torque, k3);
    for (let i = 0; i < 4; i++) between[i] = state[i]! + TIME_STEP * k3[i]!;
    derivatives(between, torque, k4);
    for (let i = 0; i < 4; i++) {
      state[i] = state[i]! + (TIME_STEP / 6) * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!);
    }
    state[0] = wrap(state[0]!);
    state[1] = wrap(state[1]!);
    state[2] = Math.min(Math.max(state[2]!, -SPEED_LIMIT_1), SPEED_LIMIT_1);
    state[3] = Math.min(Math.max(state[3]!, -SPEED_LIMIT_2), SPEED_LIMIT_2);
    this.terminated = -Math.cos(state[0]!) - Math.cos(state[1]! + state[0]!) > 1;
    this.reward = this.terminated ? 0 : -1;
  }
}

/** Time derivatives of both angles and both speeds, in Gymnasium's order of operations. */
function derivatives(state: Float64Array, torque: number, out: Float64Array): void {
  const theta1 = state[0]!;
  const theta2 = state[1]!;
  const dTheta1 = state[2]!;
  const dTheta2 = state[3]!;
  const cos2 = Math.cos(theta2);
  const sin2 = Math.sin(theta2);
  const d1 =
    LINK_MASS_1 * (CENTRE_1 * CENTRE_1) +
    LINK_MASS_2 * (LINK_LENGTH_1 * LINK_LENGTH_1 + CENTRE_2 * CENTRE_2 + 2 * LINK_LENGTH_1 * CENTRE_2 * cos2) +
    INERTIA +
    INERTIA;
  const d2 = LINK_MASS_2 * (CENTRE_2 * CENTRE_2 + LINK_LENGTH_1 * CENTRE_2 * cos2) + INERTIA;
  const phi2 = LINK_MASS_2 * CENTRE_2 * GRAVITY * Math.cos(theta1 + theta2 - Math.PI / 2);
  const phi1 =
    -LINK_MASS_2 * LINK_LENGTH_1 * CENTRE_2 * (dTheta2 * dTheta2) * sin2 -
    2 * LINK_MASS_2 * LINK_LENGTH_1 * CENTRE_2 * dTheta2 * dTheta1 * sin2 +
    (LINK_MASS_1 * CENTRE_1 + LINK_MASS_2 * LINK_LENGTH_1) * GRAVITY * Math.cos(theta1 - Math.PI / 2) +
    phi2;
  const ddTheta2 =
    (torque + (d2 / d1) * phi1 - LINK_MASS_2 * LINK_LENGTH_1 * CENTRE_2 * (dTheta1 * dTheta1) * sin2 - phi2) /
    (LINK_MASS_2 * (CENTRE_2 * CENTRE_2) + INERTIA - (d2 * d2) / d1);
  out[0] = dTheta1;
  out[1] = dTheta2;
  out[2] = -(d2 * ddTheta2 + phi1) / d1;
  out[3] = ddTheta2;
}

/** The same angle in [-pi, pi]. */
function wrap(angle: number): number {
  let wrapped = angle;
  while (wrapped > Math.PI) wrapped -= 2 * Math.PI;
  while (wrapped < -Math.PI) wrapped += 2 * Math.PI;
  return wrapped;
}

/** Torque in the direction of the second joint's speed, which is where it adds most energy. */
function energyPolicy(): Policy {
  const seen = new Float32Array(6);
  const action = new Float32Array(1);
  return {
    reset() {},
    decide(world) {
      world.observe(0, seen, 0);
      action[0] = seen[5]! < 0 ? 0 : 2;
      world.act(0, action, 0);
    },
  };
}

const acrobotParameters = z.object({ stepLimit: stepLimitParameter(500, "Gymnasium, Acrobot-v1") });

export const acrobot: Scenario = {
  id: "sanity/acrobot",
  version: 1,
  title: "Acrobot-v1",
  summary: "Swing a two-link arm above a height with torque on its second joint; Gymnasium's Acrobot-v1.",
  parameters: acrobotParameters,
  metrics: [{ id: "reward", title: "Reward: -1 a step", unit: "", better: "higher" }],
  create: (values) => new AcrobotWorld(acrobotParameters.parse(values).stepLimit),
  policies: { random: () => randomPolicy(), energy: () => energyPolicy() },
};
