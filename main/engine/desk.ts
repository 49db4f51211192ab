import type {
  Desk as DeskValue,
  EventPayload,
  ExperimentSummary,
  ItemChange,
  ItemRef,
  ProjectSummary,
  RunSummary,
} from "../../preload/contract.ts";
import { UserError } from "../platform/user-error.ts";
import type { StoredCheckpoint } from "../store/checkpoints.ts";
import type { Experiment } from "../store/experiments.ts";
import type { Project } from "../store/projects.ts";
import { checkChange } from "./desk-rules.ts";
import type { Library } from "./library.ts";
import { unknownName } from "./names.ts";
import { placePins } from "./pinning.ts";
import type { ProjectJournal } from "./project-journal.ts";

/** The tree that a person keeps. Everything said of it is in the project's journal before it is in the store. */
export class Desk {
  private readonly library: Library;
  private readonly journal: ProjectJournal;
  private readonly changed: (event: EventPayload<"desk">) => void;

  constructor(library: Library, journal: ProjectJournal, changed: (event: EventPayload<"desk">) => void) {
    this.library = library;
    this.journal = journal;
    this.changed = changed;
  }

  get(): DeskValue {
    return { projects: this.store.projects.list(), experiments: this.store.experiments.list() };
  }

  /** @throws UserError `disk-full` */
  addProject(project: Project): ProjectSummary {
    this.library.requireSpace();
    this.journal.addProject(this.store, project);
    const added = this.project(project.id);
    this.changed({ projects: [added], experiments: [], removed: [] });
    return added;
  }

  /** @throws UserError `project-unknown`, `project-trashed`, `disk-full` */
  addExperiment(experiment: Experiment): ExperimentSummary {
    if (experiment.project !== undefined) this.requireProject(experiment.project);
    this.library.requireSpace();
    this.journal.addExperiment(this.store, experiment);
    const added = this.experiment(experiment.id);
    this.changed({ projects: [], experiments: [added], removed: [] });
    return added;
  }

  /** @throws UserError `project-unknown` */
  project(id: string): ProjectSummary {
    const found = this.store.projects.get(id);
    if (found !== undefined) return found;
    throw unknownName(
      "project",
      id,
      this.store.projects.list().map((project) => project.id),
      "project",
    );
  }

  /** @throws UserError `experiment-unknown` */
  experiment(id: string): ExperimentSummary {
    const found = this.store.experiments.get(id);
    if (found !== undefined) return found;
    throw unknownName(
      "experiment",
      id,
      this.store.experiments.list().map((experiment) => experiment.id),
      "experiment",
    );
  }

  /** @throws UserError `checkpoint-unknown` */
  checkpoint(id: string): StoredCheckpoint {
    const found = this.store.checkpoints.get(id);
    if (found !== undefined) return found;
    throw new UserError("checkpoint-unknown", `There is no checkpoint "${id}".`);
  }

  /**
   * A project that something may be put into.
   * @throws UserError `project-unknown`, `project-trashed`
   */
  requireProject(id: string): ProjectSummary {
    const project = this.project(id);
    if (project.trashedAt !== null) throw inTrash("project", project.name);
    return project;
  }

  /**
   * An experiment that something may be put into.
   * @throws UserError `experiment-unknown`, `experiment-trashed`, `project-trashed`
   */
  requireExperiment(id: string): ExperimentSummary {
    const experiment = this.experiment(id);
    if (experiment.trashedAt !== null) throw inTrash("experiment", experiment.name);
    this.requireProject(experiment.project);
    return experiment;
  }

  /**
   * A run that may go on.
   * @throws UserError `run-unknown`, `run-trashed`, `experiment-trashed`, `project-trashed`
   */
  requireRun(id: string): RunSummary {
    const run = this.library.get(id);
    if (run.trashedAt !== null) throw inTrash("run", run.label || run.id);
    this.requireExperiment(run.experiment);
    return run;
  }

  /**
   * Changes all of the items or, when one of them cannot be changed so, none.
   * @param at milliseconds since 1970
   * @throws UserError naming the item and what forbids the change
   */
  change(items: readonly ItemRef[], change: ItemChange, at: number): void {
    const unique = [...new Map(items.map((item) => [`${item.kind} ${item.id}`, item])).values()];
    checkChange(this.library, unique, change);
    this.library.requireSpace();
    this.journal.change(this.store, unique, change, at);
    if (change.pinned !== undefined) placePins(this.library, unique);
    this.tell(unique, change);
  }

  /** What an event says of projects and experiments as they are now; anything that is not there any more is gone. */
  describe(items: readonly ItemRef[]): EventPayload<"desk"> {
    const event: EventPayload<"desk"> = { projects: [], experiments: [], removed: [] };
    for (const item of items) {
      const project = item.kind === "project" ? this.store.projects.get(item.id) : undefined;
      const experiment = item.kind === "experiment" ? this.store.experiments.get(item.id) : undefined;
      if (project !== undefined) event.projects.push(project);
      else if (experiment !== undefined) event.experiments.push(experiment);
      else event.removed.push(item);
    }
    return event;
  }

  /** Tells of items that were removed for good. */
  removed(items: readonly ItemRef[]): void {
    // Experiments of a removed project have another one now.
    const experiments = items.some(({ kind }) => kind === "project") ? this.store.experiments.list() : [];
    this.changed({ projects: [], experiments, removed: [...items] });
  }

  private tell(items: readonly ItemRef[], { name }: ItemChange): void {
    const ids = (kind: ItemRef["kind"]) => items.filter((item) => item.kind === kind).map(({ id }) => id);
    const projects = ids("project").map((id) => this.project(id));
    const experiments = ids("experiment").map((id) => this.experiment(id));
    if (projects.length + experiments.length > 0) this.changed({ projects, experiments, removed: [] });
    const runs = new Set(ids("run"));
    for (const id of ids("checkpoint")) runs.add(this.checkpoint(id).run);
    if (name !== undefined && experiments.length > 0) {
      const renamed = new Set(experiments.map(({ id }) => id));
      for (const run of this.library.list()) if (renamed.has(run.experiment)) runs.add(run.id);
    }
    for (const run of runs) this.library.runChanged(run);
  }

  private get store() {
    return this.library.store;
  }
}

/** Projects and experiments that are in the trash, also through their project. */
export function trashedPlaces({ projects, experiments }: DeskValue): {
  readonly projects: ReadonlySet<string>;
  readonly experiments: ReadonlySet<string>;
} {
  const trashedProjects = new Set(projects.filter(({ trashedAt }) => trashedAt !== null).map(({ id }) => id));
  const trashedExperiments = experiments.filter(
    ({ trashedAt, project }) => trashedAt !== null || trashedProjects.has(project),
  );
  return { projects: trashedProjects, experiments: new Set(trashedExperiments.map(({ id }) => id)) };
}

function inTrash(kind: "project" | "experiment" | "run", name: string): UserError {
  return new UserError(`${kind}-trashed`, `The ${kind} "${name}" is in the trash.`, "Restore it first.");
}
