import type {
  EngineStatus,
  EvaluationResult,
  EventPayload,
  LearnerSummary,
  MethodName,
  MethodParams,
  MethodResult,
  RunDetail,
  RunSummary,
  ScenarioSummary,
  UserErrorValue,
} from "../../preload/contract.ts";
import { inOrder, runLabel, stateLabels } from "../model/runs.ts";
import { nothingSelected, type Selection } from "../model/selection.ts";
import { Curves } from "./curves.ts";
import { createStore, type Store, useStore } from "./store.ts";

export type Tab = "runs" | "curves";
export type XAxis = "step" | "wall";
export type DialogName = "start" | "about";

/** An evaluation that was asked for here. */
export type Evaluation =
  | { readonly state: "running"; readonly done: number; readonly total: number }
  | { readonly state: "done"; readonly result: EvaluationResult }
  | { readonly state: "failed"; readonly error: UserErrorValue };

export interface Notice {
  readonly kind: "error" | "info";
  readonly text: string;
}

export interface SessionState {
  readonly engine: EngineStatus;
  readonly info: MethodResult<"engine.info"> | undefined;
  /** True once the first list of runs is there. */
  readonly loaded: boolean;
  /** In the order of creation; a run's place decides its colour. */
  readonly runs: readonly RunSummary[];
  readonly scenarios: readonly ScenarioSummary[];
  readonly learners: readonly LearnerSummary[];
  readonly details: ReadonlyMap<string, RunDetail>;
  readonly evaluations: ReadonlyMap<string, Evaluation>;
  readonly selection: Selection;
  readonly filter: string;
  readonly tab: Tab;
  readonly metric: string;
  readonly xAxis: XAxis;
  readonly dialog: DialogName | undefined;
  /** Only where the inspector is a drawer. */
  readonly drawer: boolean;
  readonly notice: Notice | undefined;
  readonly lastEvent: { readonly text: string; readonly time: number } | undefined;
}

export const bridge = window.edgeloom;
export const curves = new Curves(bridge);

export const session: Store<SessionState> = createStore<SessionState>({
  engine: { state: "connecting", text: "Starting the engine" },
  info: undefined,
  loaded: false,
  runs: [],
  scenarios: [],
  learners: [],
  details: new Map(),
  evaluations: new Map(),
  selection: nothingSelected,
  filter: "",
  tab: "runs",
  metric: "eval/reward",
  xAxis: "step",
  dialog: undefined,
  drawer: false,
  notice: undefined,
  lastEvent: undefined,
});

export function useSession<S>(select: (state: SessionState) => S): S {
  return useStore(session, select);
}

/** The time between two redraws of lists while runs report. */
const batchMilliseconds = 100;
/** The time between two readings of a changing run's details. */
const detailMilliseconds = 2000;
const infoMilliseconds = 5000;

const pending = new Map<string, RunSummary>();
let flushTimer: ReturnType<typeof setTimeout> | undefined;
const detailTimes = new Map<string, number>();
const detailTimers = new Map<string, ReturnType<typeof setTimeout>>();

/** Connects the session to the bridge. Called once. */
export function startSession(): void {
  bridge.onEngine((status) => {
    const before = session.get().engine.state;
    session.set({ engine: status });
    if (status.state === "connected") {
      // Even where no `lost` came between: another connection knows nothing of this window.
      void load();
    } else if (before === "connected") curves.disconnected();
  });
  bridge.listen("run", (run) => {
    pending.set(run.id, run);
    if (flushTimer === undefined) flushTimer = setTimeout(flush, batchMilliseconds);
  });
  bridge.listen("evaluation", evaluationProgress);
  setInterval(() => void readInfo(), infoMilliseconds);
}

/** Calls the engine; an error is shown and answers undefined. */
export async function ask<M extends MethodName>(
  method: M,
  params: MethodParams<M>,
): Promise<MethodResult<M> | undefined> {
  const answer = await bridge.call(method, params);
  if (answer.ok) return answer.value;
  showError(answer.error);
  return undefined;
}

export function showError(error: UserErrorValue): void {
  session.set({ notice: { kind: "error", text: [error.message, error.hint].filter((part) => part !== "").join(" ") } });
}

async function load(): Promise<void> {
  curves.reconnected();
  const [runs, scenarios, learners] = await Promise.all([
    ask("runs.list", {}),
    ask("catalog.scenarios", {}),
    ask("catalog.learners", {}),
    readInfo(),
  ]);
  if (runs === undefined || scenarios === undefined || learners === undefined) return;
  session.set({ runs: inOrder(runs), scenarios, learners, loaded: true });
  detailTimes.clear();
  followDetails();
}

