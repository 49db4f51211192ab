import { formatParameter } from "./format.ts";
import type { ParameterRow } from "./parameters.ts";

type JsonSchema = Readonly<Record<string, unknown>>;
export type FormValue = number | string | boolean;
export type ParameterSource = ParameterRow["source"];

/** One parameter of a scenario or learner, as the start form shows it. */
export interface FormField {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly source: ParameterSource;
  readonly reason: string;
  readonly help: string;
  readonly group: string;
  readonly control:
    | { readonly kind: "number"; readonly integer: boolean; readonly range: string }
    | { readonly kind: "switch" }
    | { readonly kind: "choice"; readonly options: readonly FormValue[] }
    | { readonly kind: "text" };
  readonly initial: FormValue;
}

export interface FormGroup {
  readonly title: string;
  readonly fields: readonly FormField[];
}

/** The fields of a parameter schema, in its order. */
export function formFields(schema: JsonSchema): FormField[] {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  return Object.entries(properties).flatMap(([key, property]) => (isRecord(property) ? [field(key, property)] : []));
}

/** Fields under their headings, both in the order in which they first come. */
export function formGroups(fields: readonly FormField[]): FormGroup[] {
  const groups = new Map<string, FormField[]>();
  for (const each of fields) {
    const group = groups.get(each.group);
    if (group === undefined) groups.set(each.group, [each]);
    else group.push(each);
  }
  return [...groups].map(([title, members]) => ({ title, fields: members }));
}

/** Is every word in the field's title, name, heading or help? Case does not matter. */
export function matchesField(each: FormField, search: string): boolean {
  const text = `${each.title} ${each.key} ${each.group} ${each.help}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** What a field holds before anybody types: the preset's value, else the default. */
export function baseValue(each: FormField, preset: Readonly<Record<string, FormValue>>): FormValue {
  return preset[each.key] ?? each.initial;
}

/**
 * What has to be sent: only values that differ from the preset. Numbers are parsed where they are numbers; anything else
 * goes as typed, so that the engine names the field and says what is wrong with it.
 */
export function changedValues(
  fields: readonly FormField[],
  typed: Readonly<Record<string, FormValue>>,
  preset: Readonly<Record<string, FormValue>>,
): Record<string, FormValue> {
  const changed: Record<string, FormValue> = {};
  for (const each of fields) {
    const text = typed[each.key];
    if (text === undefined) continue;
    const value = readValue(each, text);
    if (value !== baseValue(each, preset)) changed[each.key] = value;
  }
  return changed;
}

/** A typed value as it is sent: a number where it is one. */
export function readValue(each: FormField, typed: FormValue): FormValue {
  if (each.control.kind !== "number" || typeof typed !== "string") return typed;
  const text = typed.trim().replace("−", "-");
  const value = Number(text);
  return text === "" || Number.isNaN(value) ? typed : value;
}

function field(key: string, property: JsonSchema): FormField {
  return {
    key,
    title: text(property.title) || key,
    unit: text(property.unit),
    source: property.source === "paper" || property.source === "derived" ? property.source : "assumed",
    reason: text(property.reason),
    help: text(property.help),
    group: text(property.group) || "Other",
    control: control(property),
    initial: isFormValue(property.default) ? property.default : "",
  };
}

function control(property: JsonSchema): FormField["control"] {
  const options = choices(property);
  if (options.length > 0) return { kind: "choice", options };
  if (property.type === "boolean") return { kind: "switch" };
  if (property.type !== "number" && property.type !== "integer") return { kind: "text" };
  return { kind: "number", integer: property.type === "integer", range: range(property) };
}

/** The values of an enumeration, or of a union of constants. */
function choices(property: JsonSchema): FormValue[] {
  if (Array.isArray(property.enum)) return property.enum.filter(isFormValue);
  if (!Array.isArray(property.anyOf)) return [];
  const constants = property.anyOf.map((option) => (isRecord(option) ? option.const : undefined));
  return constants.every(isFormValue) ? constants : [];
}

/** `0.2 to 0.8`, `above 0`, `at most 64`; limits that only say "any safe integer" are left out. */
function range(property: JsonSchema): string {
  const low = limit(property.minimum);
  const high = limit(property.maximum);
  const above = limit(property.exclusiveMinimum);
  const below = limit(property.exclusiveMaximum);
  if (low !== undefined && high !== undefined) return `${formatParameter(low)} to ${formatParameter(high)}`;
  const parts = [
    low === undefined ? undefined : `at least ${formatParameter(low)}`,
    above === undefined ? undefined : `above ${formatParameter(above)}`,
    high === undefined ? undefined : `at most ${formatParameter(high)}`,
    below === undefined ? undefined : `below ${formatParameter(below)}`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

function limit(value: unknown): number | undefined {
  return typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isFormValue(value: unknown): value is FormValue {
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean";
}

function isRecord(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
