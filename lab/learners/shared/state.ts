import type { Workspace } from "../../nn/workspace.ts";
import { RANDOM_STATE_SIZE, type RandomStream } from "../../random.ts";
import type { StoredTensor, TensorMap } from "../../tensors.ts";
import type { SavedLearner } from "../learner.ts";

/** Something whose state is a fixed count of numbers. */
export interface Stateful {
  readonly stateSize: number;
  saveState(out: Float64Array, offset: number): void;
  loadState(from: Float64Array, offset: number): void;
}

/** The state of a random stream. */
export function streamState(stream: RandomStream): Stateful {
  return {
    stateSize: RANDOM_STATE_SIZE,
    saveState: (out, offset) => stream.save(out, offset),
    loadState: (from, offset) => stream.load(from, offset),
  };
}

/** Numbers that an iteration leaves to the next. */
export function arrayState(values: Float32Array | Uint8Array): Stateful {
  return {
    stateSize: values.length,
    saveState: (out, offset) => out.set(values, offset),
    loadState: (from, offset) => values.set(from.subarray(offset, offset + values.length)),
  };
}

const optimiserPrefix = "optimiser/";

/** Copies everything that must survive a kill: weights, optimisers and the named parts of the learner. */
export function saveLearner(workspace: Workspace, parts: Readonly<Record<string, Stateful>>): SavedLearner {
  const state: Record<string, StoredTensor> = {};
  for (const [name, tensor] of Object.entries(workspace.saveOptimiser())) state[optimiserPrefix + name] = tensor;
  for (const [name, part] of Object.entries(parts)) {
    const data = new Float64Array(part.stateSize);
    part.saveState(data, 0);
    state[name] = { shape: [data.length], data };
  }
  return { weights: workspace.saveWeights(), state };
}

/** @throws RangeError naming the first tensor that does not fit; the learner is then not to be used. */
export function loadLearner(
  workspace: Workspace,
  parts: Readonly<Record<string, Stateful>>,
  { weights, state }: SavedLearner,
): void {
  const optimiser: Record<string, StoredTensor> = {};
  for (const [name, tensor] of Object.entries(state)) {
    if (name.startsWith(optimiserPrefix)) optimiser[name.slice(optimiserPrefix.length)] = tensor;
  }
  for (const [name, part] of Object.entries(parts)) requireNumbers(state, name, part.stateSize);
  workspace.loadWeights(weights);
  workspace.loadOptimiser(optimiser);
  for (const [name, part] of Object.entries(parts)) part.loadState(requireNumbers(state, name, part.stateSize), 0);
}

/** The float64 vector `name` of `size` numbers. @throws RangeError when it is missing or another one. */
export function requireNumbers(state: TensorMap, name: string, size: number): Float64Array {
  const data = state[name]?.data;
  if (!(data instanceof Float64Array)) throw new RangeError(`the saved state has no float64 tensor "${name}"`);
  if (data.length !== size) {
    throw new RangeError(`the saved tensor "${name}" has ${data.length} numbers, this learner needs ${size}`);
  }
  return data;
}
