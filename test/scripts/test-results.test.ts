import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "..", "..");
const folder = mkdtempSync(path.join(os.tmpdir(), "edgeloom-results-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the script makes of a real vitest run over one test file. */
function countOf(name: string, source: string | undefined) {
  const report = path.join(folder, `${name}.json`);
  let status: number | null = 1;
  if (source !== undefined) {
    writeFileSync(path.join(folder, `${name}.test.mjs`), source);
    const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
    const words = [vitest, "run", name, "--root", folder, "--reporter=json", `--outputFile=${report}`];
    status = spawnSync(process.execPath, words, { encoding: "utf8" }).status;
  }
  const script = `import { countResults } from ${JSON.stringify(path.join(root, "scripts", "test-results.mjs"))};
    console.log(JSON.stringify(countResults(${JSON.stringify(report)}, ${status})));`;
  return JSON.parse(spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }).stdout);
}

const vitestUrl = JSON.stringify(path.join(root, "node_modules", "vitest", "dist", "index.js"));

test("R62: passed, failed and skipped tests are counted one by one", () => {
  const source = `import { expect, test } from ${vitestUrl};
    test("a", () => {}); test("b", () => expect(1).toBe(2)); test.skip("c", () => {});`;
  expect(countOf("mixed", source)).toEqual({ passed: 1, failed: 1, skipped: 1 });
});

test("R62: a test file that cannot be loaded is a failure", () => {
  expect(countOf("broken", 'import "./is-not-there.mjs";')).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("R62: a run without a report is a failure", () => {
  expect(countOf("crashed", undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
