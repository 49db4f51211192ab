/**
 * The query language of the search box: `scenario:crowd-edge status:failed users>7 reward>-100 tag:paper`. Words beside
 * each other must all hold; `or`, `-`, `not` and brackets do what they say. See query-fields.ts for what can be asked.
 */
import { distance } from "fastest-levenshtein";
import { type FoundField, fieldNames, findField, type QueryWords } from "./query-fields.ts";

const operators = ["!=", ">=", "<=", ":", "=", ">", "<"] as const;
export type Operator = (typeof operators)[number];

/** An age in milliseconds, or the span of a day in milliseconds since 1970. */
export type TimeValue = { readonly age: number } | { readonly from: number; readonly to: number };
export type QueryValue = string | number | boolean | TimeValue;

export type Query =
  | { readonly kind: "all" | "any"; readonly of: readonly Query[] }
  | { readonly kind: "not"; readonly of: Query }
  | { readonly kind: "word"; readonly text: string }
  | {
      readonly kind: "compare";
      readonly field: FoundField;
      readonly operator: Operator;
      /** Any of them. */
      readonly values: readonly QueryValue[];
    };

export interface QueryError {
  readonly message: string;
  /** What to write instead of the wrong word; undefined when nothing is near. */
  readonly suggestion: string | undefined;
  /** The wrong word's place in the text. */
  readonly from: number;
  readonly to: number;
}

export type Parsed = { readonly ok: true; readonly query: Query } | { readonly ok: false; readonly error: QueryError };

export const everything: Query = { kind: "all", of: [] };

/** What a query is asked of. `undefined` = it has no such value, and no comparison with it holds. */
export interface Subject {
  /** All that names it, in lower case. */
  readonly names: string;
  value(source: FoundField["source"], name: string): string | number | boolean | readonly string[] | undefined;
}

/** `now` in milliseconds since 1970, for ages. */
export function matchesQuery(query: Query, subject: Subject, now: number): boolean {
  switch (query.kind) {
    case "all":
      return query.of.every((part) => matchesQuery(part, subject, now));
    case "any":
      return query.of.some((part) => matchesQuery(part, subject, now));
    case "not":
      return !matchesQuery(query.of, subject, now);
    case "word":
      return subject.names.includes(query.text.toLowerCase());
    case "compare": {
      const actual = subject.value(query.field.source, query.field.name);
      if (actual === undefined) return false;
      const any = query.values.some((value) => holds(actual, query.field.kind, query.operator, value, now));
      return query.operator === "!=" ? !any : any;
    }
  }
}

type Actual = string | number | boolean | readonly string[];

/** For `!=` the answer is that of `=`; the caller turns it round, so that a list means none of them. */
function holds(actual: Actual, kind: FoundField["kind"], operator: Operator, value: QueryValue, now: number): boolean {
  if (typeof value === "object") return typeof actual === "number" && holdsTime(actual, operator, value, now);
  if (typeof value === "number") return typeof actual === "number" && compare(actual, operator, value);
  if (typeof value === "boolean") return actual === value;
  const wanted = value.toLowerCase();
  const texts = (typeof actual === "object" ? actual : [String(actual)]).map((text) => text.toLowerCase());
  if (kind === "tag")
    return texts.some((text) => text === wanted || (operator === ":" && text.startsWith(`${wanted}/`)));
  return texts.some((text) => (operator === ":" ? text.includes(wanted) : text === wanted));
}

function compare(actual: number, operator: Operator, value: number): boolean {
  switch (operator) {
    case ">":
      return actual > value;
    case ">=":
      return actual >= value;
    case "<":
      return actual < value;
    case "<=":
      return actual <= value;
    default:
      return actual === value;
  }
}

/** An age counts backwards: `created<7d` is what is younger. Without a comparison an age means "at most so long ago". */
function holdsTime(actual: number, operator: Operator, value: TimeValue, now: number): boolean {
  if ("age" in value) {
    const age = now - actual;
    return operator === ":" || operator === "=" || operator === "!="
      ? age <= value.age
      : compare(age, operator, value.age);
  }
  switch (operator) {
    case ">":
      return actual >= value.to;
    case ">=":
      return actual >= value.from;
    case "<":
      return actual < value.from;
    case "<=":
      return actual < value.to;
    default:
      return actual >= value.from && actual < value.to;
  }
}

