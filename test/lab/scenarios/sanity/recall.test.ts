import { describe, expect, it } from "vitest";
import { recall } from "../../../../lab/scenarios/sanity/recall.ts";
import type { Policy, World } from "../../../../lab/scenarios/scenario.ts";
import { scores, seenBy, setState, step } from "./support.ts";

/** Notes the cue at the start and answers `answer(cue)` when asked, 3 before. */
function remembering(answer: (cue: number) => number): Policy {
  let cue = -1;
  return {
    reset() {
      cue = -1;
    },
    decide(world: World) {
      const seen = seenBy(world);
      if (cue < 0) cue = seen.indexOf(1);
      world.act(0, Float32Array.of(seen[4] === 1 ? answer(cue) : 3), 0);
    },
  };
}

describe("recall", () => {
  it("shows the cue at first, nothing in between, and asks in step 5", () => {
    const world = recall.create({});
    setState(world, [2, 0]);
    const seen = [seenBy(world)];
    for (let t = 0; t < 5; t++) {
      step(world, 2);
      expect([world.reward, world.terminated]).toEqual([0, false]);
      seen.push(seenBy(world));
    }
    const nothing = [0, 0, 0, 0, 0];
    expect(seen).toEqual([[0, 0, 1, 0, 0], nothing, nothing, nothing, nothing, [0, 0, 0, 0, 1]]);
    expect(world.elapsed).toBe(5 / 6);
    step(world, 2);
    expect([world.reward, world.terminated, world.truncated, world.elapsed]).toEqual([1, true, false, 1]);
    expect(seenBy(world)).toEqual(nothing);
  });

  it("pays 1 to the one who remembers, else nothing, whatever was chosen before", () => {
    expect(
      scores(
        recall,
        remembering((cue) => cue),
        100,
      ).reward!.mean,
    ).toBe(1);
    expect(
      scores(
        recall,
        remembering((cue) => (cue + 1) % 4),
        100,
      ).reward!.mean,
    ).toBe(0);
  });

  it("pays a quarter to chance, and to the one who always says the same", () => {
    for (const policy of ["random", remembering(() => 1)]) {
      const { mean, standardError } = scores(recall, policy, 4000).reward!;
      expect(Math.abs(mean - 0.25)).toBeLessThan(4 * standardError);
    }
  });

  it("takes other cues and another delay", () => {
    const world = recall.create({ cues: 2, answerStep: 1 });
    expect(seenBy(world).length).toBe(3);
    step(world, 0);
    expect(seenBy(world)).toEqual([0, 0, 1]);
    step(world, 0);
    expect(world.terminated).toBe(true);
  });
});
