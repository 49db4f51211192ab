import type { TensorMap } from "../tensors.ts";
import type { Graph } from "./graph.ts";
import type { Shape } from "./ops.ts";

/** float32 in the WASM executor, float64 in the reference. */
export type Numbers = Float32Array | Float64Array;

/** A compiled graph: a fixed list of kernel calls over a fixed memory plan. Running it allocates nothing. */
export interface Program {
  /** Names of the inputs, in the order of the graph. */
  readonly inputNames: readonly string[];
  /** The live memory of an input; write it before {@link run}. Throws on an unknown name. */
  input(name: string): Numbers;
  /** Throws on an unknown name. */
  inputShape(name: string): Shape;
  /** The live memory of a named output; valid after {@link run}. */
  output(name: string): Numbers;
  run(): void;
}

/**
 * One arena with the named parameters of a learner's networks and the programs compiled over them. Graphs that name the
 * same parameter share it, so a batch-1 policy and a training step see the same weights.
 */
export interface Workspace {
  /** `reference`, `relaxed-<hash>` or `plain-<hash>`: what a run records and a resume compares. */
  readonly kernelBuild: string;
  compile(graph: Graph): Program;
  /**
   * The values of a parameter now (row-major), to read or to change until the next program runs. An executor whose
   * memory is elsewhere hands out a copy and takes over what was changed in it: ask again after a run.
   */
  parameter(name: string): Numbers;
  /** Names in the order of their declaration. */
  readonly parameterNames: readonly string[];
  /** Copies of all parameters. */
  saveWeights(): TensorMap;
  /** Throws a RangeError naming the first parameter that is missing or of another shape. */
  loadWeights(weights: TensorMap): void;
  /** Copies of the optimisers' moments and step counts. */
  saveOptimiser(): TensorMap;
  loadOptimiser(state: TensorMap): void;
}
