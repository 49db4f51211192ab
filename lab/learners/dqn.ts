/**
 * Deep Q-learning (Mnih et al., 2015) for one agent with one choice a step: a replay buffer, a target network, epsilon
 * that falls linearly; on request the double estimator (van Hasselt et al., 2016). Options that the world forbids are
 * neither drawn nor counted in the maximum.
 */
import { z } from "zod";
import { Graph } from "../nn/graph.ts";
import type { Numbers, Program, Workspace } from "../nn/workspace.ts";
import { parameter } from "../parameters.ts";
import { RANDOM_STATE_SIZE, RandomStream } from "../random.ts";
import type { AgentSpace, DiscreteActions, Policy, World } from "../scenarios/scenario.ts";
import type { TensorMap } from "../tensors.ts";
import type {
  Learner,
  LearnerDefinition,
  LearnerSetting,
  PolicySetting,
  Report,
  SavedLearner,
  WorldObserver,
} from "./learner.ts";
import { requireFinite } from "./shared/divergence.ts";
import { hiddenWidths, Mlp, sum } from "./shared/networks.ts";
import { optimise, ScalarMeans } from "./shared/optimiser.ts";
import { ReplayBuffer } from "./shared/replay.ts";
import { copyRows, gatherRows } from "./shared/rows.ts";
import { likeliestOptions } from "./shared/sampling.ts";
import { loadLearner, type Stateful, saveLearner } from "./shared/state.ts";
import { WorldSet } from "./shared/worlds.ts";

const cleanrl = "CleanRL's dqn.py, the settings it publishes for classic control tasks";

const about = (group: string, title: string, unit: string, reason: string, help: string) => ({
  title,
  unit,
  source: "assumed" as const,
  reason,
  help,
  group,
});

const parameters = z.object({
  learningRate: parameter(
    z.number().positive().max(1).default(2.5e-4),
    about("Optimiser", "Learning rate", "", cleanrl, "Step size of Adam, constant over the run."),
  ),
  gamma: parameter(
    z.number().min(0).max(1).default(0.99),
    about("Returns", "Discount", "", cleanrl, "Weight of a reward one step later."),
  ),
  minibatch: parameter(
    z.number().int().min(1).max(65_536).default(128),
    about("Batches", "Minibatch", "steps", cleanrl, "Transitions drawn from the buffer for one gradient step."),
  ),
  worlds: parameter(
    z.number().int().min(1).max(4096).default(1),
    about("Batches", "Parallel worlds", "", cleanrl, "Worlds stepped side by side."),
  ),
  rolloutSteps: parameter(
    z.number().int().min(1).max(1_048_576).default(250),
    about(
      "Batches",
      "Steps between updates",
      "steps",
      "half of CleanRL's target period; RL Baselines3 Zoo uses 256 for CartPole",
      "Steps of each world between two updates; the weights stay as they are meanwhile.",
    ),
  ),
  gradientSteps: parameter(
    z.number().int().min(1).max(1_048_576).default(25),
    about("Batches", "Gradient steps", "", "one every ten steps, as CleanRL", "Gradient steps of each update."),
  ),
  bufferSize: parameter(
    z.number().int().min(1).max(10_000_000).default(10_000),
    about("Batches", "Replay buffer", "steps", cleanrl, "Transitions kept; all of them are part of a checkpoint."),
  ),
  learningStarts: parameter(
    z.number().int().min(0).max(1e9).default(10_000),
    about("Batches", "Learning starts", "steps", cleanrl, "Steps before the first update."),
  ),
  targetEvery: parameter(
    z.number().int().min(1).max(1e9).default(2),
    about("Returns", "Target period", "updates", "500 steps, as CleanRL", "Updates between two of the target network."),
  ),
  targetRate: parameter(
    z.number().positive().max(1).default(1),
    about("Returns", "Target rate", "", cleanrl, "Polyak averaging: 1 copies the network, less moves towards it."),
  ),
  doubleEstimator: parameter(
    z.boolean().default(false),
    about("Returns", "Double estimator", "", cleanrl, "The online network chooses the option that the target rates."),
  ),
  loss: parameter(
    z.enum(["squared", "huber"]).default("squared"),
    about("Loss", "Loss", "", cleanrl, "Of the temporal difference; huber is linear beyond 1."),
  ),
  epsilonStart: parameter(
    z.number().min(0).max(1).default(1),
    about("Exploration", "Epsilon at the start", "", cleanrl, "Share of steps that draw any allowed option."),
  ),
  epsilonEnd: parameter(
    z.number().min(0).max(1).default(0.05),
    about("Exploration", "Epsilon at the end", "", cleanrl, "Reached after the exploration fraction."),
  ),
  explorationFraction: parameter(
    z.number().positive().max(1).default(0.5),
    about("Exploration", "Exploration fraction", "", cleanrl, "Part of the planned steps over which epsilon falls."),
  ),
  adamEpsilon: parameter(
    z.number().positive().max(1).default(1e-8),
    about("Optimiser", "Adam epsilon", "", cleanrl, "Added to the root of the second moment."),
  ),
  gradientNormClip: parameter(
    z.number().min(0).max(1e6).default(0),
    about("Optimiser", "Gradient norm limit", "", cleanrl, "Largest global gradient norm; 0 = no limit."),
  ),
  hidden: parameter(
    z
      .string()
      .regex(/^[1-9]\d{0,3}(x[1-9]\d{0,3}){0,7}$/, "hidden widths are written like 120x84 (1 to 8 layers)")
      .default("120x84"),
    about("Networks", "Hidden layers", "", cleanrl, "Widths of the ReLU layers, like 120x84."),
  ),
  rewardScale: parameter(
    z.number().positive().max(1e6).default(1),
    about("Returns", "Reward scale", "", "the rewards as they are", "Rewards are multiplied by this in the learner."),
  ),
});

