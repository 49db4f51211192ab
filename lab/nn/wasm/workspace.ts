import type { Graph } from "../graph.ts";
import { sizeOf } from "../ops.ts";
import { createProgram } from "../program.ts";
import { Store } from "../store.ts";
import type { Program, Workspace } from "../workspace.ts";
import { Arena } from "./arena.ts";
import type { KernelExports, Kernels } from "./kernels.ts";
import { lower } from "./lower.ts";
import { planAddresses } from "./plan.ts";

const DEFAULT_BYTES = 64 * 1024 * 1024;

/**
 * A workspace whose programs run on WebAssembly kernels in float32, on the calling thread. Compiled programs stay in
 * its memory as long as it lives.
 * @param options.bytes size of its memory, fixed for its life; pages that are never written cost nothing (64 MiB)
 */
export function createWasmWorkspace(kernels: Kernels, options: { bytes?: number } = {}): Workspace {
  return new WasmWorkspace(kernels, new Arena(options.bytes ?? DEFAULT_BYTES));
}

class WasmWorkspace extends Store implements Workspace {
  readonly kernelBuild: string;
  private readonly arena: Arena;
  private readonly kernels: KernelExports;

  constructor(kernels: Kernels, arena: Arena) {
    super({
      numbers: (size) => arena.float32(arena.allocate(size * Float32Array.BYTES_PER_ELEMENT), size),
      counter: () => arena.float64(arena.allocate(Float64Array.BYTES_PER_ELEMENT), 1),
    });
    const instance = new WebAssembly.Instance(kernels.module, { env: { memory: arena.memory } });
    this.kernelBuild = kernels.build;
    this.arena = arena;
    this.kernels = instance.exports as KernelExports;
    arena.startAt(this.kernels.arenaStart.value);
  }

  compile(graph: Graph): Program {
    const { arena } = this;
    const parameters = new Map<number, number>();
    for (const { id, op, shape } of graph.nodes) {
      if (op.kind === "parameter") parameters.set(id, this.declareParameter(graph.name, op.name, shape).byteOffset);
    }
    const addresses = planAddresses(graph, arena, (id) => parameters.get(id) as number);
    const optimiser = this.declareOptimiser.bind(this);
    const { from, end } = lower(graph, { arena, addresses, optimiser });
    const values = (id: number) => arena.float32(addresses[id] as number, sizeOf(graph.shapeOf(id)));
    const { run } = this.kernels;
    return createProgram(graph, values, () => run(from, end));
  }
}
