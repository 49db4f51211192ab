/**
 * PPO with memory (as RecurrentPPO of Stable-Baselines3-contrib): actor and critic have a recurrent layer each, whose
 * state lives as long as an episode. A rollout of W worlds over T steps is cut into chunks of `chunk` consecutive steps
 * of one world, each with the state that the rollout itself had at its start; minibatches are made of whole chunks, and
 * gradients flow back through time within a chunk. When an update begins, these states are those of the present weights.
 */
import { z } from "zod";
import { Graph } from "../nn/graph.ts";
import type { Tensor } from "../nn/ops.ts";
import type { Numbers, Program, Workspace } from "../nn/workspace.ts";
import { parameter } from "../parameters.ts";
import { RandomStream } from "../random.ts";
import type { AgentSpace, Policy, World } from "../scenarios/scenario.ts";
import type { Learner, LearnerDefinition, LearnerSetting, Report, SavedLearner, WorldObserver } from "./learner.ts";
import { causeIn, placeIn, requireFinite } from "./shared/divergence.ts";
import { explainedVariance, generalisedAdvantages } from "./shared/gae.ts";
import { learningRateOf } from "./shared/learning-rate.ts";
import { hiddenWidths } from "./shared/networks.ts";
import { optimise, ScalarMeans } from "./shared/optimiser.ts";
import { batchFault, ppoParameterFields } from "./shared/parameters.ts";
import { type RecurrentLayers, RecurrentNetwork, RecurrentPolicy, RecurrentPolicyNetwork } from "./shared/recurrent.ts";
import { copyRows, gatherRows, gatherValues } from "./shared/rows.ts";
import { arrayState, loadLearner, type Stateful, saveLearner, streamState } from "./shared/state.ts";
import { WorldSet } from "./shared/worlds.ts";

const contrib = "Stable-Baselines3-contrib, RecurrentPPO's default";

const fields = z.object({
  ...ppoParameterFields({
    learningRate: [3e-4, contrib],
    gamma: [0.99, contrib],
    gaeLambda: [0.95, contrib],
    clip: [0.2, contrib],
    epochs: [10, contrib],
    minibatch: [128, contrib],
    worlds: [8, "RL Baselines3 Zoo, CartPole without velocities"],
    rolloutSteps: [128, contrib],
    entropyCoefficient: [0, contrib],
    valueCoefficient: [0.5, contrib],
    adamEpsilon: [1e-5, contrib],
    gradientNormClip: [0.5, contrib],
    hidden: ["64", "not used"],
    rewardScale: [1, "the rewards as they are"],
    logStdStart: [0, contrib],
  }),
  hidden: parameter(
    z
      .string()
      .regex(
        /^(none|[1-9]\d{0,3}(x[1-9]\d{0,3}){0,7})$/,
        "hidden widths are written like 64x64 (up to 8 layers) or none",
      )
      .default("none"),
    {
      title: "Hidden layers",
      unit: "",
      source: "assumed",
      reason: "the recurrent layer sees the observation itself, as in Stable-Baselines3-contrib",
      help: "Widths of the tanh layers before the recurrent layer, of actor and critic, like 64x64; or none.",
      group: "Networks",
    },
  ),
  cell: parameter(z.enum(["rnn", "gru", "lstm"]).default("lstm"), {
    title: "Recurrent cell",
    unit: "",
    source: "assumed",
    reason: contrib,
    help: "Plain tanh (rnn), gated (gru) or long short-term memory (lstm), of actor and critic.",
    group: "Networks",
  }),
  units: parameter(z.number().int().min(1).max(4096).default(64), {
    title: "Recurrent units",
    unit: "",
    source: "assumed",
    reason: "the usual small network",
    help: "Width of the recurrent layer of actor and critic.",
    group: "Networks",
  }),
  chunk: parameter(z.number().int().min(1).max(65_536).default(16), {
    title: "Chunk",
    unit: "steps",
    source: "assumed",
    reason: "divides the usual rollouts, and is longer than what the learning checks have to remember",
    help: "Steps through which gradients flow back. Has to divide rolloutSteps and minibatch.",
    group: "Batches",
  }),
});

