import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { node24, root } from "../common.mjs";

/** Major version that engine, trainers, command line and tests need. */
const NODE_MAJOR = 24;

export function isNewEnough(version) {
  return Number(version.split(".")[0]) >= NODE_MAJOR;
}

/**
 * Finds Node 24 in node_modules, where npm's install script of the package `node` put it; runs that script where npm
 * skipped it. Answers its version. Throws with what to do.
 */
export function ensureNode24() {
  const folder = path.join(root, "node_modules", "node");
  if (!existsSync(folder)) throw new Error("node_modules is missing or not whole: run `npm ci`");
  if (!existsSync(node24)) {
    const options = { cwd: folder, stdio: "ignore" };
    spawnSync(process.execPath, [path.join(folder, "installArchSpecificPackage.js")], options);
  }
  if (!existsSync(node24)) {
    const system = `${process.platform}-${process.arch}`;
    throw new Error(`no Node ${NODE_MAJOR} could be installed for ${system}: \`npm rebuild node\` shows why`);
  }
  const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  if (isNewEnough(version)) return version;
  throw new Error(`Node ${NODE_MAJOR} is needed and node_modules/node holds ${version}: run \`npm ci\``);
}

/** Runs the calling script again on Node 24 when an older Node started it, and ends this process with its status. */
export function continueOnNode24() {
  ensureNode24();
  if (isNewEnough(process.versions.node)) return;
  const { status } = spawnSync(node24, process.argv.slice(1), { stdio: "inherit" });
  process.exit(status ?? 1);
}
