import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, realpathSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { UserError } from "../platform/user-error.ts";

/** Unix socket paths end near 104 (macOS) or 108 (Linux) bytes. */
const LONGEST_PATH_BYTES = 100;

/**
 * Where the engine of a data folder listens: a named pipe on Windows, else a socket in a folder that only this user can
 * enter. The name is a short hash of the real data folder, because socket paths are short.
 * @throws UserError when no safe folder can be made.
 */
export function socketPath(dataFolder: string, environment: NodeJS.ProcessEnv = process.env): string {
  const hash = createHash("sha256").update(realpathSync(dataFolder)).digest("hex").slice(0, 16);
  if (process.platform === "win32") return `\\\\.\\pipe\\edgeloom-${hash}`;
  const folder = socketFolder(environment);
  makePrivateFolder(folder);
  const file = path.join(folder, `${hash}.sock`);
  if (Buffer.byteLength(file) > LONGEST_PATH_BYTES) {
    throw new UserError(
      "socket-path",
      `The path of the engine's socket is too long: ${file}`,
      "Set XDG_RUNTIME_DIR to a folder with a short path.",
    );
  }
  return file;
}

function socketFolder(environment: NodeJS.ProcessEnv): string {
  const runtime = environment.XDG_RUNTIME_DIR;
  // The variable outlives its folder after a logout.
  if (runtime !== undefined && path.isAbsolute(runtime) && isFolder(runtime)) return path.join(runtime, "edgeloom");
  return path.join(os.tmpdir(), `edgeloom-${process.getuid?.() ?? "user"}`);
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const mine = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
  if (mine) return;
  throw new UserError(
    "socket-folder",
    `${folder} is not a folder that only this user can enter, so the engine's socket is not put there.`,
    "Remove it, or set XDG_RUNTIME_DIR to a private folder.",
  );
}
