import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pan, type Range, within, zoomAbout } from "../../renderer/model/zoom.ts";

const whole = { from: 10, to: 1000 };
const linear = { log: false };

describe("zooming", () => {
  it("keeps the place under the pointer where it is", () => {
    const shown = zoomAbout(whole, whole, 2, 250, linear)!;
    const share = (range: Range, x: number) => (x - range.from) / (range.to - range.from);
    expect(share(shown, 250)).toBeCloseTo(share(whole, 250), 12);
    expect(shown.to - shown.from).toBeCloseTo(495, 9);
  });

  it("keeps it on a logarithmic axis too", () => {
    const shown = zoomAbout(whole, whole, 2, 100, { log: true })!;
    const share = (range: Range, x: number) => Math.log(x / range.from) / Math.log(range.to / range.from);
    expect(share(shown, 100)).toBeCloseTo(share(whole, 100), 9);
    expect(Math.log(shown.to / shown.from)).toBeCloseTo(Math.log(100) / 2, 9);
  });

  it("never leaves the whole, never turns round, and comes back to everything", () => {
    const step = fc.record({
      kind: fc.constantFrom("zoom", "pan"),
      amount: fc.double({ min: -3, max: 3, noNaN: true }),
      place: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, log) => {
        let shown: Range | undefined;
        for (const { kind, amount, place } of steps) {
          const now = shown ?? whole;
          const at = now.from + place * (now.to - now.from);
          shown = kind === "zoom" ? zoomAbout(now, whole, 2 ** amount, at, { log }) : pan(now, whole, amount, { log });
          if (shown === undefined) continue;
          expect(shown.from).toBeGreaterThanOrEqual(whole.from - 1e-6);
          expect(shown.to).toBeLessThanOrEqual(whole.to + 1e-6);
          expect(shown.to).toBeGreaterThan(shown.from);
        }
        const last = shown ?? whole;
        expect(zoomAbout(last, whole, 1e-9, (last.from + last.to) / 2, { log })).toBeUndefined();
      }),
    );
  });
});

describe("moving", () => {
  it("keeps the width and stops at the ends", () => {
    const shown = { from: 100, to: 200 };
    expect(pan(shown, whole, 0.5, linear)).toEqual({ from: 150, to: 250 });
    expect(pan(shown, whole, -5, linear)).toEqual({ from: 10, to: 110 });
    expect(pan(shown, whole, 50, linear)).toEqual({ from: 900, to: 1000 });
  });
});

describe("a selected stretch", () => {
  it("may be drawn in either direction, and everything is no zoom", () => {
    expect(within({ from: 300, to: 200 }, whole)).toEqual({ from: 200, to: 300 });
    expect(within({ from: 0, to: 5000 }, whole)).toBeUndefined();
    const point = within({ from: 500, to: 500 }, whole)!;
    expect(point.to).toBeGreaterThan(point.from);
  });
});
