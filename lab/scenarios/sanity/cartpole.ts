import { z } from "zod";
import { RANDOM_STATE_SIZE, RandomStream } from "../../random.ts";
import { type Picture, PictureChannels } from "../picture.ts";
import type { AgentSpace, EpisodeMetric, Scenario, World } from "../scenario.ts";
import { randomPolicy } from "./random-policy.ts";
import { stepLimitParameter } from "./step-limit.ts";

// The constants define the reference task (Gymnasium's CartPole-v1), so they are no parameters.
const GRAVITY = 9.8; // m/s^2
const CART_MASS = 1; // kg
const POLE_MASS = 0.1; // kg
const TOTAL_MASS = POLE_MASS + CART_MASS;
const HALF_POLE_LENGTH = 0.5; // m
const POLE_MASS_LENGTH = POLE_MASS * HALF_POLE_LENGTH;
const FORCE = 10; // N
const TIME_STEP = 0.02; // s
const ANGLE_LIMIT = (12 * 2 * Math.PI) / 360; // rad
const POSITION_LIMIT = 2.4; // m
const START_RANGE = 0.05;

/** Numbers of {@link CartPoleWorld.saveState}. */
const STATE_SIZE = 8 + RANDOM_STATE_SIZE;

/**
 * CartPole-v1 of Gymnasium, step by step the same numbers in float64 (Barto, Sutton and Anderson, 1983; explicit
 * Euler). Reward 1 a step, also for the one that ends the episode. Its velocities may be hidden, so that a policy
 * needs memory.
 */
class CartPoleWorld implements World {
  readonly agents: readonly AgentSpace[];
  /** Cut off, not ended, at the step limit: 0 throughout. */
  readonly elapsed = 0;
  readonly stateSize = STATE_SIZE;
  reward = 0;
  terminated = false;
  truncated = false;

  private readonly stepLimit: number;
  private readonly velocitiesSeen: boolean;
  private readonly stream = new RandomStream(0, "start");
  private x = 0;
  private xDot = 0;
  private theta = 0;
  private thetaDot = 0;
  private t = 0;
  private force = 0;

  constructor(stepLimit: number, velocitiesSeen: boolean) {
    this.stepLimit = stepLimit;
    this.velocitiesSeen = velocitiesSeen;
    const position = { name: "cart position", size: 1 };
    const angle = { name: "pole angle", size: 1 };
    this.agents = [
      {
        id: "agent",
        observation: velocitiesSeen
          ? [position, { name: "cart velocity", size: 1 }, angle, { name: "pole angular velocity", size: 1 }]
          : [position, angle],
        action: { kind: "discrete", choices: [2], masked: false },
      },
    ];
    this.reset(0);
  }

  reset(seed: number): void {
    this.stream.reseed(seed, "start");
    this.x = this.stream.uniform(-START_RANGE, START_RANGE);
    this.xDot = this.stream.uniform(-START_RANGE, START_RANGE);
    this.theta = this.stream.uniform(-START_RANGE, START_RANGE);
    this.thetaDot = this.stream.uniform(-START_RANGE, START_RANGE);
    this.t = 0;
    this.reward = 0;
    this.terminated = false;
    this.truncated = false;
  }

  observe(_agent: number, out: Float32Array, offset: number): void {
    let at = offset;
    out[at++] = this.x;
    if (this.velocitiesSeen) out[at++] = this.xDot;
    out[at++] = this.theta;
    if (this.velocitiesSeen) out[at] = this.thetaDot;
  }

  act(_agent: number, actions: Float32Array, offset: number): void {
    this.force = actions[offset] === 1 ? FORCE : -FORCE;
  }

  advance(): void {
    if (this.terminated || this.truncated) throw new Error("the episode is over: reset the world first");
    const cos = Math.cos(this.theta);
    const sin = Math.sin(this.theta);
    const temp = (this.force + POLE_MASS_LENGTH * (this.thetaDot * this.thetaDot) * sin) / TOTAL_MASS;
    const thetaAcceleration =
      (GRAVITY * sin - cos * temp) / (HALF_POLE_LENGTH * (4 / 3 - (POLE_MASS * (cos * cos)) / TOTAL_MASS));
    const xAcceleration = temp - (POLE_MASS_LENGTH * thetaAcceleration * cos) / TOTAL_MASS;
    this.x += TIME_STEP * this.xDot;
    this.xDot += TIME_STEP * xAcceleration;
    this.theta += TIME_STEP * this.thetaDot;
    this.thetaDot += TIME_STEP * thetaAcceleration;
    this.t++;
    this.reward = 1;
    this.terminated = Math.abs(this.x) > POSITION_LIMIT || Math.abs(this.theta) > ANGLE_LIMIT;
    this.truncated = !this.terminated && this.t === this.stepLimit;
  }

  readMetrics(out: Float64Array): void {
    out[0] = this.t;
  }

