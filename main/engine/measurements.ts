import { existsSync, statSync } from "node:fs";
import type { RunSummary } from "../../preload/contract.ts";
import { UserError } from "../platform/user-error.ts";
import { readRunFile, runPaths } from "../runs/run-file.ts";
import type { Library } from "./library.ts";
import { type RunProfile, runProfile } from "./run-profile.ts";

/** The trainer's metric of a run's main memory. */
const MEMORY_METRIC = "system/memory_bytes";
/** Runs of the same kind that an expectation rests on, the newest. */
const MOST_SIMILAR = 20;
/** Measured runs of one scenario and learner that are compared, the newest. */
const MOST_COMPARED = 100;
/** How long what was read of a training run's files is good. */
const FRESH_MILLISECONDS = 5000;
/** Points of the memory's curve that are looked at; its peaks are among them. */
const MEMORY_POINTS = 100;

/** Main memory that a run is given as long as none like it was measured. */
const ASSUMED_MEMORY_BYTES = { kernels: 250e6, tensorflow: 1.5e9 };

/** What running one run has shown. */
export interface Measured {
  /** Peak so far; null when its trainer has not measured it. */
  readonly memoryBytes: number | null;
  readonly journalBytesPerStep: number;
  /** Its last checkpoint; null when there is none. */
  readonly checkpointBytes: number | null;
}

/** What a run will take, by what similar ones have taken. */
export interface Expectation {
  /** null when no similar run was measured. */
  readonly stepsPerSecond: number | null;
  readonly memoryBytes: number;
  readonly memoryMeasured: boolean;
  readonly journalBytesPerStep: number | null;
  readonly checkpointBytes: number | null;
  /** Runs behind it. */
  readonly runs: number;
  /** Parameters in which these runs differ from the one asked about. */
  readonly differing: readonly string[];
}

interface Similar {
  readonly runs: readonly string[];
  readonly differing: readonly string[];
}

/** What the runs of a data folder have shown about speed, memory and disk. */
export class Measurements {
  private readonly library: Library;
  private readonly profiles = new Map<string, RunProfile | undefined>();
  private readonly interned = new Map<string, RunProfile>();
  /** Scenario and learner -> measured runs, the first measured first. */
  private readonly groups = new Map<string, Map<string, RunSummary>>();
  private readonly similarByKey = new Map<string, Similar>();
  private readonly read = new Map<
    string,
    { readonly at: number; readonly step: number; readonly measured: Measured }
  >();

  constructor(library: Library) {
    this.library = library;
  }

  /** Takes what is known of a run now. Cheap: called with every change of a run. */
  take(run: RunSummary): void {
    if (!(run.stepsPerSecond > 0 && run.wallSeconds > 0)) return;
    const key = `${run.scenario} ${run.learner}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      group = new Map();
      this.groups.set(key, group);
    }
    if (!group.has(run.id)) this.similarByKey.clear();
    group.set(run.id, run);
  }

  /** undefined when the run's file cannot be read. */
  profile(run: string): RunProfile | undefined {
    if (this.profiles.has(run)) return this.profiles.get(run);
    const profile = this.readProfile(run);
    this.profiles.set(run, profile);
    return profile;
  }

  private readProfile(run: string): RunProfile | undefined {
    let profile: RunProfile;
    try {
      profile = runProfile(readRunFile(this.library.folder(run)));
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
    // Thousands of runs that differ in seed and learning rate share one.
    const same = this.interned.get(profile.key);
    if (same !== undefined) return same;
    this.interned.set(profile.key, profile);
    return profile;
  }

  /** What the run itself has shown; undefined before its first step. */
  of(run: RunSummary): Measured | undefined {
    const first = Number(run.parent?.split(":").at(-1) ?? 0);
    if (run.step <= first) return undefined;
    const now = performance.now();
    const before = this.read.get(run.id);
    if (before !== undefined && (before.step === run.step || now - before.at < FRESH_MILLISECONDS)) {
      return before.measured;
    }
    const { store } = this.library;
    const journal = runPaths.journal(this.library.folder(run.id));
    const { values } = store.series.read(run.id, MEMORY_METRIC, MEMORY_POINTS).points;
    const measured: Measured = {
      memoryBytes: values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value), 0),
      journalBytesPerStep: existsSync(journal) ? statSync(journal).size / (run.step - first) : 0,
      checkpointBytes: store.checkpoints.list(run.id).at(-1)?.bytes ?? null,
    };
    this.read.set(run.id, { at: now, step: run.step, measured });
    return measured;
  }

  /** What a run of this kind will take: the median of the most similar runs that were measured. */
  expect(profile: RunProfile): Expectation {
    const { runs, differing } = this.similar(profile);
    const group = this.groups.get(groupKey(profile));
    const summaries = runs.flatMap((run) => group?.get(run) ?? []);
    const measured = summaries.flatMap((run) => this.known(run) ?? []);
    const peaks = measured.flatMap(({ memoryBytes }) => memoryBytes ?? []);
    const assumed = profile.tensorflow ? ASSUMED_MEMORY_BYTES.tensorflow : ASSUMED_MEMORY_BYTES.kernels;
    return {
      stepsPerSecond: median(summaries.map(({ stepsPerSecond }) => stepsPerSecond)),
      // The largest, as a run without memory is lost.
      memoryBytes: peaks.length === 0 ? assumed : Math.max(...peaks),
      memoryMeasured: peaks.length > 0,
      journalBytesPerStep: median(measured.map(({ journalBytesPerStep }) => journalBytesPerStep)),
      checkpointBytes: median(measured.flatMap(({ checkpointBytes }) => checkpointBytes ?? [])),
      runs: summaries.length,
      differing,
    };
  }

  /** {@link of} a run that may have been removed meanwhile. */
  private known(run: RunSummary): Measured | undefined {
    if (this.library.store.runs.number(run.id) !== undefined) return this.of(run);
    this.groups.get(`${run.scenario} ${run.learner}`)?.delete(run.id);
    this.similarByKey.clear();
    return undefined;
  }

  private similar(profile: RunProfile): Similar {
    const known = this.similarByKey.get(profile.key);
    if (known !== undefined) return known;
    const group = [...(this.groups.get(groupKey(profile))?.keys() ?? [])].slice(-MOST_COMPARED);
    let best: { runs: string[]; differing: readonly string[] } = { runs: [], differing: [] };
    for (const run of group) {
      const other = this.library.store.runs.number(run) === undefined ? undefined : this.profile(run);
      if (other === undefined) continue;
      const differing = differences(profile, other);
      if (best.runs.length === 0 || differing.length < best.differing.length) best = { runs: [run], differing };
      else if (differing.join() === best.differing.join()) best.runs.push(run);
    }
    const similar = { ...best, runs: best.runs.slice(-MOST_SIMILAR) };
    this.similarByKey.set(profile.key, similar);
    return similar;
  }
}

function groupKey({ scenario, learner }: RunProfile): string {
  return `${scenario} ${learner}`;
}

function differences(a: RunProfile, b: RunProfile): string[] {
  const names = new Set([...Object.keys(a.values), ...Object.keys(b.values)]);
  return [...names].filter((name) => a.values[name] !== b.values[name]).sort();
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
