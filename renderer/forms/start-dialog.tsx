import { Button, Group, Modal, SegmentedControl, Select, TextInput } from "@mantine/core";
import { type FormEvent, useMemo, useState } from "react";
import type { ScenarioSummary, UserErrorValue } from "../../preload/contract.ts";
import { changedValues, type FormValue, formFields, formGroups } from "../model/form.ts";
import { parseSeeds } from "../model/seeds.ts";
import { startRuns } from "../state/actions.ts";
import { session, useSession } from "../state/session.ts";
import { ParameterField } from "./parameter-field.tsx";

/** Chooses scenario, learner, preset, seeds and parameters, and starts one run a seed. */
export function StartDialog() {
  const open = useSession((state) => state.dialog === "start");
  const ready = useSession((state) => state.scenarios.length > 0);
  const close = () => session.set({ dialog: undefined });
  return (
    <Modal opened={open && ready} onClose={close} title="New run" size={720} classNames={{ body: "start-body" }}>
      <StartForm onDone={close} />
    </Modal>
  );
}

interface Choice {
  readonly scenario: string;
  readonly learner: string;
  readonly preset: string;
}

const presetOrder = ["smoke", "small", "report", "paper"];

function firstChoice(scenario: ScenarioSummary): Choice {
  const presets = presetNames(scenario);
  return {
    scenario: scenario.id,
    learner: scenario.learners[0] ?? "",
    preset: presets.find((name) => name === "small") ?? presets[0] ?? "",
  };
}

function presetNames(scenario: ScenarioSummary): string[] {
  const rank = (name: string) => (presetOrder.includes(name) ? presetOrder.indexOf(name) : presetOrder.length);
  return Object.keys(scenario.presets).sort((a, b) => rank(a) - rank(b));
}

function StartForm({ onDone }: { readonly onDone: () => void }) {
  const scenarios = useSession((state) => state.scenarios);
  const learners = useSession((state) => state.learners);
  const [choice, setChoice] = useState<Choice>(() => firstChoice(scenarios[0] as ScenarioSummary));
  const [seedText, setSeedText] = useState("1");
  const [name, setName] = useState("");
  const [typed, setTyped] = useState<Readonly<Record<string, FormValue>>>({});
  const [error, setError] = useState<UserErrorValue>();
  const [starting, setStarting] = useState(false);

  const scenario = scenarios.find((each) => each.id === choice.scenario) as ScenarioSummary;
  const learner = learners.find((each) => each.id === choice.learner);
  const fields = useMemo(
    () => [...formFields(scenario.parameters), ...formFields(learner?.parameters ?? {})],
    [scenario, learner],
  );
  const preset = scenario.presets[choice.preset];
  const presetValues = { ...preset?.set, ...preset?.learners[choice.learner] };
  const seeds = parseSeeds(seedText);
  const changed = changedValues(fields, typed, presetValues);
  const changes = Object.keys(changed).length;
  // The engine names fields by their path in what was sent.
  const wrong = error?.field?.replace(/^set\./, "");
  const known = fields.some((field) => field.key === wrong);

  const type = (key: string, value: FormValue | undefined) => {
    setTyped(({ [key]: _before, ...rest }) => (value === undefined ? rest : { ...rest, [key]: value }));
    if (wrong === key) setError(undefined);
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!seeds.ok || starting) return;
    setStarting(true);
    const failure = await startRuns({
      ...choice,
      set: changed,
      seeds: seeds.seeds,
      ...(name.trim() === "" ? {} : { name: name.trim() }),
    });
    setStarting(false);
    setError(failure);
    if (failure === undefined) onDone();
    else document.getElementById(`field-${failure.field?.replace(/^set\./, "")}`)?.focus();
  };

  return (
    <form className="start-form" onSubmit={(event) => void submit(event)} noValidate>
      <div className="start-head">
        <Select
          size="xs"
          label="Scenario"
          data={scenarios.map((each) => ({ value: each.id, label: each.title }))}
          value={choice.scenario}
          onChange={(id) => {
            const next = scenarios.find((each) => each.id === id);
            if (next !== undefined) setChoice(firstChoice(next));
          }}
        />
        <Select
          size="xs"
          label="Learner"
          data={scenario.learners.map((id) => ({
            value: id,
            label: learners.find((each) => each.id === id)?.title ?? id,
          }))}
          value={choice.learner}
          onChange={(id) => id !== null && setChoice({ ...choice, learner: id })}
        />
        <TextInput
          size="xs"
          label="Seeds"
          description="1, 1,4 or 1..5: one run each"
          inputWrapperOrder={["label", "input", "description", "error"]}
          value={seedText}
          error={seeds.ok ? undefined : seeds.problem}
          onChange={(event) => setSeedText(event.currentTarget.value)}
        />
        <TextInput
          size="xs"
          label="Name of the experiment"
          placeholder={`${choice.scenario}/${choice.learner} ${choice.preset}`}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <div className="preset-choice">
          <SegmentedControl
            size="xs"
            aria-label="Preset"
            value={choice.preset}
            onChange={(value) => setChoice({ ...choice, preset: value })}
            data={presetNames(scenario)}
          />
          <span className="dim">{preset?.help}</span>
        </div>
      </div>
      <section className="start-fields" aria-label="Parameters">
        {formGroups(fields).map((group) => (
          <fieldset key={group.title}>
            <legend>{group.title}</legend>
            {group.fields.map((field) => (
              <ParameterField
                key={field.key}
                field={field}
                preset={presetValues}
                typed={typed[field.key]}
                changed={Object.hasOwn(changed, field.key)}
                error={wrong === field.key ? error : undefined}
                onType={(value) => type(field.key, value)}
              />
            ))}
          </fieldset>
        ))}
      </section>
      {error !== undefined && !known ? (
        <p className="notice notice-error" role="alert">
          {[error.message, error.hint].filter((part) => part !== "").join(" ")}
        </p>
      ) : null}
      <Group gap={8} className="start-foot">
        <span className="dim">
          {changes === 0
            ? `All as in ${choice.preset}`
            : `${changes} ${changes === 1 ? "value differs" : "values differ"} from ${choice.preset}`}
        </span>
        <span className="spacer" />
        <Button size="xs" variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button size="xs" type="submit" loading={starting} disabled={!seeds.ok}>
          {seeds.ok && seeds.seeds.length > 1 ? `Start ${seeds.seeds.length} runs` : "Start run"}
        </Button>
      </Group>
    </form>
  );
}
