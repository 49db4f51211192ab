/**
 * Writes a data folder as large as one wants, of finished runs of a sweep, with the writers of the program itself. The
 * same sizes give the same runs, points and weights.
 * `node test/bench/big-project.ts FOLDER [RUNS [POINTS_A_RUN]]`
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findLearner } from "../../lab/learners/registry.ts";
import { RandomStream } from "../../lab/random.ts";
import { findScenario } from "../../lab/scenarios/registry.ts";
import { type ResolvedParameters, resolveParameters } from "../../lab/training.ts";
import { writeCheckpoint } from "../../main/runs/checkpoint.ts";
import { JournalWriter } from "../../main/runs/journal.ts";
import type { RunEvent } from "../../main/runs/run-event.ts";
import { type RunFile, runPaths } from "../../main/runs/run-file.ts";

export interface BigProject {
  readonly runs: number;
  /** Rounded down to whole steps of all metrics. */
  readonly pointsARun: number;
  readonly checkpointsARun: number;
  /** Metrics that each run records, 8 to 40. */
  readonly metrics: number;
  readonly experiments: number;
  readonly projects: number;
}

/** What "Must reach" speaks of: 1,000 runs and 10 million points. */
export const bigProject: BigProject = {
  runs: 1000,
  pointsARun: 10_000,
  checkpointsARun: 2,
  metrics: 30,
  experiments: 10,
  projects: 3,
};

const SEEDS = 5;
const START = Date.UTC(2026, 0, 5, 8);
const KERNEL_BUILD = "plain-0123456789ab";
const RECORD_POINTS = 4096;

const baseMetrics = [
  "eval/reward",
  "rollout/reward",
  "train/policy_loss",
  "train/value_loss",
  "train/entropy",
  "time/fps",
  "time/iterations",
  "time/total_timesteps",
  "eval/delay_minutes",
  "eval/perplexity",
  "eval/switches",
  "rollout/episode_length",
  "train/approx_kl",
  "train/clip_fraction",
  "train/explained_variance",
  "train/learning_rate",
];

const swept = {
  users: [6, 4, 5, 7, 8],
  learningRate: [3e-4, 1e-4, 1e-3],
  entropyCoefficient: [0.01, 0, 0.03],
  clip: [0.2, 0.1, 0.3],
} as const;

interface Cell {
  readonly parameters: ResolvedParameters;
  /** The reward that its runs approach. */
  readonly goal: number;
}

/** Answers the runs' ids, in the order in which they were made. */
export function makeBigProject(folder: string, size: BigProject): string[] {
  const experiments = makeTree(folder, size);
  const cells = makeCells(Math.ceil(size.runs / size.experiments / SEEDS));
  const metrics = metricIds(size.metrics);
  return Array.from({ length: size.runs }, (_, index) => {
    const experiment = experiments[Math.floor((index * size.experiments) / size.runs)]!;
    const inExperiment = index - Math.ceil((experiments.indexOf(experiment) * size.runs) / size.experiments);
    const cell = cells[Math.floor(inExperiment / SEEDS)]!;
    const run = describeRun(index, (inExperiment % SEEDS) + 1, experiment, cell);
    new FinishedRun(path.join(folder, "runs"), run, cell, metrics).write(size);
    return run.id;
  });
}

function makeTree(folder: string, { experiments, projects }: BigProject): { id: string; name: string }[] {
  const journal = JournalWriter.open(path.join(folder, "project.journal"), { attempt: 1 });
  for (let i = 1; i < projects; i++) {
    journal.event({ type: "project", id: `project-${number(i)}`, name: `Project ${i + 1}`, createdAt: START + i });
  }
  const made = Array.from({ length: experiments }, (_, i) => {
    const project = i % projects;
    const experiment = { id: `experiment-${number(i)}`, name: `Sweep ${i + 1}`, createdAt: START + 1000 + i };
    // The first project's are written like those of a program that knew no projects.
    const place = project === 0 ? {} : { project: `project-${number(project)}` };
    journal.event({ type: "experiment", ...experiment, ...place });
    return experiment;
  });
  journal.close();
  return made;
}

/** A grid, the first parameter slowest. */
function makeCells(count: number): Cell[] {
  const scenario = findScenario("emulator-tuning")!;
  const learner = findLearner("hmppo")!;
  return Array.from({ length: count }, (_, index) => {
    let rest = index;
    const set: Record<string, number> = {};
    for (const [key, values] of Object.entries(swept).reverse()) {
      set[key] = values[rest % values.length]!;
      rest = Math.floor(rest / values.length);
    }
    const parameters = resolveParameters(scenario, learner, set);
    const { users = 6, learningRate = 3e-4, entropyCoefficient = 0.01 } = set;
    const goal = -17 * users - 12 * Math.abs(Math.log10(learningRate / 3e-4)) - 200 * entropyCoefficient;
    return { parameters, goal };
  });
}

function describeRun(index: number, seed: number, experiment: { id: string; name: string }, cell: Cell): RunFile {
  return {
    formatVersion: 1,
    id: `hmppo-${seed}-${number(index)}`,
    experiment: experiment.id,
    name: experiment.name,
    createdAt: START + 10_000 + 1000 * index,
    scenario: { id: "emulator-tuning", version: 1 },
    learner: { id: "hmppo", version: 1 },
    preset: "report",
    seed,
    parameters: { ...cell.parameters },
    environment: { programVersion: "0.1.0", node: "24.0.0", v8: "13.6", cpu: "made up", os: "made up" },
    parent: null,
  };
}

function metricIds(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => baseMetrics[i] ?? `train/layer_${i - baseMetrics.length}_gradient_norm`,
  );
}

