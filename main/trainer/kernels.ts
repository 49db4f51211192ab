import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { compileKernels, relaxedSimdSupported } from "../../lab/nn/wasm/kernels.ts";
import { createWasmWorkspace } from "../../lab/nn/wasm/workspace.ts";
import type { Workspace } from "../../lab/nn/workspace.ts";
import { systemCode } from "../platform/files.ts";
import { kernelPath } from "../platform/paths.ts";
import { UserError } from "../platform/user-error.ts";

export type KernelChoice = "auto" | "relaxed" | "plain";

/**
 * A fresh workspace on the chosen kernels. `auto` follows the build of the checkpoint to go on from, so that it goes on
 * bit for bit; without one it takes relaxed SIMD where this machine has it.
 * @param checkpointBuild the checkpoint's kernel build (`plain-<hash>`), undefined when there is none
 * @throws UserError `kernels-unsupported`, `kernels-missing`
 */
export function openWorkspace(choice: KernelChoice, checkpointBuild?: string): Workspace {
  const wished = choice === "auto" ? checkpointBuild?.split("-")[0] : choice;
  const variant = wished === "relaxed" || wished === "plain" ? wished : relaxedSimdSupported() ? "relaxed" : "plain";
  if (variant === "relaxed" && !relaxedSimdSupported()) {
    const hint = 'Set "kernels" to plain: the same numbers on every processor, a little slower.';
    throw new UserError("kernels-unsupported", "This processor or Node.js has no relaxed SIMD.", hint, "kernels");
  }
  const file = kernelPath(variant);
  const bytes = readKernels(file);
  return createWasmWorkspace(compileKernels(bytes, variant, createHash("sha256").update(bytes).digest("hex")));
}

function readKernels(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    throw new UserError("kernels-missing", `The network kernels ${file} are missing.`, "Build them: npm run build");
  }
}
