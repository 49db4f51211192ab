import type { Graph } from "../graph.ts";
import { sizeOf } from "../ops.ts";
import { createProgram } from "../program.ts";
import { Store } from "../store.ts";
import type { Program, Workspace } from "../workspace.ts";
import { Arena } from "./arena.ts";
import { CREW_BYTES, CREW_PATIENCE, CREW_WORKERS, NAP_SECONDS } from "./assembly/opcodes.ts";
import { breakUp, type Crew } from "./crew.ts";
import { instantiate, type KernelExports, type Kernels } from "./kernels.ts";
import { lower } from "./lower.ts";
import { planAddresses } from "./plan.ts";
import type { Instructions } from "./writer.ts";

const DEFAULT_BYTES = 64 * 1024 * 1024;
const MOST_WORKERS = 16;
const PATIENCE_SECONDS = 60;
/**
 * Multiply-adds for which one meeting counts: some 5 microseconds, with the fetching of what the other worker wrote.
 * Measured with two threads: 64 hidden units and batch 64 (80 000 saved a meeting) do not gain, 128 (160 000) do.
 */
const MEETING_WORK = 100_000;

export interface WasmWorkspaceOptions {
  /** Size of the workspace's memory, fixed for its life; pages that are never written cost nothing (64 MiB). */
  readonly bytes?: number;
  /** Threads that share the work of the programs that are large enough; none where absent. */
  readonly crew?: Crew;
}

/**
 * A workspace whose programs run on WebAssembly kernels in float32, on the calling thread and those of a crew: every
 * value has the same bits however many these are. Compiled programs stay in its memory as long as it lives.
 */
export function createWasmWorkspace(kernels: Kernels, options: WasmWorkspaceOptions = {}): Workspace {
  return new WasmWorkspace(kernels, new Arena(options.bytes ?? DEFAULT_BYTES), options.crew);
}

class WasmWorkspace extends Store implements Workspace {
  readonly kernelBuild: string;
  private readonly arena: Arena;
  private readonly kernels: KernelExports;

  private readonly crew: Crew | undefined;
  private readonly module: WebAssembly.Module;
  /** Where the crew's threads meet; 0 as long as no program needs them. */
  private meetingPlace = 0;

  constructor({ module, build }: Kernels, arena: Arena, crew: Crew | undefined) {
    super({
      numbers: (size) => arena.float32(arena.allocate(size * Float32Array.BYTES_PER_ELEMENT), size),
      counter: () => arena.float64(arena.allocate(Float64Array.BYTES_PER_ELEMENT), 1),
    });
    if (crew && !(Number.isInteger(crew.workers) && crew.workers >= 1 && crew.workers <= MOST_WORKERS)) {
      throw new RangeError(`a crew has 1 to ${MOST_WORKERS} workers, not ${crew.workers}`);
    }
    this.kernelBuild = build;
    this.arena = arena;
    this.crew = crew;
    this.module = module;
    this.kernels = instantiate(module, arena.memory);
    arena.startAt(this.kernels.arenaStart.value);
  }

  compile(graph: Graph): Program {
    const { arena, crew } = this;
    const parameters = new Map<number, number>();
    for (const { id, op, shape } of graph.nodes) {
      if (op.kind === "parameter") parameters.set(id, this.declareParameter(graph.name, op.name, shape).byteOffset);
    }
    const addresses = planAddresses(graph, arena, (id) => parameters.get(id) as number);
    const optimiser = this.declareOptimiser.bind(this);
    const { workers = 1, meetingWork = MEETING_WORK } = crew ?? {};
    const instructions = lower(graph, { arena, addresses, optimiser, workers, meetingWork });
    const values = (id: number) => arena.float32(addresses[id] as number, sizeOf(graph.shapeOf(id)));
    return createProgram(
      graph,
      values,
      crew && instructions.shared ? this.runShared(crew, instructions) : this.runAlone(instructions),
    );
  }

  private runAlone({ from, end }: Instructions): () => void {
    const { run } = this.kernels;
    return () => run(from, end);
  }

  private runShared(crew: Crew, { from, end, scratchBytes }: Instructions): () => void {
    const { memory } = this.arena;
    const { lead } = this.kernels;
    const place = this.startCrew(crew);
    let whole = true;
    return () => {
      if (whole) {
        whole = false;
        try {
          whole = lead(place, from, end, scratchBytes) !== 0;
        } finally {
          if (!whole) breakUp(memory, place);
        }
      }
      if (!whole) throw new Error("a thread that shares the arithmetic of the network has stopped");
    };
  }

  /** Where the crew meets; starts its threads when the first program needs them. */
  private startCrew(crew: Crew): number {
    if (this.meetingPlace > 0) return this.meetingPlace;
    const { arena, module } = this;
    const address = arena.allocate(CREW_BYTES);
    const naps = Math.ceil((crew.patience ?? PATIENCE_SECONDS) / NAP_SECONDS);
    const words = new Int32Array(arena.memory.buffer, address, CREW_BYTES / 4);
    words[CREW_WORKERS / 4] = crew.workers;
    words[CREW_PATIENCE / 4] = naps;
    this.meetingPlace = address;
    for (let worker = 1; worker < crew.workers; worker++) crew.start({ module, memory: arena.memory, address, worker });
    return address;
  }
}
