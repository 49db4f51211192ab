import { afterEach, describe, expect, test, vi } from "vitest";
import {
  formatBytes,
  formatCount,
  formatSeconds,
  formatTime,
  formatValue,
  printPairs,
  printTable,
} from "../../../main/cli/output.ts";

afterEach(() => vi.restoreAllMocks());

function captured(work: () => void): string {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  work();
  return text;
}

describe("R44: tables for people", () => {
  const columns = [
    { title: "run", cell: (row: [string, number]) => row[0] },
    { title: "steps", cell: (row: [string, number]) => String(row[1]), right: true },
  ];

  test("set columns under their titles, numbers to the right", () => {
    const rows: [string, number][] = [
      ["a-long-name", 5],
      ["b", 12345],
    ];
    expect(captured(() => printTable(rows, columns, "none"))).toBe(
      "run          steps\na-long-name      5\nb            12345\n",
    );
  });

  test("say so when there is nothing", () => {
    expect(captured(() => printTable([], columns, "none yet"))).toBe("none yet\n");
  });

  test("pairs have their values under each other", () => {
    expect(
      captured(() =>
        printPairs([
          ["a", "1"],
          ["long", "2"],
        ]),
      ),
    ).toBe("a:    1\nlong: 2\n");
  });

  test("numbers read as a person writes them", () => {
    expect(formatCount(300000)).toBe("300,000");
    expect([
      formatValue(-12.345678),
      formatValue(0),
      formatValue(null),
      formatValue(123456.7),
      formatValue(Number.NaN),
    ]).toEqual(["-12.346", "0", "-", "123,457", "NaN"]);
    expect([formatSeconds(0.84), formatSeconds(42.4), formatSeconds(200), formatSeconds(7500)]).toEqual([
      "0.8 s",
      "42 s",
      "3 min 20 s",
      "2 h 5 min",
    ]);
    expect([formatBytes(12), formatBytes(4_200_000), formatBytes(3e15)]).toEqual(["12 B", "4.2 MB", "3000.0 TB"]);
    expect(formatTime(null)).toBe("-");
    expect(formatTime(new Date(2026, 0, 2, 3, 4).getTime())).toBe("2026-01-02 03:04");
  });
});
