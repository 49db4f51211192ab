import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
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
  /** Its number in the data folder, from 0; it decides the run's colour. Older programs gave none. */
  ordinal: z.number().int().nonnegative().optional(),
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
  pins: (folder: string) => path.join(folder, "pins"),
  command: (folder: string) => path.join(folder, "command"),
  lock: (folder: string) => path.join(folder, "lock"),
  watch: (folder: string) => path.join(folder, "watch"),
  picture: (folder: string) => path.join(folder, "picture"),
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

/** Folders written at a time: their waits for the disk overlap, which makes them several times faster than one by one. */
const FOLDERS_AT_ONCE = 16;

/**
 * Makes the folders of many new runs: all of them or, when one cannot be made, none. Each is written whole under a
 * temporary name; only then do all get their names.
 * @throws UserError `run-exists`, `disk-full`, `not-writable`
 */
export async function createRunFolders(runsFolder: string, runFiles: readonly RunFile[]): Promise<void> {
  const runs = runFiles.map((runFile) => runFileSchema.parse(runFile));
  const folders = runs.map((run) => {
    const folder = path.join(runsFolder, run.id);
    return { run, folder, temporary: temporaryPath(folder), named: false };
  });
  try {
    await mkdir(runsFolder, { recursive: true });
    for (let i = 0; i < folders.length; i += FOLDERS_AT_ONCE) {
      const written = await Promise.allSettled(
        folders.slice(i, i + FOLDERS_AT_ONCE).map(({ run, temporary }) => writeRunFolder(temporary, run)),
      );
      const failed = written.find((result) => result.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    }
    for (const entry of folders) {
      if (existsSync(entry.folder)) {
        throw new UserError("run-exists", `There is already a run ${entry.run.id} in ${runsFolder}.`);
      }
      renameSync(entry.temporary, entry.folder);
      entry.named = true;
    }
    syncFolder(runsFolder);
  } catch (error) {
    for (const { named, folder, temporary } of folders) {
      rmSync(named ? folder : temporary, { recursive: true, force: true });
    }
    throw fileError(error, runsFolder);
  }
}

/** A run's folder with its durable content, before it has its name. */
async function writeRunFolder(folder: string, run: RunFile): Promise<void> {
  await mkdir(folder);
  await mkdir(runPaths.checkpoints(folder));
  const file = await open(runPaths.runFile(folder), "wx");
  try {
    await file.writeFile(`${JSON.stringify(run, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  if (process.platform === "win32") return; // it cannot open folders and needs no such call
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
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
