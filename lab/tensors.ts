/** Named arrays with shapes: the form in which states and weights leave and enter `lab/` (saved as safetensors). */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type TensorMap = Readonly<Record<string, StoredTensor>>;
