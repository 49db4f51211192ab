/** What the search box offers while a query is typed. */
import { quoted } from "./query.ts";
import { findField, type QueryWords, queryFields } from "./query-fields.ts";

export interface Completion {
  /** What is put in the place of the word under the cursor. */
  readonly text: string;
  readonly hint: string;
}

export interface Completions {
  /** The part of the text that a completion replaces. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly Completion[];
}

const most = 12;

/** Names of fields, or the values of the field that is before the cursor. Nothing is offered for nothing typed. */
export function completions(text: string, cursor: number, words: QueryWords): Completions {
  const from = wordStart(text, cursor);
  const word = text.slice(from, cursor);
  const value = /^([^\s:=!<>"()]+)(?::|!=|=)(?:[^,]*,)*([^,]*)$/.exec(word);
  if (value === null) return { from, to: cursor, options: fieldOptions(word, words) };
  const [, name = "", typed = ""] = value;
  const field = findField(name, words);
  const choices =
    field?.kind === "flag" ? ["yes", "no"] : field?.kind === "time" ? ["<1d", "<7d", ">30d"] : field?.choices;
  const bare = typed.replaceAll('"', "").toLowerCase();
  const options = (choices ?? [])
    .filter((choice) => choice.toLowerCase().includes(bare) && choice !== typed)
    .slice(0, most)
    .map((choice) => ({ text: field?.kind === "time" ? choice : quoted(choice), hint: "" }));
  return { from: cursor - typed.length, to: cursor, options };
}

function fieldOptions(typed: string, words: QueryWords): Completion[] {
  const lower = typed.toLowerCase();
  if (lower === "" || /["<>=!]/.test(lower)) return [];
  const all: Completion[] = [
    ...queryFields.flatMap(({ name, aliases = [], help }) =>
      [name, ...aliases].map((each) => ({ text: `${each}:`, hint: help })),
    ),
    ...[...words.parameters.keys()].map((name) => ({ text: `${name}:`, hint: "parameter" })),
    ...words.metrics.map((name) => ({ text: `${name}:`, hint: "last value of this metric" })),
  ];
  const begins = all.filter((option) => option.text.toLowerCase().startsWith(lower));
  const has = all.filter(
    (option) => !begins.includes(option) && lower.length > 1 && option.text.toLowerCase().includes(lower),
  );
  return [...begins, ...has].slice(0, most);
}

/** Where the word before the cursor begins: behind a space, a bracket or a leading minus, outside quotation marks. */
function wordStart(text: string, cursor: number): number {
  let start = 0;
  let inQuotes = false;
  for (let at = 0; at < cursor; at++) {
    if (text[at] === '"') inQuotes = !inQuotes;
    else if (!inQuotes && (/[\s()]/.test(text[at]!) || (text[at] === "-" && at === start))) start = at + 1;
  }
  return start;
}
