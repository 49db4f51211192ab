/** The Python environment of the peers: `.venv-bench` in the project, made when it is first needed. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../.venv-bench", import.meta.url));
const requirements = fileURLToPath(new URL("requirements.txt", import.meta.url));
/** Holds the requirements that are installed; written last, so that half an installation does not count. */
const stamp = path.join(folder, "installed.txt");

const COMMANDS = ["python3.13", "python3.12", "python3.11", "python3", "python"];
const OLDEST_MINOR = 11;
const NEWEST_MINOR = 13;
/** pip asks again once, and waits this long for an answer, so that a machine without a network is told soon. */
const PATIENCE = ["--retries", "1", "--timeout", "20"];

/** The peers cannot be had here; the message says why. */
export class NoPeers extends Error {}

/** The interpreter that has PyTorch and Stable-Baselines3. @throws NoPeers where they cannot be installed. */
export function peerPython(): string {
  const windows = process.platform === "win32";
  const python = path.join(folder, windows ? "Scripts" : "bin", windows ? "python.exe" : "python");
  const wanted = readFileSync(requirements, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return python;

  const base = COMMANDS.find(isFit);
  if (base === undefined) throw new NoPeers(`no Python 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR} found`);
  console.error("installing PyTorch and Stable-Baselines3 into .venv-bench (some 6 GB on x86 Linux), once");
  rmSync(folder, { recursive: true, force: true });
  attempt("python -m venv", base, ["-m", "venv", folder]);
  attempt("pip install", python, ["-m", "pip", "install", "--no-deps", "--quiet", ...PATIENCE, "-r", requirements]);
  writeFileSync(stamp, wanted);
  return python;
}

function isFit(command: string): boolean {
  const { stdout, status } = spawnSync(command, ["-c", "import sys; print(*sys.version_info[:2])"], {
    encoding: "utf8",
  });
  const [major, minor] = status === 0 ? stdout.trim().split(" ").map(Number) : [];
  return major === 3 && minor !== undefined && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR;
}

function attempt(what: string, command: string, words: readonly string[]): void {
  try {
    // Standard output is for the results.
    execFileSync(command, words, { stdio: ["ignore", process.stderr, process.stderr] });
  } catch {
    throw new NoPeers(`${what} failed`);
  }
}
