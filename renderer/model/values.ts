/** Reads several values of one parameter: `5, 7, 9`, `5..9`, `0..10 step 2`, `0.1..0.9 lin 5`, `1e-5..1e-3 log 3`. */
import type { FormField, FormValue } from "./form.ts";

/** Most values of one parameter that the engine takes. */
export const mostValues = 1000;

export type Values =
  | { readonly ok: true; readonly values: FormValue[] }
  | { readonly ok: false; readonly problem: string };

/** How to write several values of a field, for the line under it. */
export function valuesHelp(field: FormField): string {
  if (field.control.kind !== "number") return "Separate values with commas.";
  return field.control.integer ? "5, 7, 9 or 5..9 or 1..10 step 3" : "0.1, 0.3 or 0..1 step 0.25 or 1e-5..1e-3 log 3";
}

/**
 * The values in the order written. Numbers of a numeric field are not checked against its range: the engine
 * does that and names the value.
 */
export function parseValues(text: string, field: Pick<FormField, "control">): Values {
  const { control } = field;
  const values: FormValue[] = [];
  for (const part of text.split(/[,;]/).map((piece) => piece.trim().replaceAll("−", "-"))) {
    if (part === "") continue;
    const read = control.kind === "number" ? parsePart(part, control.integer) : parseWord(part, control);
    if (!read.ok) return read;
    values.push(...read.values);
    if (values.length > mostValues) return problem(`At most ${mostValues} values of one parameter.`);
  }
  return { ok: true, values };
}

function parseWord(part: string, control: FormField["control"]): Values {
  const options = control.kind === "switch" ? [true, false] : control.kind === "choice" ? control.options : undefined;
  if (options === undefined) return { ok: true, values: [part] };
  const option = options.find((each) => String(each) === part);
  return option === undefined ? problem(`"${part}" is none of ${options.join(", ")}.`) : { ok: true, values: [option] };
}

const rangePattern = /^(.+?)\s*\.\.\s*(\S+)(?:\s+(step|lin|log)\s*(\S+))?$/;

function parsePart(part: string, integer: boolean): Values {
  const range = rangePattern.exec(part);
  if (range === null) {
    const value = readNumber(part);
    return value === undefined ? problem(`"${part}" is no number.`) : { ok: true, values: [value] };
  }
  const [, firstText = "", lastText = "", kind, countText] = range;
  const first = readNumber(firstText);
  const last = readNumber(lastText);
  if (first === undefined || last === undefined) return problem(`"${part}" needs a number on both sides of "..".`);
  if (kind === undefined) {
    if (Number.isInteger(first) && Number.isInteger(last)) return steps(first, last, 1, part);
    return problem(`"${part}" needs a step: ${part} step 0.1, ${part} lin 5 or ${part} log 5.`);
  }
  const size = readNumber(countText ?? "");
  if (size === undefined) return problem(`"${countText}" is no number.`);
  if (kind === "step") return steps(first, last, size, part);
  return spaced(first, last, size, kind === "log", integer, part);
}

function steps(first: number, last: number, step: number, part: string): Values {
  if (!(step > 0)) return problem(`"${part}": the step has to be above 0.`);
  if (last < first) return problem(`"${part}" counts backwards.`);
  // A last value that rounding puts just beyond the end belongs to the range.
  const count = Math.floor((last - first) / step + 1e-9) + 1;
  if (count > mostValues) return problem(`"${part}" has ${count} values; at most ${mostValues}.`);
  return { ok: true, values: Array.from({ length: count }, (_, i) => tidy(first + i * step)) };
}

function spaced(
  first: number,
  last: number,
  count: number,
  logarithmic: boolean,
  integer: boolean,
  part: string,
): Values {
  if (!Number.isInteger(count) || count < 2) return problem(`"${part}": name how many values, at least 2.`);
  if (count > mostValues) return problem(`"${part}" has ${count} values; at most ${mostValues}.`);
  if (last <= first) return problem(`"${part}" counts backwards.`);
  if (logarithmic && first <= 0) return problem(`"${part}": a logarithmic range begins above 0.`);
  const values = Array.from({ length: count }, (_, i) => {
    if (i === 0) return first;
    if (i === count - 1) return last;
    const part = i / (count - 1);
    const value = logarithmic ? first * (last / first) ** part : first + (last - first) * part;
    return integer ? Math.round(value) : Number(value.toPrecision(6));
  });
  return { ok: true, values: [...new Set(values)] };
}

/** Without the digits that adding binary fractions leaves: 0.1 + 2 x 0.1 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function readNumber(text: string): number | undefined {
  const value = Number(text);
  return text.trim() === "" || !Number.isFinite(value) ? undefined : value;
}

function problem(text: string): Values {
  return { ok: false, problem: text };
}
