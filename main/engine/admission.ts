/** Whether a waiting run may start now. */

/** What a run takes while it trains. */
export interface Load {
  /** Processor cores. */
  readonly threads: number;
  readonly memoryBytes: number;
}

/** A training run: it may not have taken yet all the memory that it will need. */
export interface RunningLoad extends Load {
  /** Measured now; 0 before the first measurement. */
  readonly usedMemoryBytes: number;
}

export interface Machine {
  /** Cores that runs may take at once. */
  readonly parallel: number;
  readonly memoryAvailableBytes: number;
  readonly memoryKeptFreeBytes: number;
  readonly diskFreeBytes: number;
  readonly diskKeptFreeBytes: number;
}

/**
 * Why a run has to wait, in words; "" when it may start. A machine on which nothing trains takes any run, however large:
 * it would otherwise wait for ever. Only the disk is kept free in any case.
 */
export function whatKeeps(run: Load, running: readonly RunningLoad[], machine: Machine): string {
  if (machine.diskFreeBytes < machine.diskKeptFreeBytes) {
    return `space on the disk: ${gigabytes(machine.diskFreeBytes)} are free, ${gigabytes(machine.diskKeptFreeBytes)} are kept free`;
  }
  if (running.length === 0) return "";
  const taken = running.reduce((sum, { threads }) => sum + threads, 0);
  if (taken + run.threads > machine.parallel) {
    const free = Math.max(0, machine.parallel - taken);
    if (run.threads > 1) return `${run.threads} free places for its threads, of which there are ${free}`;
    return "a free place";
  }
  const free = freeMemory(running, machine);
  if (run.memoryBytes <= free) return "";
  return `memory: it needs about ${gigabytes(run.memoryBytes)}, ${gigabytes(Math.max(0, free))} are left for runs`;
}

/** Memory for new runs: what is available, without what is kept free and what training runs have yet to take. */
export function freeMemory(running: readonly RunningLoad[], machine: Machine): number {
  const promised = running.reduce(
    (sum, { memoryBytes, usedMemoryBytes }) => sum + Math.max(0, memoryBytes - usedMemoryBytes),
    0,
  );
  return machine.memoryAvailableBytes - machine.memoryKeptFreeBytes - promised;
}

/** `0.85 GB`; powers of 1000, as the window shows them. */
export function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
