import { Input, SegmentedControl, Select, TextInput } from "@mantine/core";
import { prioritySchema, type ScenarioSummary } from "../../preload/contract.ts";
import { type Draft, freshDraft, presetNames, SEEDS } from "../model/draft.ts";
import { useSession } from "../state/session.ts";
import { fieldId } from "./parameter-field.tsx";
import { PlaceFields } from "./place-fields.tsx";

interface StartSettingsProps {
  readonly draft: Draft;
  readonly scenario: ScenarioSummary;
  /** What is wrong with the seeds; "" when nothing is. */
  readonly seedsProblem: string;
  onChange(change: (draft: Draft) => Draft): void;
}

/** What is trained, with which seeds, and where it is kept. */
export function StartSettings({ draft, scenario, seedsProblem, onChange }: StartSettingsProps) {
  const scenarios = useSession((state) => state.scenarios);
  const learners = useSession((state) => state.learners);
  return (
    <div className="start-settings">
      <Select
        size="xs"
        label="Scenario"
        data-autofocus
        data={scenarios.map((each) => ({ value: each.id, label: each.title }))}
        value={draft.scenario}
        onChange={(id) => {
          const next = scenarios.find((each) => each.id === id);
          if (next === undefined || next.id === draft.scenario) return;
          const { scenario: chosen, learner, preset } = freshDraft(next);
          onChange((before) => ({
            ...before,
            scenario: chosen,
            learner: next.learners.includes(before.learner) ? before.learner : learner,
            preset: Object.hasOwn(next.presets, before.preset) ? before.preset : preset,
          }));
        }}
      />
      <Select
        size="xs"
        label="Learner"
        data={scenario.learners.map((id) => ({
          value: id,
          label: learners.find((each) => each.id === id)?.title ?? id,
        }))}
        value={draft.learner}
        onChange={(id) => id !== null && onChange((before) => ({ ...before, learner: id }))}
      />
      <div className="preset-choice">
        <Input.Label size="xs" labelElement="div">
          Preset
        </Input.Label>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label="Preset"
          value={draft.preset}
          onChange={(preset) => onChange((before) => ({ ...before, preset }))}
          data={presetNames(scenario)}
        />
        <span className="dim">{scenario.presets[draft.preset]?.help}</span>
      </div>
      <div className="start-pair">
        <TextInput
          size="xs"
          id={fieldId(SEEDS)}
          label="Seeds"
          description="1,4 or 1..5"
          inputWrapperOrder={["label", "input", "description", "error"]}
          value={draft.seedText}
          error={seedsProblem === "" ? undefined : seedsProblem}
          onChange={(event) => {
            const seedText = event.currentTarget.value;
            onChange((before) => ({ ...before, seedText }));
          }}
        />
        <Select
          size="xs"
          label="Priority"
          data={prioritySchema.options.map((value) => ({
            value,
            label: `${value.charAt(0).toUpperCase()}${value.slice(1)}`,
          }))}
          value={draft.priority}
          onChange={(value) => {
            const priority = prioritySchema.safeParse(value);
            if (priority.success) onChange((before) => ({ ...before, priority: priority.data }));
          }}
        />
      </div>
      <PlaceFields
        draft={draft}
        placeholder={`${draft.scenario}/${draft.learner} ${draft.preset}`}
        onChange={onChange}
      />
    </div>
  );
}
