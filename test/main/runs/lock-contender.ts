/** A process that tries for a lock whenever its parent says so, at the moment the parent names. */

import { UserError } from "../../../main/platform/user-error.ts";
import { acquireLock, type RunLock } from "../../../main/runs/lock.ts";

let lock: RunLock | undefined;

process.on("message", (message: { folder: string; at: number } | "release") => {
  if (message === "release") {
    lock?.release();
    lock = undefined;
    process.send?.("released");
    return;
  }
  while (Date.now() < message.at);
  try {
    lock = acquireLock(message.folder, 1);
    process.send?.("acquired");
  } catch (error) {
    process.send?.(error instanceof UserError ? error.code : String(error));
  }
});
process.send?.("ready");
