import { expect, it } from "vitest";
import { halfLives, nextHalfLife, smoothingCaption, smoothingLabel } from "../../renderer/model/smoothing.ts";

it("says what it is: the kind of average, its half-life in points, and that the recorded curve is behind it", () => {
  expect(smoothingCaption(20, false)).toBe(
    "Smoothed: exponential moving average, debiased, half-life 20 points; faint: as recorded.",
  );
  expect(smoothingCaption(20, true)).toMatch(/^Each run smoothed before the mean: .* half-life 20 points/);
  expect(smoothingCaption(0, false)).toBe("");
  expect(smoothingLabel(0)).toBe("None");
});

it("is none to begin with and goes up and down by steps that end at both ends", () => {
  expect(halfLives[0]).toBe(0);
  expect(nextHalfLife(0, -1)).toBe(0);
  expect(nextHalfLife(0, 1)).toBe(2);
  const last = halfLives.at(-1)!;
  expect(nextHalfLife(last, 1)).toBe(last);
  let at = 0;
  for (const step of halfLives.slice(1)) {
    at = nextHalfLife(at, 1);
    expect(at).toBe(step);
  }
});
