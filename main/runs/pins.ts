import { rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { syncFolder, systemCode, writeFileAtomic } from "../platform/files.ts";
import { runPaths } from "./run-file.ts";
import { readVersionedJson } from "./versioned-json.ts";

const PINS_VERSION = 1;

const pinsKind = {
  schema: z.object({ formatVersion: z.literal(PINS_VERSION), steps: z.array(z.number().int().nonnegative()) }),
  version: PINS_VERSION,
  what: "Pin file",
  code: "pins-damaged",
  hint: "Remove the file, then pin the run's checkpoints again.",
};

/**
 * Steps of the checkpoints that every retention rule keeps.
 * @throws UserError `pins-damaged`, `format-newer`
 */
export function readPins(runFolder: string): ReadonlySet<number> {
  try {
    return new Set(readVersionedJson(runPaths.pins(runFolder), pinsKind).steps);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return new Set();
    throw error;
  }
}

/** Replaces a run's pins; without any there is no file. */
export function writePins(runFolder: string, steps: readonly number[]): void {
  const file = runPaths.pins(runFolder);
  if (steps.length > 0) {
    const sorted = [...steps].sort((a, b) => a - b);
    writeFileAtomic(file, `${JSON.stringify({ formatVersion: PINS_VERSION, steps: sorted })}\n`);
    return;
  }
  rmSync(file, { force: true });
  syncFolder(path.dirname(file));
}