type DqnValues = z.output<typeof parameters>;

/** Where the learned weights and their slower copy are kept. */
const ONLINE = "q";
const TARGET = "target";

function discrete(agent: AgentSpace): DiscreteActions {
  return agent.action as DiscreteActions;
}

function qNetwork(name: string, agent: AgentSpace, hidden: string): Mlp {
  const observationSize = sum(agent.observation.map((part) => part.size));
  return new Mlp(name, observationSize, hiddenWidths(hidden), sum(discrete(agent).choices), 1, "relu");
}

/** A compiled network: `input` [B, observation] -> `values` [B, options]. */
interface Forward {
  readonly program: Program;
  readonly input: Numbers;
  readonly values: Numbers;
}

function compileForward(workspace: Workspace, network: Mlp, batch: number): Forward {
  const graph = new Graph(`${network.name} [${batch}]`);
  graph.output("values", network.apply(graph, graph.input("observation", [batch, network.inputs])));
  const program = workspace.compile(graph);
  return { program, input: program.input("observation"), values: program.output("values") };
}

/** The option of the largest value; with probability epsilon any allowed one. */
class QPolicy implements Policy {
  private readonly choices: readonly number[];
  private readonly forward: Forward;
  private readonly observation: Float32Array;
  private readonly mask: Float32Array | undefined;
  private readonly action = new Float32Array(1);
  private readonly epsilon: number;
  private readonly stream = new RandomStream(0, "policy");

  constructor(workspace: Workspace, agent: AgentSpace, network: Mlp, epsilon: number) {
    const { choices, masked } = discrete(agent);
    this.choices = choices;
    this.forward = compileForward(workspace, network, 1);
    this.observation = new Float32Array(network.inputs);
    this.mask = masked ? new Float32Array(choices[0] as number) : undefined;
    this.epsilon = epsilon;
  }

  reset(seed: number): void {
    this.stream.reseed(seed, "policy");
  }

  decide(world: World): void {
    const { forward, observation, mask, action, choices } = this;
    world.observe(0, observation, 0);
    if (mask) world.mask?.(0, mask, 0);
    if (this.epsilon > 0 && this.stream.uniform() < this.epsilon) {
      action[0] = anyOption(mask, 0, choices[0] as number, this.stream);
    } else {
      copyRows(forward.input, observation, observation.length, 0, 1);
      forward.program.run();
      likeliestOptions(forward.values, 0, choices, mask, 0, action, 0);
    }
    world.act(0, action, 0);
  }
}

