import type { OpKind, OpOf } from "../ops.ts";
import type { OptimiserState } from "../store.ts";

/** What one op reads and writes. Shapes are those of the op's operands, in their order. */
export interface Operands {
  readonly inputs: readonly Float64Array[];
  readonly shapes: readonly (readonly number[])[];
  readonly out: Float64Array;
  /** State of the op's optimiser; only `adam` has one. */
  readonly optimiser: OptimiserState | undefined;
}

export type ReferenceKernel<K extends OpKind> = (op: OpOf<K>, operands: Operands) => void;
export type ReferenceKernels = { readonly [K in OpKind]: ReferenceKernel<K> };

export function operand(operands: Operands, index: number): Float64Array {
  return operands.inputs[index] as Float64Array;
}

/** Rows and columns of an operand; a vector counts as one row a value. */
export function extents(operands: Operands, index: number): readonly [rows: number, columns: number] {
  const [rows = 1, columns = 1] = operands.shapes[index] ?? [];
  return [rows, columns];
}

export function at(values: Float64Array, index: number): number {
  return values[index] as number;
}

/** values[index] += amount */
export function increase(values: Float64Array, index: number, amount: number): void {
  values[index] = at(values, index) + amount;
}