async function readInfo(): Promise<void> {
  if (session.get().engine.state !== "connected") return;
  const answer = await bridge.call("engine.info", {});
  // A lost connection has its own message.
  if (answer.ok) session.set({ info: answer.value });
}

/** Takes the runs that changed since the last time. */
function flush(): void {
  flushTimer = undefined;
  takeRuns([...pending.values()]);
  pending.clear();
}

export function takeRuns(changed: readonly RunSummary[]): void {
  const { runs, selection } = session.get();
  const byId = new Map(runs.map((run) => [run.id, run]));
  let lastEvent = session.get().lastEvent;
  for (const run of changed) {
    const before = byId.get(run.id);
    if (before !== undefined && before.attempt !== run.attempt) curves.reload(run.id);
    if (before?.state !== run.state)
      lastEvent = { text: `${runLabel(run)}: ${stateLabels[run.state].toLowerCase()}`, time: Date.now() };
    byId.set(run.id, run);
  }
  const first = changed[0];
  // The first run of an empty project, also one from the command line, is what there is to look at.
  const fresh = runs.length === 0 && first !== undefined && selection.active === undefined;
  session.set({
    runs: inOrder(byId.values()),
    lastEvent,
    ...(fresh ? { selection: { selected: [first.id], active: first.id, anchor: first.id } } : {}),
  });
  followDetails();
}

/** Keeps the details of the shown runs up to date, each read at most every two seconds. */
export function followDetails(): void {
  const { selection, runs, details } = session.get();
  const shown = new Set(selection.selected);
  if (selection.active !== undefined) shown.add(selection.active);
  for (const run of runs) {
    if (!shown.has(run.id) || isSame(details.get(run.id)?.summary, run)) continue;
    if (detailTimers.has(run.id)) continue;
    const wait = Math.max(0, (detailTimes.get(run.id) ?? -Infinity) + detailMilliseconds - performance.now());
    const timer = setTimeout(() => {
      detailTimers.delete(run.id);
      void readDetail(run.id);
    }, wait);
    detailTimers.set(run.id, timer);
  }
}

function isSame(a: RunSummary | undefined, b: RunSummary): boolean {
  return a !== undefined && a.iteration === b.iteration && a.state === b.state && a.attempt === b.attempt;
}

async function readDetail(run: string): Promise<void> {
  detailTimes.set(run, performance.now());
  const answer = await bridge.call("runs.get", { run });
  if (!answer.ok) {
    if (answer.error.code !== "engine-away" && answer.error.code !== "connection-lost") showError(answer.error);
    return;
  }
  session.set({ details: new Map(session.get().details).set(run, answer.value) });
  followDetails();
}

export function setSelection(selection: Selection): void {
  session.set({ selection });
  followDetails();
}

export async function commandRun(run: string, command: "pause" | "resume" | "stop"): Promise<void> {
  const changed = await ask("runs.command", { run, command });
  if (changed !== undefined) takeRuns([changed]);
}

/** Starts runs, selects them and turns to their curves; answers the error that a form has to show. */
export async function startRuns(params: MethodParams<"runs.create">): Promise<UserErrorValue | undefined> {
  const answer = await bridge.call("runs.create", params);
  if (!answer.ok) return answer.error;
  takeRuns(answer.value);
  const selected = answer.value.map((run) => run.id);
  setSelection({ selected, active: selected[0], anchor: selected[0] });
  session.set({ tab: "curves", filter: "", notice: undefined });
  return undefined;
}

/** The smallest real training there is, for people who want to see one. */
export async function startQuickStart(): Promise<void> {
  const error = await startRuns({
    scenario: "emulator-tuning",
    learner: "hmppo",
    preset: "small",
    set: {},
    seeds: [1],
    name: "Quick start",
  });
  if (error !== undefined) showError(error);
}

const evaluationEpisodes = 100;
const evaluationSeed = 1000;

export async function evaluateCheckpoint(checkpoint: string): Promise<void> {
  const set = (evaluation: Evaluation) =>
    session.set({ evaluations: new Map(session.get().evaluations).set(checkpoint, evaluation) });
  set({ state: "running", done: 0, total: evaluationEpisodes });
  const answer = await bridge.call("evaluate", {
    subjects: [checkpoint],
    episodes: evaluationEpisodes,
    seed: evaluationSeed,
    set: {},
    sample: false,
  });
  if (!answer.ok) set({ state: "failed", error: answer.error });
  else if (answer.value[0] !== undefined) set({ state: "done", result: answer.value[0] });
}

function evaluationProgress({ subject, done, total }: EventPayload<"evaluation">): void {
  const { evaluations } = session.get();
  // The engine names the subject as it was asked for; other clients' evaluations are none of ours.
  if (evaluations.get(subject)?.state !== "running") return;
  session.set({ evaluations: new Map(evaluations).set(subject, { state: "running", done, total }) });
}
