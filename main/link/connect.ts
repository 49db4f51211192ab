import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freeBytes } from "../platform/files.ts";
import { entryPath, nodeExecutable } from "../platform/paths.ts";
import { UserError } from "../platform/user-error.ts";
import { programVersion } from "../platform/version.ts";
import { type Client, ConnectionLost, openClient } from "./client.ts";
import { livingEngine } from "./engine-lock.ts";
import type { ClientRole } from "./messages.ts";

const START_MILLISECONDS = 20_000;
const POLL_MILLISECONDS = 25;
/** A log beyond this size becomes `engine.log.1` when the next engine starts. */
export const LOG_BYTES = 4 * 1024 * 1024;
const LOG_TAIL_BYTES = 2_000;

/** A small young generation: the blocks of a long journal are freed sooner, which keeps a rebuild's memory low. */
const ENGINE_NODE_OPTIONS = ["--max-semi-space-size=4"];
const LITTLE_SPACE_BYTES = 64 * 1024;

/** Exit code of an engine that found another one serving the data folder. */
export const EXIT_OTHER_ENGINE = 75;

export interface ConnectOptions {
  /** Trainers at once, for an engine that this call starts. */
  readonly parallel?: number;
  /** False: only an engine that already runs is used. */
  readonly start?: boolean;
}

/** The engine's log in a data folder. */
export function engineLogPath(dataFolder: string): string {
  return path.join(dataFolder, "engine.log");
}

/**
 * Connects to the engine of a data folder and starts one, detached, when none runs. Of several callers at once all end
 * at the same engine.
 * @throws UserError `engine-start` with the end of engine.log when the engine dies, `protocol-mismatch` when one of
 * another version serves the folder, `engine-none` when there is none and none may be started.
 */
export async function connect(dataFolder: string, role: ClientRole, options: ConnectOptions = {}): Promise<Client> {
  const deadline = Date.now() + START_MILLISECONDS;
  let started: StartedEngine | undefined;
  for (;;) {
    const client = await reach(dataFolder, role);
    if (client !== undefined) return client;
    if (options.start === false) {
      throw new UserError(
        "engine-none",
        `No engine serves ${dataFolder}.`,
        "It starts with the next command or window.",
      );
    }
    if (livingEngine(dataFolder) === undefined) {
      started ??= startEngine(dataFolder, options.parallel);
      if (started.ended !== undefined) {
        if (started.ended !== EXIT_OTHER_ENGINE && started.ended !== 0) throw startError(dataFolder, started);
        // It met another engine, which is gone again by now.
        started = undefined;
      }
    }
    if (Date.now() > deadline) throw startError(dataFolder, started);
    await sleep(POLL_MILLISECONDS);
  }
}

/** A client of the living engine; undefined when there is none or it does not listen yet or any more. */
async function reach(dataFolder: string, role: ClientRole): Promise<Client | undefined> {
  const lock = livingEngine(dataFolder);
  if (lock === undefined) return undefined;
  try {
    return await openClient(lock.socket, role, programVersion);
  } catch (error) {
    if (error instanceof ConnectionLost) return undefined;
    throw error;
  }
}

interface StartedEngine {
  readonly process: ChildProcess;
  /** Bytes in the log before this engine wrote to it. */
  readonly logStart: number;
  /** Exit code, or the signal or the error that ended it. */
  ended: number | string | undefined;
}

function startEngine(dataFolder: string, parallel: number | undefined): StartedEngine {
  mkdirSync(dataFolder, { recursive: true });
  const file = engineLogPath(dataFolder);
  rotateLog(file);
  const log = openSync(file, "a");
  const logStart = statSync(file).size;
  const words = [...ENGINE_NODE_OPTIONS, entryPath("engine"), "--data", dataFolder];
  if (parallel !== undefined) words.push("--parallel", String(parallel));
  const child = spawn(nodeExecutable(), words, {
    detached: true,
    stdio: ["ignore", log, log],
    windowsHide: true,
    cwd: dataFolder,
  });
  closeSync(log);
  const started: StartedEngine = { process: child, logStart, ended: undefined };
  child.on("error", (error) => {
    started.ended = error.message;
  });
  child.on("exit", (code, signal) => {
    started.ended = code ?? signal ?? "unknown";
  });
  child.unref();
  return started;
}

/** Keeps a log from growing without end. Copy and truncate: writers that have it open in append mode go on. */
export function rotateLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < LOG_BYTES) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}

function startError(dataFolder: string, started: StartedEngine | undefined): UserError {
  if (freeBytes(dataFolder) < LITTLE_SPACE_BYTES) {
    // The engine could not even log it.
    return new UserError(
      "disk-full",
      `The disk is full: the engine of ${dataFolder} cannot start.`,
      "Free some space.",
    );
  }
  const tail = started === undefined ? "" : logTail(engineLogPath(dataFolder), started.logStart);
  const end = started?.ended;
  const what = end === undefined ? "does not answer" : `ended with ${typeof end === "number" ? `code ${end}` : end}`;
  return new UserError(
    "engine-start",
    `The engine of ${dataFolder} ${what}${tail === "" ? "." : `:\n${tail}`}`,
    `The whole log is ${engineLogPath(dataFolder)}.`,
  );
}

function logTail(file: string, from: number): string {
  const bytes = readFileSync(file);
  return bytes
    .subarray(Math.max(from, bytes.length - LOG_TAIL_BYTES))
    .toString("utf8")
    .trim();
}
