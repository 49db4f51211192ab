import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Graph } from "../../../lab/nn/graph.ts";
import { sizeOf, type Tensor } from "../../../lab/nn/ops.ts";
import { compileKernels, type Kernels, type KernelVariant } from "../../../lab/nn/wasm/kernels.ts";
import type { Numbers, Program, Workspace } from "../../../lab/nn/workspace.ts";
import { RandomStream } from "../../../lab/random.ts";

/** The kernels that `node scripts/build-kernels.mjs` left in out/kernels. */
export function readKernels(variant: KernelVariant): Kernels {
  const bytes = readFileSync(new URL(`../../../out/kernels/${variant}.wasm`, import.meta.url));
  return compileKernels(bytes, variant, createHash("sha256").update(bytes).digest("hex"));
}

/** A graph with values for its inputs and parameters, exact in float32 so that every executor starts from the same. */
export class Setting {
  readonly graph = new Graph("test");
  readonly stream: RandomStream;
  readonly inputs = new Map<string, number[]>();
  readonly parameters = new Map<string, number[]>();

  constructor(seed: number) {
    this.stream = new RandomStream(seed, "test");
  }

  input(name: string, shape: readonly number[], draw: (index: number) => number = () => this.stream.normal()): Tensor {
    this.inputs.set(name, float32Values(shape, draw));
    return this.graph.input(name, shape);
  }

  parameter(
    name: string,
    shape: readonly number[],
    draw: (index: number) => number = () => this.stream.normal(),
  ): Tensor {
    if (!this.parameters.has(name)) this.parameters.set(name, float32Values(shape, draw));
    return this.graph.parameter(name, shape);
  }

  /** Compiles the graph and writes all values. */
  open(workspace: Workspace): Program {
    const program = workspace.compile(this.graph);
    for (const [name, values] of this.inputs) program.input(name).set(values);
    for (const [name, values] of this.parameters) workspace.parameter(name).set(values);
    return program;
  }
}

function float32Values(shape: readonly number[], draw: (index: number) => number): number[] {
  return Array.from({ length: sizeOf(shape) }, (_, index) => Math.fround(draw(index)));
}

/** Bytes of an array, as text that two equal arrays share. */
export function bitsOf(values: Numbers): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex");
}
