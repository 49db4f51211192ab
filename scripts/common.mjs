/** What the scripts share. Plain JavaScript for Node 20 or later: set-up runs before Node 24 is there. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

const nodePackage = path.join(root, "node_modules", "node");

/** Node 24 for everything but Electron itself; it comes with the npm package `node`. */
export const node24 = path.join(nodePackage, "bin", process.platform === "win32" ? "node.exe" : "node");

/** One plain line; `topic` names what it is about. */
export function say(topic, text) {
  console.log(`${`${topic}:`.padEnd(12)} ${text}`);
}

/** The first line of whatever went wrong, with the reason that fetch hides in `cause`. */
export function reason(error) {
  const cause = error?.cause?.code ?? error?.cause?.message;
  const text = String(error?.message ?? error).split("\n")[0];
  return cause === undefined ? text : `${text}: ${cause}`;
}

/** Runs a script's work; an error is its message and exit status 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Runs the npm that started this script, or the one in the PATH. Answers `{ status, stdout, stderr }`. */
export function npm(args, options = {}) {
  const script = process.env.npm_execpath;
  const own = script !== undefined && existsSync(script) && /npm-cli\.c?js$/.test(script);
  const command = own ? process.execPath : process.platform === "win32" ? "npm.cmd" : "npm";
  const all = own ? [script, ...args] : args;
  return spawnSync(command, all, {
    encoding: "utf8",
    shell: !own && process.platform === "win32",
    ...options,
  });
}

/** Runs a program with this terminal; resolves to its exit status (128 + n after signal n). */
export function runInTerminal(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit", cwd: root, ...options });
    const forward = (signal) => child.kill(signal);
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, forward);
    child.on("error", reject);
    child.on("exit", (status, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(status ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}

/** True where a window can be shown without help. */
export function hasDisplay(environment = process.env) {
  if (process.platform !== "linux") return true;
  return Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}

/** True for root on Linux, where Chromium's sandbox cannot be set up. */
export function isRoot() {
  return process.platform === "linux" && process.getuid?.() === 0;
}
