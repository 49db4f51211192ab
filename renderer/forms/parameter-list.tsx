import { Checkbox, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type SyntheticEvent, useCallback, useMemo, useState } from "react";
import type { Draft, SeveralValues } from "../model/draft.ts";
import { baseValue, type FormField, type FormValue, formGroups, matchesField } from "../model/form.ts";
import { sourceMarks } from "../model/parameters.ts";
import { ParameterField } from "./parameter-field.tsx";

interface ParameterListProps {
  readonly fields: readonly FormField[];
  /** Values that stand where nothing was typed; what is missing stands at its default. */
  readonly base: Readonly<Record<string, FormValue>>;
  readonly draft: Draft;
  readonly changed: Readonly<Record<string, FormValue>>;
  readonly problems: Readonly<Record<string, string>>;
  /** The same function as long as the form is open. */
  onChange(change: (draft: Draft) => Draft): void;
}

/** All parameters under their headings; some of them while a word is looked for, or only those that differ. */
export function ParameterList({ fields, base, draft, changed, problems, onChange }: ParameterListProps) {
  const [search, setSearch] = useState("");
  const [onlyChanged, setOnlyChanged] = useState(false);
  const [active, setActive] = useState<string>();
  const { typed, several } = draft;

  const type = useCallback(
    (field: FormField, value: FormValue | undefined) =>
      onChange((before) => ({ ...before, typed: put(before.typed, field.key, value) })),
    [onChange],
  );
  const vary = useCallback(
    (field: FormField, value: SeveralValues | undefined) =>
      onChange((before) => ({ ...before, several: put(before.several, field.key, value) })),
    [onChange],
  );

  const differs = (field: FormField) => Object.hasOwn(changed, field.key) || Object.hasOwn(several, field.key);
  const found = useMemo(() => new Set(fields.filter((field) => matchesField(field, search))), [fields, search]);
  // A field that has just gone back to the preset's value must not vanish under the hand; a problem is never hidden.
  const shown = fields.filter(
    (field) =>
      Object.hasOwn(problems, field.key) ||
      (found.has(field) && (!onlyChanged || differs(field) || field.key === active)),
  );
  const enter = (event: SyntheticEvent) => {
    const key = (event.target as Element).closest<HTMLElement>("[data-field]")?.dataset.field;
    if (key !== undefined) setActive(key);
  };
  const explained = fields.find(({ key }) => key === active);

  return (
    <section className="parameter-list" aria-label="Parameters">
      <div className="parameter-tools">
        <TextInput
          size="xs"
          className="parameter-search"
          placeholder="Find a parameter"
          aria-label="Find a parameter"
          leftSection={<IconSearch size={14} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Checkbox
          size="xs"
          label="Only changed"
          checked={onlyChanged}
          onChange={(event) => setOnlyChanged(event.currentTarget.checked)}
        />
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: only tells the line below which field is looked at */}
      <div className="parameter-scroll" onFocus={enter} onMouseOver={enter}>
        {formGroups(shown).map((group) => (
          <fieldset key={group.title}>
            <legend>{group.title}</legend>
            {group.fields.map((field) => (
              <ParameterField
                key={field.key}
                field={field}
                base={baseValue(field, base)}
                typed={typed[field.key]}
                several={several[field.key]}
                changed={Object.hasOwn(changed, field.key)}
                problem={problems[field.key] ?? ""}
                onType={type}
                onSeveral={vary}
              />
            ))}
          </fieldset>
        ))}
        {shown.length > 0 ? null : (
          <p className="dim parameter-none">
            {search === "" ? "No parameter differs." : `No parameter is called "${search}".`}
          </p>
        )}
      </div>
      <p className="parameter-help" aria-hidden="true">
        {explained === undefined ? (
          "Each parameter is explained here. P paper, D derived, A assumed."
        ) : (
          <>
            <strong>{explained.title}</strong> <span className="dim">{explained.key}</span> {explained.help}{" "}
            <span className="dim">
              {sourceMarks[explained.source].name}: {explained.reason}
            </span>
          </>
        )}
      </p>
    </section>
  );
}

function put<T>(values: Readonly<Record<string, T>>, key: string, value: T | undefined): Readonly<Record<string, T>> {
  const { [key]: _before, ...rest } = values;
  return value === undefined ? rest : { ...rest, [key]: value };
}
