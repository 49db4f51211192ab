import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesQuery, nearest, parseQuery, type Query, quoted, type Subject } from "../../renderer/model/query.ts";
import { completions } from "../../renderer/model/query-complete.ts";
import { findField, type QueryWords, queryFields } from "../../renderer/model/query-fields.ts";
import { queryMetrics, runSubject } from "../../renderer/model/query-subject.ts";
import { summary } from "./summary.ts";

const words: QueryWords = {
  parameters: new Map([
    ["users", { kind: "number", choices: ["3", "7"] }],
    ["device", { kind: "text", choices: ["auto", "kernels"] }],
    ["shared", { kind: "flag", choices: ["yes", "no"] }],
  ]),
  metrics: ["eval/delay_minutes", "train/kl"],
  choices: { scenario: ["crowd-edge", "emulator-tuning"], learner: ["hmppo", "ippo"], tag: ["paper", "paper/final"] },
};
const now = Date.parse("2026-11-20T12:00:00");
const day = 86_400_000;

const places = {
  projects: new Map([
    ["p", { id: "p", name: "My thesis", createdAt: 0, tags: [], notes: "", archived: false, trashedAt: null }],
  ]),
  experiments: new Map([
    [
      "e",
      { id: "e", name: "Sweep", project: "p", createdAt: 0, tags: [], notes: "", archived: false, trashedAt: null },
    ],
  ]),
};
const run = summary({
  id: "hmppo-1-abc",
  name: "Sweep",
  experiment: "e",
  scenario: "crowd-edge",
  state: "failed",
  seed: 4,
  reward: -80.5,
  step: 250,
  steps: 1000,
  tags: ["paper/final"],
  createdAt: now - 2 * day,
});
const subject = runSubject(
  run,
  places,
  new Map([[run.id, { users: 9, device: "auto", shared: true }]]),
  new Map([["eval/delay_minutes", new Map([[run.id, 2.5]])]]),
);

function read(text: string): Query {
  const parsed = parseQuery(text, words);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.query;
}
const finds = (text: string, what: Subject = subject) => matchesQuery(read(text), what, now);
const errorOf = (text: string) => {
  const parsed = parseQuery(text, words);
  if (parsed.ok) throw new Error(`"${text}" was read`);
  return parsed.error;
};

describe("a query finds a run", () => {
  it.each([
    "scenario:crowd-edge status:failed users>7 reward>-100 tag:paper",
    "",
    "sweep THESIS",
    "crowd failed",
    "state:fail",
    "seed:1,4",
    "seed=4",
    "users>=9 users<=9 users!=3",
    "users:>8",
    "eval/delay_minutes<3",
    "train/kl>0 or device:auto",
    "-tag:other",
    "not status:finished",
    "(status:finished or status:failed) learner:hmppo",
    "progress:25%",
    "created:<7d",
    "created<3d created>1d",
    "created:2026-11-18",
    "created>2026-11-17 created<2026-11-19 created>=2026-11-18 created<=2026-11-18",
    "shared:yes fork:no archived:no note:no",
    'project:"my thesis" experiment=sweep',
    "tag:paper/final",
  ])("%s", (text) => {
    expect(finds(text)).toBe(true);
  });

  it.each([
    "status:finished",
    "users>9",
    "users!=9",
    "train/kl>0",
    // Not even "is not": there is no value to compare.
    "train/kl!=0",
    "tag=paper",
    "tag:pap",
    "seed:1,2,3",
    "seed!=1,4",
    "created<1d",
    "created>2026-11-18",
    "scenario=emulator-tuning",
    "sweep nothing",
    "-crowd",
  ])("but not by %s", (text) => {
    expect(finds(text)).toBe(false);
  });
});

describe("what cannot be read", () => {
  it.each([
    ["usres>7", "usres", "users", "usres"],
    ["delay_minutes<3", "delay_minutes", "eval/delay_minutes", "delay_minutes"],
    ["sweep status:faild", "faild", "failed", "faild"],
    ["learner:hmpo", "hmpo", "hmppo", "hmpo"],
    ["shared:yess", "yess", "yes", "yess"],
    ["created:soon", "soon", "7d", "soon"],
    ["created:2026-02-30", "2026-02-30", "7d", "2026-02-30"],
  ])("%s names the word and what could be meant", (text, word, suggestion, place) => {
    const error = errorOf(text);
    expect(error.message).toContain(`"${word}"`);
    expect(error.suggestion).toBe(suggestion);
    expect(text.slice(error.from, error.to)).toBe(place);
  });

  it.each([
    ["users>many", /"many" is no number/],
    ["users>", /value is missing/],
    [">7", /name is missing/],
    ["a or", /missing after "or"/],
    ["or a", /missing before "or"/],
    ["(a", /not closed/],
    ["a)", /closes nothing/],
    ["()", /missing before "\)"/],
    ['name:"a', /no end/],
    ["-", /missing after "-"/],
    ["scenario>crowd-edge", /cannot be compared/],
  ])("%s", (text, message) => {
    expect(errorOf(text).message).toMatch(message);
  });

  it("puts the suggestion in the place of the wrong word", () => {
    for (const text of ["usres>7", "status:faild users>7", "delay_minutes<3"]) {
      const { from, to, suggestion } = errorOf(text);
      expect(parseQuery(text.slice(0, from) + suggestion + text.slice(to), words).ok).toBe(true);
    }
  });
});

