import { describe, expect, test } from "vitest";
import { failureText } from "../../../main/cli/failure.ts";
import { UserError } from "../../../main/platform/user-error.ts";

describe("R40: what is said when something fails", () => {
  test("is one line: message, and hint in brackets", () => {
    expect(failureText(new UserError("x", "It broke.", "Mend it."), false)).toBe("edgeloom: It broke (Mend it)");
    expect(failureText(new UserError("x", "It broke"), false)).toBe("edgeloom: It broke");
  });

  test("stays one line when the message holds the end of a log", () => {
    const error = new UserError("x", "The engine ended:\nfirst\n  second\n", "See the log.");
    expect(failureText(error, false)).toBe("edgeloom: The engine ended: | first | second (See the log)");
  });

  test("is an object with code, message, hint and field for scripts", () => {
    const error = new UserError("parameter-unknown", "no users", "x", "users");
    expect(JSON.parse(failureText(error, true))).toEqual({
      error: { code: "parameter-unknown", message: "no users", hint: "x", field: "users" },
    });
    expect(JSON.parse(failureText(new UserError("a", "b"), true))).toEqual({
      error: { code: "a", message: "b", hint: "" },
    });
  });

  test("calls anything else a bug", () => {
    expect(failureText(new TypeError("x is undefined"), false)).toMatch(
      /^edgeloom: TypeError: x is undefined \(this is a bug/,
    );
  });
});
