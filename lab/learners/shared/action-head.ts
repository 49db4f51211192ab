import type { Graph } from "../../nn/graph.ts";
import type { Tensor } from "../../nn/ops.ts";
import type { Numbers, Workspace } from "../../nn/workspace.ts";
import type { RandomStream } from "../../random.ts";
import type { AgentSpace } from "../../scenarios/scenario.ts";
import { likeliestOptions, sampleGaussians, sampleOptions } from "./sampling.ts";

/**
 * What an agent's network output means: a categorical a head of choices (discrete), independent Gaussians whose mean is
 * the output and whose logarithmic standard deviation is a parameter of its own, independent of the state (continuous),
 * or both (hybrid: first the logits, then the means; an action is the option indices, then the reals). The parts of one
 * action are independent given the state, so log-probabilities and entropies are sums, and an actor has one ratio.
 */
export class ActionHead {
  readonly agent: AgentSpace;
  /** Numbers in an observation and in an action. */
  readonly observationSize: number;
  readonly actionSize: number;
  /** Logits in the output, and numbers in a mask; 0 for continuous actions. */
  readonly optionCount: number;
  /** Numbers in the output: logits, then means. */
  readonly outputSize: number;
  /** Name of the log-std parameter; "" for discrete actions. */
  readonly logStdName: string;
  private readonly choices: readonly number[];
  /** Reals in an action. */
  private readonly realCount: number;

  constructor(agent: AgentSpace) {
    const { action } = agent;
    this.agent = agent;
    this.choices = action.kind === "continuous" ? [] : action.choices;
    this.realCount = action.kind === "discrete" ? 0 : action.size;
    this.observationSize = agent.observation.reduce((total, part) => total + part.size, 0);
    this.actionSize = this.choices.length + this.realCount;
    this.optionCount = this.choices.reduce((total, count) => total + count, 0);
    this.outputSize = this.optionCount + this.realCount;
    this.logStdName = this.realCount > 0 ? `${agent.id}/actor/log_std` : "";
  }

  get masked(): boolean {
    const { action } = this.agent;
    return action.kind !== "continuous" && action.masked;
  }

  /** log std [reals], to be named an output where actions are drawn; undefined for discrete actions. */
  logStd(graph: Graph): Tensor | undefined {
    return this.realCount > 0 ? graph.parameter(this.logStdName, [this.realCount]) : undefined;
  }

  /** log pi(a|s) [B] of actions [B, actionSize] under an output [B, outputSize]; mask [B, optionCount]. */
  logProbability(graph: Graph, output: Tensor, actions: Tensor, mask: Tensor | undefined): Tensor {
    const { choices, realCount, optionCount } = this;
    const logStd = this.logStd(graph);
    if (!logStd) return graph.categoricalLogProbability(output, actions, choices, mask);
    if (optionCount === 0) return graph.gaussianLogProbability(output, logStd, actions);
    const options = graph.columns(actions, 0, choices.length);
    const reals = graph.columns(actions, choices.length, realCount);
    return graph.add(
      graph.categoricalLogProbability(this.logits(graph, output), options, choices, mask),
      graph.gaussianLogProbability(graph.columns(output, optionCount, realCount), logStd, reals),
    );
  }

  /** Entropy [1], mean over the batch. */
  entropy(graph: Graph, output: Tensor, mask: Tensor | undefined): Tensor {
    const logStd = this.logStd(graph);
    const ofReals = logStd && graph.gaussianEntropy(logStd);
    if (ofReals && this.optionCount === 0) return ofReals;
    const ofOptions = graph.mean(graph.categoricalEntropy(this.logits(graph, output), this.choices, mask));
    return ofReals ? graph.add(ofOptions, ofReals) : ofOptions;
  }

  private logits(graph: Graph, output: Tensor): Tensor {
    return this.realCount > 0 ? graph.columns(output, 0, this.optionCount) : output;
  }

  /**
   * Draws an action from the output that begins at `offset` and writes it from `to` on; the mask begins at `maskOffset`.
   *
   * @throws RangeError when a head has no allowed option.
   */
  sample(
    output: Numbers,
    offset: number,
    logStd: Numbers | undefined,
    mask: Float32Array | undefined,
    maskOffset: number,
    stream: RandomStream,
    actions: Float32Array,
    to: number,
  ): void {
    const { choices } = this;
    if (choices.length > 0) sampleOptions(output, offset, choices, mask, maskOffset, stream, actions, to);
    if (logStd) sampleGaussians(output, offset + this.optionCount, logStd, stream, actions, to + choices.length);
  }

  /** As {@link sample}, but the most likely allowed option of each head, and the means. */
  likeliest(
    output: Numbers,
    offset: number,
    mask: Float32Array | undefined,
    maskOffset: number,
    actions: Float32Array,
    to: number,
  ): void {
    const { choices, optionCount, realCount } = this;
    if (choices.length > 0) likeliestOptions(output, offset, choices, mask, maskOffset, actions, to);
    for (let i = 0; i < realCount; i++) {
      actions[to + choices.length + i] = output[offset + optionCount + i] as number;
    }
  }

  /** Sets the log-std, where there is one. */
  initialiseLogStd(workspace: Workspace, logStdStart: number): void {
    if (this.logStdName !== "") workspace.parameter(this.logStdName).fill(logStdStart);
  }
}
