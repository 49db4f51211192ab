import { describe, expect, it } from "vitest";
import { regularisedIncompleteBeta, studentQuantile, studentUpperTail } from "../../../lab/stats/student.ts";

describe("regularised incomplete beta function", () => {
  it.each([
    // x, a, b and the value of SciPy's betainc
    [0.3, 2, 3, 0.3483],
    [0.9, 0.5, 0.5, 0.7951672353008665],
    [0.01, 5, 0.5, 2.4712578086395438e-11],
    [0.5, 1000, 1000, 0.5],
    [0.999, 40, 0.5, 0.777919867635688],
  ])("is right at x = %f, a = %f, b = %f", (x, a, b, expected) => {
    expect(Math.abs(regularisedIncompleteBeta(x, a, b) / expected - 1)).toBeLessThan(1e-11);
  });

  it("equals its closed forms where one parameter is 1", () => {
    for (let x = 0; x <= 1; x += 0.0625) {
      for (const a of [0.3, 1, 2.5, 17]) {
        expect(regularisedIncompleteBeta(x, a, 1)).toBeCloseTo(x ** a, 12);
        expect(regularisedIncompleteBeta(x, 1, a)).toBeCloseTo(1 - (1 - x) ** a, 12);
      }
    }
  });
});

describe("Student's t distribution", () => {
  it.each([
    // probability, degrees of freedom and the quantile of SciPy
    [0.975, 1, 12.706204736174694],
    [0.975, 2, 4.302652729749462],
    [0.975, 4, 2.7764451051977934],
    [0.975, 9, 2.262157162798205],
    [0.975, 30, 2.0422724563012378],
    [0.95, 5, 2.0150483733330233],
    [0.995, 3, 5.840909309733355],
    [0.9, 2.5, 1.7302509288071766],
    [0.999, 0.7, 3637.014630105735],
    [0.975, 1e6, 1.959966356814107],
    [0.6, 1000, 0.25341451583949876],
  ])("has its %f quantile at %f degrees of freedom where the tables have it", (probability, degrees, expected) => {
    expect(Math.abs(studentQuantile(probability, degrees) / expected - 1)).toBeLessThan(1e-9);
    expect(studentQuantile(1 - probability, degrees)).toBeCloseTo(-studentQuantile(probability, degrees), 6);
  });

  it("equals its closed forms at 1 and 2 degrees of freedom", () => {
    for (let t = -20; t <= 20; t += 0.37) {
      expect(studentUpperTail(t, 1)).toBeCloseTo(0.5 - Math.atan(t) / Math.PI, 12);
      expect(studentUpperTail(t, 2)).toBeCloseTo(0.5 - t / (2 * Math.sqrt(2 + t * t)), 12);
    }
  });

  it("refuses probabilities and degrees of freedom out of range", () => {
    for (const probability of [0, 1, Number.NaN]) expect(() => studentQuantile(probability, 3)).toThrow(RangeError);
    expect(() => studentQuantile(0.9, 0)).toThrow(RangeError);
  });
});
