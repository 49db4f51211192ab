import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { fileError, syncFile, syncFolder, systemCode, temporaryPath, writeFileDurable } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { readVersionedJson } from "./versioned-json.ts";

const RUN_FILE_VERSION = 1;

export const parameterValuesSchema = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
/** A flat set of named parameters with their values. */
export type RunParameterValues = z.infer<typeof parameterValuesSchema>;

/** Names a scenario or a learner in the version whose numbers a run holds. */
export const versionedIdSchema = z.object({ id: z.string().min(1), version: z.number().int() });

/** What a run is: written once, when it is made, and never changed. */
export const runFileSchema = z.object({
  formatVersion: z.literal(RUN_FILE_VERSION),
  /** Also the folder's name. */
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "letters, digits, dots, dashes and underscores"),
  experiment: z.string(),
  name: z.string(),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  scenario: versionedIdSchema,
  learner: versionedIdSchema,
  preset: z.string(),
  seed: z.number().int().nonnegative(),
  /** Every parameter with its value, defaults too, so that a later program's defaults change nothing. */
  parameters: z.object({
    scenario: parameterValuesSchema,
    learner: parameterValuesSchema,
    training: parameterValuesSchema,
  }),
  /**
   * Where the run was made. Where it was trained can differ between attempts: each `started` event of the journal has
   * the attempt's own.
   */
  environment: z.object({
    programVersion: z.string(),
    commit: z.string().optional(),
    node: z.string(),
    v8: z.string(),
    cpu: z.string(),
    os: z.string(),
  }),
  /** The checkpoint that this run was forked from; its copy lies in `fork/`. */
  parent: z.object({ run: z.string(), step: z.number(), sha256: z.string() }).nullable(),
});
export type RunFile = z.infer<typeof runFileSchema>;

const runFileKind = {
  schema: runFileSchema,
  version: RUN_FILE_VERSION,
  what: "Run file",
  code: "run-file-damaged",
  hint: "Restore it from a copy, or remove the run's folder.",
};

/** The places in a run's folder. */
export const runPaths = {
  runFile: (folder: string) => path.join(folder, "run.json"),
  journal: (folder: string) => path.join(folder, "journal"),
  checkpoints: (folder: string) => path.join(folder, "checkpoints"),
  fork: (folder: string) => path.join(folder, "fork"),
  reserve: (folder: string) => path.join(folder, "reserve"),
  log: (folder: string) => path.join(folder, "log"),
  command: (folder: string) => path.join(folder, "command"),
  lock: (folder: string) => path.join(folder, "lock"),
};

/**
 * Makes a run's folder; it appears whole or not at all.
 * @param parentCheckpoint folder of the checkpoint to fork from, copied to `fork/`
 * @returns the new folder's path
 * @throws UserError `run-exists`, `disk-full`, `not-writable`
 */
export function createRunFolder(runsFolder: string, runFile: RunFile, parentCheckpoint?: string): string {
  const run = runFileSchema.parse(runFile);
  const folder = path.join(runsFolder, run.id);
  const temporary = temporaryPath(folder);
  try {
    mkdirSync(runsFolder, { recursive: true });
    mkdirSync(temporary);
    mkdirSync(runPaths.checkpoints(temporary));
    writeFileDurable(runPaths.runFile(temporary), `${JSON.stringify(run, null, 2)}\n`);
    if (parentCheckpoint !== undefined) copyFolderDurable(parentCheckpoint, runPaths.fork(temporary));
    syncFolder(temporary);
    renameSync(temporary, folder);
    syncFolder(runsFolder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (existsSync(folder)) throw new UserError("run-exists", `There is already a run ${run.id} in ${runsFolder}.`);
    throw fileError(error, folder);
  }
  return folder;
}

/** Copies the files of one folder and waits until they are on the disk. */
function copyFolderDurable(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    const copy = path.join(to, name);
    copyFileSync(path.join(from, name), copy);
    syncFile(copy);
  }
  syncFolder(to);
}

/**
 * @throws UserError `run-unknown` when the folder holds no run, `run-file-damaged`, `format-newer`
 */
export function readRunFile(folder: string): RunFile {
  const file = runPaths.runFile(folder);
  try {
    return readVersionedJson(file, runFileKind);
  } catch (error) {
    const code = systemCode(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    throw new UserError("run-unknown", `${folder} holds no run: it has no run.json.`);
  }
}
