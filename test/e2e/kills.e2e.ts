import { expect, test } from "vitest";
import { soak } from "../soak/kill-and-check.ts";

test("R16, R31: 30 random kills of shell, engine and trainer lose, double and change nothing", async () => {
  const report = await soak({ kills: 30, seed: 1, shell: true, log: (line) => console.log(line) });
  expect(report.faults).toEqual([]);
  expect(report.kills.trainer + report.kills.engine + report.kills.shell).toBe(30);
  for (const victim of ["trainer", "engine", "shell"] as const) expect(report.kills[victim]).toBeGreaterThan(0);
  expect(report.resumes).toBeGreaterThan(0);
  expect(report.repeatedPoints).toBeGreaterThan(0);
}, 600_000);