/** Draws one of the `count` options uniformly, of the allowed ones where there is a mask from `offset` on. */
function anyOption(mask: Float32Array | undefined, offset: number, count: number, stream: RandomStream): number {
  if (mask === undefined) return stream.integer(count);
  let allowed = 0;
  for (let i = 0; i < count; i++) if (mask[offset + i] !== 0) allowed++;
  let skip = stream.integer(allowed);
  for (let i = 0; i < count; i++) {
    if (mask[offset + i] === 0) continue;
    if (skip === 0) return i;
    skip--;
  }
  throw new RangeError("no option is allowed");
}

class Dqn implements Learner {
  private readonly workspace: Workspace;
  private readonly values: DqnValues;
  private readonly plannedSteps: number;
  private readonly worlds: WorldSet;
  private readonly options: number;
  private readonly observationSize: number;
  private readonly buffer: ReplayBuffer;
  private readonly acting: Forward;
  private readonly nextTarget: Forward;
  private readonly nextOnline: Forward;
  private readonly training: Program;
  private readonly trainingInputs: Readonly<Record<"observation" | "action" | "target" | "learningRate", Numbers>>;
  private readonly targetUpdate: Program;
  private readonly means: ScalarMeans;
  private readonly greedy: QPolicy;
  private readonly exploration: RandomStream;
  private readonly draws: RandomStream;
  /** Observations [W, observation] and, where the world forbids options, masks [W, options] of the present step. */
  private readonly observations: Float32Array;
  private readonly masks: Float32Array | undefined;
  private readonly actions: Float32Array;
  /** Places in the buffer: of each world's present transition [W], of a minibatch [B]. */
  private readonly present: Int32Array;
  private readonly places: Int32Array;
  private readonly parts: Readonly<Record<string, Stateful>>;
  private updates = 0;

  constructor(setting: LearnerSetting, values: DqnValues) {
    const { workspace, seed } = setting;
    this.workspace = workspace;
    this.values = values;
    this.plannedSteps = setting.plannedSteps;
    this.worlds = new WorldSet(setting, values.worlds, values.rolloutSteps, values.rewardScale);
    const agent = this.worlds.agents[0] as AgentSpace;
    const { choices, masked } = discrete(agent);
    const online = qNetwork(ONLINE, agent, values.hidden);
    const target = qNetwork(TARGET, agent, values.hidden);
    this.options = choices[0] as number;
    this.observationSize = online.inputs;
    this.buffer = new ReplayBuffer(values.bufferSize, online.inputs, masked ? this.options : 0);
    this.acting = compileForward(workspace, online, values.worlds);
    this.nextTarget = compileForward(workspace, target, values.minibatch);
    this.nextOnline = values.doubleEstimator ? compileForward(workspace, online, values.minibatch) : this.nextTarget;
    this.training = compileTraining(workspace, online, values);
    this.trainingInputs = {
      observation: this.training.input("observation"),
      action: this.training.input("action"),
      target: this.training.input("target"),
      learningRate: this.training.input("learning_rate"),
    };
    this.means = new ScalarMeans(this.training, ["loss", "q_value", "gradient_norm"], workspace);
    this.targetUpdate = compileTargetUpdate(workspace, target, online);
    this.greedy = new QPolicy(workspace, agent, online, 0);
    this.exploration = new RandomStream(seed, `actions of ${agent.id}`);
    this.draws = new RandomStream(seed, "minibatches");
    this.observations = new Float32Array(values.worlds * online.inputs);
    this.masks = masked ? new Float32Array(values.worlds * this.options) : undefined;
    this.actions = new Float32Array(values.worlds);
    this.present = new Int32Array(values.worlds);
    this.places = new Int32Array(values.minibatch);
    this.parts = { agent: this.ownState(), buffer: this.buffer, worlds: this.worlds };

    online.initialise(workspace, seed);
    this.moveTarget(1);
  }

  get steps(): number {
    return this.worlds.steps;
  }

