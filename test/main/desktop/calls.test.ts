import { describe, expect, it } from "vitest";
import { checkCall } from "../../../main/desktop/calls.ts";
import { type MethodName, methods, userErrorSchema } from "../../../preload/contract.ts";
import { wildValues } from "../../support/wild-values.ts";

const inputsAMethod = 10_000;

describe("what a window asks of the engine", () => {
  it.each(Object.keys(methods) as MethodName[])(
    "is parsed or refused with a typed error, 10,000 inputs: %s",
    (name) => {
      let refused = 0;
      for (const value of wildValues(inputsAMethod, name.length)) {
        const answer = checkCall(name, value);
        if (answer.ok) continue;
        refused++;
        if (!userErrorSchema.safeParse(answer.error).success) expect.fail(JSON.stringify(answer));
      }
      expect(refused).toBeGreaterThan(inputsAMethod / 10);
    },
  );

  it("names no method of an object's own making, and none that is withheld", () => {
    for (const name of ["constructor", "__proto__", "toString", "", 7, null, undefined, {}, ["runs.list"]]) {
      expect(checkCall(name, {})).toMatchObject({ ok: false, error: { code: "method-unknown" } });
    }
    for (const name of ["engine.stop", "rows.write"]) {
      expect(checkCall(name, {})).toMatchObject({ ok: false, error: { code: "method-withheld" } });
    }
  });

  it("says which field is wrong, and keeps a window's hearing of the runs", () => {
    expect(checkCall("runs.get", { run: 7 })).toMatchObject({ ok: false, error: { field: "run" } });
    expect(checkCall("subscribe", { runs: false, points: [] })).toEqual({
      ok: true,
      value: { method: "subscribe", params: { runs: true, points: [] } },
    });
  });
});
