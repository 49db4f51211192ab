// How the threads of a crew meet: each runs this module over the same memory and walks through the same program. `crew`
// is the address of the block of CREW_BYTES that they share. Waiting threads spin for a moment, then sleep.

import {
  CREW_ARRIVED, CREW_BROKEN, CREW_IDLE, CREW_PATIENCE, CREW_SLEEPING, CREW_STARTED, CREW_WORKERS,
  NAP_SECONDS,
} from "./opcodes";

/** Looks at a counter before a thread goes to sleep: about 50 microseconds, longer than most instructions take. */
// @ts-ignore: decorator
@inline
const SPINS: i32 = 20000;
// @ts-ignore: decorator
@inline
const NAP_NANOSECONDS: i64 = <i64>(NAP_SECONDS * 1e9);
/** What atomic.wait answers when its time is over. */
// @ts-ignore: decorator
@inline
const TIMED_OUT: i32 = 2;

/** Arrivals of all threads at all meetings so far, as this thread counts them. */
let met: i32 = 0;

/** Tells the others that this thread has come to the next meeting. True when it was the last. */
export function arrive(crew: usize): bool {
  met += load<i32>(crew, CREW_WORKERS);
  if (atomic.add<i32>(crew, 1, CREW_ARRIVED) + 1 != met) return false;
  if (atomic.load<i32>(crew, CREW_SLEEPING)) atomic.notify(crew + CREW_ARRIVED, -1);
  return true;
}

/** Waits until all threads have come. False when one is gone: the crew said so, or its patience is over. */
export function gather(crew: usize): bool {
  for (let i = 0; i < SPINS; ++i) if (atomic.load<i32>(crew, CREW_ARRIVED) - met >= 0) return true;
  let naps = load<i32>(crew, CREW_PATIENCE);
  atomic.add<i32>(crew, 1, CREW_SLEEPING);
  let arrived = atomic.load<i32>(crew, CREW_ARRIVED);
  while (arrived - met < 0 && naps > 0 && !isBroken(crew)) {
    if (atomic.wait<i32>(crew + CREW_ARRIVED, arrived, NAP_NANOSECONDS) == TIMED_OUT) --naps;
    arrived = atomic.load<i32>(crew, CREW_ARRIVED);
  }
  atomic.sub<i32>(crew, 1, CREW_SLEEPING);
  return arrived - met >= 0;
}

/** Lets the other threads begin a program. */
export function begin(crew: usize): void {
  atomic.add<i32>(crew, 1, CREW_STARTED);
  if (atomic.load<i32>(crew, CREW_IDLE)) atomic.notify(crew + CREW_STARTED, -1);
}

/** Waits for the program after the first `seen` ones, as long as it takes. False when the crew broke up. */
export function awaitProgram(crew: usize, seen: i32): bool {
  for (let i = 0; i < SPINS && atomic.load<i32>(crew, CREW_STARTED) == seen; ++i);
  atomic.add<i32>(crew, 1, CREW_IDLE);
  while (atomic.load<i32>(crew, CREW_STARTED) == seen) atomic.wait<i32>(crew + CREW_STARTED, seen, -1);
  atomic.sub<i32>(crew, 1, CREW_IDLE);
  return !isBroken(crew);
}

export function isBroken(crew: usize): bool {
  return atomic.load<i32>(crew, CREW_BROKEN) != 0;
}

/** Where the part of a worker begins, of `count` things in units of `unit`; the one after the last gets `count`. */
export function partOf(count: i32, unit: i32, worker: i32, workers: i32): i32 {
  return min(count, (count + unit - 1) / unit * worker / workers * unit);
}
