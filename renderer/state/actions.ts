/** What a person does that changes the session or asks something of the engine. */
import type { ItemRef, MethodParams, UserErrorValue } from "../../preload/contract.ts";
import type { Selection } from "../model/selection.ts";
import { ask, showError } from "./ask.ts";
import { followDetails, takeRuns } from "./feed.ts";
import { bridge, type Evaluation, session } from "./session.ts";

/** Selects runs; the inspector turns to the active one, or to what else is named. */
export function setSelection(selection: Selection, focus?: ItemRef): void {
  session.set({ selection, focus });
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
