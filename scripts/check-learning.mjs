/**
 * `npm run check:learning`: trains every check of test/learning/checks.ts, judges it by its rule and writes
 * docs/learning-checks.md with its rows beside it (docs/learning-checks.json).
 *   --only cartpole-ppo,recall   these alone; the rows of the others stay as they are
 *   --json                       the rows instead of the table
 *   --parallel 2                 seeds trained side by side (as many as there are cores)
 * Exit status 1 when a check fails its rule.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ensureBuilt } from "./build.mjs";
import { main, node24, root } from "./common.mjs";
import { continueOnNode24 } from "./setup/node.mjs";

const rowsFile = path.join(root, "docs", "learning-checks.json");
const page = path.join(root, "docs", "learning-checks.md");
const BEGIN = "<!-- written by `npm run check:learning` -->";
const END = "<!-- end of what is written -->";

/** One seed in a process of its own. */
function trainSeed(id, seed) {
  return new Promise((resolve, reject) => {
    const child = spawn(node24, [path.join("test", "learning", "run.ts"), id, String(seed)], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve(JSON.parse(output));
      else reject(new Error(`check ${id}, seed ${seed}: exit status ${status}`));
    });
  });
}

/** Calls `work` for every item, `parallel` at a time; results in the items' order. */
async function inParallel(items, parallel, work) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

async function runCheck(check, parallel, meanInterval) {
  const outcomes = await inParallel(check.seeds, parallel, (seed) => trainSeed(check.id, seed));
  const values = outcomes.map(({ value }) => value);
  const interval = values.length > 1 ? meanInterval(values) : undefined;
  const { id, task, learner, rule, reference, steps, seeds } = check;
  return {
    id,
    task,
    learner,
    rule,
    reference,
    steps,
    seeds,
    values,
    details: outcomes.map(({ details }) => details),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    seconds: outcomes.map(({ seconds }) => Number(seconds.toFixed(1))),
    result: check.passes(outcomes) ? "pass" : "fail",
  };
}

function short(value) {
  if (value === null || value === undefined) return "";
  const digits = Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 1 ? 2 : 4;
  return String(Number(value.toFixed(digits)));
}

function cells(row) {
  const interval = row.low === null ? "" : `${short(row.low)} to ${short(row.high)}`;
  return [
    row.task,
    row.learner,
    row.steps > 0 ? row.steps.toLocaleString("en-US") : "",
    row.rule,
    short(row.mean),
    interval,
    row.values.map(short).join(", "),
    row.reference,
    `${short(row.seconds.reduce((sum, value) => sum + value, 0) / row.seconds.length)} s`,
    row.result,
  ];
}

const titles = ["task", "learner", "steps", "rule", "mean", "95% interval", "seeds", "others", "time a seed", "result"];

function section(rows, checks) {
  const line = (columns) => `| ${columns.join(" | ")} |`;
  const done = new Map(rows.map((row) => [row.id, row]));
  const missing = checks.filter(({ id }) => !done.has(id));
  return [
    BEGIN,
    "",
    line(titles),
    `|${titles.map((title) => (["mean", "steps"].includes(title) ? "---:" : "---")).join("|")}|`,
    ...checks.filter(({ id }) => done.has(id)).map(({ id }) => line(cells(done.get(id)))),
    ...missing.map(({ task, learner, steps, rule }) =>
      line([task, learner, steps.toLocaleString("en-US"), rule, "", "", "", "", "", "not run"]),
    ),
    "",
    END,
  ].join("\n");
}

/** Replaces what was written before and keeps the words around it. */
function write(rows, checks) {
  writeFileSync(rowsFile, `${JSON.stringify(rows, null, 1)}\n`);
  const old = existsSync(page) ? readFileSync(page, "utf8") : `# Learning checks\n\n${BEGIN}\n${END}\n`;
  const from = old.indexOf(BEGIN);
  const to = old.indexOf(END);
  if (from < 0 || to < from) throw new Error(`docs/learning-checks.md has lost its line ${BEGIN} or ${END}`);
  writeFileSync(page, old.slice(0, from) + section(rows, checks) + old.slice(to + END.length));
}

await main(async () => {
  continueOnNode24();
  const { values } = parseArgs({
    options: { only: { type: "string" }, json: { type: "boolean" }, parallel: { type: "string" } },
  });
  await ensureBuilt({ quiet: true });
  const { checks } = await import(path.join(root, "test", "learning", "checks.ts"));
  const { meanInterval } = await import(path.join(root, "lab", "stats", "tests.ts"));
  const wanted = values.only?.split(",") ?? checks.map(({ id }) => id);
  const unknown = wanted.find((id) => !checks.some((check) => check.id === id));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: the checks are ${checks.map(({ id }) => id).join(", ")}`);
  }
  const parallel = Number(values.parallel ?? os.availableParallelism());
  if (!Number.isSafeInteger(parallel) || parallel < 1) throw new Error(`--parallel ${values.parallel}: at least 1`);

  const known = existsSync(rowsFile) ? JSON.parse(readFileSync(rowsFile, "utf8")) : [];
  const rows = new Map(known.filter(({ id }) => checks.some((check) => check.id === id)).map((row) => [row.id, row]));
  const fresh = [];
  for (const check of checks.filter(({ id }) => wanted.includes(id))) {
    console.error(`checking ${check.id}: ${check.learner}, ${check.task}, ${check.seeds.length} seeds`);
    const row = await runCheck(check, parallel, meanInterval);
    fresh.push(row);
    rows.set(row.id, row);
    const ordered = checks.flatMap(({ id }) => rows.get(id) ?? []);
    write(ordered, checks);
    console.error(`  ${cells(row).slice(3).join("; ")}`);
  }
  if (values.json) console.log(JSON.stringify(fresh, null, 2));
  else for (const row of fresh) console.log(cells(row).join("\t"));
  if (fresh.some(({ result }) => result !== "pass")) process.exitCode = 1;
});
