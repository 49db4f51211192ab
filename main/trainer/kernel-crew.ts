import { Worker } from "node:worker_threads";
import { breakUp, type Crew, type CrewJob } from "../../lab/nn/wasm/crew.ts";
import { entryPath } from "../platform/paths.ts";

/** Threads of this process that share a workspace's arithmetic; they start when the first program needs them. */
export function kernelCrew(workers: number): Crew {
  return { workers, start };
}

function start(job: CrewJob): void {
  const thread = new Worker(entryPath("kernel-thread"), { workerData: job });
  thread.on("error", (error) => process.stderr.write(`kernel thread ${job.worker}: ${error.stack}\n`));
  thread.on("exit", () => breakUp(job.memory, job.address));
  thread.unref();
}