type RecurrentValues = z.output<typeof fields>;

/** The field at fault and what is wrong with the batch sizes; undefined when nothing is. */
function chunkFault(values: RecurrentValues): readonly [field: string, message: string] | undefined {
  const { rolloutSteps, minibatch, chunk } = values;
  if (rolloutSteps % chunk !== 0) {
    return ["chunk", `rolloutSteps (${rolloutSteps}) has to be divisible by chunk (${chunk})`];
  }
  if (minibatch % chunk !== 0) return ["chunk", `minibatch (${minibatch}) has to be divisible by chunk (${chunk})`];
  const message = batchFault(values);
  return message === undefined ? undefined : ["minibatch", message];
}

const parameters = fields.superRefine((values, context) => {
  const fault = chunkFault(values);
  if (fault) context.addIssue({ code: "custom", path: [fault[0]], message: fault[1] });
});

function layersOf({ hidden, cell, units }: RecurrentValues): RecurrentLayers {
  return { hidden: hidden === "none" ? [] : hiddenWidths(hidden), cell, units };
}

/**
 * The inputs of a graph over B sequences of `chunk` steps, by name; rows are step-major: step s of sequence b is row
 * s B + b. States are those before the first step.
 */
interface ChunkInputs<T> {
  readonly observation: T;
  readonly actions: T;
  /** Masked choices only. */
  readonly mask: T | undefined;
  readonly criticInput: T;
  /** 0 where an episode begins. */
  readonly keep: T;
  readonly actorState: T;
  readonly criticState: T;
}

class RecurrentPpo implements Learner {
  private readonly workspace: Workspace;
  private readonly values: RecurrentValues;
  private readonly plannedSteps: number;
  private readonly worlds: WorldSet;
  private readonly actor: RecurrentPolicyNetwork;
  private readonly critic: RecurrentNetwork;
  private readonly greedy: RecurrentPolicy;
  /** Numbers that the critic sees: the observation and t/T. */
  private readonly criticInputSize: number;

  // The rollout, step-major: step t of world w is row t W + w. The last W rows of what is seen look beyond an end.
  private readonly observations: Float32Array;
  private readonly criticInputs: Float32Array;
  private readonly actions: Float32Array;
  private readonly masks: Float32Array;
  /** 0 where an episode began with this step, else 1 [T W]. */
  private readonly keep: Float32Array;
  private readonly logProbabilities: Float64Array;
  private readonly stateValues: Float64Array;
  /** Value beyond the end of an episode [T W] and beyond the rollout [W]. */
  private readonly endValues: Float64Array;
  private readonly lastValues: Float64Array;
  private readonly advantages: Float64Array;
  private readonly returns: Float64Array;

  /** What actor and critic carry into the next step of each world [W, stateSize]. */
  private readonly actorState: Float32Array;
  private readonly criticState: Float32Array;
  /** 1 where the next step begins an episode [W]. */
  private readonly begins: Uint8Array;
  /** The states at the start of each chunk: chunk c of world w is row c W + w. */
  private readonly actorStarts: Float32Array;
  private readonly criticStarts: Float32Array;

  private readonly acting: Program;
  private readonly beyond: Program;
  private readonly evaluation: Program;
  private readonly evaluationBatch: ChunkInputs<Numbers>;
  private readonly training: Program;
  private readonly trainingBatch: ChunkInputs<Numbers>;
  private readonly means: ScalarMeans;
  private readonly explainActing: () => string;

  /** Sequences of a minibatch. */
  private readonly sequences: number;
  /** Chunks in the order of this epoch's minibatches. */
  private readonly order: Int32Array;
  /** Rows of the rollout that the minibatch at hand holds. */
  private readonly rows: Int32Array;

  private readonly draws: RandomStream;
  private readonly shuffles: RandomStream;
  private readonly parts: Readonly<Record<string, Stateful>>;

