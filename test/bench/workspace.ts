import { Worker } from "node:worker_threads";
import type { Crew } from "../../lab/nn/wasm/crew.ts";
import { type KernelVariant, relaxedSimdSupported } from "../../lab/nn/wasm/kernels.ts";
import { createWasmWorkspace } from "../../lab/nn/wasm/workspace.ts";
import type { Workspace } from "../../lab/nn/workspace.ts";
import { readKernels } from "../lab/nn/setting.ts";

/** The fastest kernels of this engine. */
export const fastest: KernelVariant = relaxedSimdSupported() ? "relaxed" : "plain";

/** A workspace on the kernels that `npm run build` left in out/kernels, by default for one thread. */
export function openWorkspace(
  variant: KernelVariant = fastest,
  { bytes, threads = 1 }: { readonly bytes?: number; readonly threads?: number } = {},
): Workspace {
  return createWasmWorkspace(readKernels(variant), { bytes, crew: threads > 1 ? gather(threads) : undefined });
}

/** Threads that sleep while their workspace is not used and end with the process. */
function gather(workers: number): Crew {
  return {
    workers,
    start(job) {
      const thread = new Worker(new URL("../lab/nn/crew-thread.ts", import.meta.url));
      thread.unref();
      thread.postMessage(job);
    },
  };
}
