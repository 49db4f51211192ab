/** A thread for crews of tests: serves one workspace after another. */
import { parentPort } from "node:worker_threads";
import { type CrewJob, serve } from "../../../lab/nn/wasm/crew.ts";

parentPort?.on("message", (job: CrewJob) => serve(job));
