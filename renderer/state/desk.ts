/** Projects, experiments, parameters, last values and checkpoints, as the engine has them. */
import type {
  CheckpointSummary,
  EventPayload,
  ExperimentSummary,
  ParameterValues,
  ProjectSummary,
  RunSummary,
} from "../../preload/contract.ts";
import { ask } from "./ask.ts";
import { bridge, session } from "./session.ts";
import { createStore, type Store, useStore } from "./store.ts";

export interface DeskState {
  /** True once the first answer is there. */
  readonly loaded: boolean;
  readonly projects: ReadonlyMap<string, ProjectSummary>;
  readonly experiments: ReadonlyMap<string, ExperimentSummary>;
  /** Run -> its parameters, which never change. */
  readonly parameters: ReadonlyMap<string, ParameterValues>;
  readonly metrics: readonly string[];
  /** Metric -> run -> its last value; null where the run has none. Only of metrics that something shows. */
  readonly lastValues: ReadonlyMap<string, ReadonlyMap<string, number | null>>;
  /** Run -> its checkpoints; only of runs that are open in the tree. */
  readonly checkpoints: ReadonlyMap<string, readonly CheckpointSummary[]>;
}

export const desk: Store<DeskState> = createStore<DeskState>({
  loaded: false,
  projects: new Map(),
  experiments: new Map(),
  parameters: new Map(),
  metrics: [],
  lastValues: new Map(),
  checkpoints: new Map(),
});

export function useDesk<S>(select: (state: DeskState) => S): S {
  return useStore(desk, select);
}

/** The time between two readings of last values, and of the checkpoints of a run that trains. */
const valuesMilliseconds = 3000;
const checkpointMilliseconds = 2000;

/** Connects the desk to the bridge. Called once. */
export function startDesk(): void {
  bridge.onEngine((status) => {
    if (status.state === "connected") void load();
  });
  bridge.listen("desk", takeDesk);
  let runs: readonly RunSummary[] | undefined;
  session.subscribe(() => {
    if (session.get().runs === runs) return;
    runs = session.get().runs;
    void readParameters();
    followCheckpoints();
  });
  setInterval(() => void readValues(), valuesMilliseconds);
}

async function load(): Promise<void> {
  readOfMetric.clear();
  const [answer] = await Promise.all([ask("desk.get", {}), readMetrics()]);
  if (answer === undefined) return;
  desk.set({
    loaded: true,
    projects: new Map(answer.projects.map((each) => [each.id, each])),
    experiments: new Map(answer.experiments.map((each) => [each.id, each])),
  });
  for (const run of opened) void readCheckpoints(run);
  void readValues();
}

/** Takes projects and experiments that changed here or elsewhere. */
export function takeDesk(change: EventPayload<"desk">): void {
  const projects = new Map(desk.get().projects);
  const experiments = new Map(desk.get().experiments);
  for (const project of change.projects) projects.set(project.id, project);
  for (const experiment of change.experiments) experiments.set(experiment.id, experiment);
  const runs = new Set<string>();
  const checkpoints = new Set<string>();
  for (const { kind, id } of change.removed) {
    if (kind === "project") projects.delete(id);
    else if (kind === "experiment") experiments.delete(id);
    else if (kind === "run") runs.add(id);
    else checkpoints.add(id);
  }
  desk.set({ projects, experiments });
  if (checkpoints.size > 0) {
    const kept = [...desk.get().checkpoints].map(
      ([run, list]) => [run, list.filter(({ id }) => !checkpoints.has(id))] as const,
    );
    desk.set({ checkpoints: new Map(kept) });
  }
  if (runs.size > 0) forgetRuns(runs);
}

/** Runs that were removed for good. */
function forgetRuns(gone: ReadonlySet<string>): void {
  const { runs, selection, details } = session.get();
  const selected = selection.selected.filter((id) => !gone.has(id));
  const kept = (id: string | undefined) => (id !== undefined && gone.has(id) ? undefined : id);
  session.set({
    runs: runs.filter(({ id }) => !gone.has(id)),
    details: new Map([...details].filter(([id]) => !gone.has(id))),
    selection: { selected, active: kept(selection.active), anchor: kept(selection.anchor) },
  });
}

let readingParameters = false;

/** Parameters of runs that are new here. */
async function readParameters(): Promise<void> {
  if (readingParameters || session.get().engine.state !== "connected") return;
  const known = desk.get().parameters;
  const { runs } = session.get();
  const fresh = runs.filter((run) => !known.has(run.id)).map((run) => run.id);
  if (fresh.length === 0) return;
  readingParameters = true;
  // All at once at the beginning, so that the ids need not be sent.
  const answer = await bridge.call("runs.parameters", fresh.length === runs.length ? {} : { runs: fresh });
  readingParameters = false;
  if (!answer.ok) return;
  const parameters = new Map(desk.get().parameters);
  for (const { run, values } of answer.value) parameters.set(run, values);
  // A run that the engine did not answer for is not asked for again and again.
  for (const id of fresh) if (!parameters.has(id)) parameters.set(id, {});
  desk.set({ parameters });
  void readMetrics();
  void readParameters();
}

