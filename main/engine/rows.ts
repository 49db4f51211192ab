import { mkdirSync } from "node:fs";
import path from "node:path";
import { defaults, type ParameterSchema, type ParameterValues } from "../../lab/parameters.ts";
import { trainingParameters } from "../../lab/training.ts";
import type { EvaluationResult } from "../../preload/contract.ts";
import type { Peer } from "../link/server.ts";
import { fileError, writeFileAtomic } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { type RunFile, readRunFile } from "../runs/run-file.ts";
import type { Store } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import { describeEnvironment } from "./environment.ts";
import { requireLearner, requireScenario } from "./names.ts";
import { presetFor, readPresets } from "./presets.ts";
import { type PolicySubject, resolveCheckpoint, resolveSubject, type Subject } from "./subjects.ts";

const EPISODES = 100;
const FIRST_SEED = 1000;
/** Row files are kept in the repository. */
const LONGEST_FILE_BYTES = 100_000;
/** Digits of a training curve; the evaluation's own values are kept whole. */
const CURVE_DIGITS = 7;

export interface RowsOrder {
  /** Finished runs, or built-in policies `<scenario>/<policy>`. */
  readonly subjects: readonly string[];
  /** Folder of the files; made when missing. */
  readonly out: string;
  /** Parameters of the built-in policies' worlds. */
  readonly set: ParameterValues;
}

