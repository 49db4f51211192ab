import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";

const script = path.resolve(import.meta.dirname, "..", "scripts", "check-imports.mjs");
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function check(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  return { status, stdout, problems: stderr.trim().split("\n") };
}

/** Checks a house that holds one file. */
function checkFile(name: string, text: string) {
  const house = mkdtempSync(path.join(os.tmpdir(), "edgeloom-imports-"));
  folders.push(house);
  for (const top of ["lab", "main", "preload", "renderer"]) mkdirSync(path.join(house, top));
  const file = path.join(house, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return check(house);
}

describe("R60: who may import whom", () => {
  test("this house imports as the matrix allows", () => {
    const { status, problems } = check();
    expect(problems).toEqual([""]);
    expect(status).toBe(0);
  });

  test.each([
    ["a part that may not be used", "lab/a.ts", 'import { x } from "../main/store/x.ts";', "../main/store/x.ts"],
    ["a type of such a part", "renderer/a.tsx", 'import type { X } from "../lab/nn/x.ts";', "../lab/nn/x.ts"],
    ["an import over several lines", "main/cli/a.ts", 'import {\n  x,\n} from "../store/x.ts";', "../store/x.ts"],
    ["a re-export", "main/link/a.ts", 'export * from "../engine/x.ts";', "../engine/x.ts"],
    ["an import while running", "main/runs/a.ts", 'const x = await import("../store/x.ts");', "../store/x.ts"],
    ["Node in the science", "lab/a.ts", 'import { readFileSync } from "node:fs";', "node:fs"],
    ["a package in the science", "lab/a.ts", 'import x from "better-sqlite3";', "better-sqlite3"],
    [
      "a native module in the window's process",
      "main/desktop/a.ts",
      'import x from "better-sqlite3";',
      "better-sqlite3",
    ],
    [
      "more than types of TensorFlow",
      "lab/nn/tensorflow/a.ts",
      'import { add } from "@tensorflow/tfjs-core";',
      "@tensorflow/tfjs-core",
    ],
    ["Electron outside the shell", "main/engine/a.ts", 'import { app } from "electron";', "electron"],
    ["a file in no known part", "main/loose.ts", 'import "node:fs";', "node:fs"],
  ])("is told: %s", (_, file, text, specifier) => {
    const { status, problems } = checkFile(file, text);
    expect(status).toBe(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${file} imports ${specifier}: `);
  });

  test.each([
    ["the curve's statistics in the window", "renderer/a.tsx", 'import { mean } from "../lab/stats/mean.ts";'],
    ["types of TensorFlow", "lab/nn/tensorflow/a.ts", 'import type { Tensor } from "@tensorflow/tfjs-core";'],
    ["the contract in the command line", "main/cli/commands/a.ts", 'import "../../../preload/contract.ts";'],
    ["words in a comment", "lab/a.ts", '// see "node:fs" and import of main/store\nexport const x = 1;'],
  ])("allows %s", (_, file, text) => {
    expect(checkFile(file, text).status).toBe(0);
  });
});
