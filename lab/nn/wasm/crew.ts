import * as opcode from "./assembly/opcodes.ts";
import { instantiate } from "./kernels.ts";

/** What a thread of a crew needs. It can be posted to the thread. */
export interface CrewJob {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the block over which the threads meet. */
  readonly address: number;
  /** 1 .. workers - 1; the workspace's own thread is worker 0. */
  readonly worker: number;
}

/** The further threads of a workspace. The code here starts none itself: a program, or a test, brings them. */
export interface Crew {
  /** Threads that share the work, 1 to 16, the workspace's own among them. */
  readonly workers: number;
  /** Starts a thread that calls {@link serve}; it must not keep the process alive. */
  start(job: CrewJob): void;
  /** Seconds for which the workspace's thread waits for a silent one before it gives up (60). */
  readonly patience?: number;
  /**
   * Multiply-adds of which sharing a program must relieve the first worker for every time that the workers meet; a
   * program with less is run by one thread (100 000; 0 shares everything).
   */
  readonly meetingWork?: number;
}

/** What a thread of a crew does for the rest of its life: its part of every program. Returns when the crew broke up. */
export function serve({ module, memory, address, worker }: CrewJob): void {
  try {
    instantiate(module, memory).serve(address, worker);
  } catch (error) {
    breakUp(memory, address);
    throw error;
  }
}

/** Ends a crew for good: its threads return from {@link serve}, and the workspace runs no further shared program. */
export function breakUp(memory: WebAssembly.Memory, address: number): void {
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, (address + opcode.CREW_BROKEN) / 4, 1);
  // Idle threads wait for this to change.
  Atomics.add(words, (address + opcode.CREW_STARTED) / 4, 1);
  Atomics.notify(words, (address + opcode.CREW_STARTED) / 4);
  Atomics.notify(words, (address + opcode.CREW_ARRIVED) / 4);
}