  /** In the order of {@link cartPolePicture}. */
  writePicture(out: Float64Array, offset: number): void {
    const tip = this.x + 2 * HALF_POLE_LENGTH * Math.sin(this.theta);
    out[offset] = this.x;
    out[offset + 1] = 0; // the track
    out[offset + 2] = tip;
    out[offset + 3] = 2 * HALF_POLE_LENGTH * Math.cos(this.theta);
    out[offset + 4] = (this.theta * 180) / Math.PI;
    out[offset + 5] = this.xDot;
    out[offset + 6] = this.thetaDot;
    out[offset + 7] = this.t === 0 ? 0 : this.force > 0 ? 2 : 1;
    out[offset + 8] = this.t;
  }

  /** Layout: x, velocity, angle, angular velocity, t, reward, terminated, truncated, stream. */
  saveState(out: Float64Array, offset: number): void {
    out[offset] = this.x;
    out[offset + 1] = this.xDot;
    out[offset + 2] = this.theta;
    out[offset + 3] = this.thetaDot;
    out[offset + 4] = this.t;
    out[offset + 5] = this.reward;
    out[offset + 6] = this.terminated ? 1 : 0;
    out[offset + 7] = this.truncated ? 1 : 0;
    this.stream.save(out, offset + 8);
  }

  loadState(from: Float64Array, offset: number): void {
    this.x = from[offset]!;
    this.xDot = from[offset + 1]!;
    this.theta = from[offset + 2]!;
    this.thetaDot = from[offset + 3]!;
    this.t = from[offset + 4]!;
    this.reward = from[offset + 5]!;
    this.terminated = from[offset + 6] === 1;
    this.truncated = from[offset + 7] === 1;
    this.stream.load(from, offset + 8);
  }
}

/** Cart and pole from the side, in metres. */
function cartPolePicture(stepLimit: number): Picture {
  const channels = new PictureChannels();
  const reach = POSITION_LIMIT;
  // Heights grow upwards, the picture's y downwards.
  const cartX = channels.add("x", "Position", "m", [-reach, reach]);
  const cartY = channels.add("y", "Height", "m", [1.2, -0.3]);
  const tipX = channels.add("tip-x", "Position of the tip", "m", [-reach, reach]);
  const tipY = channels.add("tip-y", "Height of the tip", "m", [1.2, -0.3]);
  const angle = channels.add("angle", "Pole angle", "°");
  const velocity = channels.add("velocity", "Velocity", "m/s");
  const spin = channels.add("angular-velocity", "Angular velocity", "rad/s");
  const push = channels.choice("push", "Push", ["none", "left", "right"]);
  const step = channels.add("step", "Step", "", [0, stepLimit]);
  const node = { level: null, value: null, shownBy: null } as const;
  return {
    title: "Cart and pole from the side",
    aspect: (2 * reach) / 1.5,
    channels: channels.list,
    areas: [
      {
        id: "track",
        title: "",
        shape: "rectangle",
        x: 0,
        y: 0.77,
        width: 1,
        height: 0.06,
      },
    ],
    nodes: [
      {
        ...node,
        id: "cart",
        title: "Cart",
        shape: "vehicle",
        at: { xChannel: cartX, yChannel: cartY },
        tag: push,
        listed: [cartX, velocity, push],
      },
      {
        ...node,
        id: "tip",
        title: "Tip of the pole",
        shape: "task",
        at: { xChannel: tipX, yChannel: tipY },
        tag: null,
        listed: [angle, spin],
      },
    ],
    links: [
      {
        id: "pole",
        title: "Pole",
        from: "cart",
        to: "tip",
        colour: null,
        width: null,
        active: null,
        cargo: null,
        listed: [angle, spin],
      },
    ],
    world: [step, angle, cartX],
    frame: `one step of ${TIME_STEP} s`,
    note: "Cart and tip are drawn larger than they are.",
  };
}

const cartPoleParameters = z.object({ stepLimit: stepLimitParameter(500, "Gymnasium, CartPole-v1") });
const metrics: readonly EpisodeMetric[] = [{ id: "reward", title: "Steps balanced", unit: "", better: "higher" }];
const policies = { random: () => randomPolicy() };

export const cartPole: Scenario = {
  id: "sanity/cartpole",
  version: 1,
  title: "CartPole-v1",
  summary: "Balance a pole on a cart by pushing left or right; the dynamics of Gymnasium's CartPole-v1.",
  parameters: cartPoleParameters,
  metrics,
  create: (values) => new CartPoleWorld(cartPoleParameters.parse(values).stepLimit, true),
  policies,
  picture: (values) => cartPolePicture(cartPoleParameters.parse(values).stepLimit),
};

export const cartPolePositions: Scenario = {
  id: "sanity/cartpole-positions",
  version: 1,
  title: "CartPole without velocities",
  summary: "CartPole-v1 that shows where cart and pole are, not how fast they move: needs memory.",
  parameters: cartPoleParameters,
  metrics,
  create: (values) => new CartPoleWorld(cartPoleParameters.parse(values).stepLimit, false),
  policies,
  picture: (values) => cartPolePicture(cartPoleParameters.parse(values).stepLimit),
};