/** Writes one run's folder like a trainer that was never interrupted. */
class FinishedRun {
  private readonly run: RunFile;
  private readonly cell: Cell;
  private readonly folder: string;
  private readonly journal: JournalWriter;
  private readonly metrics: readonly string[];
  private readonly random: RandomStream;
  private reward = 0;

  constructor(runsFolder: string, run: RunFile, cell: Cell, metrics: readonly string[]) {
    this.run = run;
    this.cell = cell;
    this.metrics = metrics;
    // As createRunFolder does it, but without waiting for the disk.
    this.folder = path.join(runsFolder, run.id);
    mkdirSync(runPaths.checkpoints(this.folder), { recursive: true });
    writeFileSync(runPaths.runFile(this.folder), `${JSON.stringify(run, null, 2)}\n`);
    this.journal = JournalWriter.open(runPaths.journal(this.folder), { attempt: 1 });
    this.random = new RandomStream(run.seed, run.id);
  }

  write({ pointsARun, checkpointsARun }: BigProject): void {
    const rows = Math.floor(pointsARun / this.metrics.length);
    const { steps } = this.cell.parameters.training;
    this.begin();
    for (let part = 0; part < checkpointsARun; part++) {
      const until = Math.floor((rows * (part + 1)) / checkpointsARun);
      this.points(Math.floor((rows * part) / checkpointsARun), until, rows, steps);
      this.checkpoint(Math.round((until / rows) * steps), until);
    }
    if (checkpointsARun === 0) this.points(0, rows, rows, steps);
    const wallSeconds = rows / 4;
    const at = this.run.createdAt + 1000 * wallSeconds;
    this.event({ type: "state", state: "finished", at, step: steps, iteration: rows, wallSeconds });
    this.journal.close();
  }

  private begin(): void {
    const at = this.run.createdAt + 500;
    const about = { cpu: "made up", node: "24.0.0", programVersion: "0.1.0", pid: 1 };
    const from = { fromStep: 0, fromCheckpoint: null };
    this.event({ type: "started", attempt: 1, kernelBuild: KERNEL_BUILD, ...about, ...from, at });
    this.event({ type: "state", state: "running", at, step: 0, iteration: 0, wallSeconds: 0 });
    for (const metric of this.metrics) this.journal.declareMetric(metric);
  }

  private points(from: number, to: number, rows: number, steps: number): void {
    const width = this.metrics.length;
    const most = Math.max(1, Math.floor(RECORD_POINTS / width));
    for (let row = from; row < to; row += most) {
      const n = Math.min(most, to - row) * width;
      const columns = {
        metric: new Uint16Array(n),
        iteration: new Uint32Array(n),
        step: new Float64Array(n),
        wallSeconds: new Float64Array(n),
        value: new Float64Array(n),
      };
      for (let i = 0; i < n; i++) {
        const at = row + Math.floor(i / width) + 1;
        columns.metric[i] = i % width;
        columns.iteration[i] = at;
        columns.step[i] = Math.round((at / rows) * steps);
        columns.wallSeconds[i] = at / 4;
        columns.value[i] = this.value(this.metrics[i % width]!, at / rows, columns.step[i]!, at);
      }
      this.journal.points(columns);
    }
  }

  /** Learning curves that level off, with noise. */
  private value(metric: string, progress: number, step: number, iteration: number): number {
    const noise = this.random.normal();
    const left = Math.exp(-5 * progress);
    switch (metric) {
      case "eval/reward":
        this.reward = this.cell.goal - 180 * left + 3 * noise;
        return this.reward;
      case "rollout/reward":
        return this.cell.goal - 190 * left + 9 * noise;
      case "time/fps":
        return 1200 + 60 * noise;
      case "time/iterations":
        return iteration;
      case "time/total_timesteps":
        return step;
      case "rollout/episode_length":
        return 50;
      case "train/learning_rate":
        return Number(this.cell.parameters.learner.learningRate);
      case "train/entropy":
        return 0.5 + 3 * left + 0.05 * noise;
      case "train/explained_variance":
        return 1 - left + 0.03 * noise;
      default:
        return (0.2 + left) * Math.exp(0.3 * noise);
    }
  }

  private checkpoint(step: number, iteration: number): void {
    const { run, cell } = this;
    const weights = Float32Array.from({ length: 64 }, () => this.random.normal());
    const { bytes, manifest } = writeCheckpoint(this.folder, {
      run: run.id,
      seed: run.seed,
      step,
      iteration,
      attempt: 1,
      wallSeconds: iteration / 4,
      reward: this.reward,
      kernelBuild: KERNEL_BUILD,
      scenario: { ...run.scenario, parameters: cell.parameters.scenario },
      learner: { ...run.learner, parameters: cell.parameters.learner },
      training: cell.parameters.training,
      saved: {
        weights: { "actor/weight": { shape: [8, 8], data: weights } },
        state: { random: { shape: [4], data: Float64Array.of(1, 2, 3, 4) } },
      },
    });
    const { sha256, reward } = manifest;
    const at = run.createdAt + 250 * iteration;
    this.event({ type: "checkpoint", step, iteration, bytes, sha256, reward, at });
  }

  private event(event: RunEvent): void {
    this.journal.event(event);
  }
}

/** Six digits, so that ids sort as the runs were made. */
function number(index: number): string {
  return String(index).padStart(6, "0");
}

if (process.argv[1] === import.meta.filename) {
  const [folder, runs, pointsARun] = process.argv.slice(2);
  if (folder === undefined) throw new Error("name the folder to write to");
  const start = performance.now();
  const size = { ...bigProject, runs: Number(runs ?? bigProject.runs) };
  makeBigProject(folder, { ...size, pointsARun: Number(pointsARun ?? bigProject.pointsARun) });
  process.stdout.write(`${size.runs} runs in ${Math.round(performance.now() - start)} ms\n`);
}
