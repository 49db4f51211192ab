import type * as core from "@tensorflow/tfjs-core";
import type { OpKind, OpOf, Shape } from "../ops.ts";

/** TensorFlow.js with a backend ready: `tfjs-node`, `tfjs-node-gpu`, or `tfjs-core` with a backend registered. */
export type Tensorflow = typeof core;
export type DeviceTensor = core.Tensor;

/** Where one op of a graph is bound: what is known of it before the first run. */
export interface Site {
  readonly tf: Tensorflow;
  /** Shapes of the operands, in their order. */
  readonly shapes: readonly Shape[];
  /** Shape of the result. */
  readonly shape: Shape;
  /** Values that stay on the device as long as the workspace, so that no run uploads them again. */
  constant(shape: Shape, values: readonly number[]): DeviceTensor;
  fill(shape: Shape, value: number): DeviceTensor;
  scalar(value: number): DeviceTensor;
}

/** Called once an op; the function it returns computes the result in each run, inside a `tf.tidy`. */
export type TensorflowKernel<K extends OpKind> = (
  op: OpOf<K>,
  site: Site,
) => (...operands: DeviceTensor[]) => DeviceTensor;

/** Rows and columns of an operand; a vector counts as one row a value. */
export function extents({ shapes }: Site, operand: number): readonly [rows: number, columns: number] {
  const [rows = 1, columns = 1] = shapes[operand] ?? [];
  return [rows, columns];
}
