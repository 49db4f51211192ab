/** A further thread of a process that computes networks: does its part of the arithmetic as long as the process lives. */
import { workerData } from "node:worker_threads";
import { type CrewJob, serve } from "../../lab/nn/wasm/crew.ts";

serve(workerData as CrewJob);
