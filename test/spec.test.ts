import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const tests = import.meta.dirname;
const page = readFileSync(path.join(tests, "..", "docs", "SPEC.md"), "utf8");

/** Rule number -> the test files that prove it. */
const rules = [...page.matchAll(/^\| (R\d+) \| .+ \| (.+) \|$/gm)].map(([, rule, files]) => ({
  rule: rule!,
  files: [...files!.matchAll(/`([^`]+)`/g)].map(([, file]) => file!),
}));

describe("R66: the rules", () => {
  test("have numbers of their own, in order", () => {
    const numbers = rules.map(({ rule }) => Number(rule.slice(1)));
    expect(numbers.length).toBeGreaterThan(40);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  test("name test files that exist", () => {
    const missing = rules.flatMap(({ rule, files }) =>
      files.filter((file) => !existsSync(path.join(tests, file))).map((file) => `${rule}: ${file}`),
    );
    expect(missing).toEqual([]);
  });

  test("hold for dependencies.md: it names every dependency with its version", () => {
    const manifest = JSON.parse(readFileSync(path.join(tests, "..", "package.json"), "utf8"));
    const text = readFileSync(path.join(tests, "..", "docs", "dependencies.md"), "utf8");
    const { dependencies, optionalDependencies, devDependencies } = manifest;
    const all = Object.entries<string>({ ...dependencies, ...optionalDependencies, ...devDependencies });
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    const missing = all.filter(
      ([name, version]) =>
        !name.startsWith("@types/") && !rows.some((row) => row.includes(`\`${name}\``) && row.includes(version)),
    );
    expect(missing).toEqual([]);
  });

  test("that a test quotes are here, and name that test", () => {
    const wrong: string[] = [];
    for (const name of readdirSync(tests, { recursive: true, encoding: "utf8" })) {
      const file = name.split(path.sep).join("/");
      if (!/\.(test|e2e)\.tsx?$/.test(file)) continue;
      for (const [, rule] of readFileSync(path.join(tests, file), "utf8").matchAll(/["`](R\d+): /g)) {
        if (!rules.some((known) => known.rule === rule && known.files.includes(file)))
          wrong.push(`${file} quotes ${rule}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
