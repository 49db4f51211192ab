/**
 * `npm test`: set-up, lint, types, notices, import matrix, vitest, and the real app under Xvfb where there is no display. The
 * last line is the sum; results as JSON and screenshots are left in test-artefacts/.
 */
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { hasDisplay, reason, root, runInTerminal } from "./common.mjs";
import { continueOnNode24 } from "./setup/node.mjs";
import { countResults } from "./test-results.mjs";

continueOnNode24();
const artefacts = path.join(root, "test-artefacts");
const tool = (...parts) => path.join(root, "node_modules", ...parts);

/** Checks that either pass or fail as a whole. */
const checks = [
  { title: "set-up and build", command: process.execPath, words: [path.join(root, "scripts", "setup.mjs")] },
  { title: "lint", command: process.execPath, words: [tool("@biomejs", "biome", "bin", "biome"), "check", "."] },
  { title: "types", command: process.execPath, words: [tool("typescript", "bin", "tsc"), "--noEmit"] },
  { title: "notices", command: process.execPath, words: [path.join(root, "scripts", "notices.mjs"), "--check"] },
  { title: "imports", command: process.execPath, words: [path.join(root, "scripts", "check-imports.mjs")] },
];

/** Test runs that count one by one. */
const suites = [
  { title: "tests", name: "unit", config: "vitest.config.ts", window: false },
  { title: "the real app", name: "e2e", config: "vitest.e2e.config.ts", window: true },
];

const sum = { passed: 0, failed: 0, skipped: 0 };
rmSync(artefacts, { recursive: true, force: true });
mkdirSync(artefacts, { recursive: true });

for (const { title, command, words } of checks) {
  console.log(`\n== ${title}`);
  const status = await statusOf(command, words);
  sum[status === 0 ? "passed" : "failed"]++;
}
for (const suite of suites) {
  console.log(`\n== ${suite.title}`);
  add(await runSuite(suite));
}

const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : "";
console.log(`\n${sum.passed} passed, ${sum.failed} failed${skipped}`);
process.exitCode = sum.failed === 0 ? 0 : 1;

/** Exit status; a program that cannot be started has failed. */
async function statusOf(command, words) {
  try {
    return await runInTerminal(command, words);
  } catch (error) {
    console.error(reason(error));
    return 1;
  }
}

function add(counts) {
  for (const key of Object.keys(sum)) sum[key] += counts[key];
}

async function runSuite({ name, config, window }) {
  const results = path.join(artefacts, `${name}.json`);
  const vitest = [tool("vitest", "vitest.mjs"), "run", "--config", config];
  const words = [...vitest, "--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
  const screen = ["-a", "--server-args=-screen 0 1680x1050x24", process.execPath];
  const status =
    window && !hasDisplay()
      ? await statusOf("xvfb-run", [...screen, ...words])
      : await statusOf(process.execPath, words);
  return countResults(results, status);
}
