import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { ItemRef, MethodResult } from "../../preload/contract.ts";
import { diskBytes, removeLeftovers } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { runPaths } from "../runs/run-file.ts";
import { trashedPlaces } from "./desk.ts";
import { isActive } from "./desk-rules.ts";
import type { Library } from "./library.ts";
import type { ProjectJournal } from "./project-journal.ts";

type TrashSize = MethodResult<"trash.size">;

/** What would go: whole runs, and single checkpoints of runs that stay. */
interface Contents {
  readonly projects: readonly string[];
  readonly experiments: readonly string[];
  readonly runs: readonly string[];
  readonly checkpoints: readonly string[];
}

/** What was put into the trash, and everything inside it. */
export class Trash {
  private readonly library: Library;
  private readonly journal: ProjectJournal;
  private emptying = false;

  constructor(library: Library, journal: ProjectJournal) {
    this.library = library;
    this.journal = journal;
  }

  /**
   * What the trash, or some items in it, would give back.
   * @throws UserError `not-trashed`
   */
  size(items?: readonly ItemRef[]): TrashSize {
    const contents = this.contents(items);
    return { ...counts(contents), bytes: this.bytesOf(contents) };
  }

  /**
   * Removes for good what is in the trash, or some items of it: folders, points and marks. It is decided by one record
   * in the project's journal; what a kill leaves undone behind it, {@link catchUp} does.
   * @param at milliseconds since 1970
   * @returns what went, and the bytes that the disk got back, measured
   * @throws UserError `not-trashed`, `run-active`, `trash-busy`
   */
  async empty(items: readonly ItemRef[] | undefined, at: number): Promise<TrashSize> {
    if (this.emptying) throw new UserError("trash-busy", "The trash is being emptied.", "Wait until that is done.");
    this.emptying = true;
    try {
      const contents = this.contents(items);
      this.refuseActive(contents.runs);
      const gone = refsOf(contents);
      if (gone.length === 0) return { ...counts(contents), bytes: 0 };
      const before = this.bytesOf(contents) + this.library.store.bytes();
      this.journal.remove(this.library.store, gone, at);
      await this.removeFolders(contents);
      this.journal.removalDone(this.library.store, gone, at);
      await this.shrinkStore();
      const bytes = Math.max(0, before - this.bytesOf(contents) - this.library.store.bytes());
      this.library.desk.removed(gone);
      for (const run of this.runsOf(contents.checkpoints)) this.library.runChanged(run);
      return { ...counts(contents), bytes };
    } finally {
      this.emptying = false;
    }
  }

  /** Removes what was removed for good when the engine was killed before its folder was gone. */
  async catchUp(): Promise<void> {
    removeLeftovers(this.library.runsFolder);
    const pending = this.library.store.items.beingRemoved();
    if (pending.length === 0) return;
    const ids = (kind: ItemRef["kind"]) => pending.filter((item) => item.kind === kind).map(({ id }) => id);
    const contents = {
      projects: ids("project"),
      experiments: ids("experiment"),
      runs: ids("run"),
      checkpoints: ids("checkpoint"),
    };
    await this.removeFolders(contents);
    for (const run of this.runsOf(contents.checkpoints)) this.removeLeftoversOf(run);
    this.journal.removalDone(this.library.store, pending, Date.now());
    await this.shrinkStore();
  }

  private async shrinkStore(): Promise<void> {
    while (this.library.store.shrink()) await turn();
  }

  private async removeFolders({ runs, checkpoints }: Contents): Promise<void> {
    for (const run of runs) {
      this.library.removeRun(run);
      await turn();
    }
    for (const checkpoint of checkpoints) {
      this.library.removeCheckpoint(checkpoint);
      await turn();
    }
  }

  /** What a kill left of a checkpoint that was being removed; a trainer does this itself when it starts. */
  private removeLeftoversOf(run: string): void {
    if (this.library.find(run) === undefined || isActive(this.library.refresh(run).summary.state)) return;
    removeLeftovers(runPaths.checkpoints(this.folder(run)));
  }

