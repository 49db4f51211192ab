/** What a query can ask for, as data: the parser, the completion and the help are all made from it. */

/** `choice` = one of known words; `flag` = yes or no; `time` = an age such as 7d, or a date. */
export type FieldKind = "text" | "choice" | "tag" | "number" | "time" | "flag";

export interface QueryField {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly kind: FieldKind;
  readonly help: string;
  readonly example: string;
  /** All values there are; where it is missing, the words that a project knows are asked. */
  readonly choices?: readonly string[];
}

export const queryFields: readonly QueryField[] = [
  {
    name: "state",
    aliases: ["status"],
    kind: "choice",
    help: "Queued, starting, running, pausing, paused, finished, failed or stopped; active = one that trains or waits",
    example: "status:failed",
    choices: ["queued", "starting", "running", "pausing", "paused", "finished", "failed", "stopped", "active"],
  },
  { name: "scenario", kind: "choice", help: "What is learned", example: "scenario:emulator" },
  { name: "learner", kind: "choice", help: "What learns", example: "learner:hmppo" },
  { name: "preset", kind: "choice", help: "The size it was started with", example: "preset:small" },
  { name: "seed", kind: "number", help: "The seed of the training", example: "seed:1,2,3" },
  { name: "name", kind: "text", help: "The name of the run or its experiment", example: 'name:"two users"' },
  { name: "id", kind: "text", help: "The run's id", example: "id:hmppo-1" },
  { name: "tag", kind: "tag", help: "A tag, also one inside it: paper finds paper/final", example: "tag:paper" },
  { name: "project", kind: "text", help: "The name of its project", example: "project:thesis" },
  { name: "experiment", kind: "text", help: "The name of its experiment", example: "experiment:sweep" },
  { name: "created", kind: "time", help: "How long ago (m, h, d, w), or the day", example: "created:<7d" },
  { name: "step", kind: "number", help: "Environment steps done", example: "step>10000" },
  { name: "steps", kind: "number", help: "Environment steps planned", example: "steps>=100000" },
  { name: "progress", kind: "number", help: "Per cent of the steps", example: "progress<50" },
  { name: "reward", kind: "number", help: "Reward of the last evaluation", example: "reward>-100" },
  {
    name: "priority",
    kind: "choice",
    help: "Its place among waiting runs",
    example: "priority:high",
    choices: ["low", "normal", "high"],
  },
  { name: "archived", kind: "flag", help: "Put away by Archive", example: "archived:yes" },
  { name: "note", aliases: ["notes"], kind: "flag", help: "Whether it has notes", example: "note:yes" },
  { name: "fork", kind: "flag", help: "Whether it began at another run's checkpoint", example: "fork:yes" },
];

export const queryOperators: readonly { readonly sign: string; readonly help: string }[] = [
  { sign: ":", help: "has this text, is this number or choice" },
  { sign: "=", help: "is exactly this" },
  { sign: "!=", help: "is anything else" },
  { sign: ">  >=  <  <=", help: "more or less than a number, an age or a day" },
  { sign: "a b", help: "both" },
  { sign: "a or b", help: "either" },
  { sign: "-a", help: "not; the word not does the same" },
  { sign: "( )", help: "keeps together" },
  { sign: '" "', help: "a text with spaces" },
];

export interface KnownParameter {
  readonly kind: "number" | "text" | "flag";
  /** Values that some run has, as they are typed; at most a few dozen. */
  readonly choices: readonly string[];
}

/** The words of a project that a query may use beside the fields above. */
export interface QueryWords {
  readonly parameters: ReadonlyMap<string, KnownParameter>;
  readonly metrics: readonly string[];
  /** Field name -> the values that occur. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
}

export interface FoundField {
  readonly source: "field" | "parameter" | "metric";
  readonly name: string;
  readonly kind: FieldKind;
  readonly choices: readonly string[];
}

/** The field, parameter or metric of that name. A field goes before a parameter of the same name. */
export function findField(name: string, words: QueryWords): FoundField | undefined {
  const lower = name.toLowerCase();
  const field = queryFields.find((each) => each.name === lower || each.aliases?.includes(lower));
  if (field !== undefined)
    return {
      source: "field",
      name: field.name,
      kind: field.kind,
      choices: field.choices ?? words.choices[field.name] ?? [],
    };
  const parameter = words.parameters.get(name);
  if (parameter !== undefined) return { source: "parameter", name, ...parameter };
  if (words.metrics.includes(name)) return { source: "metric", name, kind: "number", choices: [] };
  return undefined;
}

/** Every name that can stand before an operator. */
export function fieldNames(words: QueryWords): string[] {
  return [
    ...queryFields.flatMap(({ name, aliases = [] }) => [name, ...aliases]),
    ...words.parameters.keys(),
    ...words.metrics,
  ];
}
