import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { systemCode } from "./files.ts";

/** Name of this machine, as a lock records it. */
export function hostName(): string {
  return hostname();
}

let knownBootId: string | undefined;

/** Changes with every start of the machine; "" where the system has no such number (Windows). */
export function bootId(): string {
  knownBootId ??= readBootId();
  return knownBootId;
}

function readBootId(): string {
  if (process.platform === "linux") return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  if (process.platform === "darwin") {
    return execFileSync("sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "utf8" }).trim();
  }
  return "";
}

/**
 * When a process started, as a number that only has to differ between two processes with the same id: clock ticks since
 * boot on Linux, milliseconds since 1970 on macOS. undefined when there is no such process (a zombie is none: nothing
 * of it runs any more) or, on Windows, always.
 */
export function processStartTime(pid: number): number | undefined {
  if (process.platform === "linux") return linuxStartTime(pid);
  if (process.platform === "win32") return undefined;
  try {
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", stdio: "pipe" });
    const time = Date.parse(text.trim());
    return Number.isNaN(time) ? undefined : time;
  } catch (error) {
    if (error instanceof Error && "status" in error) return undefined; // ps exits with 1 when there is no such process
    throw error;
  }
}

function linuxStartTime(pid: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
  // The second field is the program's name in brackets and may itself hold brackets and spaces (proc(5)).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  if (state === "Z" || state === "X") return undefined;
  return Number(fields[19]);
}

/** True while the very process that had this id and start time runs. Without a start time the id alone decides. */
export function processLives(pid: number, startTime: number | undefined): boolean {
  if (process.platform !== "win32") {
    const now = processStartTime(pid);
    return now !== undefined && (startTime === undefined || now === startTime);
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (systemCode(error) === "ESRCH") return false;
    if (systemCode(error) === "EPERM") return true;
    throw error;
  }
}
