import { z } from "zod";
import { parameter } from "../../parameters.ts";
import { type Picture, PictureChannels, type PictureNode } from "../picture.ts";
import type { AgentSpace, Policy, Scenario } from "../scenario.ts";
import { randomPolicy } from "./random-policy.ts";
import { stepLimitParameter } from "./step-limit.ts";
import { TaskWorld } from "./task-world.ts";

// The constants define the reference task (mpe2's simple_spread_v3 with N = 3), so they are no parameters.
const AGENTS = 3;
const LANDMARKS = 3;
const TIME_STEP = 0.1;
const DAMPING = 0.25;
const PUSH = 5;
const AGENT_SIZE = 0.15;
const CONTACT_FORCE = 100;
const CONTACT_MARGIN = 0.001;

/** Directions of the five actions: stay, left, right, down, up. */
const PUSH_X = [0, -1, 1, 0, 0] as const;
const PUSH_Y = [0, 0, 0, -1, 1] as const;

// Layout of the state; x and y of each, one after the other.
const POSITIONS = 0;
const VELOCITIES = POSITIONS + 2 * AGENTS;
const MARKS = VELOCITIES + 2 * AGENTS;
const CHOICES = MARKS + 2 * LANDMARKS;
const REWARDS = CHOICES + AGENTS;
const NUMBERS = REWARDS + AGENTS;

const agentSpace = (index: number): AgentSpace => ({
  id: `agent-${index}`,
  kind: "agent",
  observation: [
    { name: "velocity", size: 2 },
    { name: "position", size: 2 },
    { name: "landmarks, relative", size: 2 * LANDMARKS },
    { name: "other agents, relative", size: 2 * (AGENTS - 1) },
    { name: "messages, always 0", size: 2 * (AGENTS - 1) },
  ],
  action: { kind: "discrete", choices: [PUSH_X.length], masked: false },
});

/**
 * simple_spread_v3 of mpe2 (Lowe et al., 2017) with three agents, step by step the same numbers in float64. Agent k is
 * paid localRatio x (minus the agents that it touches) + (1 - localRatio) x (minus the distances from each landmark to
 * its nearest agent, added up); `reward` is the mean over the agents.
 */
class SpreadWorld extends TaskWorld {
  readonly agents: readonly AgentSpace[] = Array.from({ length: AGENTS }, (_, k) => agentSpace(k));
  private readonly localRatio: number;
  private readonly forces = new Float64Array(2 * AGENTS);

  constructor(localRatio: number, stepLimit: number) {
    super(NUMBERS, stepLimit);
    this.localRatio = localRatio;
    this.reset(0);
  }

  agentReward(agent: number): number {
    return this.state[REWARDS + agent]!;
  }

  protected start(): void {
    for (let i = 0; i < 2 * AGENTS; i++) this.state[POSITIONS + i] = this.stream.uniform(-1, 1);
    for (let i = 0; i < 2 * LANDMARKS; i++) this.state[MARKS + i] = this.stream.uniform(-1, 1);
  }

  observe(agent: number, out: Float32Array, offset: number): void {
    const { state } = this;
    const x = state[POSITIONS + 2 * agent]!;
    const y = state[POSITIONS + 2 * agent + 1]!;
    let at = offset;
    out[at++] = state[VELOCITIES + 2 * agent]!;
    out[at++] = state[VELOCITIES + 2 * agent + 1]!;
    out[at++] = x;
    out[at++] = y;
    for (let mark = 0; mark < LANDMARKS; mark++) {
      out[at++] = state[MARKS + 2 * mark]! - x;
      out[at++] = state[MARKS + 2 * mark + 1]! - y;
    }
    for (let other = 0; other < AGENTS; other++) {
      if (other === agent) continue;
      out[at++] = state[POSITIONS + 2 * other]! - x;
      out[at++] = state[POSITIONS + 2 * other + 1]! - y;
    }
    out.fill(0, at, at + 2 * (AGENTS - 1));
  }

  act(agent: number, actions: Float32Array, offset: number): void {
    this.state[CHOICES + agent] = actions[offset]!;
  }