  get iteration(): number {
    return this.worlds.rollouts;
  }

  /** Falls linearly from `epsilonStart` to `epsilonEnd` over the exploration fraction of the planned steps. */
  private get epsilon(): number {
    const { epsilonStart, epsilonEnd, explorationFraction } = this.values;
    const gone = Math.min(1, this.steps / (explorationFraction * this.plannedSteps));
    return epsilonStart + gone * (epsilonEnd - epsilonStart);
  }

  collect(report: Report): void {
    const { worlds, buffer, observationSize: size } = this;
    worlds.begin();
    for (let t = 0; t < worlds.rolloutSteps; t++) {
      this.observe(this.observations, this.masks);
      this.act(this.epsilon);
      for (let w = 0; w < worlds.count; w++) {
        const place = buffer.claim();
        this.present[w] = place;
        buffer.actions[place] = this.actions[w] as number;
        for (let i = 0; i < size; i++) {
          buffer.observations[place * size + i] = this.observations[w * size + i] as number;
        }
      }
      worlds.advance(t);
      for (let w = 0; w < worlds.count; w++) this.note(t, w);
      worlds.restart(t);
    }
    requireFinite("reward", worlds.rewards, worlds.rollouts);
    worlds.report(report);
    report("train/epsilon", this.epsilon);
  }

  private observe(observations: Float32Array, masks: Float32Array | undefined): void {
    for (let w = 0; w < this.worlds.count; w++) {
      const world = this.worlds.worlds[w] as World;
      world.observe(0, observations, w * this.observationSize);
      if (masks) world.mask?.(0, masks, w * this.options);
    }
  }

  /** Epsilon-greedy in every world, with one forward pass. */
  private act(epsilon: number): void {
    const { worlds, acting, options, masks, exploration } = this;
    const { choices } = discrete(worlds.agents[0] as AgentSpace);
    copyRows(acting.input, this.observations, this.observationSize, 0, worlds.count);
    acting.program.run();
    requireFinite("action value", acting.values, worlds.rollouts);
    for (let w = 0; w < worlds.count; w++) {
      if (exploration.uniform() < epsilon) this.actions[w] = anyOption(masks, w * options, options, exploration);
      else likeliestOptions(acting.values, w * options, choices, masks, w * options, this.actions, w);
      (worlds.worlds[w] as World).act(0, this.actions, w);
    }
  }

  /** Completes world w's transition with what followed. */
  private note(t: number, w: number): void {
    const { worlds, buffer, options } = this;
    const world = worlds.worlds[w] as World;
    const place = this.present[w] as number;
    buffer.rewards[place] = worlds.rewards[t * worlds.count + w] as number;
    buffer.terminated[place] = world.terminated ? 1 : 0;
    world.observe(0, buffer.nextObservations, place * this.observationSize);
    // Nothing has to be allowed beyond an end, and nothing is counted there.
    if (this.masks && !world.terminated) world.mask?.(0, buffer.nextMasks, place * options);
  }

  update(report: Report): void {
    const { values, buffer, places, trainingInputs } = this;
    report("train/learning_rate", values.learningRate);
    if (this.steps < values.learningStarts || buffer.size < values.minibatch) return;
    this.means.begin();
    for (let step = 0; step < values.gradientSteps; step++) {
      buffer.sample(places, this.draws);
      this.fillTargets(trainingInputs.target);
      gatherRows(trainingInputs.observation, buffer.observations, this.observationSize, places, 0, places.length);
      gatherRows(trainingInputs.action, buffer.actions, 1, places, 0, places.length);
      trainingInputs.learningRate[0] = values.learningRate;
      this.training.run();
      this.means.add(this.iteration);
    }
    this.updates++;
    if (this.updates % values.targetEvery === 0) this.moveTarget(values.targetRate);
    this.means.report(report, "");
  }

