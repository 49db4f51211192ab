import { freemem, totalmem } from "node:os";
import { PROTOCOL_VERSION } from "../../../preload/contract.ts";
import type { MethodHandlers } from "../../link/server.ts";
import { freeBytes } from "../../platform/files.ts";
import { programVersion } from "../../platform/version.ts";
import { listDevices } from "../devices.ts";
import { examine } from "../doctor.ts";
import type { Engine } from "../engine.ts";
import { defaultKernelBuild } from "../environment.ts";
import { ProcessorUse } from "../processor-use.ts";

type Control = Pick<
  MethodHandlers,
  "engine.info" | "engine.stop" | "engine.setParallel" | "doctor" | "devices" | "store.rebuild"
>;

/** The engine itself. */
export function controlMethods(engine: Engine): Control {
  const processor = new ProcessorUse();
  return {
    "engine.info": () => ({
      protocol: PROTOCOL_VERSION,
      version: programVersion,
      pid: process.pid,
      dataFolder: engine.dataFolder,
      node: process.versions.node,
      parallel: engine.supervisor.parallel,
      kernelBuild: defaultKernelBuild(),
      memoryBytes: process.memoryUsage.rss(),
      diskFreeBytes: freeBytes(engine.dataFolder),
      cpuPercent: processor.sinceLast(),
      memoryTotalBytes: totalmem(),
      memoryFreeBytes: freemem(),
    }),

    "engine.stop": () => {
      // The answer goes out first.
      setImmediate(() => void engine.close());
      return {};
    },

    "engine.setParallel": ({ parallel }) => {
      engine.supervisor.setParallel(parallel);
      return {};
    },

    doctor: () => examine(engine),

    devices: () => listDevices(),

    "store.rebuild": (_params, peer) => engine.rebuild(peer),
  };
}
