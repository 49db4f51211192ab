import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { node24, root, say } from "../common.mjs";

/** Its install script downloads some 400 MB; it is stopped when nothing came for this long. */
const SILENCE_SECONDS = 20;

const folder = path.join(root, "node_modules", "@tensorflow", "tfjs-node-gpu");

function bindingExists() {
  const lib = path.join(folder, "lib");
  return existsSync(lib) && readdirSync(lib).some((name) => existsSync(path.join(lib, name, "tfjs_binding.node")));
}

/**
 * TensorFlow is optional and large: its install script, which npm is told not to run, is run here and only where an
 * NVIDIA GPU is (or `wanted` says so). A failure is one plain line.
 */
export async function ensureTensorflow(wanted) {
  const otherwise = "networks run on the built-in kernels (npm run setup:tensorflow sets it up for the processor)";
  if (bindingExists()) return say("TensorFlow", "optional, installed");
  if (!existsSync(folder)) return say("TensorFlow", `optional, not installed; ${otherwise}`);
  if (!wanted && !existsSync("/proc/driver/nvidia/version")) {
    return say("TensorFlow", `optional, not set up as there is no NVIDIA GPU; ${otherwise}`);
  }
  say("TensorFlow", "optional, downloading its library");
  const failure = await runInstallScript();
  if (failure === undefined && bindingExists()) return say("TensorFlow", "optional, installed");
  say("TensorFlow", `optional, its install script failed (${failure ?? "no binding"}); ${otherwise}`);
}

function runInstallScript() {
  return new Promise((resolve) => {
    const bin = path.join(root, "node_modules", ".bin");
    const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
    const child = spawn(node24, ["scripts/install.js", "gpu", "download"], { cwd: folder, env });
    let output = "";
    const hear = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);

    // The script shows no progress without a terminal; what it unpacks grows as it comes.
    let stopped;
    let bytes = bytesUnder("deps");
    let silentSince = Date.now();
    const watch = setInterval(() => {
      const now = bytesUnder("deps");
      if (now !== bytes) {
        bytes = now;
        silentSince = Date.now();
      } else if (Date.now() - silentSince > SILENCE_SECONDS * 1000) {
        stopped = `nothing came in ${SILENCE_SECONDS} s`;
        child.kill("SIGKILL");
      }
    }, 1000);
    child.on("close", (status) => {
      clearInterval(watch);
      if (status === 0) resolve(undefined);
      else resolve(stopped ?? /^.*Error: (.*)$/m.exec(output)?.[1] ?? `exit status ${status}`);
    });
  });
}

function bytesUnder(name) {
  const top = path.join(folder, name);
  if (!existsSync(top)) return 0;
  let bytes = 0;
  for (const entry of readdirSync(top, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(path.join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}
