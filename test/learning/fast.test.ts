import { describe, expect, it } from "vitest";
import { checks } from "./checks.ts";

describe("learning checks that need no patience", () => {
  for (const check of checks.filter(({ fast }) => fast !== undefined)) {
    const seeds = check.fast === "one seed" ? check.seeds.slice(0, 1) : check.seeds;
    it(`${check.learner}, ${check.task}: ${check.rule} (seeds ${seeds.join(", ")})`, () => {
      const outcomes = seeds.map((seed) => check.run(seed));
      expect(check.passes(outcomes), JSON.stringify(outcomes)).toBe(true);
    }, 180_000);
  }
});
