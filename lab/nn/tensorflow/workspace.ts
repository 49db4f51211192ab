import type { TensorMap } from "../../tensors.ts";
import type { Graph } from "../graph.ts";
import { type Id, type Node, type OpKind, type Shape, sizeOf, UPDATE_KINDS } from "../ops.ts";
import { createProgram } from "../program.ts";
import { Store } from "../store.ts";
import type { Numbers, Program, Workspace } from "../workspace.ts";
import { tensorflowKernels } from "./kernels.ts";
import { Mirror } from "./mirror.ts";
import type { DeviceTensor, Site, Tensorflow, TensorflowKernel } from "./site.ts";
import { bindAdam, bindPolyak } from "./update.ts";

/**
 * A workspace whose programs run on TensorFlow in float32, on whatever device its backend has. Parameters and moments
 * stay on the device; inputs go there and outputs come back in each run. Between runs it holds the same number of
 * device tensors, whatever was run.
 * @param tf TensorFlow.js with its backend ready
 * @param options.build what its numbers depend on: `<backend>-<version>`; the kernel build is `tensorflow-<build>`
 */
export function createTensorflowWorkspace(tf: Tensorflow, options: { readonly build: string }): Workspace {
  return new TensorflowWorkspace(tf, `tensorflow-${options.build}`);
}

/** Results of one run by op; what outlives a run is asked from its mirror instead. */
type Results = (DeviceTensor | undefined)[];

class TensorflowWorkspace extends Store implements Workspace {
  readonly kernelBuild: string;
  private readonly tf: Tensorflow;
  private readonly mirrors: Map<Numbers, Mirror>;

  constructor(tf: Tensorflow, kernelBuild: string) {
    const mirrors = new Map<Numbers, Mirror>();
    const numbers = (size: number): Numbers => {
      const mirror = new Mirror(tf, size);
      mirrors.set(mirror.host, mirror);
      return mirror.host;
    };
    super({ numbers, counter: () => new Float64Array(1) });
    this.tf = tf;
    this.kernelBuild = kernelBuild;
    this.mirrors = mirrors;
  }

  compile(graph: Graph): Program {
    const { tf } = this;
    const hosts = new Map<Id, Numbers>();
    for (const { id, op, shape } of graph.nodes) {
      if (op.kind === "parameter") hosts.set(id, this.declareParameter(graph.name, op.name, shape));
      else if (op.kind === "input") hosts.set(id, new Float32Array(sizeOf(shape)));
    }
    const live = liveOps(graph);
    const steps = graph.nodes.filter(({ id }) => live.has(id)).map((node) => this.bind(graph, node, hosts));

    const downloads: (() => void)[] = [];
    const results: Results = new Array(graph.nodes.length);
    for (const { id, shape } of graph.outputs.values()) {
      const { op } = graph.nodes[id] as Node;
      if (op.kind === "parameter") {
        const mirror = this.mirrorOf(hosts.get(id) as Numbers);
        downloads.push(() => mirror.pull());
      } else if (!hosts.has(id)) {
        const host = new Float32Array(sizeOf(shape));
        hosts.set(id, host);
        downloads.push(() => host.set((results[id] as DeviceTensor).dataSync<"float32">()));
      }
    }
    const run = (): void => {
      tf.tidy(() => {
        for (const step of steps) step(results);
        for (const download of downloads) download();
      });
      results.fill(undefined);
    };
    return createProgram(graph, (id) => hosts.get(id) as Numbers, run);
  }

  /** The host's values, brought up to date; the next run takes over what is written to them. */
  override parameter(name: string): Numbers {
    const values = super.parameter(name);
    const mirror = this.mirrorOf(values);
    mirror.pull();
    mirror.hostWritten();
    return values;
  }

  override saveWeights(): TensorMap {
    this.pull();
    return super.saveWeights();
  }

  override loadWeights(weights: TensorMap): void {
    this.pull();
    super.loadWeights(weights);
    for (const mirror of this.mirrors.values()) mirror.hostWritten();
  }

