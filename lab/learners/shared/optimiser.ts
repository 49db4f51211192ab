import type { Graph } from "../../nn/graph.ts";
import type { Tensor } from "../../nn/ops.ts";
import type { Program, Workspace } from "../../nn/workspace.ts";
import type { Report } from "../learner.ts";
import { causeIn, requireFinite } from "./divergence.ts";

export interface OptimiserOptions {
  readonly adamEpsilon: number;
  /** 0 = no limit. */
  readonly gradientNormClip: number;
}

/**
 * Ends a training graph: gradients of `loss` [1], their global norm (limited where asked for), one step of Adam with
 * the usual decay rates (Kingma and Ba, 2015). Adds the input `learning_rate` and the output `gradient_norm`.
 */
export function optimise(
  graph: Graph,
  optimiser: string,
  loss: Tensor,
  parameters: readonly Tensor[],
  { adamEpsilon, gradientNormClip }: OptimiserOptions,
): void {
  const gradients = graph.gradients(loss, parameters);
  const norm = graph.globalNorm(gradients);
  const limited = gradientNormClip > 0 ? graph.clipByGlobalNorm(gradients, norm, gradientNormClip) : gradients;
  const learningRate = graph.input("learning_rate", [1]);
  graph.adam(optimiser, parameters, limited, learningRate, { beta1: 0.9, beta2: 0.999, epsilon: adamEpsilon });
  graph.output("gradient_norm", norm);
}

/** Means of a training program's scalar outputs over the minibatches of one update, reported as `train/<output>`. */
export class ScalarMeans {
  private readonly names: readonly string[];
  private readonly outputs: readonly ArrayLike<number>[];
  private readonly explain: () => string;
  private readonly sums: Float64Array;
  private count = 0;

  /** `workspace` holds the program's parameters. */
  constructor(program: Program, names: readonly string[], workspace: Workspace) {
    this.names = names;
    this.explain = () => causeIn(program, workspace);
    this.outputs = names.map((name) => program.output(name));
    this.sums = new Float64Array(names.length);
  }

  begin(): void {
    this.sums.fill(0);
    this.count = 0;
  }

  /** Adds the last run's outputs. @throws TrainingDiverged naming the first that is not finite, and its cause. */
  add(iteration: number): void {
    for (let i = 0; i < this.sums.length; i++) {
      const output = this.outputs[i] as ArrayLike<number>;
      if (!Number.isFinite(output[0])) requireFinite(spoken(this.names[i] as string), output, iteration, this.explain);
      this.sums[i] = (this.sums[i] as number) + (output[0] as number);
    }
    this.count++;
  }

  /** `train/<prefix><output>` for each output. */
  report(report: Report, prefix: string): void {
    for (let i = 0; i < this.sums.length; i++) {
      report(`train/${prefix}${this.names[i]}`, (this.sums[i] as number) / this.count);
    }
  }
}

function spoken(name: string): string {
  return name.replaceAll("_", " ");
}