/** The text in a form that stands for itself in a query. */
export function quoted(text: string): string {
  const plain = /^[^\s:=!<>"(),-][^\s:=!<>"(),]*$/.test(text) && !["or", "not"].includes(text.toLowerCase());
  return plain ? text : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

class Wrong extends Error {
  readonly error: QueryError;
  constructor(error: QueryError) {
    super(error.message);
    this.error = error;
  }
}

export function parseQuery(text: string, words: QueryWords): Parsed {
  try {
    return { ok: true, query: new Parser(tokens(text), text, words).whole() };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, error: error.error };
    throw error;
  }
}

export interface Token {
  readonly kind: "(" | ")" | "-" | "not" | "or" | "term";
  readonly from: number;
  readonly to: number;
  /** Before the operator; a plain word where there is none. */
  readonly name: string;
  readonly operator: Operator | undefined;
  /** Behind the operator, with where each begins. */
  readonly values: readonly string[];
  /** Where the values begin. */
  readonly valuesFrom: number;
}

/** Takes a text apart; throws at a quotation mark without its end. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const plain = { name: "", operator: undefined, values: [], valuesFrom: 0 };
  /** A piece up to one of the ending characters, quotation marks taken off. */
  const piece = (end: RegExp): string => {
    let result = "";
    while (at < text.length && !end.test(text[at]!)) {
      if (text[at] !== '"') {
        result += text[at++];
        continue;
      }
      const start = at++;
      while (at < text.length && text[at] !== '"') {
        if (text[at] === "\\" && at + 1 < text.length) at++;
        result += text[at++];
      }
      if (at >= text.length)
        throw new Wrong({
          message: "A quotation mark has no end.",
          suggestion: `${text.slice(start)}"`,
          from: start,
          to: text.length,
        });
      at++;
    }
    return result;
  };
  while (at < text.length) {
    const character = text[at]!;
    if (/\s/.test(character)) at++;
    else if (character === "(" || character === ")" || character === "-")
      found.push({ ...plain, kind: character, from: at, to: ++at });
    else {
      const from = at;
      const isQuoted = character === '"';
      const name = piece(/[\s:=!<>()]/);
      const operator = operators.find((sign) => text.startsWith(sign, at));
      if (operator === undefined) {
        // A lone "!" belongs to the word.
        const rest = text[at] === "!" ? piece(/[\s()]/) : "";
        const word = name + rest;
        const keyword = !isQuoted && (word.toLowerCase() === "or" || word.toLowerCase() === "not");
        found.push({
          ...plain,
          kind: keyword ? (word.toLowerCase() as "or" | "not") : "term",
          name: word,
          from,
          to: at,
        });
        continue;
      }
      at += operator.length;
      // `created:<7d` says the same as `created<7d`.
      const second = operator === ":" ? operators.find((sign) => sign !== ":" && text.startsWith(sign, at)) : undefined;
      at += second?.length ?? 0;
      const valuesFrom = at;
      const values = [piece(/[\s,()]/)];
      while (text[at] === ",") {
        at++;
        values.push(piece(/[\s,()]/));
      }
      found.push({ kind: "term", from, to: at, name, operator: second ?? operator, values, valuesFrom });
    }
  }
  return found;
}

class Parser {
  private at = 0;
  private readonly list: readonly Token[];
  private readonly text: string;
  private readonly words: QueryWords;

  constructor(list: readonly Token[], text: string, words: QueryWords) {
    this.list = list;
    this.text = text;
    this.words = words;
  }

  whole(): Query {
    if (this.list.length === 0) return everything;
    const query = this.any();
    const rest = this.list[this.at];
    if (rest !== undefined) this.fail(rest, `"${rest.kind}" closes nothing.`, undefined);
    return query;
  }

  private any(): Query {
    const parts = [this.all()];
    while (this.list[this.at]?.kind === "or") {
      this.at++;
      parts.push(this.all());
    }
    return parts.length === 1 ? parts[0]! : { kind: "any", of: parts };
  }

  private all(): Query {
    const parts = [this.one()];
    for (;;) {
      const next = this.list[this.at];
      if (next === undefined || next.kind === "or" || next.kind === ")") break;
      parts.push(this.one());
    }
    return parts.length === 1 ? parts[0]! : { kind: "all", of: parts };
  }