  override saveOptimiser(): TensorMap {
    this.pull();
    return super.saveOptimiser();
  }

  override loadOptimiser(state: TensorMap): void {
    this.pull();
    super.loadOptimiser(state);
    for (const mirror of this.mirrors.values()) mirror.hostWritten();
  }

  private pull(): void {
    for (const mirror of this.mirrors.values()) mirror.pull();
  }

  private mirrorOf(host: Numbers): Mirror {
    return this.mirrors.get(host) as Mirror;
  }

  /** What one op does in a run. */
  private bind(graph: Graph, { id, op, shape }: Node, hosts: ReadonlyMap<Id, Numbers>): (results: Results) => void {
    const { tf } = this;
    switch (op.kind) {
      case "input": {
        const host = hosts.get(id) as Float32Array;
        const extents = [...shape];
        return (results) => {
          results[id] = tf.tensor(host, extents, "float32");
        };
      }
      case "parameter":
        return () => {};
      case "adam": {
        const state = this.declareOptimiser(op.optimiser, op.parameters);
        const read = op.inputs.map((input) => this.reader(graph, input, hosts));
        const moved = this.updated(graph, op.inputs, hosts).map((updated, index) => {
          const { first, second } = state.moments.get(op.parameters[index] as string)!;
          return { ...updated, first: this.mirrorOf(first), second: this.mirrorOf(second) };
        });
        const update = bindAdam(tf, op, state, moved);
        return (results) => update(read.map((operand) => operand(results)));
      }
      case "polyak": {
        const read = op.inputs.map((input) => this.reader(graph, input, hosts));
        const update = bindPolyak(tf, this.updated(graph, op.inputs, hosts));
        return (results) => update(read.map((operand) => operand(results)));
      }
      default: {
        const kernel = tensorflowKernels[op.kind] as TensorflowKernel<OpKind>;
        const compute = kernel(op, this.site(graph, op.inputs as readonly Id[], shape));
        const read = (op.inputs as readonly Id[]).map((input) => this.reader(graph, input, hosts));
        return (results) => {
          results[id] = compute(...read.map((operand) => operand(results)));
        };
      }
    }
  }

  /** How an op gets at an operand; a parameter as it is at that moment of the run. */
  private reader(graph: Graph, id: Id, hosts: ReadonlyMap<Id, Numbers>): (results: Results) => DeviceTensor {
    const { op, shape } = graph.nodes[id] as Node;
    if (op.kind !== "parameter") return (results) => results[id] as DeviceTensor;
    const mirror = this.mirrorOf(hosts.get(id) as Numbers);
    return () => mirror.onDevice(shape);
  }

  /** The parameters at every second place from the second on. */
  private updated(graph: Graph, inputs: readonly Id[], hosts: ReadonlyMap<Id, Numbers>) {
    return inputs
      .filter((_, place) => place % 2 === 1)
      .map((id) => ({ parameter: this.mirrorOf(hosts.get(id) as Numbers), shape: graph.shapeOf(id) }));
  }

  private site(graph: Graph, inputs: readonly Id[], shape: Shape): Site {
    const { tf } = this;
    const fill = (extents: Shape, value: number) => tf.keep(tf.fill([...extents], value));
    return {
      tf,
      shapes: inputs.map((input) => graph.shapeOf(input)),
      shape,
      constant: (extents, values) => tf.keep(tf.tensor([...values], [...extents], "float32")),
      fill,
      scalar: (value) => fill([], value),
    };
  }
}

/** Ops that an output or an update depends on; the others are not run. */
function liveOps(graph: Graph): ReadonlySet<Id> {
  const live = new Set<Id>([...graph.outputs.values()].map(({ id }) => id));
  for (const { id, op } of [...graph.nodes].reverse()) {
    if (UPDATE_KINDS.has(op.kind)) live.add(id);
    if (live.has(id)) for (const input of op.inputs as readonly Id[]) live.add(input);
  }
  return live;
}
