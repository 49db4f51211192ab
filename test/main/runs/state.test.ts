import { describe, expect, it } from "vitest";
import { deriveRunState } from "../../../main/runs/state.ts";

const error = { code: "disk-full", message: "The disk is full.", hint: "" };
const states = ["none", "running", "paused", "failed", "finished", "cancelled"] as const;
const locks = ["free", "held", "stale", "foreign"] as const;
const commands = ["none", "pause", "resume", "stop", "checkpoint"] as const;

/** The table of docs/run-folder.md: last state event, lock -> state for each command in the order of `commands`. */
const table: Record<string, string> = {
  "none free": "queued paused queued cancelled queued",
  "none held": "starting starting starting starting starting",
  "none stale": "interrupted interrupted queued cancelled interrupted",
  "running free": "interrupted interrupted queued cancelled interrupted",
  "running held": "running pausing running pausing running",
  "running stale": "interrupted interrupted queued cancelled interrupted",
  "paused free": "paused paused queued cancelled paused",
  "paused held": "starting starting starting starting starting",
  "paused stale": "paused paused queued cancelled paused",
  "failed free": "failed failed queued cancelled failed",
  "failed held": "starting starting starting starting starting",
  "failed stale": "failed failed queued cancelled failed",
};

describe("a run's state", () => {
  for (const state of states) {
    for (const lock of locks) {
      it(`after ${state} with the lock ${lock} follows the table`, () => {
        const found = commands.map((command) => {
          const derived = deriveRunState({
            lastState: state === "none" ? undefined : { state, error: state === "failed" ? error : undefined },
            lock,
            command: command === "none" ? undefined : command,
          });
          if (derived.error?.code === "run-interrupted") return `interrupted`;
          expect(derived.error).toEqual(derived.state === "failed" ? error : undefined);
          return derived.state;
        });
        const ended = state === "finished" || state === "cancelled";
        const row = table[`${state} ${lock === "foreign" ? "held" : lock}`];
        expect(found.join(" ")).toBe(ended ? commands.map(() => state).join(" ") : row);
      });
    }
  }

  it("is the last event's while the process that wrote it still holds the lock", () => {
    const facts = { lock: "held", command: undefined } as const;
    for (const state of ["paused", "failed"] as const) {
      expect(deriveRunState({ ...facts, lastState: { state }, sameAttempt: true }).state).toBe(state);
      expect(deriveRunState({ ...facts, lastState: { state }, sameAttempt: false }).state).toBe("starting");
    }
    expect(deriveRunState({ ...facts, lastState: { state: "running" }, sameAttempt: true }).state).toBe("running");
  });
});