interface Row {
  readonly file: string;
  readonly subject: Subject;
  /** What the file says before the evaluation's results. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly curves: Curves | undefined;
}

/** The evaluations during training: one column of steps, one of values a metric. */
interface Curves {
  readonly steps: readonly number[];
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/**
 * Writes one small file for each finished run (its last checkpoint) or built-in policy: what it was, where it was
 * computed, and how it does in the same hundred worlds.
 * @returns the files' paths
 * @throws UserError `path-relative`, `run-not-finished`, `not-writable`, and what the evaluation finds wrong
 */
export async function writeRows(engine: Engine, { subjects, out, set }: RowsOrder, peer: Peer): Promise<string[]> {
  if (!path.isAbsolute(out))
    throw new UserError("path-relative", `${out} is no absolute path.`, "Name the whole path.", "out");
  const rows = subjects.map((text) => (isPolicy(text) ? policyRow(engine, text, set) : runRow(engine, text)));
  makeFolder(out);
  const files: string[] = [];
  for (const [i, { file, subject, facts, curves }] of rows.entries()) {
    const values = subject.kind === "policy" ? set : {};
    const order = { subjects: [subject], episodes: EPISODES, seed: FIRST_SEED, set: values, sample: false };
    const [result] = await engine.evaluations.run(order, peer.id, ({ done }) => {
      const name = subject.name;
      peer.send("evaluation", { done: i * EPISODES + done, total: rows.length * EPISODES, subject: name });
    });
    if (result === undefined) throw new Error(`no result for ${subject.name}`);
    const target = path.join(out, file);
    writeFileAtomic(target, rowText({ ...facts, evaluation: evaluationOf(result) }, curves));
    files.push(target);
  }
  return files;
}

function isPolicy(text: string): boolean {
  return text.includes("/") && !path.isAbsolute(text);
}

function runRow(engine: Engine, run: string): Row {
  const { library } = engine;
  const summary = library.get(run);
  if (summary.state !== "finished") {
    throw new UserError("run-not-finished", `The run ${run} is ${summary.state}; a row is made of a finished run.`);
  }
  const file = readRunFile(library.folder(run));
  const subject = resolveCheckpoint(library, `${run}:last`);
  const { scenario, learner, preset, seed, parameters, environment } = file;
  return {
    file: fileName([scenario.id, learner.id, users(parameters.scenario), variant(file), preset || "fork", `s${seed}`]),
    subject,
    facts: {
      scenario,
      learner,
      preset,
      seed,
      parameters,
      program: { version: environment.programVersion, commit: environment.commit ?? null },
      device: {
        kernelBuild: summary.kernelBuild,
        cpu: environment.cpu,
        node: environment.node,
        os: environment.os,
        marks: summary.marks,
      },
      training: {
        run,
        steps: summary.step,
        iterations: summary.iteration,
        attempts: summary.attempt,
        wallSeconds: summary.wallSeconds,
        checkpoint: { step: subject.manifest.step, sha256: subject.manifest.sha256 },
      },
    },
    curves: readCurves(library.store, run),
  };
}

function policyRow(engine: Engine, text: string, set: ParameterValues): Row {
  const subject = resolveSubject(engine.library, text) as PolicySubject;
  const { scenario, policy } = subject;
  const parameters = worldParameters(scenario.parameters, set);
  const { programVersion, commit, cpu, node, os } = describeEnvironment();
  const changed = differences(parameters, defaults(scenario.parameters));
  return {
    file: fileName([scenario.id, policy, users(parameters), changed]),
    subject,
    facts: {
      scenario: { id: scenario.id, version: scenario.version },
      policy,
      parameters: { scenario: parameters },
      program: { version: programVersion, commit: commit ?? null },
      device: { cpu, node, os },
    },
    curves: undefined,
  };
}

/** Values as the world takes them; texts of a command line are read by the kind of the default. */
function worldParameters(schema: ParameterSchema, set: ParameterValues): ParameterValues {
  const standard = defaults(schema);
  const values: Record<string, number | string | boolean> = { ...standard };
  for (const [key, value] of Object.entries(set)) {
    if (typeof value !== "string" || typeof standard[key] === "string") values[key] = value;
    else values[key] = typeof standard[key] === "boolean" ? value === "true" : Number(value);
  }
  return values;
}

function evaluationOf({ actions, episodes, kernelBuilds, metrics }: EvaluationResult) {
  const values = Object.fromEntries(Object.entries(metrics).map(([id, metric]) => [id, metric.values]));
  return { actions, episodes, firstSeed: FIRST_SEED, kernelBuilds, values };
}

function readCurves(store: Store, run: string): Curves {
  const values: Record<string, number[]> = {};
  let steps: number[] = [];
  for (const metric of store.metrics.list(run).filter((id) => id.startsWith("eval/"))) {
    const { points } = store.series.read(run, metric, 1_000_000);
    steps = Array.from(points.steps);
    values[metric] = Array.from(points.values, (value) => Number(value.toPrecision(CURVE_DIGITS)));
  }
  return { steps, values };
}

/** The file's text, its keys in one order; a long training curve is thinned evenly until the file is small enough. */
function rowText(facts: Readonly<Record<string, unknown>>, curves: Curves | undefined): string {
  for (let every = 1; ; every++) {
    const curve = curves === undefined ? {} : { curve: thin(curves, every) };
    const text = `${JSON.stringify(inOrder({ formatVersion: 1, ...facts, ...curve }))}\n`;
    if (Buffer.byteLength(text) < LONGEST_FILE_BYTES || curves === undefined || every >= curves.steps.length)
      return text;
  }
}

function thin({ steps, values }: Curves, every: number) {
  const keep = <T>(column: readonly T[]) => column.filter((_, i) => (column.length - 1 - i) % every === 0);
  const thinned = Object.entries(values).map(([metric, column]) => [metric, keep(column)] as const);
  return { keptEvery: every, steps: keep(steps), values: Object.fromEntries(thinned) };
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, inOrder(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fileName(parts: readonly string[]): string {
  const words = parts.filter((part) => part !== "").map((part) => part.replaceAll(/[^A-Za-z0-9.]+/g, "-"));
  return `${words.join("-")}.json`;
}

function users(scenario: ParameterValues): string {
  return scenario.users === undefined ? "" : `n${scenario.users}`;
}

/** What a run's parameters change beside its preset: `criticSeesAction1-false`. */
function variant({ scenario, learner, preset, parameters }: RunFile): string {
  const schemas = [requireScenario(scenario.id).parameters, requireLearner(learner.id).parameters, trainingParameters];
  const standard = readPresets(scenario.id)[preset];
  const expected: ParameterValues = Object.assign(
    {},
    ...schemas.map((schema) => defaults(schema as ParameterSchema)),
    standard === undefined ? {} : presetFor(standard, learner.id),
  );
  return differences({ ...parameters.scenario, ...parameters.learner, ...parameters.training }, expected);
}

/** The number of users has a place of its own in a file's name. */
function differences(values: ParameterValues, expected: ParameterValues): string {
  const changed = Object.entries(values).filter(([key, value]) => key !== "users" && value !== expected[key]);
  return changed
    .map(([key, value]) => `${key}-${value}`)
    .sort()
    .join("-");
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw fileError(error, folder);
  }
}
