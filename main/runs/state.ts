import type { RunCommand } from "./command.ts";
import type { LockState } from "./lock.ts";
import type { RunStateEvent } from "./run-event.ts";

export type RunState = "queued" | "starting" | "running" | "pausing" | "paused" | "finished" | "failed" | "cancelled";

export interface RunFacts {
  /** The journal's last `state` event: the highest attempt's last one. */
  readonly lastState: Pick<RunStateEvent, "state" | "error"> | undefined;
  readonly lock: LockState;
  /** True when lock and last state event are of the same attempt: its process has said its last word and is leaving. */
  readonly sameAttempt?: boolean;
  readonly command: RunCommand["command"] | undefined;
}

export interface DerivedState {
  readonly state: RunState;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | undefined;
}

const interrupted = {
  code: "run-interrupted",
  message: "The process that trained this run ended without a word: it was killed, or the machine went down.",
  hint: "Resume it: it goes on from its last checkpoint and repeats exactly what was lost.",
};

/** A run's state follows from its folder alone; the table is in docs/run-folder.md. */
export function deriveRunState(facts: RunFacts): DerivedState {
  const { lastState, command } = facts;
  const state = lastState?.state;
  const lock = facts.sameAttempt && state !== "running" ? "free" : facts.lock;
  if (state === "finished" || state === "cancelled") return { state, error: undefined };

  // Another machine's process cannot be seen from here; until its lock is gone it counts as living.
  if (lock === "held" || lock === "foreign") {
    if (state !== "running") return { state: "starting", error: undefined };
    return { state: command === "pause" || command === "stop" ? "pausing" : "running", error: undefined };
  }

  if (command === "stop") return { state: "cancelled", error: undefined };
  if (command === "resume") return { state: "queued", error: undefined };
  if (state === "running" || (state === undefined && lock === "stale")) return { state: "failed", error: interrupted };
  if (state === "paused") return { state, error: undefined };
  if (state === "failed") return { state, error: lastState?.error };
  return { state: command === "pause" ? "paused" : "queued", error: undefined };
}
