import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { relaxedSimdSupported } from "../../lab/nn/wasm/kernels.ts";
import { applicationRoot, kernelPath } from "../platform/paths.ts";
import { programVersion } from "../platform/version.ts";
import type { RunFile } from "../runs/run-file.ts";

let known: RunFile["environment"] | undefined;

/** Where runs are made: program, commit, Node, processor, system. */
export function describeEnvironment(): RunFile["environment"] {
  known ??= {
    programVersion,
    commit: gitCommit(),
    node: process.versions.node,
    v8: process.versions.v8,
    cpu: os.cpus()[0]?.model ?? "unknown",
    os: `${os.type()} ${os.release()} ${os.arch()}`,
  };
  return known;
}

function gitCommit(): string | undefined {
  if (!existsSync(path.join(applicationRoot, ".git"))) return undefined;
  try {
    const words = ["-C", applicationRoot, "rev-parse", "HEAD"];
    return execFileSync("git", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    // No git on this machine, or a folder that is no checkout: a run is made all the same.
    return undefined;
  }
}

export interface KernelFile {
  readonly variant: "relaxed" | "plain";
  /** `relaxed-<hash>`, undefined when the file is missing. */
  readonly build: string | undefined;
}

/** The compiled kernels at hand, named as a run records them. */
export function kernelFiles(): KernelFile[] {
  return (["relaxed", "plain"] as const).map((variant) => {
    const file = kernelPath(variant);
    if (!existsSync(file)) return { variant, build: undefined };
    return {
      variant,
      build: `${variant}-${createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12)}`,
    };
  });
}

/** The build that a new run takes here; "" when it is missing. */
export function defaultKernelBuild(): string {
  const variant = relaxedSimdSupported() ? "relaxed" : "plain";
  return kernelFiles().find((file) => file.variant === variant)?.build ?? "";
}
