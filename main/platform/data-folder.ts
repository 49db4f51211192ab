import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { systemCode, temporaryPath } from "./files.ts";
import { UserError } from "./user-error.ts";

/**
 * The folder that holds all runs, as an absolute path; made when missing. `flag` is the command line's `--data`; without
 * it EDGELOOM_DATA decides, else the one default that window and command line share.
 * @throws UserError `data-folder-not-writable`
 */
export function dataFolder(flag?: string): string {
  const folder = path.resolve(flag || process.env.EDGELOOM_DATA || defaultDataFolder());
  const probe = temporaryPath(path.join(folder, "probe"));
  try {
    makeFolder(folder);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new UserError(
      "data-folder-not-writable",
      `The data folder ${folder} cannot be written (${code}).`,
      "Choose another one with --data or EDGELOOM_DATA.",
    );
  }
  return folder;
}

/** Like a recursive mkdir, which never returns for a folder below one that lets nothing be made (/proc). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error; // another process was first
  }
}

function defaultDataFolder(): string {
  if (process.platform === "darwin") return path.join(homedir(), "Library", "Application Support", "edgeloom");
  if (process.platform === "win32") {
    return path.join(process.env.LOCALAPPDATA || path.join(homedir(), "AppData", "Local"), "edgeloom");
  }
  const shared = process.env.XDG_DATA_HOME ?? "";
  // The XDG base directory specification: a relative path is invalid and is ignored.
  return path.join(path.isAbsolute(shared) ? shared : path.join(homedir(), ".local", "share"), "edgeloom");
}
