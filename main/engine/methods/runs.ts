import { randomBytes } from "node:crypto";
import type { LearnerDefinition } from "../../../lab/learners/learner.ts";
import type { ParameterValues } from "../../../lab/parameters.ts";
import type { Scenario } from "../../../lab/scenarios/scenario.ts";
import { parameterNames, type ResolvedParameters, resolveParameters } from "../../../lab/training.ts";
import type { RunSummary } from "../../../preload/contract.ts";
import type { MethodHandlers } from "../../link/server.ts";
import { UserError } from "../../platform/user-error.ts";
import { readCheckpoint } from "../../runs/checkpoint.ts";
import { type RunFile, readRunFile } from "../../runs/run-file.ts";
import { requireDevice } from "../devices.ts";
import type { Engine } from "../engine.ts";
import { describeEnvironment } from "../environment.ts";
import { requireLearner, requireScenario, unknownName } from "../names.ts";
import { parameterRows } from "../parameter-rows.ts";
import { presetFor, readPresets } from "../presets.ts";
import { logTail } from "../start-failure.ts";
import { resolveCheckpoint } from "../subjects.ts";

const MOST_LOG_BYTES = 1024 * 1024;

type Runs = Pick<MethodHandlers, "runs.create" | "runs.list" | "runs.get" | "runs.command" | "runs.fork" | "runs.log">;

/** Making runs, looking at them and steering them. */
export function runMethods(engine: Engine): Runs {
  const { library, supervisor } = engine;
  return {
    "runs.create": async ({ scenario: scenarioId, learner: learnerId, preset, set, seeds, name }) => {
      await engine.ready;
      const scenario = requireScenario(scenarioId);
      const learner = requireLearner(learnerId);
      const parameters = resolveParameters(scenario, learner, { ...presetValues(scenario, learner, preset), ...set });
      await requireDevice(parameters.training.device);
      const createdAt = engine.nextTime();
      const experiment = { id: newId("experiment"), name: name ?? `${scenarioId}/${learnerId} ${preset}`, createdAt };
      library.addExperiment(experiment);
      const runFiles = seeds.map((seed) => ({
        ...describe(scenario, learner, parameters),
        id: newRunId(engine, learnerId, seed),
        experiment: experiment.id,
        name: experiment.name,
        createdAt: engine.nextTime(),
        preset,
        seed,
        parent: null,
      }));
      const runs = addAll(engine, runFiles);
      for (const { id } of runs) supervisor.enqueue(id);
      return runs.map(({ id }) => library.get(id));
    },

    "runs.fork": async ({ checkpoint, set, name }) => {
      await engine.ready;
      const { folder, manifest: head } = resolveCheckpoint(library, checkpoint);
      // The whole checkpoint is verified before it is copied.
      const { manifest } = readCheckpoint(folder);
      const scenario = requireScenario(head.scenario.id);
      const learner = requireLearner(head.learner.id);
      const inherited = { ...manifest.scenario.parameters, ...manifest.learner.parameters, ...manifest.training };
      const parameters = resolveParameters(scenario, learner, { ...inherited, ...set });
      if (parameters.training.steps <= manifest.step) {
        throw new UserError(
          "parameter-range",
          `steps is ${parameters.training.steps}, but the checkpoint already has ${manifest.step} steps behind it.`,
          `Set steps to more than ${manifest.step}.`,
          "set.steps",
        );
      }
      await requireDevice(parameters.training.device);
      const createdAt = engine.nextTime();
      const source = `${manifest.run}:${manifest.step}`;
      const experiment = { id: newId("experiment"), name: name ?? `fork of ${source}`, createdAt };
      library.addExperiment(experiment);
      const run = library.addRun(
        {
          ...describe(scenario, learner, parameters),
          id: newRunId(engine, learner.id, manifest.seed),
          experiment: experiment.id,
          name: experiment.name,
          createdAt: engine.nextTime(),
          preset: library.store.runs.get(manifest.run)?.summary.preset ?? "",
          seed: manifest.seed,
          parent: { run: manifest.run, step: manifest.step, sha256: manifest.sha256 },
        },
        folder,
      );
      supervisor.enqueue(run.id);
      return library.get(run.id);
    },

    "runs.list": async () => {
      await engine.ready;
      return library.list();
    },

    "runs.get": async ({ run }) => {
      await engine.ready;
      const summary = library.get(run);
      const folder = library.folder(run);
      const file = readRunFile(folder);
      const environment = {
        ...file.environment,
        kernelBuild: summary.kernelBuild,
        scenarioVersion: String(file.scenario.version),
        learnerVersion: String(file.learner.version),
      };
      return {
        summary,
        folder,
        parameters: parameterRows(file),
        environment: Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined)),
        metrics: library.store.metrics.list(run),
        checkpoints: library.checkpoints(run),
      };
    },

    "runs.command": async ({ run, command, force }) => {
      await engine.ready;
      return supervisor.command(run, command, force ?? false);
    },

    "runs.log": async ({ run, bytes }) => {
      await engine.ready;
      return logTail(library.folder(run), Math.min(bytes, MOST_LOG_BYTES));
    },
  };
}

/** All of the runs or, when one cannot be made, none. */
function addAll({ library }: Engine, runFiles: readonly RunFile[]): RunSummary[] {
  const added: RunSummary[] = [];
  try {
    for (const runFile of runFiles) added.push(library.addRun(runFile));
    return added;
  } catch (error) {
    for (const { id } of added) library.removeRun(id);
    throw error;
  }
}

/** A preset may also set parameters that only some learners of the scenario have. */
function presetValues(scenario: Scenario, learner: LearnerDefinition, name: string): ParameterValues {
  const presets = readPresets(scenario.id);
  const preset = presets[name];
  if (preset === undefined) throw unknownName("preset", name, Object.keys(presets), "preset");
  const known = parameterNames(scenario, learner);
  return Object.fromEntries(Object.entries(presetFor(preset, learner.id)).filter(([key]) => known.includes(key)));
}

function describe(scenario: Scenario, learner: LearnerDefinition, parameters: ResolvedParameters) {
  return {
    formatVersion: 1,
    scenario: { id: scenario.id, version: scenario.version },
    learner: { id: learner.id, version: learner.version },
    parameters: { ...parameters },
    environment: describeEnvironment(),
  } satisfies Partial<RunFile>;
}

/** Digits and letters that are not mistaken for one another (Crockford's base 32). */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

function newId(prefix: string): string {
  const letters = Array.from(randomBytes(6), (byte) => ALPHABET[byte % ALPHABET.length]);
  return `${prefix}-${letters.join("")}`;
}

/** `<learner>-<seed>-<6 letters>`, as no other run is called. */
function newRunId(engine: Engine, learner: string, seed: number): string {
  for (;;) {
    const id = newId(`${learner}-${seed}`);
    if (engine.library.store.runs.number(id) === undefined) return id;
  }
}
