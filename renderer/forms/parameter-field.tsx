import { Select, Switch, TextInput } from "@mantine/core";
import type { UserErrorValue } from "../../preload/contract.ts";
import { baseValue, type FormField, type FormValue } from "../model/form.ts";
import { formatParameter } from "../model/format.ts";
import { SourceMark } from "../parts/source-mark.tsx";

interface ParameterFieldProps {
  readonly field: FormField;
  readonly preset: Readonly<Record<string, FormValue>>;
  /** What was typed; undefined while the preset's value stands. */
  readonly typed: FormValue | undefined;
  readonly changed: boolean;
  readonly error: UserErrorValue | undefined;
  onType(value: FormValue | undefined): void;
}

/** One parameter: title and help, control, unit and range, source, and the way back when it differs from the preset. */
export function ParameterField({ field, preset, typed, changed, error, onType }: ParameterFieldProps) {
  const base = baseValue(field, preset);
  const id = `field-${field.key}`;
  const range = field.control.kind === "number" ? field.control.range : "";
  return (
    <div className="field" data-changed={changed} data-field={field.key}>
      <label className="field-title" htmlFor={id} title={field.help}>
        {field.title}
      </label>
      <div className="field-control">
        <Control field={field} id={id} value={typed ?? base} invalid={error !== undefined} onType={onType} />
      </div>
      <span className="field-unit" title={[field.unit, range].filter((part) => part !== "").join(", ")}>
        {field.unit}
        {range === "" ? null : <span className="dim"> {range}</span>}
      </span>
      <SourceMark source={field.source} reason={field.reason} />
      {changed ? (
        <button type="button" className="link field-reset" onClick={() => onType(undefined)}>
          Back to {formatParameter(base)}
        </button>
      ) : null}
      {error === undefined ? null : (
        <p id={`${id}-error`} className="field-error" role="alert">
          {[error.message, error.hint].filter((part) => part !== "").join(" ")}
        </p>
      )}
    </div>
  );
}

interface ControlProps {
  readonly field: FormField;
  readonly id: string;
  readonly value: FormValue;
  readonly invalid: boolean;
  onType(value: FormValue): void;
}

function Control({ field, id, value, invalid, onType }: ControlProps) {
  const described = invalid ? `${id}-error` : undefined;
  switch (field.control.kind) {
    case "switch":
      return (
        <Switch
          id={id}
          size="xs"
          checked={value === true}
          aria-describedby={described}
          onChange={(event) => onType(event.currentTarget.checked)}
        />
      );
    case "choice": {
      const { options } = field.control;
      return (
        <Select
          id={id}
          size="xs"
          data={options.map(String)}
          value={String(value)}
          error={invalid}
          aria-describedby={described}
          onChange={(text) => {
            const option = options.find((each) => String(each) === text);
            if (option !== undefined) onType(option);
          }}
        />
      );
    }
    case "number":
    case "text":
      return (
        <TextInput
          id={id}
          size="xs"
          className={field.control.kind === "number" ? "number-input" : undefined}
          inputMode={field.control.kind === "number" ? "decimal" : undefined}
          value={String(value)}
          error={invalid}
          aria-describedby={described}
          onChange={(event) => onType(event.currentTarget.value)}
        />
      );
  }
}
