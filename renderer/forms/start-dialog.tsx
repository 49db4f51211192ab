import "../styles/forms.css";
import { Button, Group, Modal } from "@mantine/core";
import { getHotkeyHandler } from "@mantine/hooks";
import { useMemo, useState } from "react";
import type { Estimate, LearnerSummary, ScenarioSummary, UserErrorValue } from "../../preload/contract.ts";
import {
  type Draft,
  type DraftOrder,
  differenceText,
  draftOrder,
  errorField,
  errorText,
  isTouched,
  type Order,
  presetValues,
  SEEDS,
} from "../model/draft.ts";
import { formFields } from "../model/form.ts";
import { formatCount, formatParameter } from "../model/format.ts";
import { startRuns } from "../state/actions.ts";
import { bridge, session, useSession } from "../state/session.ts";
import { changeDraft, currentDraft, putBackDraft, resetDraft, useStartForm } from "../state/start-form.ts";
import { CellsTable } from "./cells-table.tsx";
import { CombineChoice } from "./combine-choice.tsx";
import { Cost } from "./cost.tsx";
import { focusField } from "./parameter-field.tsx";
import { ParameterList } from "./parameter-list.tsx";
import { ProblemLine } from "./problem-line.tsx";
import { StartSettings } from "./start-settings.tsx";
import { useCheck } from "./use-check.ts";

function close(): void {
  session.set({ dialog: undefined });
}

/** Chooses scenario, learner, preset, seeds and parameters, and starts one run a combination and seed. */
export function StartDialog() {
  const open = useSession((state) => state.dialog === "start");
  const ready = useSession((state) => state.scenarios.length > 0);
  return (
    <Modal
      opened={open && ready}
      onClose={close}
      title="New run"
      size={1040}
      yOffset="4vh"
      classNames={{ body: "start-body" }}
    >
      <StartForm />
    </Modal>
  );
}

function StartForm() {
  const first = useSession((state) => state.scenarios[0]);
  const kept = useStartForm((state) => state.draft);
  const draft = useMemo(() => kept ?? currentDraft({ draft: undefined, setAside: undefined, fork: undefined }), [kept]);
  const scenario = useSession((state) => state.scenarios.find(({ id }) => id === draft?.scenario));
  const learner = useSession((state) => state.learners.find(({ id }) => id === draft?.learner));
  if (draft === undefined || first === undefined) return null;
  if (scenario === undefined) {
    // The program was changed while the form kept what was typed for it.
    return (
      <p className="pad">
        There is no scenario {draft.scenario} any more.{" "}
        <Button size="compact-xs" onClick={() => changeDraft((before) => ({ ...before, scenario: first.id }))}>
          Take {first.title}
        </Button>
      </p>
    );
  }
  return <FilledForm draft={draft} scenario={scenario} learner={learner} />;
}

interface FilledFormProps {
  readonly draft: Draft;
  readonly scenario: ScenarioSummary;
  readonly learner: LearnerSummary | undefined;
}