  constructor(setting: LearnerSetting, values: RecurrentValues) {
    const { workspace, seed } = setting;
    const worlds = new WorldSet(setting, values.worlds, values.rolloutSteps, values.rewardScale);
    const agent = worlds.agents[0] as AgentSpace;
    const actor = new RecurrentPolicyNetwork(agent, layersOf(values));
    this.workspace = workspace;
    this.values = values;
    this.plannedSteps = setting.plannedSteps;
    this.worlds = worlds;
    this.actor = actor;
    this.criticInputSize = actor.observationSize + 1;
    this.critic = new RecurrentNetwork(`${agent.id}/critic`, this.criticInputSize, layersOf(values), 1, 1);

    const count = worlds.count;
    const steps = worlds.rolloutSteps * count;
    this.observations = new Float32Array((steps + count) * actor.observationSize);
    this.criticInputs = new Float32Array((steps + count) * this.criticInputSize);
    this.actions = new Float32Array(steps * actor.actionSize);
    this.masks = new Float32Array(actor.masked ? (steps + count) * actor.optionCount : 0);
    this.keep = new Float32Array(steps);
    this.logProbabilities = new Float64Array(steps);
    this.stateValues = new Float64Array(steps);
    this.endValues = new Float64Array(steps);
    this.lastValues = new Float64Array(count);
    this.advantages = new Float64Array(steps);
    this.returns = new Float64Array(steps);

    const chunks = steps / values.chunk;
    this.actorState = new Float32Array(count * actor.stateSize);
    this.criticState = new Float32Array(count * this.critic.stateSize);
    this.begins = new Uint8Array(count).fill(1);
    this.actorStarts = new Float32Array(chunks * actor.stateSize);
    this.criticStarts = new Float32Array(chunks * this.critic.stateSize);
    this.sequences = values.minibatch / values.chunk;
    this.order = new Int32Array(chunks);
    this.rows = new Int32Array(values.minibatch);

    this.acting = this.compileActing();
    this.beyond = this.compileBeyond();
    this.evaluation = this.compileEvaluation();
    this.evaluationBatch = this.batchOf(this.evaluation);
    this.training = this.compileTraining();
    this.trainingBatch = this.batchOf(this.training);
    const reported = ["policy_loss", "value_loss", "entropy", "gradient_norm", "approx_kl", "clip_fraction"];
    this.means = new ScalarMeans(this.training, reported, workspace);
    this.explainActing = () => causeIn(this.acting, workspace);
    this.greedy = new RecurrentPolicy(workspace, actor, false);

    this.draws = new RandomStream(seed, `actions of ${agent.id}`);
    this.shuffles = new RandomStream(seed, `minibatches of ${agent.id}`);
    this.parts = {
      worlds,
      actions: streamState(this.draws),
      minibatches: streamState(this.shuffles),
      actor_state: arrayState(this.actorState),
      critic_state: arrayState(this.criticState),
      begins: arrayState(this.begins),
    };
    actor.initialise(workspace, seed, values.logStdStart);
    this.critic.initialise(workspace, seed);
  }

  /** One step of actor and critic in all worlds. */
  private compileActing(): Program {
    const { actor, critic, criticInputSize } = this;
    const { count } = this.worlds;
    const graph = new Graph("recurrent PPO acts");
    const keep = graph.input("keep", [count]);
    const decided = actor.apply(
      graph,
      graph.input("observation", [count, actor.observationSize]),
      graph.input("actor_state", [count, actor.stateSize]),
      keep,
    );
    const judged = critic.apply(
      graph,
      graph.input("critic_input", [count, criticInputSize]),
      graph.input("critic_state", [count, critic.stateSize]),
      keep,
    );
    const logStd = actor.logStd(graph);
    graph.output("output", decided.output);
    if (logStd) graph.output("log_std", logStd);
    graph.output("next_actor_state", decided.state);
    graph.output("next_critic_state", judged.state);
    return this.workspace.compile(graph);
  }

  /** Values one step beyond what was played: episodes go on, so the critic's states are kept. */
  private compileBeyond(): Program {
    const { critic, criticInputSize } = this;
    const { count } = this.worlds;
    const graph = new Graph("recurrent PPO looks beyond");
    const input = graph.input("critic_input", [count, criticInputSize]);
    const state = graph.input("critic_state", [count, critic.stateSize]);
    graph.output("value", critic.apply(graph, input, state, graph.input("keep", [count])).output);
    const program = this.workspace.compile(graph);
    program.input("keep").fill(1);
    return program;
  }

