/** What a learning check is, and how one seed of it is trained and judged. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { evaluate } from "../../lab/evaluation.ts";
import { findLearner } from "../../lab/learners/registry.ts";
import { compileKernels, relaxedSimdSupported } from "../../lab/nn/wasm/kernels.ts";
import { createWasmWorkspace } from "../../lab/nn/wasm/workspace.ts";
import type { Workspace } from "../../lab/nn/workspace.ts";
import type { ParameterValues } from "../../lab/parameters.ts";
import { findScenario } from "../../lab/scenarios/registry.ts";
import type { Scenario } from "../../lab/scenarios/scenario.ts";
import { mean } from "../../lab/stats/descriptive.ts";
import { parameterNames, type ResolvedParameters, resolveParameters, TrainingLoop } from "../../lab/training.ts";
import { presetFor, readPresets } from "../../main/engine/presets.ts";
import { applicationRoot, kernelPath } from "../../main/platform/paths.ts";

/** What one seed came to. */
export interface Outcome {
  /** What the rule is about. */
  readonly value: number;
  /** More that the rule looks at, by name. */
  readonly details: Readonly<Record<string, number>>;
}

/** A task with a known answer. Its rule is fixed; a check that fails it is reported as failed. */
export interface LearningCheck {
  readonly id: string;
  readonly task: string;
  readonly learner: string;
  readonly rule: string;
  /** What others report, or the exact answer; "" where there is nothing to quote. */
  readonly reference: string;
  readonly steps: number;
  readonly seeds: readonly number[];
  /** Runs with `npm test`, with its first seed only where `oneSeed`. */
  readonly fast?: "all seeds" | "one seed";
  /** Seed -> outcome; deterministic. */
  run(seed: number): Outcome;
  passes(outcomes: readonly Outcome[]): boolean;
}

export const FIVE_SEEDS = [1, 2, 3, 4, 5] as const;

/** Worlds of the final judgement: none of training (from 2^32 on) and none of the evaluations on the way. */
const JUDGED_FROM = 2_000_000;
const JUDGED_EPISODES = 100;

const variant = relaxedSimdSupported() ? "relaxed" : "plain";

export function openWorkspace(): Workspace {
  const bytes = readFileSync(kernelPath(variant));
  return createWasmWorkspace(compileKernels(bytes, variant, createHash("sha256").update(bytes).digest("hex")));
}

export interface Training {
  readonly scenario: string;
  readonly learner: string;
  /** Beside or instead of the scenario's preset `report`. */
  readonly set?: ParameterValues;
  readonly steps: number;
}

/** A training that has come to its end. */
export interface Trained {
  readonly loop: TrainingLoop;
  readonly scenario: Scenario;
  readonly parameters: ResolvedParameters;
}

/** Trains one seed at the scenario's preset `report`, to the end. */
export function train({ scenario: scenarioId, learner: learnerId, set, steps }: Training, seed: number): Trained {
  const scenario = findScenario(scenarioId);
  const learner = findLearner(learnerId);
  const preset = readPresets(scenarioId).report;
  if (!scenario || !learner || !preset) throw new Error(`no scenario, learner or preset: ${scenarioId}, ${learnerId}`);
  const known = parameterNames(scenario, learner);
  const given = Object.entries(presetFor(preset, learnerId)).filter(([name]) => known.includes(name));
  const parameters = resolveParameters(scenario, learner, {
    ...Object.fromEntries(given),
    ...set,
    steps,
    evaluationEvery: 0,
  });
  const loop = new TrainingLoop({ scenario, learner, parameters, seed, workspace: openWorkspace() });
  while (!loop.finished) loop.step(() => {});
  return { loop, scenario, parameters };
}

/** Means of all metrics over 100 episodes of the weights as they are at the end. */
export function judge({ loop, scenario, parameters }: Trained): Readonly<Record<string, number>> {
  const { metrics, values } = evaluate(scenario, parameters.scenario, loop.policy, JUDGED_EPISODES, JUDGED_FROM);
  return Object.fromEntries(metrics.map((metric, i) => [metric, mean(values[i] as Float64Array)]));
}

/** The mean episode reward after training. */
export function finalReward(training: Training): (seed: number) => Outcome {
  return (seed) => {
    const { reward, ...details } = judge(train(training, seed));
    return { value: reward as number, details };
  };
}

/** The rule "mean over the seeds at least `least`". */
export function meanAtLeast(least: number): (outcomes: readonly Outcome[]) => boolean {
  return (outcomes) => mean(outcomes.map(({ value }) => value)) >= least;
}

/** The rule "every seed at least `least`". */
export function eachAtLeast(least: number): (outcomes: readonly Outcome[]) => boolean {
  return (outcomes) => outcomes.every(({ value }) => value >= least);
}

/** Runs test files that hold checks of single parts; the value is the share of tests that passed. */
export function testsPass(files: readonly string[]): () => Outcome {
  return () => {
    const folder = mkdtempSync(path.join(tmpdir(), "edgeloom-checks-"));
    try {
      const report = path.join(folder, "report.json");
      const vitest = path.join(applicationRoot, "node_modules", "vitest", "vitest.mjs");
      const words = [vitest, "run", "--reporter=json", `--outputFile=${report}`, ...files];
      spawnSync(process.execPath, words, { cwd: applicationRoot, stdio: "ignore" });
      const { numPassedTests: passed, numTotalTests: total } = JSON.parse(readFileSync(report, "utf8"));
      return { value: total > 0 ? passed / total : 0, details: { passed, total } };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}