function FilledForm({ draft, scenario, learner }: FilledFormProps) {
  const fields = useMemo(
    () => [...formFields(scenario.parameters), ...formFields(learner?.parameters ?? {})],
    [scenario, learner],
  );
  const base = useMemo(() => presetValues(scenario, draft.preset, draft.learner), [scenario, draft]);
  const wanted = useMemo(() => draftOrder(draft, fields, base), [draft, fields, base]);
  const complete = Object.keys(wanted.problems).length === 0;
  const subject = JSON.stringify(wanted.order);
  const check = useCheck<Estimate>(complete ? subject : undefined, estimate);
  const [refused, setRefused] = useState<{ readonly subject: string; readonly error: UserErrorValue }>();
  const [starting, setStarting] = useState(false);

  // What the engine refused holds until something else is asked for.
  const error = refused?.subject === subject ? refused.error : check.error;
  const place = error === undefined ? undefined : errorField(error, fields);
  const problems =
    error === undefined || place === undefined ? wanted.problems : { ...wanted.problems, [place]: errorText(error) };

  const start = async () => {
    if (!complete || starting) return;
    setStarting(true);
    const failure = await startRuns(wanted.order);
    setStarting(false);
    if (failure === undefined) {
      resetDraft();
      close();
      return;
    }
    setRefused({ subject, error: failure });
    const wrong = errorField(failure, fields);
    if (wrong !== undefined) focusField(wrong);
  };

  return (
    <form
      className="start-form"
      noValidate
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={getHotkeyHandler([["mod+Enter", () => void start()]])}
    >
      <CopyLine draft={draft} />
      <div className="start-columns">
        <div className="start-side">
          <StartSettings
            draft={draft}
            scenario={scenario}
            seedsProblem={problems[SEEDS] ?? ""}
            onChange={changeDraft}
          />
          <Combinations draft={draft} wanted={wanted} fields={fields} />
        </div>
        <ParameterList
          fields={fields}
          base={base}
          draft={draft}
          changed={wanted.changed}
          problems={problems}
          onChange={changeDraft}
        />
      </div>
      {error !== undefined && place === undefined ? (
        <p className="notice notice-error start-error" role="alert">
          {errorText(error)}
        </p>
      ) : null}
      {Object.keys(problems).length === 0 ? (
        <Cost estimate={check.value} pending={check.pending} />
      ) : (
        <ProblemLine fields={fields} problems={problems} />
      )}
      <Group gap={8} className="start-foot">
        <span className="dim">
          {differenceText(Object.keys(wanted.changed).length, Object.keys(wanted.vary).length, draft.preset)}
        </span>
        <span className="spacer" />
        <Button size="xs" variant="subtle" disabled={!isTouched(draft)} onClick={resetDraft}>
          Reset
        </Button>
        <Button size="xs" variant="default" onClick={close}>
          Cancel
        </Button>
        <Button size="xs" loading={starting} disabled={!complete} title="Ctrl+Enter" onClick={() => void start()}>
          {complete && wanted.runs > 1 ? `Start ${formatCount(wanted.runs)} runs` : "Start run"}
        </Button>
      </Group>
    </form>
  );
}

async function estimate(subject: string): Promise<{ value?: Estimate; error?: UserErrorValue }> {
  const answer = await bridge.call("runs.estimate", JSON.parse(subject) as Order);
  return answer.ok ? { value: answer.value } : { error: answer.error };
}

interface CombinationsProps {
  readonly draft: Draft;
  readonly wanted: DraftOrder;
  readonly fields: ReturnType<typeof formFields>;
}

/** How many runs there will be, and of what. */
function Combinations({ draft, wanted, fields }: CombinationsProps) {
  const varied = Object.keys(wanted.vary).length;
  const seeds = wanted.order.seeds.length;
  if (varied === 0) return null;
  return (
    <section className="combinations" aria-label="Combinations">
      {varied < 2 ? null : <CombineChoice combine={draft.combine} onChange={changeDraft} />}
      <CellsTable fields={fields} vary={wanted.vary} combine={draft.combine} cells={wanted.cells} seeds={seeds} />
    </section>
  );
}

/** What was copied, what could not be, and the way back to what was typed before. */
function CopyLine({ draft }: { readonly draft: Draft }) {
  const setAside = useStartForm((state) => state.setAside !== undefined);
  if (draft.from === "") return null;
  return (
    <div className="copy-line">
      <span className="ellipsis" title={draft.from}>
        Copied from {draft.from}
      </span>
      {setAside ? (
        <button type="button" className="link" onClick={putBackDraft}>
          Back to what I was typing
        </button>
      ) : null}
      {draft.lost.length === 0 ? null : (
        <p className="copy-lost" role="status">
          Not copied, as this program has no such value now:{" "}
          {draft.lost.map(({ key, value }) => `${key} ${formatParameter(value)}`).join(", ")}.
        </p>
      )}
    </div>
  );
}
