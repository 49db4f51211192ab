import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { UserError } from "./user-error.ts";

/** Name of a file or folder that is still being written, in the same folder as its final name; listings leave it out. */
export function temporaryPath(target: string): string {
  return path.join(
    path.dirname(target),
    `.${path.basename(target)}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`,
  );
}

/**
 * Writes a whole file so that a reader, a kill or a power cut meets the old content or the new one and never a part:
 * temporary file, fsync, rename, fsync of the folder. Throws a {@link UserError} where {@link fileError} knows one.
 */
export function writeFileAtomic(file: string, content: Uint8Array | string): void {
  const temporary = temporaryPath(file);
  try {
    writeFileDurable(temporary, content);
    renameSync(temporary, file);
    syncFolder(path.dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError(error, file);
  }
}

/** Writes a new file and waits until it is on the disk. For use inside a folder that gets its final name afterwards. */
export function writeFileDurable(file: string, content: Uint8Array | string): void {
  const descriptor = openSync(file, "wx");
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Waits until a file's content is on the disk. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the names in a folder durable. Windows cannot open folders and needs no such call. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Makes a folder and all it holds disappear at once: a kill in the middle leaves a temporary name, never a part. One that
 * another process has just removed is gone as well.
 */
export function removeFolderAtomic(folder: string): void {
  const temporary = temporaryPath(folder);
  try {
    renameSync(folder, temporary);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  syncFolder(path.dirname(folder));
  rmSync(temporary, { recursive: true, force: true });
}

/** Removes what interrupted writers left in a folder. Only for a folder that nobody else is writing to. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.startsWith(".") && name.endsWith(".tmp"))
      rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

/** What a file, or a folder with all it holds, takes on the disk; 0 when there is none. */
export function diskBytes(file: string): number {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  // Windows tells no blocks.
  const own = stat.blocks === undefined || process.platform === "win32" ? stat.size : stat.blocks * 512;
  if (!stat.isDirectory()) return own;
  return readdirSync(file).reduce((sum, name) => sum + diskBytes(path.join(file, name)), own);
}

/** Bytes that an unprivileged process can still write to the file system that holds `folder`. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** The system's own code of a failed call (`ENOENT`), undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** True when a write failed because the disk or the user's quota is full. */
export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOSPC" || code === "EDQUOT" || code === "disk-full";
}

/** The error that a person can act on behind a failed write to `file`; any other error comes back unchanged. */
export function fileError(error: unknown, file: string): unknown {
  if (error instanceof UserError) return error;
  if (isDiskFull(error)) {
    return new UserError("disk-full", `The disk is full: ${file} cannot be written.`, "Free some space, then resume.");
  }
  const code = systemCode(error);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    const hint = "Check the folder's owner and permissions, or choose another folder.";
    return new UserError("not-writable", `${file} cannot be written (${code}).`, hint);
  }
  return error;
}
