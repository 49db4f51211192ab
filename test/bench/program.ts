/**
 * How long a person waits for a training from the command line: the whole command, from its start to the results, with
 * engine, journal, store, evaluations and checkpoints. Run directly for a table: `node test/bench/program.ts`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { applicationRoot } from "../../main/platform/paths.ts";
import type { Measurement } from "./benchmark.ts";

const REPEATS = 5;

const presets = [
  { preset: "small", limits: { atMost: 15 } },
  { preset: "paper", limits: { atMost: 25, aim: 15 } },
] as const;

function commandSeconds(preset: string): number {
  const data = mkdtempSync(path.join(tmpdir(), "edgeloom-bench-"));
  const command = path.join(applicationRoot, "bin", "edgeloom.mjs");
  try {
    const start = performance.now();
    execFileSync(
      process.execPath,
      [command, "run", "emulator-tuning/hmppo", "--preset", preset, "--seeds", "1", "--json", "--data", data],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    return (performance.now() - start) / 1000;
  } finally {
    // The engine ends by itself a few seconds after its last client.
    rmSync(data, { recursive: true, force: true, maxRetries: 100, retryDelay: 100 });
  }
}

/** Best of five. */
export function programBenchmarks(): Measurement[] {
  return presets.map(({ preset, limits }) => {
    const seconds = Array.from({ length: REPEATS }, () => commandSeconds(preset));
    return { id: `program/hmppo-${preset}`, value: Math.min(...seconds), unit: "s", ...limits };
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.table(programBenchmarks());
}
