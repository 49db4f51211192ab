import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FormField } from "../../renderer/model/form.ts";
import { mostValues, parseValues } from "../../renderer/model/values.ts";

type Control = Pick<FormField, "control">;
const integer: Control = { control: { kind: "number", integer: true, range: "" } };
const real: Control = { control: { kind: "number", integer: false, range: "" } };
const words: Control = { control: { kind: "text" } };
const choice: Control = { control: { kind: "choice", options: ["auto", "plain", 32] } };
const flag: Control = { control: { kind: "switch" } };

function values(text: string, field: Control = real) {
  const read = parseValues(text, field);
  if (!read.ok) throw new Error(read.problem);
  return read.values;
}

describe("several values of a parameter", () => {
  it.each([
    ["5, 7, 9", integer, [5, 7, 9]],
    ["5..9", integer, [5, 6, 7, 8, 9]],
    ["1..10 step 3", integer, [1, 4, 7, 10]],
    ["1..9 step 3", integer, [1, 4, 7]],
    ["1e-4, 3e-4", real, [1e-4, 3e-4]],
    ["0.1..0.3 step 0.1", real, [0.1, 0.2, 0.3]],
    ["0..1 lin 5", real, [0, 0.25, 0.5, 0.75, 1]],
    ["1e-5..1e-3 log 3", real, [1e-5, 1e-4, 1e-3]],
    ["1..1000 log 4", integer, [1, 10, 100, 1000]],
    ["1..3 log 5", integer, [1, 2, 3]],
    ["-3..-1", integer, [-3, -2, -1]],
    ["−2, 4", integer, [-2, 4]],
    ["7, 5..6,", integer, [7, 5, 6]],
    ["5, 5", integer, [5, 5]],
    ["", integer, []],
    ["64x64, 32", words, ["64x64", "32"]],
    ["auto, 32", choice, ["auto", 32]],
    ["true, false", flag, [true, false]],
  ])("%j are %j", (text, field, expected) => {
    expect(values(text, field)).toEqual(expected);
  });

  it.each([
    ["5, x", integer, '"x" is no number'],
    ["9..5", integer, "counts backwards"],
    ["0.1..0.5", real, "needs a step"],
    ["1..x", integer, "on both sides"],
    ["1..5 step 0", integer, "above 0"],
    ["1..5 step x", integer, '"x" is no number'],
    ["0..1 log 3", real, "begins above 0"],
    ["1..5 lin 1", real, "at least 2"],
    ["1..5 lin 2.5", real, "at least 2"],
    ["1..1000000", integer, "at most 1000"],
    ["1..600, 1..600", integer, "At most 1000"],
    ["Infinity", real, "is no number"],
    ["fast", choice, "none of auto, plain, 32"],
  ])("%j is refused: %s", (text, field, why) => {
    const read = parseValues(text, field);
    expect(read).toMatchObject({ ok: false });
    expect(read.ok ? "" : read.problem).toContain(why);
  });

  it("reads back any list of numbers as they are written", () => {
    const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(numbers, (list) => {
        const written = list.map((value) => (Object.is(value, -0) ? 0 : value));
        expect(values(written.join(", "))).toEqual(written);
      }),
    );
  });

  it("walks a range from its first value in equal steps and never beyond its last", () => {
    const range = fc.record({ first: fc.integer({ min: -1000, max: 1000 }), count: fc.integer({ min: 1, max: 200 }) });
    fc.assert(
      fc.property(range, fc.integer({ min: 1, max: 50 }), ({ first, count }, step) => {
        const last = first + (count - 1) * step;
        const list = values(`${first}..${last} step ${step}`, integer);
        expect(list).toEqual(Array.from({ length: count }, (_, i) => first + i * step));
      }),
    );
  });

  it("spaces a logarithmic range evenly between its ends", () => {
    const ends = fc.record({ low: fc.integer({ min: -9, max: 3 }), decades: fc.integer({ min: 1, max: 6 }) });
    fc.assert(
      fc.property(ends, fc.integer({ min: 2, max: 40 }), ({ low, decades }, count) => {
        const first = Number(`1e${low}`);
        const last = Number(`1e${low + decades}`);
        const list = values(`${first}..${last} log ${count}`) as number[];
        expect(list.length).toBe(count);
        expect([list[0], list.at(-1)]).toEqual([first, last]);
        list.forEach((value, i) => {
          expect(Math.log10(value)).toBeCloseTo(low + (decades * i) / (count - 1), 4);
        });
      }),
    );
  });

  it("never throws and never answers more than the engine takes, whatever is typed", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789.,;e-+ steplinogx") }), (text) => {
        const read = parseValues(text, real);
        if (read.ok) expect(read.values.length).toBeLessThanOrEqual(mostValues);
        else expect(read.problem).not.toBe("");
      }),
      { numRuns: 500 },
    );
  });
});