  private declareInputs(graph: Graph): ChunkInputs<Tensor> {
    const { actor, critic, sequences } = this;
    const { minibatch } = this.values;
    return {
      observation: graph.input("observation", [minibatch, actor.observationSize]),
      actions: graph.input("actions", [minibatch, actor.actionSize]),
      mask: actor.masked ? graph.input("mask", [minibatch, actor.optionCount]) : undefined,
      criticInput: graph.input("critic_input", [minibatch, this.criticInputSize]),
      keep: graph.input("keep", [minibatch]),
      actorState: graph.input("actor_state", [sequences, actor.stateSize]),
      criticState: graph.input("critic_state", [sequences, critic.stateSize]),
    };
  }

  private batchOf(program: Program): ChunkInputs<Numbers> {
    return {
      observation: program.input("observation"),
      actions: program.input("actions"),
      mask: this.actor.masked ? program.input("mask") : undefined,
      criticInput: program.input("critic_input"),
      keep: program.input("keep"),
      actorState: program.input("actor_state"),
      criticState: program.input("critic_state"),
    };
  }

  /** log pi(a|s) and V(s) of a minibatch of chunks. */
  private compileEvaluation(): Program {
    const { actor, critic } = this;
    const graph = new Graph("recurrent PPO evaluates");
    const inputs = this.declareInputs(graph);
    const { output } = actor.apply(graph, inputs.observation, inputs.actorState, inputs.keep);
    graph.output("log_probability", actor.logProbability(graph, output, inputs.actions, inputs.mask));
    graph.output("value", critic.apply(graph, inputs.criticInput, inputs.criticState, inputs.keep).output);
    return this.workspace.compile(graph);
  }

  /** L = -E[min(r A, clip(r) A)] + c_v E[(V - target)^2] - c_e E[H], A normalised in the minibatch: PPO's own loss. */
  private compileTraining(): Program {
    const { actor, critic, values } = this;
    const graph = new Graph("recurrent PPO update");
    const inputs = this.declareInputs(graph);
    const advantage = graph.standardise(graph.input("advantage", [values.minibatch]));
    const old = graph.input("old_log_probability", [values.minibatch]);
    const { output } = actor.apply(graph, inputs.observation, inputs.actorState, inputs.keep);
    const logProbability = actor.logProbability(graph, output, inputs.actions, inputs.mask);
    const value = critic.apply(graph, inputs.criticInput, inputs.criticState, inputs.keep).output;

    const policyLoss = graph.clippedSurrogate(logProbability, old, advantage, values.clip);
    const valueLoss = graph.squaredError(value, graph.input("target", [values.minibatch]));
    const entropy = actor.entropy(graph, output, inputs.mask);
    const loss = graph.weightedSum([
      { term: policyLoss, weight: 1 },
      { term: valueLoss, weight: values.valueCoefficient },
      { term: entropy, weight: -values.entropyCoefficient },
    ]);
    optimise(graph, actor.agent.id, loss, [...actor.parameters(graph), ...critic.parameters(graph)], values);
    graph.output("policy_loss", policyLoss);
    graph.output("value_loss", valueLoss);
    graph.output("entropy", entropy);
    graph.output("approx_kl", graph.approximateKl(logProbability, old));
    graph.output("clip_fraction", graph.clipFraction(logProbability, old, values.clip));
    return this.workspace.compile(graph);
  }

  collect(report: Report): void {
    const { worlds, values, actor, critic, begins } = this;
    worlds.begin();
    this.endValues.fill(0);
    for (let t = 0; t < worlds.rolloutSteps; t++) {
      if (t % values.chunk === 0) {
        const chunk = (t / values.chunk) * worlds.count;
        this.actorStarts.set(this.actorState, chunk * actor.stateSize);
        this.criticStarts.set(this.criticState, chunk * critic.stateSize);
      }
      this.observe(t, worlds.all);
      this.act(t);
      if (worlds.advance(t)) {
        this.observe(worlds.rolloutSteps, worlds.truncated);
        this.lookBeyond(worlds.truncated, this.endValues, t);
      }
      worlds.restart(t);
      for (let w = 0; w < worlds.count; w++) begins[w] = worlds.ends[t * worlds.count + w] as number;
    }
    this.observe(worlds.rolloutSteps, worlds.all);
    this.lookBeyond(worlds.all, this.lastValues, 0);
    worlds.report(report);
  }

