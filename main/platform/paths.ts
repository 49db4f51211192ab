import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The folder that holds `package.json`, `resources/` and `out/`, whether this runs from source or from the build. */
export const applicationRoot = findRoot(import.meta.dirname);

/** True in the built program, false when Node runs the TypeScript sources directly (tests, benchmarks). */
const built = import.meta.dirname.startsWith(path.join(applicationRoot, "out"));

function findRoot(start: string): string {
  for (let folder = start; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "edgeloom") return folder;
    if (folder === path.dirname(folder)) throw new Error(`no Edgeloom folder above ${start}`);
  }
}

/** A file that is read at run time: `resourcePath("presets", "emulator-tuning.json")`. Never inside an archive. */
export function resourcePath(...parts: string[]): string {
  return path.join(applicationRoot, "resources", ...parts);
}

/** A compiled kernel module: `relaxed` or `plain`. */
export function kernelPath(variant: "relaxed" | "plain"): string {
  return path.join(applicationRoot, "out", "kernels", `${variant}.wasm`);
}

const sources = {
  engine: ["main", "engine", "index.ts"],
  trainer: ["main", "trainer", "index.ts"],
  evaluator: ["main", "trainer", "evaluate.ts"],
  probe: ["main", "trainer", "probe.ts"],
  "kernel-thread": ["main", "trainer", "kernel-thread.ts"],
  cli: ["main", "cli", "index.ts"],
} as const;

/** The script to start for one of the program's own Node processes or threads. */
export function entryPath(name: keyof typeof sources): string {
  return built ? path.join(applicationRoot, "out", "main", `${name}.js`) : path.join(applicationRoot, ...sources[name]);
}

/** Node 24 for engine, trainers and evaluators: the running one, or the one in `node_modules` when this is Electron. */
export function nodeExecutable(): string {
  if (process.versions.electron === undefined) return process.execPath;
  const name = process.platform === "win32" ? "node.exe" : "node";
  return path.join(applicationRoot, "node_modules", "node", "bin", name);
}
