import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { Graph } from "../../../lab/nn/graph.ts";
import type { Tensor } from "../../../lab/nn/ops.ts";
import {
  CREW_END,
  CREW_FROM,
  CREW_SCRATCH,
  CREW_WORKERS,
  INSTRUCTION_WORDS,
  MEET,
} from "../../../lab/nn/wasm/assembly/opcodes.ts";
import { breakUp, type Crew, type CrewJob } from "../../../lab/nn/wasm/crew.ts";
import { instantiate, relaxedSimdSupported } from "../../../lab/nn/wasm/kernels.ts";
import { Meetings, type Share } from "../../../lab/nn/wasm/meetings.ts";
import { createWasmWorkspace } from "../../../lab/nn/wasm/workspace.ts";
import type { Program, Workspace } from "../../../lab/nn/workspace.ts";
import { RandomStream } from "../../../lab/random.ts";
import { checks } from "./checks.ts";
import { bitsOf, readKernels, type Setting } from "./setting.ts";

const VARIANTS = relaxedSimdSupported() ? (["relaxed", "plain"] as const) : (["plain"] as const);
const WORKERS = [1, 2, 3];

/** The threads of all tests here; each serves one workspace after another. */
const threads: Worker[] = [];
afterAll(() => Promise.all(threads.map((thread) => thread.terminate())));

/** A crew that shares every program, however small, and the function that ends it. */
function gather(workers: number): Crew & { readonly dismiss: () => void; readonly jobs: readonly CrewJob[] } {
  const jobs: CrewJob[] = [];
  const start = (job: CrewJob): void => {
    threads[job.worker] ??= new Worker(new URL("./crew-thread.ts", import.meta.url));
    threads[job.worker]?.postMessage(job);
    jobs.push(job);
  };
  const dismiss = (): void => {
    const [job] = jobs;
    if (job) breakUp(job.memory, job.address);
  };
  return { workers, meetingWork: 0, start, dismiss, jobs };
}

/** What `use` makes of a workspace with each number of workers; the threads are free again afterwards. */
function withWorkers<T>(variant: "relaxed" | "plain", use: (workspace: Workspace) => T): T[] {
  return WORKERS.map((workers) => {
    const crew = gather(workers);
    try {
      const result = use(createWasmWorkspace(readKernels(variant), { crew }));
      expect(crew.jobs.length, "threads at work").toBe(workers - 1);
      return result;
    } finally {
      crew.dismiss();
    }
  });
}

/** Bits of all outputs and parameters after each of `runs` runs of the program as `change` leaves it. */
function bitsAfterRuns(workspace: Workspace, setting: Setting, runs: number, change = same): string[] {
  const program = change(setting.open(workspace));
  const names = [...setting.graph.outputs.keys()];
  return Array.from({ length: runs }, () => {
    program.run();
    const tensors = [
      ...names.map((name) => program.output(name)),
      ...workspace.parameterNames.map((name) => workspace.parameter(name)),
    ];
    return tensors.map(bitsOf).join();
  });
}

function same(program: Program): Program {
  return program;
}

/** Actor, critic, losses, clipping and Adam, with an observation of 8. */
function updateGraph(batch: number, hidden: readonly number[], activation: "tanh" | "relu"): Graph {
  const graph = new Graph("update");
  const parameters: Tensor[] = [];
  const observation = graph.input("observation", [batch, 8]);
  const network = (name: string, outputs: number): Tensor => {
    let y = observation;
    const widths = [...hidden, outputs];
    widths.forEach((columns, layer) => {
      const weight = graph.parameter(`${name}/${layer}/weight`, [y.shape[1] as number, columns]);
      const bias = graph.parameter(`${name}/${layer}/bias`, [columns]);
      parameters.push(weight, bias);
      y = graph.dense(y, weight, bias, layer < hidden.length ? activation : "none");
    });
    return y;
  };
  const logProbability = graph.categoricalLogProbability(network("actor", 4), graph.input("action", [batch, 1]), [4]);
  const advantage = graph.standardise(graph.input("advantage", [batch]));
  const surrogate = graph.clippedSurrogate(logProbability, graph.input("old", [batch]), advantage, 0.2);
  const error = graph.squaredError(network("critic", 1), graph.input("return", [batch]));
  const loss = graph.weightedSum([
    { term: surrogate, weight: 1 },
    { term: error, weight: 0.5 },
  ]);
  const gradients = graph.gradients(loss, parameters);
  const clipped = graph.clipByGlobalNorm(gradients, graph.globalNorm(gradients), 0.5);
  graph.adam("adam", parameters, clipped, graph.input("rate", [1]), { beta1: 0.9, beta2: 0.999, epsilon: 1e-5 });
  graph.output("loss", loss);
  return graph;
}

