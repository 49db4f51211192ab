import type { Graph } from "../graph.ts";
import { type Node, type OpKind, sizeOf } from "../ops.ts";
import { createProgram } from "../program.ts";
import { Store } from "../store.ts";
import type { Program, Workspace } from "../workspace.ts";
import { referenceKernels } from "./kernels.ts";
import type { Operands, ReferenceKernel, ReferenceKernels } from "./operands.ts";

/**
 * A workspace that computes in float64 with plain loops: slow, simple, and the judge of every other executor.
 * Tests pass kernels of their own to check that a wrong one would be noticed.
 */
export function createReferenceWorkspace(kernels: ReferenceKernels = referenceKernels): Workspace {
  return new ReferenceWorkspace(kernels);
}

class ReferenceWorkspace extends Store implements Workspace {
  readonly kernelBuild = "reference";
  private readonly kernels: ReferenceKernels;

  constructor(kernels: ReferenceKernels) {
    super({ numbers: (size) => new Float64Array(size), counter: () => new Float64Array(1) });
    this.kernels = kernels;
  }

  compile(graph: Graph): Program {
    const values = graph.nodes.map(({ op, shape }) =>
      op.kind === "parameter"
        ? (this.declareParameter(graph.name, op.name, shape) as Float64Array)
        : new Float64Array(sizeOf(shape)),
    );
    const steps = graph.nodes.map((node) => this.bind(graph, node, values));
    const run = (): void => {
      for (const step of steps) step();
    };
    return createProgram(graph, (id) => values[id] as Float64Array, run);
  }

  private bind(graph: Graph, { id, op }: Node, values: readonly Float64Array[]): () => void {
    const ids = op.inputs as readonly number[];
    const operands: Operands = {
      inputs: ids.map((input) => values[input] as Float64Array),
      shapes: ids.map((input) => graph.shapeOf(input)),
      out: values[id] as Float64Array,
      optimiser: op.kind === "adam" ? this.declareOptimiser(op.optimiser, op.parameters) : undefined,
    };
    const kernel = this.kernels[op.kind] as ReferenceKernel<OpKind>;
    return () => kernel(op, operands);
  }
}
