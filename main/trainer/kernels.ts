import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { compileKernels, type KernelVariant, relaxedSimdSupported } from "../../lab/nn/wasm/kernels.ts";
import { createWasmWorkspace } from "../../lab/nn/wasm/workspace.ts";
import type { Workspace } from "../../lab/nn/workspace.ts";
import { systemCode } from "../platform/files.ts";
import { kernelPath } from "../platform/paths.ts";
import { UserError } from "../platform/user-error.ts";
import { kernelCrew } from "./kernel-crew.ts";

/** Address space of a run's networks; pages that are never written cost nothing. */
const WORKSPACE_BYTES = 2 ** 30;

/**
 * A fresh workspace on the chosen kernels. `auto` follows the build of the checkpoint at hand, so that its numbers come
 * out again; without one, it takes relaxed SIMD where this machine has it.
 * @param checkpointBuild the checkpoint's kernel build (`plain-<hash>`), undefined when there is none
 * @param threads that share the arithmetic of large networks; the numbers do not depend on it
 * @throws UserError `kernels-unsupported`, `kernels-missing`
 */
export function openWorkspace(choice: "auto" | KernelVariant, checkpointBuild?: string, threads = 1): Workspace {
  const variant = choice === "auto" ? bestVariant(checkpointBuild) : choice;
  if (variant === "relaxed" && !relaxedSimdSupported()) {
    const hint = 'Set "kernels" to plain: the same numbers on every processor, a little slower.';
    throw new UserError("kernels-unsupported", "This processor or Node.js has no relaxed SIMD.", hint, "kernels");
  }
  const bytes = readKernels(kernelPath(variant));
  const kernels = compileKernels(bytes, variant, createHash("sha256").update(bytes).digest("hex"));
  const crew = threads > 1 ? { crew: kernelCrew(threads) } : {};
  return createWasmWorkspace(kernels, { bytes: WORKSPACE_BYTES, ...crew });
}

function bestVariant(checkpointBuild: string | undefined): KernelVariant {
  if (checkpointBuild?.startsWith("plain-")) return "plain";
  return relaxedSimdSupported() ? "relaxed" : "plain";
}

function readKernels(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    throw new UserError("kernels-missing", `The network kernels ${file} are missing.`, "Build them: npm run build");
  }
}
