import "../styles/forms.css";
import { Button, Group, Modal } from "@mantine/core";
import { getHotkeyHandler } from "@mantine/hooks";
import { useMemo, useState } from "react";
import type { UserErrorValue } from "../../preload/contract.ts";
import { differenceText, draftOrder, errorField, errorText } from "../model/draft.ts";
import { forkCalls, mostForks, stepsProblem } from "../model/fork.ts";
import { formatCount, formatValue } from "../model/format.ts";
import { runLabel } from "../model/runs.ts";
import { useDesk } from "../state/desk.ts";
import { bridge, session, useSession } from "../state/session.ts";
import { changeFork, type ForkForm, fieldsOf, leaveFork, startForks, useStartForm } from "../state/start-form.ts";
import { CellsTable } from "./cells-table.tsx";
import { CombineChoice } from "./combine-choice.tsx";
import { focusField } from "./parameter-field.tsx";
import { ParameterList } from "./parameter-list.tsx";
import { PlaceFields } from "./place-fields.tsx";
import { ProblemLine } from "./problem-line.tsx";
import { useCheck } from "./use-check.ts";

const tooMany = `At most ${mostForks} forks at once.`;

function close(): void {
  session.set({ dialog: undefined });
}

/** Goes on from a checkpoint with changed parameters, in one run or several. */
export function ForkDialog() {
  const open = useSession((state) => state.dialog === "fork");
  const fork = useStartForm((state) => state.fork);
  return (
    <Modal
      opened={open && fork !== undefined}
      onClose={close}
      title="Fork from a checkpoint"
      size={1040}
      yOffset="4vh"
      classNames={{ body: "start-body" }}
    >
      {fork === undefined ? null : <Form key={fork.checkpoint.id} fork={fork} />}
    </Modal>
  );
}

function Form({ fork }: { readonly fork: ForkForm }) {
  const { checkpoint, parent, base, draft } = fork;
  const scenarios = useSession((state) => state.scenarios);
  const project = useDesk((state) => state.experiments.get(parent.experiment)?.project);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the fields come with the scenarios
  const fields = useMemo(() => fieldsOf(parent.scenario, parent.learner), [parent, scenarios]);
  const wanted = useMemo(() => draftOrder(draft, fields, base), [draft, fields, base]);
  const calls = useMemo(() => forkCalls(wanted, draft.combine), [wanted, draft.combine]);
  const steps = stepsProblem(base, wanted, checkpoint.step);
  const local = useMemo(
    () => ({
      ...(steps === undefined ? {} : { steps }),
      ...(wanted.cells > mostForks ? { [Object.keys(wanted.vary)[0] ?? ""]: tooMany } : {}),
      ...wanted.problems,
    }),
    [steps, wanted],
  );
  const complete = Object.keys(local).length === 0;
  const subject = JSON.stringify(calls);
  const check = useCheck(complete ? subject : undefined, async (text) => {
    for (const set of JSON.parse(text) as typeof calls) {
      const answer = await bridge.call("runs.checkFork", { checkpoint: checkpoint.id, set });
      if (!answer.ok) return { error: answer.error };
    }
    return { value: true };
  });
  const [refused, setRefused] = useState<{ readonly subject: string; readonly error: UserErrorValue }>();
  const [starting, setStarting] = useState(false);
  const error = refused?.subject === subject ? refused.error : check.error;
  const place = error === undefined ? undefined : errorField(error, fields);
  const problems = error === undefined || place === undefined ? local : { ...local, [place]: errorText(error) };

  const start = async () => {
    if (!complete || starting) return;
    setStarting(true);
    const failure = await startForks(fork, calls);
    setStarting(false);
    if (failure === undefined) {
      close();
      leaveFork();
      return;
    }
    setRefused({ subject, error: failure });
    const wrong = errorField(failure, fields);
    if (wrong !== undefined) focusField(wrong);
  };

  const varied = Object.keys(wanted.vary).length;
  return (
    <form
      className="start-form"
      noValidate
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={getHotkeyHandler([["mod+Enter", () => void start()]])}
    >
      <div className="start-columns">
        <div className="start-side">
          <dl className="fork-facts">
            <dt>Parent</dt>
            <dd title={parent.id}>{runLabel(parent)}</dd>
            <dt>Checkpoint</dt>
            <dd>
              step {formatCount(checkpoint.step)}
              {checkpoint.reward === null ? "" : `, reward ${formatValue(checkpoint.reward)}`}
            </dd>
            <dt>Seed</dt>
            <dd>{parent.seed}, the parent's</dd>
          </dl>
          <p className="dim fork-note">
            Weights, optimiser and random streams go on from the checkpoint. What would change their sizes, such as the
            hidden layers, cannot be changed. Steps have to be more than {formatCount(checkpoint.step)}.
          </p>
          <PlaceFields draft={draft} placeholder={`fork of ${checkpoint.id}`} project={project} onChange={changeFork} />
          {varied === 0 ? null : (
            <section className="combinations" aria-label="Combinations">
              {varied < 2 ? null : <CombineChoice combine={draft.combine} onChange={changeFork} />}
              <CellsTable fields={fields} vary={wanted.vary} combine={draft.combine} cells={wanted.cells} seeds={1} />
            </section>
          )}
        </div>
        <ParameterList
          fields={fields}
          base={base}
          draft={draft}
          changed={wanted.changed}
          problems={problems}
          onChange={changeFork}
        />
      </div>
      {error !== undefined && place === undefined ? (
        <p className="notice notice-error start-error" role="alert">
          {errorText(error)}
        </p>
      ) : null}
      <ProblemLine fields={fields} problems={problems} />
      <Group gap={8} className="start-foot">
        <span className="dim">{differenceText(Object.keys(wanted.changed).length, varied, "the parent")}</span>
        <span className="spacer" />
        <Button size="xs" variant="default" onClick={close}>
          Cancel
        </Button>
        <Button size="xs" loading={starting} disabled={!complete} title="Ctrl+Enter" onClick={() => void start()}>
          {calls.length > 1 ? `Start ${formatCount(calls.length)} forks` : "Start fork"}
        </Button>
      </Group>
    </form>
  );
}