  /** Observes the worlds flagged in `which` [W] as step t. */
  private observe(t: number, which: Uint8Array): void {
    const { worlds, actor, observations, criticInputs, criticInputSize } = this;
    const size = actor.observationSize;
    for (let w = 0; w < worlds.count; w++) {
      if (which[w] === 0) continue;
      const world = worlds.worlds[w] as World;
      const row = t * worlds.count + w;
      world.observe(0, observations, row * size);
      if (actor.masked) world.mask?.(0, this.masks, row * actor.optionCount);
      const to = row * criticInputSize;
      for (let i = 0; i < size; i++) criticInputs[to + i] = observations[row * size + i] as number;
      criticInputs[to + size] = world.elapsed;
    }
  }

  /**
   * Draws a ~ pi(.|s_0 .. s_t) in every world, observed before, and acts; the states move on.
   *
   * @throws TrainingDiverged when the network's output is not finite.
   */
  private act(t: number): void {
    const { worlds, actor, acting, keep } = this;
    const { count } = worlds;
    for (let w = 0; w < count; w++) keep[t * count + w] = this.begins[w] === 1 ? 0 : 1;
    copyRows(acting.input("keep"), keep, 1, t * count, count);
    copyRows(acting.input("observation"), this.observations, actor.observationSize, t * count, count);
    copyRows(acting.input("critic_input"), this.criticInputs, this.criticInputSize, t * count, count);
    acting.input("actor_state").set(this.actorState);
    acting.input("critic_state").set(this.criticState);
    acting.run();
    const output = acting.output("output");
    requireFinite(`${actor.agent.id}/policy output`, output, worlds.rollouts, this.explainActing);
    this.actorState.set(acting.output("next_actor_state"));
    this.criticState.set(acting.output("next_critic_state"));

    const logStd = actor.logStdName === "" ? undefined : acting.output("log_std");
    const masks = actor.masked ? this.masks : undefined;
    for (let w = 0; w < count; w++) {
      const row = t * count + w;
      const to = row * actor.actionSize;
      actor.sample(output, w * actor.outputSize, logStd, masks, row * actor.optionCount, this.draws, this.actions, to);
      (worlds.worlds[w] as World).act(0, this.actions, to);
    }
  }

  /** Values of the observations noted as step T in the worlds flagged in `which` [W], to row t of `target`. */
  private lookBeyond(which: Uint8Array, target: Float64Array, t: number): void {
    const { beyond, worlds } = this;
    const { count, rolloutSteps } = worlds;
    copyRows(beyond.input("critic_input"), this.criticInputs, this.criticInputSize, rolloutSteps * count, count);
    beyond.input("critic_state").set(this.criticState);
    beyond.run();
    const value = beyond.output("value");
    for (let w = 0; w < count; w++) if (which[w] === 1) target[t * count + w] = value[w] as number;
  }

  update(report: Report): void {
    const { values, worlds, order, training } = this;

    // pi_old(a|s), V(s), advantages and value targets of the whole rollout, before any weight changes.
    this.evaluate();
    const at = placeIn(worlds.count);
    const { id } = this.actor.agent;
    requireFinite(`${id}/log probability`, this.logProbabilities, worlds.rollouts, at);
    requireFinite("reward", worlds.rewards, worlds.rollouts, at);
    requireFinite(`${id}/value`, this.returns, worlds.rollouts, at);

    const learningRate = learningRateOf(values, this.plannedSteps, worlds.rollouts);
    this.means.begin();
    for (let chunk = 0; chunk < order.length; chunk++) order[chunk] = chunk;
    for (let epoch = 0; epoch < values.epochs; epoch++) {
      this.shuffles.shuffle(order);
      for (let start = 0; start < order.length; start += this.sequences) {
        this.fill(this.trainingBatch, order, start);
        const { rows } = this;
        gatherValues(training.input("old_log_probability"), this.logProbabilities, rows, 0, rows.length);
        gatherValues(training.input("advantage"), this.advantages, rows, 0, rows.length);
        gatherValues(training.input("target"), this.returns, rows, 0, rows.length);
        training.input("learning_rate")[0] = learningRate;
        training.run();
        this.means.add(worlds.rollouts);
      }
    }

    this.means.report(report, "");
    report("train/explained_variance", explainedVariance(this.returns, this.advantages));
    report("train/learning_rate", learningRate);
  }

