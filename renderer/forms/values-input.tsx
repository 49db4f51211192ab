import { Chip, Group, Pill } from "@mantine/core";
import type { KeyboardEvent } from "react";
import type { SeveralValues } from "../model/draft.ts";
import type { FormField, FormValue } from "../model/form.ts";
import { formatParameter } from "../model/format.ts";
import { parseValues, valuesHelp } from "../model/values.ts";

interface ValuesInputProps {
  readonly field: FormField;
  readonly id: string;
  readonly several: SeveralValues;
  readonly invalid: boolean;
  readonly described: string;
  onChange(several: SeveralValues): void;
}

/** Several values of one parameter, as chips. */
export function ValuesInput(props: ValuesInputProps) {
  const { control } = props.field;
  if (control.kind === "switch") return <OptionsInput {...props} options={[true, false]} />;
  if (control.kind === "choice") return <OptionsInput {...props} options={control.options} />;
  return <TypedValues {...props} />;
}

interface OptionsInputProps extends ValuesInputProps {
  readonly options: readonly FormValue[];
}

function OptionsInput({ field, id, several, described, options, onChange }: OptionsInputProps) {
  return (
    <fieldset id={id} className="values-options" aria-label={`Values of ${field.title}`} aria-describedby={described}>
      <Chip.Group
        multiple
        value={several.values.map(String)}
        onChange={(texts) => {
          const chosen = texts.flatMap((text) => options.filter((option) => String(option) === text));
          onChange({ values: chosen, text: "" });
        }}
      >
        <Group gap={4}>
          {options.map((option) => (
            <Chip key={String(option)} size="xs" value={String(option)}>
              {formatParameter(option)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </fieldset>
  );
}

function TypedValues({ field, id, several, invalid, described, onChange }: ValuesInputProps) {
  const { values, text } = several;
  /** What was typed becomes chips; what cannot be read stays, with its problem beside it. */
  const enter = (typed: string) => {
    const read = parseValues(typed, field);
    onChange(read.ok ? { values: [...values, ...read.values], text: "" } : { values, text: typed });
  };
  const keyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      enter(text);
    } else if (event.key === "Backspace" && text === "" && values.length > 0) {
      onChange({ values: values.slice(0, -1), text: "" });
    }
  };
  return (
    <>
      <div className="values-box" data-invalid={invalid}>
        {values.map((value, i) => (
          <Pill
            // biome-ignore lint/suspicious/noArrayIndexKey: chips have no other identity, a list may hold a value twice
            key={`${i} ${value}`}
            size="sm"
            withRemoveButton
            removeButtonProps={{ "aria-label": `Remove ${formatParameter(value)}` }}
            onRemove={() => onChange({ values: values.filter((_, place) => place !== i), text })}
          >
            {formatParameter(value)}
          </Pill>
        ))}
        <input
          id={id}
          className="values-typed"
          value={text}
          aria-describedby={described}
          aria-invalid={invalid}
          autoComplete="off"
          onChange={(event) => {
            const typed = event.currentTarget.value;
            if (/[,;]\s*$/.test(typed)) enter(typed);
            else onChange({ values, text: typed });
          }}
          onBlur={() => text.trim() !== "" && enter(text)}
          onKeyDown={keyDown}
        />
      </div>
      <span className="values-help dim">{valuesHelp(field)}</span>
    </>
  );
}
