/**
 * `engine.lock` says which engine serves a data folder. It appears whole (a hard link to a finished file), so that of
 * several engines exactly one gets it; one left by a dead process is taken over by exactly one successor.
 */
import { createHash } from "node:crypto";
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { systemCode, temporaryPath } from "../platform/files.ts";
import { bootId, processLives, processStartTime } from "../platform/process.ts";

/** A takeover that was killed half way no longer blocks the next one after this time. */
const TAKEOVER_MILLISECONDS = 10_000;

const engineLockSchema = z.object({
  formatVersion: z.literal(1),
  pid: z.number().int(),
  /** As {@link processStartTime} gives it; null where the system has none. */
  startTime: z.number().nullable(),
  bootId: z.string(),
  socket: z.string(),
  protocol: z.number(),
  version: z.string(),
});
export type EngineLock = z.infer<typeof engineLockSchema>;

/** The lock file of a data folder. */
export function engineLockPath(dataFolder: string): string {
  return path.join(dataFolder, "engine.lock");
}

/** The lock as this process would write it. */
export function ownLock(socket: string, protocol: number, version: string): EngineLock {
  const startTime = processStartTime(process.pid) ?? null;
  return { formatVersion: 1, pid: process.pid, startTime, bootId: bootId(), socket, protocol, version };
}

/** The lock of a living engine; undefined when there is none, or it is of a dead process, or it is damaged. */
export function livingEngine(dataFolder: string): EngineLock | undefined {
  const text = readLock(dataFolder);
  const lock = text === undefined ? undefined : parseLock(text);
  return lock !== undefined && lives(lock) ? lock : undefined;
}

/** Takes the lock for this process; false when a living engine has it or another process was faster. */
export function takeEngineLock(dataFolder: string, lock: EngineLock): boolean {
  const file = engineLockPath(dataFolder);
  const found = readLock(dataFolder);
  if (found === undefined) return create(file, lock);
  const holder = parseLock(found);
  if (holder !== undefined && lives(holder)) return false;
  return takeOver(file, found, lock);
}

/** True while the lock names this very lock; false after somebody removed or replaced the file. */
export function holdsEngineLock(dataFolder: string, lock: EngineLock): boolean {
  return readLock(dataFolder) === content(lock);
}

/** Gives the lock back, if it is still this one. */
export function releaseEngineLock(dataFolder: string, lock: EngineLock): void {
  if (holdsEngineLock(dataFolder, lock)) rmSync(engineLockPath(dataFolder), { force: true });
}

function create(file: string, lock: EngineLock): boolean {
  const temporary = temporaryPath(file);
  writeFileSync(temporary, content(lock));
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Only the process that makes the marker of this very dead lock may replace it, and only while it is still there. */
function takeOver(file: string, dead: string, lock: EngineLock): boolean {
  const marker = `${file}.${createHash("sha256").update(dead).digest("hex").slice(0, 16)}.takeover`;
  try {
    closeSync(openSync(marker, "wx"));
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    const made = statSync(marker, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && Date.now() - made > TAKEOVER_MILLISECONDS) rmSync(marker, { force: true });
    return false;
  }
  try {
    if (readFileOrNothing(file) !== dead) return false;
    const temporary = temporaryPath(file);
    writeFileSync(temporary, content(lock));
    renameSync(temporary, file);
    return true;
  } finally {
    rmSync(marker, { force: true });
  }
}

function lives(lock: EngineLock): boolean {
  return lock.bootId === bootId() && processLives(lock.pid, lock.startTime ?? undefined);
}

function content(lock: EngineLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

function readLock(dataFolder: string): string | undefined {
  return readFileOrNothing(engineLockPath(dataFolder));
}

function readFileOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function parseLock(text: string): EngineLock | undefined {
  try {
    return engineLockSchema.parse(JSON.parse(text));
  } catch {
    // Whatever is in there, no engine of this format wrote it whole: it is treated like a dead one.
    return undefined;
  }
}
