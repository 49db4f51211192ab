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
import type { Benchmark } from "./benchmark.ts";

const presets = [
  { preset: "small", repeats: 5, limitSeconds: 15 },
  { preset: "paper", repeats: 2, limitSeconds: 60 },
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

/** Best of five (`small`) and of two (`paper`). */
export function programBenchmarks(): Benchmark[] {
  return presets.map(({ preset, repeats, limitSeconds }) => {
    const seconds = Array.from({ length: repeats }, () => commandSeconds(preset));
    return { id: `program/hmppo-${preset}`, value: Math.min(...seconds), unit: "s", atMost: limitSeconds };
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.table(programBenchmarks());
}