/** Bits of the loss of each of `runs` updates and of all parameters in the end. */
function update(workspace: Workspace, graph: Graph, runs: number, change = same): string {
  const program = change(workspace.compile(graph));
  const stream = new RandomStream(3, "threads");
  for (const name of workspace.parameterNames) {
    const values = workspace.parameter(name);
    for (let i = 0; i < values.length; i++) values[i] = 0.1 * stream.normal();
  }
  for (const name of program.inputNames) {
    const values = program.input(name);
    for (let i = 0; i < values.length; i++) values[i] = name === "action" ? stream.integer(4) : stream.normal();
  }
  program.input("rate").fill(1e-3);
  const losses = new Float32Array(runs);
  for (let run = 0; run < runs; run++) {
    program.run();
    losses[run] = program.output("loss")[0] as number;
  }
  expect(new Set(losses).size).toBeGreaterThan(runs / 2);
  return [losses, ...workspace.parameterNames.map((name) => workspace.parameter(name))].map(bitsOf).join();
}

/** Runs a program's parts on this thread, between two meetings the last worker's first. */
function backwards({ module, memory, address }: CrewJob): () => void {
  const { runPart } = instantiate(module, memory);
  const words = new Int32Array(memory.buffer);
  const word = (byteOffset: number) => words[byteOffset / 4] as number;
  const [from, end, scratch] = [CREW_FROM, CREW_END, CREW_SCRATCH].map((offset) => word(address + offset));
  const [size, workers] = [4 * INSTRUCTION_WORDS, word(address + CREW_WORKERS)];
  const meetings: number[] = [];
  for (let at = from as number; at < (end as number); at += size) if (word(at + 4 * MEET)) meetings.push(at);
  const edges = [from, ...meetings, end] as number[];
  return () => {
    for (let i = 0; i + 1 < edges.length; i++) {
      for (let worker = workers - 1; worker >= 0; worker--) {
        runPart(edges[i] as number, edges[i + 1] as number, worker, workers, scratch as number);
      }
    }
  };
}

/** A crew without threads, and what makes a shared program of its workspace run {@link backwards}. */
function reversing(workers: number): { readonly crew: Crew; readonly change: (program: Program) => Program } {
  const jobs: CrewJob[] = [];
  const start = (job: CrewJob): void => {
    jobs.push(job);
    breakUp(job.memory, job.address);
  };
  const change = (program: Program): Program => {
    if (jobs.length === 0) return program; // nothing to share
    expect(() => program.run()).toThrow(/has stopped/); // runs nothing, but says where the program is
    return { ...program, run: backwards(jobs[0] as CrewJob) };
  };
  return { crew: { workers, meetingWork: 0, start }, change };
}

const UPDATES = [
  [64, [64, 64], "tanh"],
  [37, [33, 70], "relu"],
  [3, [12], "tanh"],
  [130, [96, 96, 96], "relu"],
] as const;

describe.each(VARIANTS)(
  "on the %s kernels the order of the workers between two meetings does not matter",
  (variant) => {
    const kernels = readKernels(variant);

    it.each(checks.map((check) => [check.name, check] as const))("%s", (_name, check) => {
      const alone = bitsAfterRuns(createWasmWorkspace(kernels), check.prepare(), 3);
      for (const workers of [2, 5]) {
        const { crew, change } = reversing(workers);
        expect(bitsAfterRuns(createWasmWorkspace(kernels, { crew }), check.prepare(), 3, change)).toEqual(alone);
      }
    });

    it.each(UPDATES)("10 updates, batch %i, hidden %j", (batch, hidden, activation) => {
      const graph = updateGraph(batch, hidden, activation);
      const alone = update(createWasmWorkspace(kernels), graph, 10);
      for (const workers of [2, 5]) {
        const { crew, change } = reversing(workers);
        expect(update(createWasmWorkspace(kernels, { crew }), graph, 10, change) === alone).toBe(true);
      }
    });
  },
);

