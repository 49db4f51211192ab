import { expect, it } from "vitest";
import { dataOption } from "../../../main/desktop/command-line.ts";

it("finds the data folder in either form, and nothing where there is none", () => {
  expect(dataOption(["--no-sandbox", "/app", "--data", "/a b"])).toBe("/a b");
  expect(dataOption(["/app", "--data=/c"])).toBe("/c");
  expect(dataOption(["/app", "--database=/c"])).toBeUndefined();
  expect(dataOption(["/app", "--data"])).toBeUndefined();
});