  private contents(items: readonly ItemRef[] | undefined): Contents {
    const { library } = this;
    const desk = library.desk.get();
    const places = trashedPlaces(desk);
    const trashedRuns = new Set<string>();
    const runs = library.list();
    for (const { id, trashedAt, experiment } of runs) {
      if (trashedAt !== null || places.experiments.has(experiment)) trashedRuns.add(id);
    }
    const checkpoints = library.store.checkpoints.list().filter(({ trashedAt }) => trashedAt !== null);
    const everything: Contents = {
      projects: [...places.projects],
      experiments: [...places.experiments],
      runs: [...trashedRuns],
      checkpoints: checkpoints.filter(({ run }) => !trashedRuns.has(run)).map(({ id }) => id),
    };
    if (items === undefined) return everything;

    const wanted = (kind: ItemRef["kind"]) => new Set(items.filter((item) => item.kind === kind).map(({ id }) => id));
    const projects = wanted("project");
    const experiments = wanted("experiment");
    for (const { id, project } of desk.experiments) if (projects.has(project)) experiments.add(id);
    const someRuns = wanted("run");
    for (const { id, experiment } of runs) if (experiments.has(experiment)) someRuns.add(id);
    const someCheckpoints = wanted("checkpoint");
    for (const { id, run } of checkpoints) if (someRuns.has(run)) someCheckpoints.delete(id);
    requireAll("project", projects, places.projects);
    requireAll("experiment", experiments, places.experiments);
    requireAll("run", someRuns, trashedRuns);
    requireAll("checkpoint", someCheckpoints, new Set(checkpoints.map(({ id }) => id)));
    return {
      projects: [...projects],
      experiments: [...experiments],
      runs: [...someRuns],
      checkpoints: [...someCheckpoints],
    };
  }

  /** A run in the trash may have been started outside of this program. */
  private refuseActive(runs: readonly string[]): void {
    for (const run of runs) {
      const { state } = this.library.refresh(run).summary;
      if (!isActive(state)) continue;
      throw new UserError("run-active", `The run ${run} in the trash is ${state}.`, "Pause or stop it first.");
    }
  }

  private bytesOf({ runs, checkpoints }: Contents): number {
    const folders = [
      ...runs.map((run) => this.folder(run)),
      ...checkpoints.map((id) => {
        const colon = id.lastIndexOf(":");
        return path.join(runPaths.checkpoints(this.folder(id.slice(0, colon))), id.slice(colon + 1));
      }),
    ];
    return folders.reduce((sum, folder) => sum + diskBytes(folder), 0);
  }

  private runsOf(checkpoints: readonly string[]): ReadonlySet<string> {
    return new Set(checkpoints.map((id) => id.slice(0, id.lastIndexOf(":"))));
  }

  private folder(run: string): string {
    return path.join(this.library.runsFolder, run);
  }
}

function counts({ runs, checkpoints }: Contents): Pick<TrashSize, "runs" | "checkpoints"> {
  return { runs: runs.length, checkpoints: checkpoints.length };
}

function refsOf({ projects, experiments, runs, checkpoints }: Contents): ItemRef[] {
  const refs = (kind: ItemRef["kind"], ids: readonly string[]) => ids.map((id) => ({ kind, id }));
  return [
    ...refs("project", projects),
    ...refs("experiment", experiments),
    ...refs("run", runs),
    ...refs("checkpoint", checkpoints),
  ];
}

function requireAll(kind: ItemRef["kind"], wanted: ReadonlySet<string>, trashed: ReadonlySet<string>): void {
  for (const id of wanted) {
    if (trashed.has(id)) continue;
    throw new UserError("not-trashed", `The ${kind} "${id}" is not in the trash.`, "Put it there first.");
  }
}
