/**
 * The lock of a run's folder: which process trains it. At most one process holds it, also when several start at the same
 * moment over a lock that a dead process left behind. docs/run-folder.md tells how and why that is free of races.
 */
import { randomUUID } from "node:crypto";
import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { fileError, systemCode, temporaryPath } from "../platform/files.ts";
import { bootId, hostName, processLives, processStartTime } from "../platform/process.ts";
import { UserError } from "../platform/user-error.ts";
import { runPaths } from "./run-file.ts";
import { readVersionedJson } from "./versioned-json.ts";

const LOCK_VERSION = 1;

const lockSchema = z.object({
  formatVersion: z.literal(LOCK_VERSION),
  /** Unique to this holding, not to the process. */
  id: z.string(),
  host: z.string(),
  bootId: z.string(),
  pid: z.number().int(),
  startTime: z.number().optional(),
  /** 0 until the holder has read the journal. */
  attempt: z.number().int(),
  /** Milliseconds since 1970, refreshed while the holder lives. A person's help, never a reason to take the lock. */
  heartbeat: z.number(),
});
export type LockContent = z.infer<typeof lockSchema>;

const lockKind = {
  schema: lockSchema,
  version: LOCK_VERSION,
  what: "Lock",
  code: "lock-damaged",
  hint: "If nothing trains this run, delete the lock.",
};

/**
 * `free`: no lock. `held`: by a living process of this machine. `stale`: by a process of this machine that is gone.
 * `foreign`: by another machine's, whose processes cannot be seen from here.
 */
export type LockState = "free" | "held" | "stale" | "foreign";

/** A lock that this process holds. */
export interface RunLock {
  /** Writes attempt and time into the lock. @throws UserError `lock-lost` when somebody removed it or took it over */
  heartbeat(attempt: number): void;
  /** Gives it back; a lock that is another's by now stays. */
  release(): void;
}

/**
 * Takes a run's lock, also over one whose process is gone.
 * @throws UserError `run-locked`, `run-locked-elsewhere`
 */
export function acquireLock(runFolder: string, attempt: number): RunLock {
  return acquire(runPaths.lock(runFolder), attempt);
}

export function lockState(runFolder: string): LockState {
  const content = readLock(runFolder);
  return content === undefined ? "free" : judge(content);
}

/** @throws UserError `lock-damaged`, `format-newer` */
export function readLock(runFolder: string): LockContent | undefined {
  return read(runPaths.lock(runFolder));
}

function read(file: string): LockContent | undefined {
  try {
    return readVersionedJson(file, lockKind);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function judge(content: LockContent): Exclude<LockState, "free"> {
  if (content.host !== hostName()) return "foreign";
  if (content.bootId !== bootId()) return "stale";
  return processLives(content.pid, content.startTime) ? "held" : "stale";
}

function acquire(file: string, attempt: number): RunLock {
  const content: LockContent = {
    formatVersion: LOCK_VERSION,
    id: randomUUID(),
    host: hostName(),
    bootId: bootId(),
    pid: process.pid,
    startTime: processStartTime(process.pid),
    attempt,
    heartbeat: Date.now(),
  };
  while (!create(file, content)) {
    const holder = read(file);
    if (holder === undefined) continue; // released in between
    const state = judge(holder);
    if (state !== "stale") throw lockedError(file, holder, state);
    if (replaceStale(file, holder, content)) break;
  }
  return new HeldLock(file, content);
}

/** Makes the lock with its content in one step; false when there is one. A link, unlike O_EXCL, is safe on NFS too. */
function create(file: string, content: LockContent): boolean {
  const temporary = write(file, content);
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw fileError(error, file);
  } finally {
    rmSync(temporary);
  }
}

function write(file: string, content: LockContent): string {
  const temporary = temporaryPath(file);
  try {
    writeFileSync(temporary, `${JSON.stringify(content)}\n`);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError(error, file);
  }
  return temporary;
}

/**
 * Puts `content` in the place of a lock whose process is gone; false when another process was faster. Only the holder
 * of the *claim*, a lock of its own named after the stale lock's id, may replace that lock. So while the claim is held
 * and the stale lock is still there, it stays there. A claim left by a process that died in this very moment is itself
 * a stale lock and is taken over in the same way.
 */
function replaceStale(file: string, stale: LockContent, content: LockContent): boolean {
  const claim = acquire(`${file}.${stale.id}`, content.attempt);
  try {
    if (read(file)?.id !== stale.id) return false;
    renameSync(write(file, content), file);
    return true;
  } finally {
    claim.release();
  }
}

function lockedError(file: string, holder: LockContent, state: "held" | "foreign"): UserError {
  if (state === "held") {
    const message = `The run is already being trained by process ${holder.pid} (${file}).`;
    return new UserError("run-locked", message, "Pause or stop that one first.");
  }
  const seen = new Date(holder.heartbeat).toISOString();
  return new UserError(
    "run-locked-elsewhere",
    `The run is being trained by process ${holder.pid} on the machine ${holder.host}, last seen at ${seen} (${file}).`,
    `Pause it there. If that process is surely gone, delete ${file}.`,
  );
}

class HeldLock implements RunLock {
  private readonly file: string;
  private readonly content: LockContent;

  constructor(file: string, content: LockContent) {
    this.file = file;
    this.content = content;
  }

  heartbeat(attempt: number): void {
    if (!this.isOurs()) {
      throw new UserError("lock-lost", `The lock ${this.file} was removed or taken over while this process held it.`);
    }
    renameSync(write(this.file, { ...this.content, attempt, heartbeat: Date.now() }), this.file);
  }

  release(): void {
    if (this.isOurs()) rmSync(this.file);
  }

  private isOurs(): boolean {
    return read(this.file)?.id === this.content.id;
  }
}