describe.each(VARIANTS)("programs on the %s kernels have the same bits with one, two and three threads", (variant) => {
  it.each(checks.map((check) => [check.name, check] as const))("%s", (_name, check) => {
    const [alone, ...shared] = WORKERS.map((workers) => {
      const crew = gather(workers);
      try {
        return bitsAfterRuns(createWasmWorkspace(readKernels(variant), { crew }), check.prepare(), 5);
      } finally {
        crew.dismiss();
      }
    });
    for (const bits of shared) expect(bits).toEqual(alone);
  });

  it.each(UPDATES)("200 updates, batch %i, hidden %j", (batch, hidden, activation) => {
    const graph = updateGraph(batch, hidden, activation);
    const [alone, ...shared] = withWorkers(variant, (workspace) => update(workspace, graph, 200));
    for (const bits of shared) expect(bits === alone).toBe(true);
  });

  it("updates of layers large enough for packed panels", () => {
    const graph = updateGraph(264, [256, 260], "tanh");
    const [alone, ...shared] = withWorkers(variant, (workspace) => update(workspace, graph, 30));
    for (const bits of shared) expect(bits === alone).toBe(true);
  });
});

describe("a crew", () => {
  const kernels = readKernels("plain");

  it("starts no thread for programs that are too small to share", () => {
    const crew = gather(2);
    const workspace = createWasmWorkspace(kernels, { crew: { ...crew, meetingWork: undefined } });
    update(workspace, updateGraph(8, [16], "tanh"), 3);
    expect(crew.jobs).toEqual([]);
    const large = updateGraph(256, [256, 256], "tanh");
    workspace.compile(new Graph("empty"));
    expect(() => workspace.compile(large)).toThrow(/in this workspace/); // another shape of the same parameter
    createWasmWorkspace(kernels, { crew: { ...crew, meetingWork: undefined } }).compile(large);
    expect(crew.jobs.length).toBe(1);
    crew.dismiss();
  });

  it("refuses numbers of workers that make no sense", () => {
    for (const workers of [0, 1.5, 17]) {
      expect(() => createWasmWorkspace(kernels, { crew: { workers, start: () => {} } })).toThrow(/1 to 16 workers/);
    }
  });

  it("gives up on a thread that never comes, and stays so", () => {
    const workspace = createWasmWorkspace(kernels, {
      crew: { workers: 2, meetingWork: 0, patience: 0.1, start: () => {} },
    });
    const program = workspace.compile(updateGraph(16, [16], "tanh"));
    expect(() => program.run()).toThrow(/has stopped/);
    expect(() => program.run()).toThrow(/has stopped/);
  });

  it("hears at once of a thread that fails", () => {
    const start = ({ memory, address }: CrewJob) => breakUp(memory, address);
    const workspace = createWasmWorkspace(kernels, { crew: { workers: 2, meetingWork: 0, patience: 1e6, start } });
    const program = workspace.compile(updateGraph(16, [16], "tanh"));
    expect(() => program.run()).toThrow(/has stopped/);
  });
});

describe("meetings", () => {
  const a = { address: 0, bytes: 512 };
  const b = { address: 1024, bytes: 512 };
  const read = (place: typeof a) => ({ ...place, write: false });
  const written = (place: typeof a) => ({ ...place, write: true });
  const share = (change: Partial<Share>): Share => ({ count: 32, unit: 4, own: [], reads: [], writes: [], ...change });

  it("are needed only where a worker meets another's memory", () => {
    const meetings = new Meetings(2);
    expect(meetings.beforeShared(share({ own: [written(a)] }))).toBe(false);
    expect(meetings.beforeShared(share({ own: [read(a), written(b)] }))).toBe(false); // the same parts
    expect(meetings.beforeShared(share({ own: [read(a)], unit: 32 }))).toBe(true); // other parts
    expect(meetings.beforeShared(share({ own: [read(a), written(b)] }))).toBe(false);
    expect(meetings.beforeShared(share({ reads: [b] }))).toBe(true); // reads what the other wrote
    expect(meetings.beforeShared(share({ reads: [b], own: [read(b)] }))).toBe(false); // nobody writes
    expect(meetings.beforeShared(share({ own: [written(b)] }))).toBe(true); // writes what the other reads
    expect(meetings.beforeAlone([b], [])).toBe(true);
    expect(meetings.beforeAlone([], [a])).toBe(false);
    expect(meetings.beforeAlone([a], [b])).toBe(false); // the same worker
    expect(meetings.beforeShared(share({ own: [read(b)] }))).toBe(true);
    expect(meetings.beforeShared(share({ writes: [b] }))).toBe(true);
    expect(meetings.count).toBe(6);
  });

  it("are needed where vectors reach over the end of a tensor", () => {
    const meetings = new Meetings(2);
    expect(meetings.beforeShared(share({ own: [written({ address: 0, bytes: 128 })] }))).toBe(false);
    expect(meetings.beforeAlone([{ address: 128, bytes: 16 }], [])).toBe(true);
  });
});
