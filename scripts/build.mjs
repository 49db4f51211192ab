/**
 * Builds kernels and program into `out/`, only where sources changed since. `node scripts/build.mjs` builds now;
 * `ensureBuilt()` is what start, tests and the command line call first.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { main, node24, root, say } from "./common.mjs";
import { ensureNode24 } from "./setup/node.mjs";

const out = path.join(root, "out");
const stampFile = path.join(out, "stamp.json");
const lockFile = path.join(out, "building");

const kernelSources = ["lab/nn/wasm/assembly", "scripts/build-kernels.mjs"];
const programSources = ["lab", "main", "preload", "renderer", "electron.vite.config.ts", "package-lock.json"];

/** The parts that electron-vite makes. */
const parts = ["main", "preload", "renderer"];

/** One hash over names and contents of everything under the given files and folders. */
function hashOf(names) {
  const hash = createHash("sha256");
  const add = (name) => {
    const file = path.join(root, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isDirectory()) {
      for (const child of readdirSync(file).sort()) add(`${name}/${child}`);
    } else {
      hash.update(`${name}\0${found.size}\0`).update(readFileSync(file));
    }
  };
  for (const name of names) add(name);
  return hash.digest("hex");
}

function readStamp() {
  return existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, "utf8")) : {};
}

/** What has to be built: `{ kernels, program }`, each the new hash or undefined when it is up to date. */
function stale() {
  const stamp = readStamp();
  const kernels = hashOf(kernelSources);
  const program = hashOf(programSources);
  const kernelsThere = ["relaxed", "plain"].every((name) => existsSync(path.join(out, "kernels", `${name}.wasm`)));
  const programThere = parts.every((part) => existsSync(path.join(out, part)));
  return {
    kernels: kernelsThere && stamp.kernels === kernels ? undefined : kernels,
    program: programThere && stamp.program === program ? undefined : program,
  };
}

/** Builds what changed. `quiet` says nothing when there was nothing to do. Throws with the compiler's words. */
export async function ensureBuilt({ quiet = false } = {}) {
  let needed = stale();
  if (needed.kernels === undefined && needed.program === undefined) {
    if (!quiet) say("Build", "up to date");
    return;
  }
  ensureNode24();
  const release = await takeLock();
  try {
    needed = stale(); // somebody else may have built meanwhile
    const from = performance.now();
    for (const [name, hash] of Object.entries(needed)) {
      if (hash === undefined) continue;
      builders[name]();
      writeFileSync(stampFile, JSON.stringify({ ...readStamp(), [name]: hash }));
    }
    const built = Object.entries(needed).filter(([, hash]) => hash !== undefined);
    const names = built.map(([name]) => name).join(" and ");
    if (names !== "")
      console.error(`${"Build:".padEnd(12)} ${names} in ${((performance.now() - from) / 1000).toFixed(1)} s`);
  } finally {
    release();
  }
}

/** One build at a time: two terminals may both find changed sources. Answers the function that gives it back. */
async function takeLock() {
  mkdirSync(out, { recursive: true });
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: "wx" });
      return () => rmSync(lockFile, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!holderLives()) rmSync(lockFile, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function holderLives() {
  try {
    process.kill(Number(readFileSync(lockFile, "utf8")), 0);
    return true;
  } catch (error) {
    if (error.code === "EPERM") return true;
    if (error.code === "ESRCH" || error.code === "ENOENT") return false;
    throw error;
  }
}

function run(args, environment) {
  const result = spawnSync(node24, args, { cwd: root, encoding: "utf8", env: { ...process.env, ...environment } });
  if (result.status !== 0) throw new Error(`the build failed\n${result.stdout}${result.stderr}`);
  return result;
}

function buildKernels() {
  run([path.join(root, "scripts", "build-kernels.mjs")]);
}

/** Into a folder beside, then swapped: processes that start meanwhile find the old program or the new one, whole. */
function buildProgram() {
  const staging = path.join(out, "staging");
  rmSync(staging, { recursive: true, force: true });
  const script = path.join(root, "node_modules", "electron-vite", "bin", "electron-vite.js");
  run([script, "build", "--logLevel", "warn"], { EDGELOOM_OUT: staging, NODE_ENV: "production" });
  for (const part of parts) {
    const old = path.join(out, `old-${part}`);
    rmSync(old, { recursive: true, force: true });
    if (existsSync(path.join(out, part))) renameSync(path.join(out, part), old);
    renameSync(path.join(staging, part), path.join(out, part));
    rmSync(old, { recursive: true, force: true });
  }
  rmSync(staging, { recursive: true, force: true });
}

const builders = { kernels: buildKernels, program: buildProgram };

if (process.argv[1] === import.meta.filename) await main(() => ensureBuilt());
