/**
 * Speed of a whole HMPPO training at the paper's size, evaluations included, on one core. Run directly for a table:
 * `node test/bench/learners.ts`; with `--full` it also trains all 300,000 steps once.
 */
import { pathToFileURL } from "node:url";
import { hmppo } from "../../lab/learners/hmppo.ts";
import { emulatorTuning } from "../../lab/scenarios/emulator-tuning/index.ts";
import { resolveParameters, TrainingLoop } from "../../lab/training.ts";
import type { Measurement } from "./benchmark.ts";
import { openWorkspace } from "./workspace.ts";

const REPEATS = 5;
/** The paper's training steps and evaluation interval are the defaults. */
const PAPER_STEPS = 300_000;
const SAMPLE_STEPS = 40_960;
const LIMIT_SECONDS = 25;
const AIM_SECONDS = 15;

function newLoop(steps: number): TrainingLoop {
  return new TrainingLoop({
    scenario: emulatorTuning,
    learner: hmppo,
    parameters: resolveParameters(emulatorTuning, hmppo, { steps }),
    seed: 1,
    workspace: openWorkspace(),
  });
}

/** Seconds of a training of `steps` steps (rounded up to whole rollouts), and the steps it took. */
function train(steps: number): { seconds: number; steps: number } {
  const start = performance.now();
  const loop = newLoop(steps);
  while (!loop.finished) loop.step(() => {});
  return { seconds: (performance.now() - start) / 1000, steps: loop.steps };
}

/** Best of five samples of 40,960 steps, and what the paper's 300,000 steps take at that pace. */
export function learnerBenchmarks(): Measurement[] {
  let best = 0;
  for (let i = 0; i < REPEATS; i++) {
    const { seconds, steps } = train(SAMPLE_STEPS);
    best = Math.max(best, steps / seconds);
  }
  return [
    { id: "learners/hmppo-pace", value: best, unit: "steps/s" },
    {
      id: "learners/hmppo-300k-extrapolated",
      value: PAPER_STEPS / best,
      unit: "s",
      atMost: LIMIT_SECONDS,
      aim: AIM_SECONDS,
    },
  ];
}

function wholeRun(): Measurement {
  return {
    id: "learners/hmppo-300k",
    value: train(PAPER_STEPS).seconds,
    unit: "s",
    atMost: LIMIT_SECONDS,
    aim: AIM_SECONDS,
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const results = learnerBenchmarks();
  if (process.argv.includes("--full")) results.push(wholeRun());
  console.table(results);
}
