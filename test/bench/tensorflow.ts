/**
 * The built-in kernels beside our executor on TensorFlow, where `npm run setup:tensorflow` has set that up: the same graphs,
 * one thread each, in turns. Nothing elsewhere.
 */
import { fileURLToPath } from "node:url";
import { hmppo } from "../../lab/learners/hmppo.ts";
import type { Workspace } from "../../lab/nn/workspace.ts";
import { emulatorTuning } from "../../lab/scenarios/emulator-tuning/index.ts";
import { resolveParameters, TrainingLoop } from "../../lab/training.ts";
import { tensorflowFolder } from "../../main/platform/tensorflow.ts";
import { openTensorflow } from "../../main/trainer/tensorflow.ts";
import type { Comparison } from "./benchmark.ts";
import { compare } from "./peers/contender.ts";
import { mlp, policyStep, ppoMinibatch, type Work } from "./peers/works.ts";
import { fastest, openWorkspace } from "./workspace.ts";

const BYTES = 256 * 1024 * 1024;
/** Two rollouts. */
const HMPPO_STEPS = 4096;

const works: readonly (readonly [id: string, make: () => Work])[] = [
  ["ppo-minibatch", ppoMinibatch],
  ["policy-step", policyStep],
  ["mlp-h256-b256", () => mlp("mlp-h256-b256", [256, 256], "tanh")],
  ["mlp-5x700-b256", () => mlp("mlp-5x700-b256", [700, 700, 700, 700, 700], "relu")],
];

/** Steps a second of a short HMPPO training without evaluations. */
function hmppoSpeed(workspace: Workspace): number {
  const set = { steps: HMPPO_STEPS, evaluationEvery: 0 };
  const parameters = resolveParameters(emulatorTuning, hmppo, set);
  const loop = new TrainingLoop({ scenario: emulatorTuning, learner: hmppo, parameters, seed: 1, workspace });
  const start = performance.now();
  while (!loop.finished) loop.step(() => {});
  return (1000 * loop.steps) / (performance.now() - start);
}

export async function tensorflowBenchmarks(): Promise<Comparison[]> {
  if (tensorflowFolder("tensorflow-cpu") === undefined) return [];
  const against = `our executor on ${openTensorflow("tensorflow-cpu").kernelBuild}, 1 thread each`;
  const rows: Comparison[] = [];
  for (const [id, make] of works) {
    const ours = make().ours(openWorkspace(fastest, { bytes: BYTES }));
    const { ours: mine, peer } = await compare(ours, make().ours(openTensorflow("tensorflow-cpu")));
    rows.push({ id: `tensorflow/${id}`, ours: mine, peer, unit: "ms", ratio: peer / mine, against });
  }
  const speeds = { ours: 0, peer: 0 };
  for (let turn = 0; turn < 3; turn++) {
    speeds.ours = Math.max(speeds.ours, hmppoSpeed(openWorkspace()));
    speeds.peer = Math.max(speeds.peer, hmppoSpeed(openTensorflow("tensorflow-cpu")));
  }
  rows.push({ id: "tensorflow/hmppo", ...speeds, unit: "steps/s", ratio: speeds.ours / speeds.peer, against });
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.table(await tensorflowBenchmarks());
