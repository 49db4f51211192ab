/** `relaxed` fuses multiply and add where the CPU can; `plain` gives the same bits on every CPU. */
export type KernelVariant = "relaxed" | "plain";

/** Compiled kernels, from which each workspace makes an instance over its own memory. */
export interface Kernels {
  readonly module: WebAssembly.Module;
  /** Variant and the first 12 hex digits of the file's SHA-256: `relaxed-0123456789ab`. */
  readonly build: string;
}

/** The functions that the kernels export. Addresses and sizes are in bytes and values. */
export interface KernelExports extends WebAssembly.Exports {
  /** First address that the kernels do not use themselves. */
  readonly arenaStart: WebAssembly.Global;
  /** Runs the instructions from one address up to another. */
  readonly run: (from: number, end: number) => void;
  /** As `run`, shared with the other threads of a crew; 0 when one of them is gone. See assembly/crew.ts. */
  readonly lead: (crew: number, from: number, end: number, scratchBytes: number) => number;
  /** One worker's part of instructions between two meetings, for tests. */
  readonly runPart: (from: number, end: number, worker: number, workers: number, scratchBytes: number) => void;
  /** The work of another thread of a crew, until the crew breaks. */
  readonly serve: (crew: number, worker: number) => void;
  /** The functions inside the kernels over n values, for measuring their error. */
  readonly exp: (x: number, out: number, n: number) => void;
  readonly log: (x: number, out: number, n: number) => void;
  readonly tanh: (x: number, out: number, n: number) => void;
  readonly sigmoid: (x: number, out: number, n: number) => void;
}

/**
 * Compiles a kernel file (`out/kernels/<variant>.wasm`).
 * @param sha256 hex SHA-256 of `bytes`, which a run records as part of its kernel build
 */
export function compileKernels(bytes: Uint8Array, variant: KernelVariant, sha256: string): Kernels {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError(`not a SHA-256 in hex: "${sha256}"`);
  return {
    module: new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>),
    build: `${variant}-${sha256.slice(0, 12)}`,
  };
}

/** The kernels over a memory, which must be shared. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelExports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as KernelExports;
}

/** Whether this engine knows the relaxed SIMD instructions: it validates a function that uses one. */
export function relaxedSimdSupported(): boolean {
  const zeroes = [0x41, 0x00, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
  const body = [0x00, ...zeroes, ...zeroes, ...zeroes, 0xfd, 0x85, 0x02, 0x0b]; // f32x4.relaxed_madd, end
  return WebAssembly.validate(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // one type: () -> v128
      ...[0x03, 0x02, 0x01, 0x00], // one function of it
      ...[0x0a, body.length + 2, 0x01, body.length, ...body],
    ]),
  );
}
