const PAGE_BYTES = 65536;
const ALIGNMENT_BYTES = 64;
/** Room behind each block's last value: kernels work on whole vectors and may read seven values past an end. */
const SLACK_BYTES = 32;
/** Address 0 means "no operand" in an instruction. */
const FIRST_ADDRESS = ALIGNMENT_BYTES;

/** Networks, batches and optimiser states that need more memory than their workspace was made with. */
export class WorkspaceFull extends RangeError {
  constructor(neededBytes: number, bytes: number) {
    super(`a workspace of ${bytes} bytes cannot hold ${neededBytes} bytes; give it more with the option "bytes"`);
  }
}

/**
 * The memory of one workspace: made at its full size, so that views stay valid, and handed out from bottom to top. It is
 * shared, which costs one thread nothing.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  private next = FIRST_ADDRESS;

  constructor(bytes: number) {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  }

  /** Keeps the addresses below `address` free. */
  startAt(address: number): void {
    this.next = align(Math.max(this.next, address));
  }

  /** Address of a new, zeroed block. */
  allocate(bytes: number): number {
    const address = this.next;
    const end = align(address + bytes + SLACK_BYTES);
    if (end > this.memory.buffer.byteLength) {
      throw new WorkspaceFull(end, this.memory.buffer.byteLength);
    }
    this.next = end;
    return address;
  }

  float32(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  float64(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  /** Address of a new block that holds these 32-bit words. */
  words(words: readonly number[]): number {
    const address = this.allocate(words.length * 4);
    new Int32Array(this.memory.buffer, address, words.length).set(words);
    return address;
  }
}

function align(address: number): number {
  return Math.ceil(address / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