  protected move(): void {
    const { state, forces } = this;
    for (let k = 0; k < AGENTS; k++) {
      forces[2 * k] = PUSH_X[state[CHOICES + k]!]! * PUSH;
      forces[2 * k + 1] = PUSH_Y[state[CHOICES + k]!]! * PUSH;
    }
    this.addContactForces();
    // First the position with the old velocity, then the velocity: the order of mpe2.
    for (let i = 0; i < 2 * AGENTS; i++) {
      state[POSITIONS + i] = state[POSITIONS + i]! + state[VELOCITIES + i]! * TIME_STEP;
      state[VELOCITIES + i] = state[VELOCITIES + i]! * (1 - DAMPING) + forces[i]! * TIME_STEP;
    }
    this.payAgents();
  }

  /** Agents that come nearer than twice their size push each other away, softly. */
  private addContactForces(): void {
    const { state, forces } = this;
    for (let a = 0; a < AGENTS; a++) {
      for (let b = a + 1; b < AGENTS; b++) {
        const dx = state[POSITIONS + 2 * a]! - state[POSITIONS + 2 * b]!;
        const dy = state[POSITIONS + 2 * a + 1]! - state[POSITIONS + 2 * b + 1]!;
        const distance = Math.sqrt(dx * dx + dy * dy);
        const penetration = softplus(-(distance - 2 * AGENT_SIZE) / CONTACT_MARGIN) * CONTACT_MARGIN;
        const x = ((CONTACT_FORCE * dx) / distance) * penetration;
        const y = ((CONTACT_FORCE * dy) / distance) * penetration;
        forces[2 * a] = forces[2 * a]! + x;
        forces[2 * a + 1] = forces[2 * a + 1]! + y;
        forces[2 * b] = forces[2 * b]! - x;
        forces[2 * b + 1] = forces[2 * b + 1]! - y;
      }
    }
  }

  private payAgents(): void {
    const { state, localRatio } = this;
    let global = 0;
    for (let mark = 0; mark < LANDMARKS; mark++) {
      let nearest = Number.POSITIVE_INFINITY;
      for (let k = 0; k < AGENTS; k++) nearest = Math.min(nearest, this.distance(POSITIONS + 2 * k, MARKS + 2 * mark));
      global -= nearest;
    }
    this.reward = 0;
    for (let k = 0; k < AGENTS; k++) {
      let touched = 0;
      for (let other = 0; other < AGENTS; other++) {
        if (other !== k && this.distance(POSITIONS + 2 * k, POSITIONS + 2 * other) < 2 * AGENT_SIZE) touched++;
      }
      const paid = global * (1 - localRatio) - touched * localRatio;
      state[REWARDS + k] = paid;
      this.reward += paid / AGENTS;
    }
  }

  /** In the order of {@link spreadPicture}. */
  writePicture(out: Float64Array, offset: number): void {
    const { state } = this;
    out[offset] = this.t;
    out[offset + 1] = this.reward;
    let at = offset + 2;
    for (let i = 0; i < 2 * LANDMARKS; i++) out[at++] = state[MARKS + i]!;
    for (let k = 0; k < AGENTS; k++) {
      out[at++] = state[POSITIONS + 2 * k]!;
      out[at++] = state[POSITIONS + 2 * k + 1]!;
      out[at++] = Math.hypot(state[VELOCITIES + 2 * k]!, state[VELOCITIES + 2 * k + 1]!);
      out[at++] = this.t === 0 ? 0 : state[CHOICES + k]!;
      out[at++] = state[REWARDS + k]!;
    }
  }

  /** Between two points of the state, given by where their x lies. */
  private distance(a: number, b: number): number {
    const dx = this.state[a]! - this.state[b]!;
    const dy = this.state[a + 1]! - this.state[b + 1]!;
    return Math.sqrt(dx * dx + dy * dy);
  }
}

/** log(1 + e^x) without overflow. */
function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** The orders in which three agents can take three landmarks: entry k is agent k's landmark. */
const ASSIGNMENTS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** Share of a velocity that is still to be travelled when nobody pushes: 0.1 (1 + 0.75 + 0.75^2 + ...). */
const COASTING = TIME_STEP / DAMPING;
/** What one push travels in the end. */
const PUSH_REACH = PUSH * TIME_STEP * COASTING;

/**
 * Each agent heads for a landmark of its own, those chosen that need the least way together, pushing along the axis on
 * which it would miss most if it let itself coast.
 */
