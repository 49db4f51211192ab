import type { StoredTensor, TensorMap } from "../tensors.ts";
import { sizeOf } from "./ops.ts";
import type { Numbers } from "./workspace.ts";

/** What Adam keeps for one parameter: running means of the gradient and of its square. */
export interface Moments {
  readonly first: Numbers;
  readonly second: Numbers;
}

export interface OptimiserState {
  /** Steps taken, one value. */
  readonly step: Float64Array;
  readonly moments: Map<string, Moments>;
}

/** Where an executor keeps values that outlive a run. */
export interface Allocator {
  /** Zeroed values of the executor's precision. */
  numbers(size: number): Numbers;
  /** One zeroed float64. */
  counter(): Float64Array;
}

interface Named {
  readonly shape: readonly number[];
  readonly values: Numbers | Float64Array;
}

/** The parameters and optimiser states of a workspace, whatever executes its programs. */
export class Store {
  private readonly allocator: Allocator;
  private readonly parameters = new Map<string, { shape: readonly number[]; values: Numbers }>();
  private readonly optimisers = new Map<string, OptimiserState>();

  constructor(allocator: Allocator) {
    this.allocator = allocator;
  }

  get parameterNames(): readonly string[] {
    return [...this.parameters.keys()];
  }

  parameter(name: string): Numbers {
    const known = this.parameters.get(name);
    if (!known) throw new RangeError(`no parameter "${name}" in this workspace`);
    return known.values;
  }

  /** The parameter's values, new and zero when no graph has named it yet. */
  declareParameter(graph: string, name: string, shape: readonly number[]): Numbers {
    const known = this.parameters.get(name);
    if (!known) {
      const values = this.allocator.numbers(sizeOf(shape));
      this.parameters.set(name, { shape, values });
      return values;
    }
    if (known.shape.join() !== shape.join()) {
      throw new RangeError(
        `graph "${graph}": parameter "${name}" has shape [${shape.join(", ")}], in this workspace [${known.shape.join(", ")}]`,
      );
    }
    return known.values;
  }

  /** The optimiser's state with moments for (at least) the given parameters. */
  declareOptimiser(name: string, parameters: readonly string[]): OptimiserState {
    let state = this.optimisers.get(name);
    if (!state) {
      state = { step: this.allocator.counter(), moments: new Map() };
      this.optimisers.set(name, state);
    }
    for (const parameter of parameters) {
      if (state.moments.has(parameter)) continue;
      const size = this.parameter(parameter).length;
      state.moments.set(parameter, { first: this.allocator.numbers(size), second: this.allocator.numbers(size) });
    }
    return state;
  }

  saveWeights(): TensorMap {
    return copy(this.parameters);
  }

  loadWeights(weights: TensorMap): void {
    restore("parameter", this.parameters, weights);
  }

  saveOptimiser(): TensorMap {
    return copy(this.optimiserTensors());
  }

  /** Throws a RangeError also for a tensor that no compiled program of this workspace would use. */
  loadOptimiser(state: TensorMap): void {
    const tensors = this.optimiserTensors();
    const stranger = Object.keys(state).find((name) => !tensors.has(name));
    if (stranger !== undefined) throw new RangeError(`optimiser tensor "${stranger}" belongs to no compiled program`);
    restore("optimiser tensor", tensors, state);
  }

  private optimiserTensors(): Map<string, Named> {
    const tensors = new Map<string, Named>();
    for (const [name, { step, moments }] of this.optimisers) {
      tensors.set(`${name}/step`, { shape: [1], values: step });
      for (const [parameter, { first, second }] of moments) {
        const shape = this.parameters.get(parameter)?.shape as readonly number[];
        tensors.set(`${name}/${parameter}/first`, { shape, values: first });
        tensors.set(`${name}/${parameter}/second`, { shape, values: second });
      }
    }
    return tensors;
  }
}

function copy(tensors: ReadonlyMap<string, Named>): TensorMap {
  const copies: Record<string, StoredTensor> = {};
  for (const [name, { shape, values }] of tensors) copies[name] = { shape: [...shape], data: values.slice() };
  return copies;
}

/** All tensors or none: every name and shape is checked before the first value changes. */
function restore(what: string, tensors: ReadonlyMap<string, Named>, saved: TensorMap): void {
  for (const [name, { shape }] of tensors) {
    const found = saved[name];
    if (!found) throw new RangeError(`${what} "${name}" is missing`);
    if (found.shape.join() !== shape.join()) {
      throw new RangeError(`${what} "${name}" has shape [${found.shape.join(", ")}], expected [${shape.join(", ")}]`);
    }
  }
  for (const [name, { values }] of tensors) values.set((saved[name] as StoredTensor).data);
}
