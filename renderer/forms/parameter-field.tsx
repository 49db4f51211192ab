import { Select, Switch, TextInput } from "@mantine/core";
import { IconList, IconListDetails } from "@tabler/icons-react";
import { memo } from "react";
import { flushSync } from "react-dom";
import type { SeveralValues } from "../model/draft.ts";
import type { FormField, FormValue } from "../model/form.ts";
import { formatParameter } from "../model/format.ts";
import { HintButton } from "../parts/hint-button.tsx";
import { SourceMark } from "../parts/source-mark.tsx";
import { ValuesInput } from "./values-input.tsx";

interface ParameterFieldProps {
  readonly field: FormField;
  /** What it holds before anybody types. */
  readonly base: FormValue;
  /** What was typed; undefined while the base value stands. */
  readonly typed: FormValue | undefined;
  /** Undefined while it has a single value. */
  readonly several: SeveralValues | undefined;
  readonly changed: boolean;
  /** What is wrong with it; "" when nothing is. */
  readonly problem: string;
  onType(field: FormField, value: FormValue | undefined): void;
  onSeveral(field: FormField, several: SeveralValues | undefined): void;
}

export function fieldId(key: string): string {
  return `field-${key}`;
}

/**
 * One parameter: title and help, control for one value or several, unit and range, source, and the way back when it
 * differs from the preset. Drawn again only when something of its own changed.
 */
export const ParameterField = memo(function ParameterField(props: ParameterFieldProps) {
  const { field, base, typed, several, changed, problem, onType, onSeveral } = props;
  const id = fieldId(field.key);
  const range = field.control.kind === "number" ? field.control.range : "";
  const described = [`${id}-help`, problem === "" ? undefined : `${id}-error`].filter(Boolean).join(" ");
  const varied = several !== undefined;
  const switchLabel = varied ? `A single value of ${field.title}` : `Several values of ${field.title}`;
  const toggle = () => {
    // Drawn at once, so that what is typed next goes into the new control, in place of the single value.
    flushSync(() => onSeveral(field, varied ? undefined : firstOfSeveral(field, typed ?? base)));
    focusField(field.key);
  };
  const back = () => {
    flushSync(() => {
      onType(field, undefined);
      onSeveral(field, undefined);
    });
    focusField(field.key);
  };
  return (
    <div className="field" data-changed={changed || varied} data-field={field.key} data-several={varied}>
      <label className="field-title" htmlFor={id} title={field.help}>
        {field.title}
      </label>
      <div className="field-control">
        {varied ? (
          <ValuesInput
            field={field}
            id={id}
            several={several}
            invalid={problem !== ""}
            described={described}
            onChange={(next) => onSeveral(field, next)}
          />
        ) : (
          <Control
            field={field}
            id={id}
            value={typed ?? base}
            invalid={problem !== ""}
            described={described}
            onType={(value) => onType(field, value)}
          />
        )}
      </div>
      <span className="field-unit" title={[field.unit, range].filter((part) => part !== "").join(", ")}>
        {field.unit}
        {range === "" ? null : <span className="dim"> {range}</span>}
      </span>
      <HintButton
        hint={varied ? "Back to a single value" : "Try several values"}
        className="field-several"
        aria-label={switchLabel}
        aria-pressed={varied}
        onClick={toggle}
      >
        {varied ? <IconListDetails size={14} /> : <IconList size={14} />}
      </HintButton>
      <SourceMark source={field.source} reason={field.reason} />
      <span id={`${id}-help`} className="visually-hidden">
        {[field.help, field.unit, range].filter((part) => part !== "").join(", ")}
      </span>
      {changed || varied ? (
        <button type="button" className="link field-reset" onClick={back}>
          Back to {formatParameter(base)}
        </button>
      ) : null}
      {problem === "" ? null : (
        <p id={`${id}-error`} className="field-error" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
});

/** Puts the focus into the control of a parameter. */
export function focusField(key: string): void {
  const element = document.getElementById(fieldId(key));
  const input = element instanceof HTMLInputElement ? element : element?.querySelector("input");
  input?.focus();
  input?.select();
}

/** The single value as the first of several: chosen where there are options, else still open to be typed over. */
function firstOfSeveral({ control }: FormField, value: FormValue): SeveralValues {
  const options = control.kind === "switch" || control.kind === "choice";
  return options ? { values: [value], text: "" } : { values: [], text: String(value) };
}

interface ControlProps {
  readonly field: FormField;
  readonly id: string;
  readonly value: FormValue;
  readonly invalid: boolean;
  readonly described: string;
  onType(value: FormValue): void;
}

function Control({ field, id, value, invalid, described, onType }: ControlProps) {
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
