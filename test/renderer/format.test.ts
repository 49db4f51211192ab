import { describe, expect, it } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatParameter,
  formatSpread,
  formatTicks,
  formatValue,
} from "../../renderer/model/format.ts";

const thin = "\u2009";

describe("numbers", () => {
  it("groups thousands with thin spaces and has a real minus sign", () => {
    expect(formatCount(1_234_567)).toBe(`1${thin}234${thin}567`);
    expect(formatCount(1234)).toBe("1234");
    expect(formatValue(-99.512)).toBe("−99.51");
  });

  it.each([
    [0, "0"],
    [0.12345, "0.1235"],
    [-1.5, "−1.500"],
    [12_345.6, `12${thin}346`],
    [0.0003, "3e-4"],
    [4.56e9, "4.56e9"],
    [Number.NaN, "not a number"],
  ])("shows %d with four digits as %s", (value, text) => expect(formatValue(value)).toBe(text));

  it("shows a spread's own digits and no more of the mean", () => {
    expect(formatSpread(-99.51283, 0.4)).toBe("−99.5 ± 0.4");
    expect(formatSpread(21.0234, 0.112)).toBe("21.02 ± 0.11");
    expect(formatSpread(783.2, 41)).toBe("783 ± 41");
    expect(formatSpread(5, 0)).toBe("5.000");
  });

  it("gives the labels of an axis the same decimals", () => {
    expect(formatTicks([-100, -95, -90])).toEqual(["−100", "−95", "−90"]);
    expect(formatTicks([0, 0.25, 0.5])).toEqual(["0.00", "0.25", "0.50"]);
    expect(formatTicks([0.1, 0.2])).toEqual(["0.1", "0.2"]);
    expect(formatTicks([7])).toEqual(["7.000"]);
    expect(formatTicks([])).toEqual([]);
  });

  it("shows a parameter as it was set", () => {
    expect([0.0003, 100_000, 1e12, true, "auto"].map(formatParameter)).toEqual([
      "0.0003",
      `100${thin}000`,
      "1e12",
      "yes",
      "auto",
    ]);
  });

  it("shows bytes in powers of 1000", () => {
    expect([820, 12_400, 999_600, 1.3e9].map(formatBytes)).toEqual(["820 B", "12.4 KB", "1.0 MB", "1.3 GB"]);
  });
});

describe("times", () => {
  it.each([
    [0, "0 s"],
    [3.21, "3.2 s"],
    [42, "42 s"],
    [60, "1 min"],
    [200, "3 min 20 s"],
    [7500, "2 h 5 min"],
    [200_000, "2 d 8 h"],
  ])("shows %d seconds as %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it("says how long ago something was", () => {
    const now = 1e12;
    const ago = (seconds: number) => formatAgo(now - seconds * 1000, now);
    expect([3, 42, 240, 7300, 200_000].map(ago)).toEqual(["just now", "42 s ago", "4 min ago", "2 h ago", "2 d ago"]);
  });
});
