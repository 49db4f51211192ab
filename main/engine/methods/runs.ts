import type { LearnerDefinition } from "../../../lab/learners/learner.ts";
import type { Scenario } from "../../../lab/scenarios/scenario.ts";
import type { ResolvedParameters } from "../../../lab/training.ts";
import type { MethodHandlers } from "../../link/server.ts";
import { diskBytes } from "../../platform/files.ts";
import { type RunFile, readRunFile } from "../../runs/run-file.ts";
import type { Experiment } from "../../store/experiments.ts";
import { requireDevice } from "../devices.ts";
import type { Engine } from "../engine.ts";
import { describeEnvironment } from "../environment.ts";
import { expandOrder, type OrderCell } from "../expand-order.ts";
import { checkFork } from "../fork.ts";
import { requireLearner, requireScenario } from "../names.ts";
import { newId } from "../new-id.ts";
import { parameterRows } from "../parameter-rows.ts";

type Runs = Pick<
  MethodHandlers,
  "runs.create" | "runs.list" | "runs.get" | "runs.command" | "runs.fork" | "runs.checkFork"
>;

/** Making runs, looking at them and steering them. */
export function runMethods(engine: Engine): Runs {
  const { library, supervisor } = engine;
  return {
    "runs.create": async (order) => {
      await engine.ready;
      const scenario = requireScenario(order.scenario);
      const learner = requireLearner(order.learner);
      // All is checked before anything is made.
      const cells = expandOrder(scenario, learner, order);
      await requireDevices(cells);
      const name = order.name?.trim() || `${scenario.id}/${learner.id} ${order.preset}`;
      const { id: experiment, name: experimentName, made } = placeOf(engine, order.experiment, name, order.project);
      const runFiles = cells.flatMap(({ parameters }) =>
        order.seeds.map((seed) => ({
          ...describe(scenario, learner, parameters),
          id: newRunId(engine, learner.id, seed),
          experiment,
          name: experimentName,
          createdAt: engine.nextTime(),
          preset: order.preset,
          seed,
          parent: null,
        })),
      );
      const ids = runFiles.map(({ id }) => id);
      supervisor.reservePriority(ids, order.priority ?? "normal");
      const runs = await library.addRuns(runFiles, made);
      supervisor.enqueue(ids);
      return runs.map(({ id }) => library.get(id));
    },

    "runs.fork": async ({ checkpoint, set, name, project, experiment: wanted }) => {
      await engine.ready;
      const { folder, manifest, scenario, learner, parameters } = await checkFork(library, checkpoint, set);
      const source = `${manifest.run}:${manifest.step}`;
      const forkName = name?.trim() || `fork of ${source}`;
      const home = project ?? projectOf(engine, manifest.run);
      const { id: experiment, name: experimentName, made } = placeOf(engine, wanted, forkName, home);
      if (made !== undefined) library.addExperiment(made);
      const run = library.addRun(
        {
          ...describe(scenario, learner, parameters),
          id: newRunId(engine, learner.id, manifest.seed),
          experiment,
          name: experimentName,
          createdAt: engine.nextTime(),
          preset: library.store.runs.get(manifest.run)?.summary.preset ?? "",
          seed: manifest.seed,
          parent: { run: manifest.run, step: manifest.step, sha256: manifest.sha256 },
        },
        folder,
      );
      supervisor.enqueue([run.id]);
      return library.get(run.id);
    },

    "runs.checkFork": async ({ checkpoint, set }) => {
      await engine.ready;
      await checkFork(library, checkpoint, set);
      return {};
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
        notes: library.store.runs.notes(run),
        folder,
        bytes: diskBytes(folder),
        parameters: parameterRows(file),
        environment: Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined)),
        metrics: library.store.metrics.list(run),
        checkpoints: library.checkpoints(run),
      };
    },

    "runs.command": async ({ run, command, force }) => {
      await engine.ready;
      if (command === "resume") library.desk.requireRun(run);
      return supervisor.command(run, command, force ?? false);
    },
  };
}

interface Place {
  readonly id: string;
  readonly name: string;
  /** The experiment to make; undefined when it is there already. */
  readonly made: Experiment | undefined;
}

/**
 * The experiment that new runs go to: one that is there, or a new one of this name.
 * @throws UserError `experiment-unknown`, `experiment-trashed`, `project-unknown`, `project-trashed`
 */
function placeOf(engine: Engine, wanted: string | undefined, name: string, project: string | undefined): Place {
  const { desk } = engine.library;
  if (wanted !== undefined) return { ...desk.requireExperiment(wanted), made: undefined };
  if (project !== undefined) desk.requireProject(project);
  const made = { id: newId("experiment"), name, createdAt: engine.nextTime(), project };
  return { id: made.id, name, made };
}

/** Where forks of a run go by themselves: beside it, unless that project is in the trash. */
function projectOf({ library }: Engine, run: string): string | undefined {
  const { runs, experiments, projects } = library.store;
  const project = experiments.get(runs.get(run)?.summary.experiment ?? "")?.project;
  return project === undefined || projects.get(project)?.trashedAt !== null ? undefined : project;
}

/** Refuses devices that are not there, each tried once. */
async function requireDevices(cells: readonly OrderCell[]): Promise<void> {
  const devices = new Set(cells.map(({ parameters }) => parameters.training.device));
  for (const device of devices) await requireDevice(device);
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

/** `<learner>-<seed>-<6 letters>`, as no other run is called. */
function newRunId(engine: Engine, learner: string, seed: number): string {
  for (;;) {
    const id = newId(`${learner}-${seed}`);
    if (engine.library.store.runs.number(id) === undefined) return id;
  }
}
