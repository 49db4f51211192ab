import { type KernelVariant, relaxedSimdSupported } from "../../lab/nn/wasm/kernels.ts";
import { createWasmWorkspace } from "../../lab/nn/wasm/workspace.ts";
import type { Workspace } from "../../lab/nn/workspace.ts";
import { readKernels } from "../lab/nn/setting.ts";

/** The fastest kernels of this engine. */
export const fastest: KernelVariant = relaxedSimdSupported() ? "relaxed" : "plain";

/** A workspace on the kernels that `npm run build` left in out/kernels. */
export function openWorkspace(variant: KernelVariant = fastest, options: { readonly bytes?: number } = {}): Workspace {
  return createWasmWorkspace(readKernels(variant), options);
}
