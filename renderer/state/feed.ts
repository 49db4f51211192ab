/** Keeps the session up to date with the engine. */
import type { EventPayload, RunSummary } from "../../preload/contract.ts";
import { inOrder, runLabel, stateLabels } from "../model/runs.ts";
import { ask, showError } from "./ask.ts";
import { noteEvents } from "./events.ts";
import { recall, remember } from "./remembered.ts";
import { bridge, curves, session } from "./session.ts";

/**
 * The time between two redraws of lists while runs report progress, and after a run changed its state. Drawing takes
 * processor time from the trainers.
 */
const progressMilliseconds = 500;
const stateMilliseconds = 50;
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
    const known = pending.get(run.id) ?? session.get().runs.find(({ id }) => id === run.id);
    pending.set(run.id, run);
    if (known?.state !== run.state) {
      clearTimeout(flushTimer);
      flushTimer = setTimeout(flush, stateMilliseconds);
    } else flushTimer ??= setTimeout(flush, progressMilliseconds);
  });
  bridge.listen("evaluation", evaluationProgress);
  setInterval(() => void readInfo(), infoMilliseconds);
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
  // Events that came before the list are older than it.
  pending.clear();
  const first = !session.get().loaded;
  const view = first ? recall(new Set(runs.map((run) => run.id))) : {};
  session.set({ runs: inOrder(runs), scenarios, learners, loaded: true, ...view });
  if (first) session.subscribe(() => remember(session.get()));
  selectNewest();
  detailTimes.clear();
  followDetails();
}

async function readInfo(): Promise<void> {
  if (session.get().engine.state !== "connected") return;
  const answer = await bridge.call("engine.info", {});
  // A lost connection has its own message.
  if (answer.ok) session.set({ info: answer.value });
}

/** Takes runs as a call has just answered them: newer than the events that wait. */
export function takeRuns(changed: readonly RunSummary[]): void {
  for (const run of changed) pending.set(run.id, run);
  flush();
}

/** Takes the runs that changed since the last time. */
function flush(): void {
  clearTimeout(flushTimer);
  flushTimer = undefined;
  const changed = [...pending.values()];
  pending.clear();
  const { runs } = session.get();
  const byId = new Map(runs.map((run) => [run.id, run]));
  let lastEvent = session.get().lastEvent;
  const happened: string[] = [];
  for (const run of changed) {
    const before = byId.get(run.id);
    if (before !== undefined && before.attempt !== run.attempt) curves.reload(run.id);
    if (before?.state !== run.state) {
      lastEvent = { text: `${runLabel(run)}: ${stateLabels[run.state].toLowerCase()}`, time: Date.now() };
      happened.push(lastEvent.text);
    }
    byId.set(run.id, run);
  }
  session.set({ runs: inOrder(byId.values()), lastEvent });
  noteEvents(happened, Date.now());
  // The first run of an empty project, also one from the command line, is what there is to look at.
  if (runs.length === 0 && selectNewest()) session.set({ tab: "curves" });
  followDetails();
}

/** Selects the newest run where nothing is selected; answers whether it did. */
function selectNewest(): boolean {
  const { runs, selection } = session.get();
  const newest = runs.at(-1);
  if (newest === undefined || selection.active !== undefined) return false;
  session.set({ selection: { selected: [newest.id], active: newest.id, anchor: newest.id } });
  return true;
}

/** Runs whose details some screen shows, beside those of the active run. */
const wanted = new Set<readonly string[]>();

/** Keeps the details of a few more runs up to date; answers how to end that. */
export function wantDetails(runs: readonly string[]): () => void {
  const wish = [...runs];
  wanted.add(wish);
  followDetails();
  return () => {
    wanted.delete(wish);
  };
}

function shownDetails(): Set<string> {
  const { active } = session.get().selection;
  return new Set([...(active === undefined ? [] : [active]), ...[...wanted].flat()]);
}

/** Keeps the details of the shown runs up to date, each read at most every two seconds. */
export function followDetails(): void {
  const { runs, details } = session.get();
  const shown = shownDetails();
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

/** Reads the details of runs that were changed here again: those that are shown now, the others when they are next. */
export function renewDetails(runs: readonly string[]): void {
  const shown = shownDetails();
  const details = new Map(session.get().details);
  for (const run of runs) if (!shown.has(run)) details.delete(run);
  session.set({ details });
  for (const run of runs) if (details.has(run)) void readDetail(run);
}

/** Reads a run's details again. */
export async function readDetail(run: string): Promise<void> {
  detailTimes.set(run, performance.now());
  const answer = await bridge.call("runs.get", { run });
  if (!answer.ok) {
    showError(answer.error);
    return;
  }
  session.set({ details: new Map(session.get().details).set(run, answer.value) });
  followDetails();
}

function evaluationProgress({ subject, done, total }: EventPayload<"evaluation">): void {
  const { evaluations } = session.get();
  // The engine names the subject as it was asked for; other clients' evaluations are none of ours.
  if (evaluations.get(subject)?.state !== "running") return;
  session.set({ evaluations: new Map(evaluations).set(subject, { state: "running", done, total }) });
}
