#!/usr/bin/env node
/**
 * The command `edgeloom`, for whatever Node the shell finds (18 or later): sees to a built program and runs it on the
 * Node 24 that came with `npm ci`; in this very process when that is what runs already.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const program = path.join(root, "out", "main", "cli.js");

function fail(message, hint) {
  const error = { code: "set-up", message, hint };
  console.error(process.argv.includes("--json") ? JSON.stringify({ error }) : `edgeloom: ${message} (${hint})`);
  process.exit(1);
}

if (!existsSync(path.join(root, "node_modules"))) fail("its packages are not installed", `run \`npm ci\` in ${root}`);

const { node24, reason } = await import("../scripts/common.mjs");
const { ensureNode24, isNewEnough } = await import("../scripts/setup/node.mjs");
const { ensureBuilt } = await import("../scripts/build.mjs");

try {
  ensureNode24();
} catch (error) {
  fail(reason(error), `this is Node ${process.versions.node}, which is not used`);
}
try {
  await ensureBuilt({ quiet: true });
} catch (error) {
  fail(reason(error), "`npm run build` shows all of it");
}

if (isNewEnough(process.versions.node)) {
  process.argv[1] = program;
  await import(pathToFileURL(program).href);
} else {
  const child = spawn(node24, [program, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(reason(error), "run `npm ci`"));
  child.on("exit", (status, signal) => {
    if (signal === null) process.exit(status);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
