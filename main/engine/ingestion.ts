import type { RunSummary } from "../../preload/contract.ts";
import { bestCheckpoint, listCheckpoints } from "../runs/checkpoint.ts";
import { type JournalRecord, type MetricsRecord, type PointsRecord, readJournal } from "../runs/journal.ts";
import { parseRunEvent, type RunEvent } from "../runs/run-event.ts";
import { type RunFile, runPaths } from "../runs/run-file.ts";
import type { StoredCheckpoint } from "../store/checkpoints.ts";
import type { LastState } from "../store/runs.ts";
import type { Tail } from "../store/series-writer.ts";
import type { Store } from "../store/store.ts";

/** The metric that a run's summary shows. */
const HEADLINE_METRIC = "eval/reward";
/** Time constant of the smoothed speed. */
const SPEED_SECONDS = 5;

/** What one block of a journal brought. */
export interface Ingested {
  /** True when whole records follow that did not fit into this block. */
  readonly more: boolean;
  /** Points in this block. */
  readonly points: number;
  /** Metrics that have new points. */
  readonly metrics: ReadonlySet<string>;
  /** The attempt that began in this block, undefined when none did. */
  readonly startedAttempt: number | undefined;
  /** True when the trainer said that the run's state changed. */
  readonly stateChanged: boolean;
}

/**
 * What a run shows before its journal says anything.
 * @param ordinal the run's number, which old run files lack
 */
export function freshSummary(run: RunFile, ordinal: number): RunSummary {
  return {
    id: run.id,
    name: run.name,
    label: "",
    experiment: run.experiment,
    tags: [],
    noted: false,
    archived: false,
    trashedAt: null,
    priority: "normal",
    scenario: run.scenario.id,
    learner: run.learner.id,
    preset: run.preset,
    seed: run.seed,
    state: "queued",
    step: run.parent?.step ?? 0,
    steps: Number(run.parameters.training.steps ?? 0),
    iteration: 0,
    attempt: 0,
    ordinal,
    createdAt: run.createdAt,
    startedAt: null,
    finishedAt: null,
    wallSeconds: 0,
    stepsPerSecond: 0,
    reward: null,
    kernelBuild: "",
    parent: run.parent === null ? null : `${run.parent.run}:${run.parent.step}`,
    marks: [],
    error: null,
  };
}

/**
 * Reads one run's journal into a store, block by block. Each block's points, what they change in the run's summary, and
 * the offset reached are one transaction, so that a journal is read exactly once, whatever is killed. An object that
 * threw is to be thrown away: the next one begins where the store stands.
 */
export class RunIngestion {
  private readonly store: Store;
  private readonly folder: string;
  private readonly runNumber: number;
  private readonly firstStep: number;
  private readonly metricIds: string[];
  private readonly tails: (Tail | undefined)[] = [];
  private summary: RunSummary;
  private lastState: LastState | undefined;
  private attempt: number;
  private offset: number;
  private touched = new Set<string>();
  private points = 0;
  private startedAttempt: number | undefined;
  private stateChanged = false;
  private checkpointsChanged = false;

  /** The run must be in the store. */
  constructor(store: Store, folder: string, run: string) {
    const stored = store.runs.get(run);
    const number = store.runs.number(run);
    if (stored === undefined || number === undefined) throw new Error(`run ${run} is not in the store`);
    const point = store.ingestion.get(run);
    this.store = store;
    this.folder = folder;
    this.runNumber = number;
    this.summary = stored.summary;
    this.lastState = stored.lastState;
    this.firstStep = Number(stored.summary.parent?.split(":").at(-1) ?? 0);
    this.offset = point.offset;
    this.attempt = point.attempt;
    this.metricIds = [...point.metrics];
  }

  /**
   * Reads one block. Cheap when the journal has not grown.
   * @throws UserError `journal-damaged`, `format-newer`; errors of SQLite
   */
  step(): Ingested {
    this.touched = new Set();
    this.points = 0;
    this.startedAttempt = undefined;
    this.stateChanged = false;
    const block = readJournal(runPaths.journal(this.folder), this.offset);
    if (block.records.length > 0) this.store.transaction(() => this.take(block.records, block.nextOffset));
    this.offset = block.nextOffset;
    const { touched, points, startedAttempt, stateChanged } = this;
    return { more: block.more, points, metrics: touched, startedAttempt, stateChanged };
  }

  private take(records: readonly JournalRecord[], nextOffset: number): void {
    // The state belongs to lock and command as well, and somebody else keeps it.
    const state = this.store.runs.get(this.summary.id)?.summary.state ?? this.summary.state;
    this.summary = { ...this.summary, state };
    // The writer may have dropped its ends since the last block.
    this.tails.length = 0;
    for (const record of records) {
      if (record.attempt !== this.attempt) this.beginAttempt(record.attempt);
      if (record.kind === "points") this.takePoints(record);
      else if (record.kind === "metrics") this.takeMetrics(record);
      else this.takeEvent(parseRunEvent(record, runPaths.journal(this.folder)));
    }
    if (this.checkpointsChanged) this.indexCheckpoints();
    this.store.runs.put({ summary: this.summary, lastState: this.lastState });
    const { attempt, metricIds: metrics } = this;
    this.store.ingestion.put(this.summary.id, { offset: nextOffset, attempt, metrics });
  }

