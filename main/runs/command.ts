import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { z } from "zod";
import { systemCode, temporaryPath, writeFileAtomic } from "../platform/files.ts";
import { runPaths } from "./run-file.ts";
import { readVersionedJson } from "./versioned-json.ts";

const COMMAND_VERSION = 1;

const commandSchema = z.object({
  formatVersion: z.literal(COMMAND_VERSION),
  command: z.enum(["pause", "resume", "stop", "checkpoint"]),
  /** Tells one wish from the next, so that only the one that was fulfilled is cleared. */
  id: z.string(),
});
export type RunCommand = Omit<z.infer<typeof commandSchema>, "formatVersion">;

const commandKind = {
  schema: commandSchema,
  version: COMMAND_VERSION,
  what: "Command",
  code: "command-damaged",
  hint: "Give the command again.",
};

/** Leaves a wish for the run's trainer, in place of an earlier one that it has not read yet. */
export function writeCommand(runFolder: string, command: RunCommand): void {
  const content = commandSchema.parse({ formatVersion: COMMAND_VERSION, ...command });
  writeFileAtomic(runPaths.command(runFolder), `${JSON.stringify(content)}\n`);
}

/**
 * The waiting wish, if any.
 * @throws UserError `command-damaged`, `format-newer`
 */
export function readCommand(runFolder: string): RunCommand | undefined {
  return readCommandFile(runPaths.command(runFolder));
}

function readCommandFile(file: string): RunCommand | undefined {
  // A trainer asks after every iteration: the missing file, nearly always the case, must not cost an exception.
  if (!existsSync(file)) return undefined;
  try {
    const { command, id } = readVersionedJson(file, commandKind);
    return { command, id };
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes a fulfilled wish; a newer one that was written meanwhile stays. */
export function clearCommand(runFolder: string, id: string): void {
  const file = runPaths.command(runFolder);
  const taken = temporaryPath(file);
  try {
    renameSync(file, taken);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  try {
    if (readCommandFile(taken)?.id !== id) linkSync(taken, file);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error; // EEXIST: an even newer wish is there
  } finally {
    rmSync(taken);
  }
}

/** Removes whatever lies in the wish's place, readable or not. */
export function discardCommand(runFolder: string): void {
  rmSync(runPaths.command(runFolder), { force: true });
}