  private one(): Query {
    const token = this.list[this.at++];
    if (token === undefined) {
      const last = this.list.at(-1)!;
      this.fail(last, `Something is missing after "${this.text.slice(last.from, last.to)}".`, undefined);
    }
    switch (token.kind) {
      case "-":
      case "not":
        return { kind: "not", of: this.one() };
      case "(": {
        const inner = this.any();
        if (this.list[this.at++]?.kind !== ")") this.fail(token, "A bracket is not closed.", undefined);
        return inner;
      }
      case "term":
        return token.operator === undefined
          ? { kind: "word", text: token.name }
          : this.comparison(token, token.operator);
      case "or":
        return this.fail(token, `Something is missing before "or".`, undefined);
      case ")":
        return this.fail(token, `Something is missing before ")".`, undefined);
    }
  }

  private comparison(token: Token, operator: Operator): Query {
    const field = findField(token.name, this.words);
    if (field === undefined) {
      const near = nearest(token.name, fieldNames(this.words));
      this.fail(
        { from: token.from, to: token.from + token.name.length },
        token.name === "" ? `A name is missing before "${operator}".` : `There is no field "${token.name}".`,
        near,
      );
    }
    const ordered = field.kind === "number" || field.kind === "time";
    if (!ordered && operator !== ":" && operator !== "=" && operator !== "!=")
      this.fail(token, `"${token.name}" cannot be compared with "${operator}".`, `${token.name}:`);
    const place = { from: token.valuesFrom, to: token.to };
    return {
      kind: "compare",
      field,
      operator,
      values: token.values.map((value) => this.value(field, operator, value, place)),
    };
  }

  private value(field: FoundField, operator: Operator, text: string, place: Place): QueryValue {
    if (text === "") this.fail(place, `A value is missing after "${field.name}".`, field.choices[0]);
    switch (field.kind) {
      case "number": {
        const value = Number(text.replace(/%$/, "").replace("−", "-"));
        if (Number.isNaN(value)) this.fail(place, `"${text}" is no number (${field.name}).`, undefined);
        return value;
      }
      case "flag": {
        const value = ({ yes: true, true: true, no: false, false: false } as const)[text.toLowerCase()];
        if (value === undefined)
          this.fail(place, `"${text}" is neither yes nor no (${field.name}).`, nearest(text, ["yes", "no"]) ?? "yes");
        return value;
      }
      case "time": {
        const value = timeValue(text);
        if (value === undefined) this.fail(place, `"${text}" is neither an age nor a day (${field.name}).`, "7d");
        return value;
      }
      case "choice": {
        const lower = text.toLowerCase();
        const known = field.choices.some((choice) =>
          operator === ":" ? choice.toLowerCase().includes(lower) : choice.toLowerCase() === lower,
        );
        if (!known && field.choices.length > 0)
          this.fail(place, `There is no ${field.name} "${text}".`, nearest(text, field.choices));
        return text;
      }
      case "text":
      case "tag":
        return text;
    }
  }

  private fail(place: Place, message: string, suggestion: string | undefined): never {
    throw new Wrong({ message, suggestion, from: place.from, to: place.to });
  }
}

interface Place {
  readonly from: number;
  readonly to: number;
}

const minute = 60_000;
const units: Readonly<Record<string, number>> = {
  m: minute,
  min: minute,
  h: 60 * minute,
  d: 1440 * minute,
  w: 7 * 1440 * minute,
};

/** `30m`, `12h`, `7d`, `2w`, or a day as `2026-11-01` (of this machine's calendar). */
function timeValue(text: string): TimeValue | undefined {
  const age = /^(\d+(?:\.\d+)?)(m|min|h|d|w)$/i.exec(text);
  if (age !== null) return { age: Number(age[1]) * units[age[2]!.toLowerCase()]! };
  const day = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (day === null) return undefined;
  const [year, month, date] = [Number(day[1]), Number(day[2]), Number(day[3])];
  const from = new Date(year, month - 1, date);
  if (from.getMonth() !== month - 1 || from.getDate() !== date) return undefined;
  return { from: from.getTime(), to: new Date(year, month - 1, date + 1).getTime() };
}

/** The nearest of some names, when it is near enough to be meant: also the one that ends with what was typed. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const lower = typed.toLowerCase();
  if (lower === "") return undefined;
  const tail = names.find((name) => name.toLowerCase().endsWith(`/${lower}`));
  if (tail !== undefined) return tail;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(typed.length / 2)) + 0.5;
  for (const name of names) {
    const apart = distance(lower, name.toLowerCase());
    if (apart < least) {
      least = apart;
      best = name;
    }
  }
  return best;
}
