import path from "node:path";
import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  absoluteIfPath,
  parseSeeds,
  parseSubject,
  seedsOption,
  setOption,
  varyOption,
  wholeNumber,
} from "../../../main/cli/arguments.ts";

describe("R41: --seeds", () => {
  test.each([
    ["1", [1]],
    ["1..3", [1, 2, 3]],
    ["1,4", [1, 4]],
    ["0..1,7", [0, 1, 7]],
    [" 2 , 5 .. 6 ", [2, 5, 6]],
  ])("%s names the seeds %j", (text, seeds) => {
    expect(parseSeeds(text)).toEqual(seeds);
  });

  test.each([
    ["", "neither a seed nor a range"],
    ["x", '"x" is neither a seed nor a range'],
    ["1..", '"1.." is neither'],
    ["-1", '"-1" is neither'],
    ["1.5", '"1.5" is neither'],
    ["3..1", "3..1 runs backwards"],
    ["1,1..2", "seed 1 is named twice"],
    ["1..100000", "more than 1000 runs at once"],
    ["1..999,2000..3000", "more than 1000 runs at once"],
    ["99999999999999999999", "too large"],
  ])("%s is refused: %s", (text, why) => {
    expect(() => parseSeeds(text)).toThrow(why);
  });

  test("reads back any list of seeds that differ", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1e9), { minLength: 1, maxLength: 40 }), (seeds) => {
        expect(parseSeeds(seeds.join(","))).toEqual(seeds);
      }),
    );
  });

  test("is 1 when not given", () => {
    expect(new Command().addOption(seedsOption()).parse([], { from: "user" }).opts()).toEqual({ seeds: [1] });
  });
});

describe("R42: --set", () => {
  const parse = (...words: string[]) =>
    new Command().exitOverride().addOption(setOption("x")).parse(words, { from: "user" }).opts().set;

  test("collects values as typed, with everything after the first =", () => {
    expect(parse("--set", "users=6", "--set", "gamma = 0.99 ", "--set=name=a=b")).toEqual({
      users: "6",
      gamma: "0.99",
      name: "a=b",
    });
    expect(parse()).toEqual({});
  });

  test("may give an empty value, which the engine judges", () => {
    expect(parse("--set", "users=")).toEqual({ users: "" });
  });

  test.each(["users", "=6", " =6"])("refuses %j, which names no value or no parameter", (word) => {
    expect(() => parse("--set", word)).toThrow("names no value");
  });

  test("refuses a parameter that is given twice", () => {
    expect(() => parse("--set", "users=6", "--set", "users=7")).toThrow("--set users is given twice");
  });
});

describe("--vary", () => {
  const parse = (...words: string[]) =>
    new Command().exitOverride().addOption(varyOption()).parse(words, { from: "user" }).opts().vary;

  test("collects the values of each parameter as typed", () => {
    expect(parse("--vary", "users=5, 7,9", "--vary=hidden=64x64")).toEqual({
      users: ["5", "7", "9"],
      hidden: ["64x64"],
    });
    expect(parse()).toEqual({});
  });

  test.each(["users", "=5", "users=", "users=5,,7", "users=5,"])("refuses %j, which names no list", (word) => {
    expect(() => parse("--vary", word)).toThrow("names no list of values");
  });

  test("refuses a parameter that is given twice", () => {
    expect(() => parse("--vary", "users=5", "--vary", "users=6")).toThrow("--vary users is given twice");
  });
});

describe("R43: words that name things", () => {
  test.each([
    ["emulator-tuning/hmppo", "emulator-tuning", "hmppo"],
    ["sanity/cartpole/ippo", "sanity/cartpole", "ippo"],
  ])("%s is scenario %s with learner %s", (word, scenario, learner) => {
    expect(parseSubject(word)).toEqual({ scenario, learner });
  });

  test.each(["hmppo", "/hmppo", "emulator-tuning/", ""])("%j names no scenario and learner", (word) => {
    expect(() => parseSubject(word)).toThrow("names no scenario and learner");
  });

  test("a path goes to the engine as a whole one, everything else as it is", () => {
    expect(absoluteIfPath("./x")).toBe(path.resolve("x"));
    expect(absoluteIfPath("/x/../y")).toBe("/y");
    expect(absoluteIfPath("emulator-tuning/random")).toBe("emulator-tuning/random");
    expect(absoluteIfPath("run-1:best")).toBe("run-1:best");
  });

  test.each(["x", "0", "-1", "1.5", "", "257", "1e2"])("%j is no number of parallel runs", (word) => {
    expect(() => wholeNumber("--parallel", 1, 256)(word)).toThrow("is not a whole number of 1 to 256");
  });
});