  /** r + gamma Q_target(s', a*) with a* the best allowed option; r alone where the episode terminated. */
  private fillTargets(target: Numbers): void {
    const { buffer, places, nextTarget, nextOnline, options, observationSize: size } = this;
    const { gamma } = this.values;
    gatherRows(nextTarget.input, buffer.nextObservations, size, places, 0, places.length);
    nextTarget.program.run();
    if (nextOnline !== nextTarget) {
      gatherRows(nextOnline.input, buffer.nextObservations, size, places, 0, places.length);
      nextOnline.program.run();
    }
    const masked = this.masks !== undefined;
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number;
      let value = buffer.rewards[place] as number;
      if (buffer.terminated[place] === 0) {
        let best = -1;
        for (let option = 0; option < options; option++) {
          if (masked && buffer.nextMasks[place * options + option] === 0) continue;
          const rated = nextOnline.values[i * options + option] as number;
          if (best < 0 || rated > (nextOnline.values[i * options + best] as number)) best = option;
        }
        if (best < 0) throw new RangeError("no option is allowed");
        value += gamma * (nextTarget.values[i * options + best] as number);
      }
      target[i] = value;
    }
  }

  private moveTarget(rate: number): void {
    this.targetUpdate.input("rate")[0] = rate;
    this.targetUpdate.run();
  }

  policy(): Policy {
    return this.greedy;
  }

  watch(observer: WorldObserver | undefined): void {
    this.worlds.observer = observer;
  }

  save(): SavedLearner {
    return saveLearner(this.workspace, this.parts);
  }

  load(saved: SavedLearner): void {
    loadLearner(this.workspace, this.parts, saved);
  }

  /** Layout: updates, exploration stream, stream of the minibatches. */
  private ownState(): Stateful {
    return {
      stateSize: 1 + 2 * RANDOM_STATE_SIZE,
      saveState: (out, offset) => {
        out[offset] = this.updates;
        this.draws.save(out, this.exploration.save(out, offset + 1));
      },
      loadState: (from, offset) => {
        this.updates = from[offset] as number;
        this.draws.load(from, this.exploration.load(from, offset + 1));
      },
    };
  }
}

/** L = E[(Q(s, a) - target)^2] or its Huber form, and one step of Adam. */
function compileTraining(workspace: Workspace, network: Mlp, values: DqnValues): Program {
  const graph = new Graph("DQN update");
  const observation = graph.input("observation", [values.minibatch, network.inputs]);
  const chosen = graph.selectColumn(network.apply(graph, observation), graph.input("action", [values.minibatch]));
  const target = graph.input("target", [values.minibatch]);
  const loss = values.loss === "huber" ? graph.huber(chosen, target, 1) : graph.squaredError(chosen, target);
  optimise(graph, "dqn", loss, network.parameters(graph), values);
  graph.output("loss", loss);
  graph.output("q_value", graph.mean(chosen));
  return workspace.compile(graph);
}

function compileTargetUpdate(workspace: Workspace, target: Mlp, online: Mlp): Program {
  const graph = new Graph("DQN target");
  graph.polyak(target.parameters(graph), online.parameters(graph), graph.input("rate", [1]));
  return workspace.compile(graph);
}

export const dqn: LearnerDefinition = {
  id: "dqn",
  version: 1,
  title: "DQN",
  summary: "Deep Q-learning for one agent with one choice a step: replay buffer, target network, falling epsilon.",
  parameters,
  unfit(world) {
    if (world.agents.length !== 1) return `DQN trains one agent, this world has ${world.agents.length}`;
    const { action } = world.agents[0] as AgentSpace;
    if (action.kind !== "discrete") return `DQN needs discrete actions, this agent's are ${action.kind}`;
    return action.choices.length === 1 ? undefined : `DQN makes one choice a step, this agent ${action.choices.length}`;
  },
  create(setting) {
    return new Dqn(setting, parameters.parse(setting.parameters));
  },
  restorePolicy(setting: PolicySetting, weights: TensorMap, sample: boolean): Policy {
    const values = parameters.parse(setting.parameters);
    const agent = setting.scenario.create(setting.scenarioParameters).agents[0] as AgentSpace;
    const network = qNetwork(ONLINE, agent, values.hidden);
    const policy = new QPolicy(setting.workspace, agent, network, sample ? values.epsilonEnd : 0);
    setting.workspace.loadWeights(weights);
    return policy;
  },
};
