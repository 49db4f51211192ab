import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import util from "node:util";
import { applicationRoot } from "./paths.ts";

/** A device on which TensorFlow computes: the processor or an NVIDIA GPU. */
export type TensorflowDevice = "tensorflow-cpu" | "tensorflow-gpu";

const PACKAGES: Record<TensorflowDevice, string> = { "tensorflow-cpu": "tfjs-node", "tensorflow-gpu": "tfjs-node-gpu" };

/** What has to be there first, and the command that sets it up. */
export const TENSORFLOW_NEEDS: Record<TensorflowDevice, string> = {
  "tensorflow-cpu": 'It needs Linux on x64; "npm run setup:tensorflow" sets it up.',
  "tensorflow-gpu":
    'It needs an NVIDIA GPU with a driver from 450.80.02 on, CUDA 11.2 and cuDNN 8.1; "node scripts/setup.mjs --tensorflow" then sets it up.',
};

/** What a loaded library says of itself. */
export interface LoadedTensorflow {
  /** The module, TensorFlow.js with its backend ready. */
  readonly module: unknown;
  /** TensorFlow's own version, `2.15.1`. */
  readonly version: string;
  /** False where the library found no GPU that it can use, and computes on the processor instead. */
  readonly usesGpu: boolean;
}

/** Folder of the package for a device; undefined where it is missing or its native addon was never installed. */
export function tensorflowFolder(device: TensorflowDevice): string | undefined {
  const folder = path.join(applicationRoot, "node_modules", "@tensorflow", PACKAGES[device]);
  const lib = path.join(folder, "lib");
  const addons = existsSync(lib) ? readdirSync(lib) : [];
  return addons.some((name) => existsSync(path.join(lib, name, "tfjs_binding.node"))) ? folder : undefined;
}

/**
 * Loads TensorFlow from `folder` into this process; it stays there, some 250 MB of it. Any error that the package or the
 * dynamic linker throws passes through.
 */
export function loadTensorflow(folder: string): LoadedTensorflow {
  // Set before its library is loaded: errors only; one thread a run, as the kernels have; float32 products that are
  // float32 on GPUs that would shorten them to TF32.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  process.env.TF_NUM_INTRAOP_THREADS ??= "1";
  process.env.TF_NUM_INTEROP_THREADS ??= "1";
  process.env.NVIDIA_TF32_OVERRIDE ??= "0";
  // tfjs-node 4.22 calls two functions that Node has removed or warns of.
  Object.assign(util, { isArray: Array.isArray, isNullOrUndefined: (value: unknown) => value == null });

  const module = createRequire(path.join(applicationRoot, "package.json"))(folder) as Module;
  module.enableProdMode();
  const { binding, isUsingGpuDevice } = module.backend();
  return { module, version: binding.TF_Version, usesGpu: isUsingGpuDevice };
}

interface Module {
  enableProdMode(): void;
  backend(): { readonly binding: { readonly TF_Version: string }; readonly isUsingGpuDevice: boolean };
}
