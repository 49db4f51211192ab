import { existsSync } from "node:fs";
import path from "node:path";
import type { ItemRef } from "../../preload/contract.ts";
import { UserError } from "../platform/user-error.ts";
import { readPins, writePins } from "../runs/pins.ts";
import type { Library } from "./library.ts";

/**
 * Writes into run folders which of their checkpoints are pinned: a trainer knows nothing but its folder.
 * @param items only the runs of these checkpoints; all that a person ever said something of without
 */
export function placePins(library: Library, items?: readonly ItemRef[]): void {
  const runs = items === undefined ? undefined : new Set(items.map(({ id }) => runOf(id)));
  const pins = new Map<string, number[]>();
  for (const { id, pinned } of library.store.items.checkpointPins()) {
    const run = runOf(id);
    if (runs !== undefined && !runs.has(run)) continue;
    const steps = pins.get(run) ?? [];
    if (pinned) steps.push(Number(id.slice(run.length + 1)));
    pins.set(run, steps);
  }
  for (const [run, steps] of pins) {
    const folder = path.join(library.runsFolder, run);
    if (existsSync(folder)) place(library, run, folder, steps);
  }
}

/** What keeps a run's pins from its folder is said at the run; the next engine tries again. */
function place(library: Library, run: string, folder: string, steps: readonly number[]): void {
  try {
    if (!samePins(folder, steps)) writePins(folder, steps);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    library.notice(run, error);
  }
}

function samePins(folder: string, steps: readonly number[]): boolean {
  try {
    const present = readPins(folder);
    return present.size === steps.length && steps.every((step) => present.has(step));
  } catch (error) {
    if (error instanceof UserError && error.code === "pins-damaged") return false;
    throw error;
  }
}

/** The run of a checkpoint `<run>:<step>`. */
function runOf(checkpoint: string): string {
  return checkpoint.slice(0, checkpoint.lastIndexOf(":"));
}
