import { describe, expect, it } from "vitest";
import { z } from "zod";
import { learners } from "../../lab/learners/registry.ts";
import { parameter } from "../../lab/parameters.ts";
import { scenarios } from "../../lab/scenarios/registry.ts";
import { baseValue, changedValues, formFields, formGroups } from "../../renderer/model/form.ts";

const meta = { title: "T", unit: "s", source: "paper", reason: "r", help: "h", group: "G" } as const;
const schema = z.toJSONSchema(
  z.object({
    rate: parameter(z.number().min(0).max(1).default(0.1), meta),
    count: parameter(z.int().min(1).default(4), { ...meta, group: "H" }),
    open: parameter(z.number().gt(0).default(1), meta),
    flag: parameter(z.boolean().default(true), meta),
    kind: parameter(z.enum(["auto", "plain"]).default("auto"), meta),
    size: parameter(z.union([z.literal(32), z.literal(64)]).default(64), meta),
  }),
  { io: "input" },
);
const fields = formFields(schema);
const field = (key: string) => fields.find((each) => each.key === key)!;

describe("formFields", () => {
  it("takes over what a schema says about each parameter", () => {
    expect(field("rate")).toMatchObject({
      title: "T",
      unit: "s",
      source: "paper",
      reason: "r",
      help: "h",
      initial: 0.1,
    });
    expect(fields.map(({ control }) => control)).toEqual([
      { kind: "number", integer: false, range: "0 to 1" },
      { kind: "number", integer: true, range: "at least 1" },
      { kind: "number", integer: false, range: "above 0" },
      { kind: "switch" },
      { kind: "choice", options: ["auto", "plain"] },
      { kind: "choice", options: [32, 64] },
    ]);
  });

  it("groups by heading in the order of the schema", () => {
    expect(formGroups(fields).map((group) => [group.title, group.fields.length])).toEqual([
      ["G", 5],
      ["H", 1],
    ]);
  });

  it("finds a title, a source with its reason and a default in every parameter of every scenario and learner", () => {
    for (const { id, parameters } of [...scenarios, ...learners]) {
      for (const each of formFields(z.toJSONSchema(parameters, { io: "input" }))) {
        expect(each.title, `${id} ${each.key}`).not.toBe("");
        expect(each.reason, `${id} ${each.key}`).not.toBe("");
        expect(each.group, `${id} ${each.key}`).not.toBe("Other");
        expect(each.initial, `${id} ${each.key}`).not.toBe("");
      }
    }
  });
});

describe("changedValues", () => {
  const preset = { rate: 0.5 };
  it("starts from the preset, else the default", () => {
    expect(baseValue(field("rate"), preset)).toBe(0.5);
    expect(baseValue(field("count"), preset)).toBe(4);
  });

  it("sends only what differs from the preset, numbers as numbers", () => {
    const typed = { rate: "0.1", count: " 4 ", open: "1e-3", flag: false, kind: "auto", gone: 3 };
    expect(changedValues(fields, typed, preset)).toEqual({ rate: 0.1, open: 0.001, flag: false });
  });

  it("sends what is no number as it was typed, for the engine to say so", () => {
    expect(changedValues(fields, { rate: "fast", count: "" }, preset)).toEqual({ rate: "fast", count: "" });
    expect(changedValues(fields, { rate: "−2" }, preset)).toEqual({ rate: -2 });
  });
});