function assignmentPolicy(): Policy {
  const size = 4 + 2 * LANDMARKS + 4 * (AGENTS - 1);
  const seen = Array.from({ length: AGENTS }, () => new Float32Array(size));
  const action = new Float32Array(1);
  const way = (agent: number, mark: number) => Math.hypot(seen[agent]![4 + 2 * mark]!, seen[agent]![5 + 2 * mark]!);
  return {
    reset() {},
    decide(world) {
      for (let k = 0; k < AGENTS; k++) world.observe(k, seen[k]!, 0);
      let chosen: readonly number[] = ASSIGNMENTS[0];
      let least = Number.POSITIVE_INFINITY;
      for (const assignment of ASSIGNMENTS) {
        let total = 0;
        for (let k = 0; k < AGENTS; k++) total += way(k, assignment[k]!);
        if (total < least) {
          least = total;
          chosen = assignment;
        }
      }
      for (let k = 0; k < AGENTS; k++) {
        const observed = seen[k]!;
        const mark = 4 + 2 * chosen[k]!;
        const x = observed[mark]! - COASTING * observed[0]!;
        const y = observed[mark + 1]! - COASTING * observed[1]!;
        if (Math.max(Math.abs(x), Math.abs(y)) < PUSH_REACH / 2) action[0] = 0;
        else if (Math.abs(x) > Math.abs(y)) action[0] = x < 0 ? 1 : 2;
        else action[0] = y < 0 ? 3 : 4;
        world.act(k, action, 0);
      }
    },
  };
}

/** How far from the middle the picture reaches; agents that go beyond are drawn at its edge. */
const VIEW = 1.3;

/** Agents and landmarks from above. */
function spreadPicture(stepLimit: number): Picture {
  const channels = new PictureChannels();
  const place = (id: string) => ({
    xChannel: channels.add(`${id}/x`, "Position, x", "", [-VIEW, VIEW]),
    yChannel: channels.add(`${id}/y`, "Position, y", "", [VIEW, -VIEW]),
  });
  const world = [channels.add("step", "Step", "", [0, stepLimit]), channels.add("reward", "Reward", "")];
  const node = { level: null, tag: null, value: null, shownBy: null } as const;
  const marks = Array.from({ length: LANDMARKS }, (_, i): PictureNode => {
    const at = place(`landmark-${i + 1}`);
    return {
      ...node,
      id: `landmark-${i + 1}`,
      title: `Landmark ${i + 1}`,
      shape: "cell",
      at,
      listed: Object.values(at),
    };
  });
  const agents = Array.from({ length: AGENTS }, (_, k): PictureNode => {
    const id = `agent-${k + 1}`;
    const at = place(id);
    const speed = channels.add(`${id}/speed`, "Speed", "");
    const tag = channels.choice(`${id}/push`, "Push", ["none", "left", "right", "down", "up"]);
    const paid = channels.add(`${id}/reward`, "Own reward", "");
    const listed = [...Object.values(at), speed, tag, paid];
    return { ...node, id, title: `Agent ${k + 1}`, shape: "vehicle", at, tag, listed };
  });
  return {
    title: "Agents and landmarks from above",
    aspect: 1,
    channels: channels.list,
    areas: [],
    nodes: [...marks, ...agents],
    links: [],
    world,
    frame: `one step of ${TIME_STEP} s`,
    note: "",
  };
}

const spreadParameters = z.object({
  stepLimit: stepLimitParameter(25, "mpe2, simple_spread_v3: max_cycles"),
  localRatio: parameter(z.number().min(0).max(1).default(0.5), {
    title: "Local ratio",
    unit: "",
    source: "assumed",
    reason: "mpe2, simple_spread_v3: local_ratio",
    help: "Weight of an agent's own collisions; the rest is the weight of the distances that all share.",
    group: "Task",
  }),
});

export const spread: Scenario = {
  id: "sanity/spread",
  version: 1,
  title: "Simple spread",
  summary: "Three agents cover three landmarks without touching one another; mpe2's simple_spread_v3.",
  parameters: spreadParameters,
  metrics: [{ id: "reward", title: "Reward, mean over the agents", unit: "", better: "higher" }],
  create(values) {
    const { localRatio, stepLimit } = spreadParameters.parse(values);
    return new SpreadWorld(localRatio, stepLimit);
  },
  policies: { random: () => randomPolicy(), assignment: () => assignmentPolicy() },
  picture: (values) => spreadPicture(spreadParameters.parse(values).stepLimit),
};