async function readMetrics(): Promise<void> {
  const answer = await bridge.call("metrics.list", {});
  if (answer.ok) desk.set({ metrics: answer.value });
}

const wanted = new Map<string, readonly string[]>();
/** Metric -> run -> how far the run was when its value was read. */
const readOfMetric = new Map<string, Map<string, string>>();
let readingValues = false;

/** Says of which metrics a part of the window needs last values, until it says otherwise. */
export function wantMetrics(part: string, metrics: readonly string[]): void {
  if ((wanted.get(part) ?? []).join("\n") === metrics.join("\n")) return;
  wanted.set(part, metrics);
  void readValues();
}

async function readValues(): Promise<void> {
  const metrics = [...new Set([...wanted.values()].flat())].slice(0, 100);
  if (metrics.length === 0 || readingValues || document.hidden || session.get().engine.state !== "connected") return;
  const place = (run: RunSummary) => `${run.attempt} ${run.iteration} ${run.state}`;
  const { runs } = session.get();
  const changed = runs.filter((run) => metrics.some((metric) => readOfMetric.get(metric)?.get(run.id) !== place(run)));
  if (changed.length === 0) return;
  readingValues = true;
  const answer = await bridge.call("runs.lastValues", {
    metrics,
    ...(changed.length === runs.length ? {} : { runs: changed.map((run) => run.id) }),
  });
  readingValues = false;
  if (!answer.ok) return;
  const lastValues = new Map(desk.get().lastValues);
  metrics.forEach((metric, index) => {
    const values = new Map(lastValues.get(metric));
    for (const { run, values: read } of answer.value) values.set(run, read[index] ?? null);
    lastValues.set(metric, values);
    const places = readOfMetric.get(metric) ?? new Map<string, string>();
    for (const run of changed) places.set(run.id, place(run));
    readOfMetric.set(metric, places);
  });
  desk.set({ lastValues });
  void readMetrics();
}

const opened = new Set<string>();
const checkpointTimes = new Map<string, number>();
const checkpointPlaces = new Map<string, string>();

/** More runs than these are asked for together. */
const severalRuns = 20;

/** Says which runs are open in the tree. */
export function openRuns(runs: readonly string[]): void {
  const fresh = runs.filter((run) => !opened.has(run));
  opened.clear();
  for (const run of runs) opened.add(run);
  if (fresh.length > severalRuns) void readAllCheckpoints();
  else for (const run of fresh) void readCheckpoints(run);
}

/** One answer for all open runs, and one redraw. */
async function readAllCheckpoints(): Promise<void> {
  if (session.get().engine.state !== "connected") return;
  const answer = await bridge.call("checkpoints.list", {});
  if (!answer.ok) return;
  const lists = new Map<string, CheckpointSummary[]>([...opened].map((run) => [run, []]));
  for (const checkpoint of answer.value) lists.get(checkpoint.run)?.push(checkpoint);
  desk.set({ checkpoints: lists });
}

/** Reads again the checkpoints of open runs that went on. */
function followCheckpoints(): void {
  if (opened.size === 0) return;
  for (const run of session.get().runs) {
    if (!opened.has(run.id)) continue;
    const place = `${run.iteration} ${run.state}`;
    const due = (checkpointTimes.get(run.id) ?? -Infinity) + checkpointMilliseconds < performance.now();
    if (checkpointPlaces.get(run.id) !== place && due) {
      checkpointPlaces.set(run.id, place);
      void readCheckpoints(run.id);
    }
  }
}

export async function readCheckpoints(run: string): Promise<void> {
  if (session.get().engine.state !== "connected") return;
  checkpointTimes.set(run, performance.now());
  const answer = await bridge.call("checkpoints.list", { run });
  if (answer.ok) desk.set({ checkpoints: new Map(desk.get().checkpoints).set(run, answer.value) });
}

/** A checkpoint that is known here: of an open run, or of one whose details are shown. */
export function knownCheckpoint(id: string): CheckpointSummary | undefined {
  const run = id.slice(0, id.lastIndexOf(":"));
  const lists = [session.get().details.get(run)?.checkpoints, desk.get().checkpoints.get(run)];
  return lists.flatMap((list) => list ?? []).find((checkpoint) => checkpoint.id === id);
}
