import { UserError } from "../platform/user-error.ts";
import { type Checkpoint, listCheckpoints, readCheckpoint } from "../runs/checkpoint.ts";
import { type RunFile, runPaths } from "../runs/run-file.ts";

/** Where an attempt begins. */
export interface StartingPoint {
  readonly checkpoint: Checkpoint;
  /** True when the checkpoint is the parent's: this run has none of its own yet. */
  readonly forked: boolean;
}

/**
 * The checkpoint that an attempt goes on from: the run's newest, or the one at `fromStep`, else the parent's copy;
 * undefined when the run begins from nothing. A damaged one is never passed over in silence.
 * @throws UserError `checkpoint-unknown`, `checkpoint-damaged` (its hint names the newest good one), `checkpoint-other`
 */
export function findStartingPoint(folder: string, run: RunFile, fromStep?: number): StartingPoint | undefined {
  const entries = listCheckpoints(folder);
  if (fromStep !== undefined) {
    const entry = entries.find(({ step }) => step === fromStep);
    if (entry === undefined) {
      const steps = entries.map(({ step }) => step).join(", ") || "none";
      throw new UserError(
        "checkpoint-unknown",
        `${run.id} has no checkpoint at step ${fromStep}.`,
        `It has: ${steps}.`,
      );
    }
    return { checkpoint: own(readCheckpoint(entry.path), run, entry.path), forked: false };
  }
  const newest = entries.at(-1);
  if (newest !== undefined) return { checkpoint: own(readNewest(entries, run), run, newest.path), forked: false };
  if (run.parent === null) return undefined;
  const checkpoint = readCheckpoint(runPaths.fork(folder));
  if (checkpoint.manifest.sha256 !== run.parent.sha256) {
    const message = `${runPaths.fork(folder)} is not the checkpoint that ${run.id} was forked from.`;
    throw new UserError("checkpoint-other", message, "Restore it from a copy, or fork again.");
  }
  return { checkpoint, forked: true };
}

function readNewest(entries: ReturnType<typeof listCheckpoints>, run: RunFile): Checkpoint {
  const newest = entries.at(-1)!;
  try {
    return readCheckpoint(newest.path);
  } catch (error) {
    if (!(error instanceof UserError) || error.code === "format-newer") throw error;
    const good = entries.slice(0, -1).findLast(({ path }) => isGood(path));
    const remove = `delete ${newest.path} and resume`;
    const hint = good
      ? `The checkpoint at step ${good.step} is good: ${remove} from it, or fork from ${run.id}:${good.step}.`
      : `There is no earlier good one: ${remove} from the beginning.`;
    throw new UserError(error.code, error.message, hint);
  }
}

function isGood(folder: string): boolean {
  try {
    readCheckpoint(folder);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** A checkpoint that was put here from another run would be trained on with this run's parameters. */
function own(checkpoint: Checkpoint, run: RunFile, folder: string): Checkpoint {
  const { manifest } = checkpoint;
  if (manifest.run === run.id) return checkpoint;
  const message = `The checkpoint ${folder} belongs to the run ${manifest.run}, not to ${run.id}.`;
  throw new UserError("checkpoint-other", message, "Fork from it instead.");
}

/**
 * Refuses a checkpoint that this run cannot go on from.
 * @returns marks for the journal: what `force`, or forking, let pass
 * @throws UserError `checkpoint-other-scenario`, `checkpoint-other-learner`, `kernel-build-differs`
 */
export function checkStartingPoint(start: StartingPoint, run: RunFile, kernelBuild: string, force: boolean): string[] {
  const { manifest } = start.checkpoint;
  for (const kind of ["scenario", "learner"] as const) {
    if (manifest[kind].id === run[kind].id) continue;
    const message = `The checkpoint ${manifest.run}:${manifest.step} is of the ${kind} ${manifest[kind].id}; this run's is ${run[kind].id}.`;
    throw new UserError(
      `checkpoint-other-${kind}`,
      message,
      "Fork from a checkpoint of the same scenario and learner.",
    );
  }
  if (manifest.kernelBuild === kernelBuild) return [];
  const change = `${manifest.kernelBuild} -> ${kernelBuild}`;
  if (start.forked) return [`forked on another kernel build: ${change}`];
  if (force) return [`resumed on another kernel build: ${change}`];
  throw new UserError(
    "kernel-build-differs",
    `The checkpoint was computed with the kernel build ${manifest.kernelBuild}, this machine would go on with ${kernelBuild}: the numbers would no longer be those of one uninterrupted run.`,
    "Resume with --force to go on all the same; the run is then marked.",
  );
}
