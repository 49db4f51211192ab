import type { Tensorflow } from "../../lab/nn/tensorflow/site.ts";
import { createTensorflowWorkspace } from "../../lab/nn/tensorflow/workspace.ts";
import type { Workspace } from "../../lab/nn/workspace.ts";
import {
  type LoadedTensorflow,
  loadTensorflow,
  TENSORFLOW_NEEDS,
  type TensorflowDevice,
  tensorflowFolder,
} from "../platform/tensorflow.ts";
import { UserError } from "../platform/user-error.ts";

/**
 * A fresh workspace on TensorFlow, which stays in this process. A library that would compute on another device than the
 * one asked for is refused.
 * @throws UserError `device-unavailable`
 */
export function openTensorflow(device: TensorflowDevice): Workspace {
  const { module, version, usesGpu } = load(device);
  if (device === "tensorflow-gpu" && !usesGpu) throw unavailable(device, "it finds no GPU that it can use");
  const build = `${device === "tensorflow-gpu" ? "gpu" : "cpu"}-${version}`;
  return createTensorflowWorkspace(module as Tensorflow, { build });
}

function load(device: TensorflowDevice): LoadedTensorflow {
  const folder = tensorflowFolder(device);
  if (folder === undefined) throw unavailable(device, "it is not set up here");
  try {
    return loadTensorflow(folder);
  } catch (error) {
    // The package, the dynamic linker or the library itself: any of them can find something amiss.
    throw unavailable(device, `it cannot be loaded: ${(error as Error).message.split("\n")[0]}`);
  }
}

function unavailable(device: TensorflowDevice, why: string): UserError {
  const hint = `${TENSORFLOW_NEEDS[device]} Or set device to kernels.`;
  return new UserError("device-unavailable", `The device ${device} cannot be used: ${why}.`, hint, "device");
}