  /** Fills log-probabilities, values, advantages and value targets of the rollout under the present weights. */
  private evaluate(): void {
    const { worlds, values, order, rows, evaluation } = this;
    const logProbability = evaluation.output("log_probability");
    const value = evaluation.output("value");
    for (let chunk = 0; chunk < order.length; chunk++) order[chunk] = chunk;
    for (let start = 0; start < order.length; start += this.sequences) {
      this.fill(this.evaluationBatch, order, start);
      evaluation.run();
      for (let i = 0; i < rows.length; i++) {
        this.logProbabilities[rows[i] as number] = logProbability[i] as number;
        this.stateValues[rows[i] as number] = value[i] as number;
      }
    }
    generalisedAdvantages(
      {
        steps: worlds.rolloutSteps,
        worlds: worlds.count,
        rewards: worlds.rewards,
        ends: worlds.ends,
        values: this.stateValues,
        endValues: this.endValues,
        lastValues: this.lastValues,
        gamma: values.gamma,
        lambda: values.gaeLambda,
      },
      this.advantages,
      this.returns,
    );
  }

  /** Copies the chunks `order[start .. start + sequences)` to a program; {@link rows} then tells where they lie. */
  private fill(batch: ChunkInputs<Numbers>, order: Int32Array, start: number): void {
    const { actor, critic, sequences, rows } = this;
    const { count } = this.worlds;
    const { chunk } = this.values;
    for (let b = 0; b < sequences; b++) {
      const c = order[start + b] as number;
      const first = Math.floor(c / count) * chunk * count + (c % count);
      for (let s = 0; s < chunk; s++) rows[s * sequences + b] = first + s * count;
    }
    gatherRows(batch.observation, this.observations, actor.observationSize, rows, 0, rows.length);
    gatherRows(batch.actions, this.actions, actor.actionSize, rows, 0, rows.length);
    if (batch.mask) gatherRows(batch.mask, this.masks, actor.optionCount, rows, 0, rows.length);
    gatherRows(batch.criticInput, this.criticInputs, this.criticInputSize, rows, 0, rows.length);
    gatherRows(batch.keep, this.keep, 1, rows, 0, rows.length);
    gatherRows(batch.actorState, this.actorStarts, actor.stateSize, order, start, sequences);
    gatherRows(batch.criticState, this.criticStarts, critic.stateSize, order, start, sequences);
  }

  get steps(): number {
    return this.worlds.steps;
  }

  get iteration(): number {
    return this.worlds.rollouts;
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
}

export const recurrentPpo: LearnerDefinition = {
  id: "recurrent-ppo",
  version: 1,
  title: "Recurrent PPO",
  summary: "PPO with memory for one agent: actor and critic with a plain, gated or LSTM layer.",
  parameters,
  unfit(world) {
    const count = world.agents.length;
    return count === 1 ? undefined : `Recurrent PPO trains one agent, this world has ${count}`;
  },
  create(setting) {
    const values = fields.parse(setting.parameters);
    const fault = chunkFault(values);
    if (fault) throw new RangeError(fault[1]);
    return new RecurrentPpo(setting, values);
  },
  restorePolicy(setting, weights, sample) {
    const [agent] = setting.scenario.create(setting.scenarioParameters).agents as [AgentSpace];
    const network = new RecurrentPolicyNetwork(agent, layersOf(fields.parse(setting.parameters)));
    const policy = new RecurrentPolicy(setting.workspace, network, sample);
    setting.workspace.loadWeights(weights);
    return policy;
  },
};
