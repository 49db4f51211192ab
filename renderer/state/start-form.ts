/** The start form and the fork form: what was typed stays until it is started or reset, whether the form is open or not. */
import type { CheckpointSummary, RunSummary, UserErrorValue } from "../../preload/contract.ts";
import { type Draft, emptied, freshDraft, isTouched } from "../model/draft.ts";
import { type FormField, type FormValue, formFields } from "../model/form.ts";
import { draftFromRuns } from "../model/refill.ts";
import { runLabel } from "../model/runs.ts";
import { setSelection } from "./actions.ts";
import { ask } from "./ask.ts";
import { desk } from "./desk.ts";
import { focusedProject } from "./desk-actions.ts";
import { takeRuns } from "./feed.ts";
import { bridge, session } from "./session.ts";
import { createStore, type Store, useStore } from "./store.ts";

/** A fork that is being prepared. */
export interface ForkForm {
  readonly checkpoint: CheckpointSummary;
  readonly parent: RunSummary;
  /** The parent's values, which a fork keeps unless they are changed. */
  readonly base: Readonly<Record<string, FormValue>>;
  /** Scenario and learner are the parent's; the preset plays no part. */
  readonly draft: Draft;
}

export interface StartFormState {
  /** Undefined until the form was opened once. */
  readonly draft: Draft | undefined;
  /** What was being typed when a copy of old runs took its place. */
  readonly setAside: Draft | undefined;
  readonly fork: ForkForm | undefined;
}

export const startForm: Store<StartFormState> = createStore<StartFormState>({
  draft: undefined,
  setAside: undefined,
  fork: undefined,
});

export function useStartForm<S>(select: (state: StartFormState) => S): S {
  return useStore(startForm, select);
}

/** Opens the form for new runs with what was typed before; an untouched one puts them where the person is. */
export function openStart(): void {
  changeDraft((draft) => (isTouched(draft) ? draft : { ...draft, project: focusedProject() }));
  session.set({ dialog: "start" });
}

/** What the form can begin from: a run, all runs of an experiment, or a checkpoint to fork from. */
export type StartSource = { readonly run: string } | { readonly experiment: string } | { readonly fork: string };

/** Opens the form filled in from what was made before: to duplicate and edit it, or to fork from a checkpoint. */
export async function openStartFrom(source: StartSource): Promise<void> {
  if ("fork" in source) return openFork(source.fork);
  const { runs } = session.get();
  const wanted =
    "run" in source
      ? runs.filter(({ id }) => id === source.run)
      : runs.filter(({ experiment, trashedAt }) => experiment === source.experiment && trashedAt === null);
  const first = wanted[0];
  if (first === undefined) return say("There are no runs to copy.");
  const alike = wanted.filter(({ scenario, learner }) => scenario === first.scenario && learner === first.learner);
  const scenario = session.get().scenarios.find(({ id }) => id === first.scenario);
  if (scenario === undefined) return say(`This program has no scenario ${first.scenario} any more.`);
  if (!scenario.learners.includes(first.learner)) return say(`${scenario.title} has no learner ${first.learner} now.`);
  const rows = await ask("runs.parameters", { runs: alike.map(({ id }) => id) });
  if (rows === undefined) return;
  const values = new Map(rows.map((row) => [row.run, row.values]));
  const others = wanted.length - alike.length;
  const from = "run" in source ? runLabel(first) : first.name;
  const draft = draftFromRuns(
    alike.map((summary) => ({ summary, values: values.get(summary.id) ?? {} })),
    scenario,
    fieldsOf(first.scenario, first.learner),
    others === 0 ? from : `${from} (without ${others} runs of other learners)`,
  );
  const project = desk.get().experiments.get(first.experiment)?.project;
  const before = startForm.get().draft;
  startForm.set({
    draft: { ...draft, project },
    setAside: before !== undefined && isTouched(before) ? before : undefined,
  });
  session.set({ dialog: "start" });
}