  private beginAttempt(attempt: number): void {
    this.attempt = attempt;
    this.metricIds.length = 0;
    this.tails.length = 0;
  }

  private takeMetrics({ metrics }: MetricsRecord): void {
    for (const { index, id } of metrics) this.metricIds[index] = id;
  }

  private takePoints({ metric, iteration, step, wallSeconds, value }: PointsRecord): void {
    const n = metric.length;
    let last = this.summary.step;
    for (let i = 0; i < n; i++) {
      const index = metric[i]!;
      const tail = this.tails[index] ?? this.openTail(index);
      tail.push(step[i]!, value[i]!, wallSeconds[i]!, iteration[i]!);
      if (step[i]! > last) last = step[i]!;
    }
    if (n === 0) return;
    this.points += n;
    const reward = this.headline(metric, value);
    const wall = wallSeconds[n - 1]!;
    const stepsPerSecond = this.speed(last, wall);
    this.summary = {
      ...this.summary,
      step: last,
      iteration: iteration[n - 1]!,
      wallSeconds: wall,
      stepsPerSecond,
      reward,
    };
  }

  private openTail(index: number): Tail {
    const id = this.metricIds[index];
    if (id === undefined) throw new Error(`metric ${index} was not declared in ${runPaths.journal(this.folder)}`);
    const tail = this.store.points.tail(this.store.metrics.number(this.runNumber, id), this.attempt);
    this.tails[index] = tail;
    this.touched.add(id);
    return tail;
  }

  private headline(metric: Uint16Array, value: Float64Array): number | null {
    const index = this.metricIds.indexOf(HEADLINE_METRIC);
    const at = index < 0 ? -1 : metric.lastIndexOf(index);
    return at < 0 ? this.summary.reward : value[at]!;
  }

  /** Steps per second, smoothed over the last seconds of running time. */
  private speed(step: number, wallSeconds: number): number {
    const seconds = wallSeconds - this.summary.wallSeconds;
    if (seconds <= 0) return this.summary.stepsPerSecond;
    const now = (step - this.summary.step) / seconds;
    const weight = this.summary.stepsPerSecond === 0 ? 1 : 1 - Math.exp(-seconds / SPEED_SECONDS);
    return this.summary.stepsPerSecond + weight * (now - this.summary.stepsPerSecond);
  }

  private takeEvent(event: RunEvent): void {
    switch (event.type) {
      case "started":
        this.store.runs.startAttempt(this.summary.id, event.attempt, event.fromStep);
        this.startedAttempt = event.attempt;
        this.checkpointsChanged = true;
        this.summary = {
          ...this.summary,
          attempt: event.attempt,
          step: event.fromStep,
          kernelBuild: event.kernelBuild,
          startedAt: this.summary.startedAt ?? event.at,
          finishedAt: null,
          stepsPerSecond: 0,
          error: null,
        };
        return;
      case "state":
        this.takeState(event);
        return;
      case "checkpoint":
      case "checkpoint-removed":
        this.checkpointsChanged = true;
        return;
      case "mark":
        if (!this.summary.marks.includes(event.text)) {
          this.summary = { ...this.summary, marks: [...this.summary.marks, event.text] };
        }
    }
  }

  private takeState({ state, error, step, iteration, wallSeconds, at }: Extract<RunEvent, { type: "state" }>): void {
    this.stateChanged = true;
    this.lastState = error === undefined ? { state } : { state, error };
    const over = state === "finished" || state === "failed" || state === "cancelled";
    const average = wallSeconds > 0 ? (step - this.firstStep) / wallSeconds : 0;
    this.checkpointsChanged = true;
    this.summary = {
      ...this.summary,
      step,
      iteration,
      wallSeconds,
      stepsPerSecond: state === "running" ? this.summary.stepsPerSecond : average,
      finishedAt: over ? at : null,
      error: error ?? null,
    };
  }

  private indexCheckpoints(): void {
    const { id } = this.summary;
    this.checkpointsChanged = false;
    this.store.checkpoints.replace(id, describeCheckpoints(id, this.folder));
  }
}

const unmarked = { pinned: false, label: "", tags: [], notes: "", trashedAt: null };

/** The readable checkpoints that lie in a run's folder. */
export function describeCheckpoints(run: string, folder: string): StoredCheckpoint[] {
  const entries = listCheckpoints(folder);
  const best = bestCheckpoint(entries);
  const last = entries.findLast((entry) => entry.manifest !== undefined);
  return entries.flatMap((entry) => {
    const { manifest, step, bytes } = entry;
    if (manifest === undefined) return [];
    const { iteration, attempt, createdAt, reward, sha256 } = manifest;
    const marks = { isLast: entry === last, isBest: entry === best };
    return [
      { id: `${run}:${step}`, run, step, iteration, attempt, bytes, createdAt, reward, ...marks, ...unmarked, sha256 },
    ];
  });
}
