/** When runs will start and end, by playing the queue through. */
import type { Load } from "./admission.ts";

export interface Job extends Load {
  /** Seconds that it still trains; null when no speed is known. */
  readonly seconds: number | null;
}

export interface Times {
  /** Seconds from now; null when it cannot be told. */
  readonly startsInSeconds: number | null;
  readonly endsInSeconds: number | null;
}

export interface Capacity {
  /** Cores. */
  readonly parallel: number;
  /** Memory for all runs together, those that train already included. */
  readonly memoryBytes: number;
}

interface Place extends Load {
  readonly end: number;
}

/**
 * Plays the queue through: waiting jobs start in their order, each as soon as cores and memory are left for it, and one
 * always starts when nothing trains. Behind a job whose end is not known nothing can be told, only what starts before.
 * @returns times of the running jobs, then of the waiting ones
 */
export function playQueue(running: readonly Job[], waiting: readonly Job[], capacity: Capacity): Times[] {
  const places: Place[] = [];
  const times: Times[] = [];
  let told = Number.POSITIVE_INFINITY;
  const begin = (job: Job, start: number): Times => {
    const known = job.seconds !== null && start <= told;
    if (job.seconds === null) told = Math.min(told, start);
    const end = start + (job.seconds ?? Number.POSITIVE_INFINITY);
    places.push({ threads: job.threads, memoryBytes: job.memoryBytes, end });
    return { startsInSeconds: start <= told ? start : null, endsInSeconds: known ? end : null };
  };
  for (const job of running) times.push(begin(job, 0));
  let now = 0;
  for (const job of waiting) {
    while (!fits(job, places, capacity)) now = leave(places, now);
    times.push(Number.isFinite(now) ? begin(job, now) : { startsInSeconds: null, endsInSeconds: null });
    if (!Number.isFinite(now)) places.length = 0;
  }
  return times;
}

function fits(job: Load, places: readonly Place[], capacity: Capacity): boolean {
  if (places.length === 0) return true;
  let { threads, memoryBytes } = job;
  for (const place of places) {
    threads += place.threads;
    memoryBytes += place.memoryBytes;
  }
  return threads <= capacity.parallel && memoryBytes <= capacity.memoryBytes;
}

/** Lets the next job end. @returns when */
function leave(places: Place[], now: number): number {
  const next = places.reduce(
    (earliest, place, index) => (place.end < (places[earliest]?.end ?? 0) ? index : earliest),
    0,
  );
  const [gone] = places.splice(next, 1);
  return Math.max(now, gone?.end ?? now);
}