async function openFork(id: string): Promise<void> {
  const run = id.slice(0, id.lastIndexOf(":"));
  const detail = await ask("runs.get", { run });
  if (detail === undefined) return;
  const checkpoint = detail.checkpoints.find((each) => each.id === id);
  if (checkpoint === undefined) return say(`There is no checkpoint ${id} any more.`);
  const scenario = session.get().scenarios.find((each) => each.id === detail.summary.scenario);
  if (scenario === undefined) return say(`This program has no scenario ${detail.summary.scenario} any more.`);
  const before = startForm.get().fork;
  if (before?.checkpoint.id !== id) {
    const { summary: parent, parameters } = detail;
    const base = Object.fromEntries(parameters.map(({ key, value }) => [key, value]));
    const draft = { ...freshDraft(scenario), learner: parent.learner };
    startForm.set({ fork: { checkpoint, parent, base, draft } });
  }
  session.set({ dialog: "fork" });
}

/** The fields of a scenario with a learner. */
export function fieldsOf(scenario: string, learner: string): FormField[] {
  const { scenarios, learners } = session.get();
  return [
    ...formFields(scenarios.find(({ id }) => id === scenario)?.parameters ?? {}),
    ...formFields(learners.find(({ id }) => id === learner)?.parameters ?? {}),
  ];
}

/** The form's content; a fresh one for the first scenario until something was typed. */
export function currentDraft({ draft }: StartFormState): Draft | undefined {
  if (draft !== undefined) return draft;
  const first = session.get().scenarios[0];
  return first === undefined ? undefined : freshDraft(first);
}

export function changeDraft(change: (draft: Draft) => Draft): void {
  const draft = currentDraft(startForm.get());
  if (draft !== undefined) startForm.set({ draft: change(draft) });
}

export function changeFork(change: (draft: Draft) => Draft): void {
  const { fork } = startForm.get();
  if (fork !== undefined) startForm.set({ fork: { ...fork, draft: change(fork.draft) } });
}

/** Nothing typed any more; scenario, learner, preset and place stay chosen. */
export function resetDraft(): void {
  changeDraft(emptied);
  startForm.set({ setAside: undefined });
}

/** Puts back what a copy took the place of. */
export function putBackDraft(): void {
  const { setAside } = startForm.get();
  if (setAside !== undefined) startForm.set({ draft: setAside, setAside: undefined });
}

function say(text: string): void {
  session.set({ notice: { kind: "info", text } });
}

/**
 * Starts the forks, all in one experiment, and shows their curves with the parent's.
 * @returns what the engine refused; the forks before it are there
 */
export async function startForks(
  { checkpoint, parent, draft }: ForkForm,
  calls: readonly Readonly<Record<string, FormValue>>[],
): Promise<UserErrorValue | undefined> {
  const name = draft.name.trim();
  const made: RunSummary[] = [];
  let experiment = draft.experiment;
  let failure: UserErrorValue | undefined;
  for (const set of calls) {
    const answer = await bridge.call("runs.fork", {
      checkpoint: checkpoint.id,
      set,
      ...(experiment === undefined ? {} : { experiment }),
      ...(experiment !== undefined || name === "" ? {} : { name }),
      ...(experiment !== undefined || draft.project === undefined ? {} : { project: draft.project }),
    });
    if (!answer.ok) {
      failure = answer.error;
      break;
    }
    made.push(answer.value);
    experiment = answer.value.experiment;
  }
  if (made.length > 0) {
    takeRuns(made);
    const selected = [parent.id, ...made.map(({ id }) => id)];
    setSelection({ selected, active: made[0]?.id, anchor: made[0]?.id });
    session.set({ tab: "curves" });
  }
  return failure;
}

/** Forgets what was typed for a fork. */
export function leaveFork(): void {
  startForm.set({ fork: undefined });
}
