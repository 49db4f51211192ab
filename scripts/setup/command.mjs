import { chmodSync, lstatSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../common.mjs";

/**
 * Puts the command `edgeloom` beside the dependencies' commands. npm does not do it for a package's own command, and its
 * `npx` then looks for a package of that name elsewhere.
 */
export function linkCommand() {
  const place = path.join(root, "node_modules", ".bin", "edgeloom");
  if (process.platform === "win32") {
    writeFileSync(`${place}.cmd`, '@node "%~dp0\\..\\..\\bin\\edgeloom.mjs" %*\r\n');
    return;
  }
  chmodSync(path.join(root, "bin", "edgeloom.mjs"), 0o755);
  const target = path.join("..", "..", "bin", "edgeloom.mjs");
  const found = lstatSync(place, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() && readlinkSync(place) === target) return;
  rmSync(place, { force: true });
  symlinkSync(target, place);
}
