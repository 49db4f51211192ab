import type { DeviceSummary } from "../../preload/contract.ts";
import { launchAttached } from "../launch/local.ts";
import { entryPath } from "../platform/paths.ts";
import { TENSORFLOW_NEEDS, type TensorflowDevice, tensorflowFolder } from "../platform/tensorflow.ts";
import { UserError } from "../platform/user-error.ts";
import { defaultKernelBuild } from "./environment.ts";

const TITLES: Record<TensorflowDevice, string> = {
  "tensorflow-cpu": "TensorFlow on the processor",
  "tensorflow-gpu": "TensorFlow on an NVIDIA GPU",
};

/** What can compute networks here, what cannot and why, and which of them `device=auto` takes. */
export async function listDevices(): Promise<DeviceSummary[]> {
  const tensorflow = await Promise.all([tensorflowDevice("tensorflow-cpu"), tensorflowDevice("tensorflow-gpu")]);
  return [kernelDevice(), ...tensorflow];
}

/**
 * Refuses a run before it is queued whose device is not there.
 * @throws UserError `device-unavailable`
 */
export async function requireDevice(id: "auto" | DeviceSummary["id"]): Promise<void> {
  if (id === "auto" || id === "kernels") return;
  const { title, available, reason, needs } = await tensorflowDevice(id);
  if (available) return;
  const hint = `${needs} Or set device to kernels.`;
  throw new UserError("device-unavailable", `${title} cannot be used: ${reason}.`, hint, "set.device");
}

function kernelDevice(): DeviceSummary {
  const build = defaultKernelBuild();
  return {
    id: "kernels",
    title: "Built-in kernels",
    available: build !== "",
    chosen: true,
    reason: build === "" ? "the kernel files are missing" : `${build}; much the fastest for small networks`,
    needs: '"npm run build" builds them.',
  };
}

/** Builds that were seen to work; what does not work is tried again each time, as somebody may be setting it up. */
const working = new Map<TensorflowDevice, string>();

async function tensorflowDevice(id: TensorflowDevice): Promise<DeviceSummary> {
  const device = { id, title: TITLES[id], chosen: false, needs: TENSORFLOW_NEEDS[id] };
  if (tensorflowFolder(id) === undefined) return { ...device, available: false, reason: "it is not set up here" };
  let build = working.get(id);
  if (build === undefined) {
    const answer = await probe(id);
    if (answer.build === undefined) return { ...device, available: false, reason: answer.reason };
    build = answer.build;
    working.set(id, build);
  }
  return { ...device, available: true, reason: `${build}; worth it for wide networks only` };
}

/** Trials under way, shared by all who ask meanwhile. */
const trials = new Map<TensorflowDevice, Promise<Answer>>();

type Answer = { readonly build: string } | { readonly build: undefined; readonly reason: string };

function probe(id: TensorflowDevice): Promise<Answer> {
  let trial = trials.get(id);
  if (trial === undefined) {
    trial = tryToLoad(id).finally(() => trials.delete(id));
    trials.set(id, trial);
  }
  return trial;
}

/** Loads the library in a process of its own. */
function tryToLoad(id: TensorflowDevice): Promise<Answer> {
  const process = launchAttached(entryPath("probe"), [id]);
  let build: string | undefined;
  process.onLine((line) => {
    build = line;
  });
  return new Promise((resolve) => {
    process.onEnd(({ code, text }) => {
      if (code === 0 && build !== undefined) return resolve({ build });
      const said = process.errorText().trim().split("\n").at(-1);
      resolve({ build: undefined, reason: said || `its trial ended with ${text}` });
    });
  });
}