/** A query as text, every part in brackets. */
function written(query: Query): string {
  switch (query.kind) {
    case "word":
      return `"${query.text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
    case "not":
      return `-(${written(query.of)})`;
    case "all":
      return query.of.map((part) => `(${written(part)})`).join(" ");
    case "any":
      return query.of.map((part) => `(${written(part)})`).join(" or ");
    case "compare":
      return `${query.field.name}${query.operator}${query.values.map((value) => quoted(String(value))).join(",")}`;
  }
}

const comparison = fc
  .oneof(
    fc
      .tuple(fc.constantFrom("users", "seed", "reward"), fc.constantFrom(":", "=", "!=", ">", ">=", "<", "<="))
      .chain(([name, operator]) =>
        fc
          .array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 3 })
          .map((values) => ({ name, operator, values })),
      ),
    fc
      .tuple(fc.constantFrom("name", "tag", "id"), fc.constantFrom(":", "=", "!="))
      .chain(([name, operator]) =>
        fc
          .array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 })
          .map((values) => ({ name, operator, values })),
      ),
  )
  .map(
    ({ name, operator, values }) => ({ kind: "compare", field: findField(name, words)!, operator, values }) as Query,
  );
const queries = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 4 },
    comparison,
    fc.string({ minLength: 1 }).map((text): Query => ({ kind: "word", text })),
    tie("query").map((of): Query => ({ kind: "not", of })),
    fc.array(tie("query"), { minLength: 2, maxLength: 3 }).map((of): Query => ({ kind: "all", of })),
    fc.array(tie("query"), { minLength: 2, maxLength: 3 }).map((of): Query => ({ kind: "any", of })),
  ),
})).query;

describe("for any query", () => {
  it("reads what it writes", () => {
    fc.assert(
      fc.property(queries, (query) => {
        expect(read(written(query))).toEqual(query);
      }),
      { numRuns: 500 },
    );
  });

  it("negation turns round, or unites, words beside each other narrow", () => {
    const truth = (text: string) => finds(text);
    fc.assert(
      fc.property(queries, queries, (a, b) => {
        const [first, second] = [written(a), written(b)];
        expect(truth(`-(${first})`)).toBe(!truth(first));
        expect(truth(`(${first}) or (${second})`)).toBe(truth(first) || truth(second));
        expect(truth(`(${first}) (${second})`)).toBe(truth(first) && truth(second));
      }),
      { numRuns: 300 },
    );
  });

  it("answers any text with a query or an error that lies in the text", () => {
    const texts = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom("users", "status", ":", ">", "=", "!", "(", ")", "-", " ", "or", "not", '"', ",", "7"), {
          maxLength: 12,
        })
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseQuery(text, words);
        if (parsed.ok) return;
        expect(parsed.error.message).not.toBe("");
        expect(parsed.error.from).toBeGreaterThanOrEqual(0);
        expect(parsed.error.to).toBeLessThanOrEqual(text.length);
        expect(parsed.error.from).toBeLessThanOrEqual(parsed.error.to);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes any text as itself in quotation marks", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        expect(read(`name=${quoted(text)}`)).toMatchObject({ kind: "compare", values: [text] });
        expect(read(quoted(text))).toEqual({ kind: "word", text });
      }),
      { numRuns: 500 },
    );
  });
});

describe("the grammar as data", () => {
  it("has an example of every field that can be read", () => {
    const all = { ...words, choices: { ...words.choices, preset: ["small"] } };
    for (const { name, example } of queryFields) expect([name, parseQuery(example, all).ok]).toEqual([name, true]);
  });

  it("knows which metrics a query compares", () => {
    expect(queryMetrics(read("-(train/kl>0 or eval/delay_minutes<3) users>2 kl"))).toEqual([
      "eval/delay_minutes",
      "train/kl",
    ]);
  });
});

describe("completion", () => {
  const offered = (text: string) => completions(text, text.length, words).options.map((option) => option.text);
  const taken = (text: string, index = 0) => {
    const { from, to, options } = completions(text, text.length, words);
    return text.slice(0, from) + options[index]?.text + text.slice(to);
  };

  it("offers names of fields, parameters and metrics", () => {
    expect(offered("us")).toEqual(["users:", "status:"]);
    expect(offered("delay")).toEqual(["eval/delay_minutes:"]);
    expect(taken("status:failed -ta")).toBe("status:failed -tag:");
    expect(offered("")).toEqual([]);
  });

  it("offers values of the field before the cursor", () => {
    expect(offered("status:pau")).toEqual(["pausing", "paused"]);
    expect(taken("tag:paper,pap", 1)).toBe("tag:paper,paper/final");
    expect(offered("shared:")).toEqual(["yes", "no"]);
    expect(taken("(learner:")).toBe("(learner:hmppo");
    expect(taken("created:<")).toBe("created:<1d");
  });

  it("finds no near name for something else altogether", () => {
    expect(nearest("xyzzy", ["users", "seed"])).toBeUndefined();
  });
});
