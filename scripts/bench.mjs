/**
 * `npm run bench`: measures what test/bench holds and prints a table; exit status 1 when a limit is missed.
 *   --only nn,peers   only these parts
 *   --json            the rows instead of the table: [{ id, ours, peer, unit, ratio, atLeast, .. }], null where there is none
 *   --write           also puts the table, the machine and the date into docs/performance.md
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureBuilt } from "./build.mjs";
import { main, root } from "./common.mjs";
import { installedElectron } from "./setup/electron.mjs";
import { continueOnNode24 } from "./setup/node.mjs";

/** Part -> function of `test/bench/<part>.ts`; what it answers is told in test/bench/benchmark.ts. */
const parts = {
  nn: "nnBenchmarks",
  peers: "peerBenchmarks",
  tensorflow: "tensorflowBenchmarks",
  worlds: "worldBenchmarks",
  learners: "learnerBenchmarks",
  program: "programBenchmarks",
  store: "storeBenchmarks",
  app: "appBenchmarks",
  desk: "deskBenchmarks",
};

/** Processes that wanted a core in the minute before: what else ran. Always 0 on Windows, which does not tell. */
const LOAD = os.loadavg()[0];

const page = path.join(root, "docs", "performance.md");
const BEGIN = "<!-- measured by `npm run bench -- --write` -->";
const END = "<!-- end of what is measured -->";

/** The parts one after another, each in a process of its own: what one of them loads or has run slows no other. */
function measureApart(names, progress) {
  return names.flatMap((name) => {
    progress(name);
    const words = [fileURLToPath(import.meta.url), "--only", name, "--raw"];
    const options = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 2 ** 26 };
    const { status, stdout } = spawnSync(process.execPath, words, options);
    if (status !== 0) throw new Error(`measuring ${name} failed (exit status ${status})`);
    return JSON.parse(stdout);
  });
}

async function measure(name) {
  const module = await import(path.join(root, "test", "bench", `${name}.ts`));
  const results = await module[parts[name]]();
  return results.map((result) => ({ ...result, met: isMet(result) }));
}

/** A row beside a peer: its limit is one of the ratio. */
const isComparison = (result) => "peer" in result;

function isMet(result) {
  const { atLeast, atMost } = result;
  const value = isComparison(result) ? result.ratio : result.value;
  if (value === null || (atLeast === undefined && atMost === undefined)) return undefined;
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
}

function machine() {
  const cpus = os.cpus();
  return {
    processor: `${cpus[0]?.model.trim()}, ${cpus.length} logical cores`,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.versions.node,
    electron: installedElectron()?.version ?? "none",
    date: new Date().toISOString().slice(0, 10),
    load: LOAD,
  };
}

/** One shape for every row: what has no peer stands alone, its limits are those of `ours`. */
function asRow(result) {
  if (isComparison(result)) return { atLeast: null, ...result };
  const { value, ...rest } = result;
  return { id: result.id, ours: value, peer: null, unit: result.unit, ratio: null, atLeast: null, ...rest };
}

function number(value) {
  const digits = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  return value.toLocaleString("en-US", { maximumFractionDigits: Math.max(0, 4 - Math.max(digits, 0)) });
}

function limit(result) {
  const { atLeast, atMost, aim } = result;
  const times = isComparison(result) ? "x" : "";
  const words = [
    atLeast !== undefined && `at least ${number(atLeast)}${times}`,
    atMost !== undefined && `at most ${number(atMost)}${times}`,
    aim !== undefined && `aim ${number(aim)}${times}`,
  ];
  return words.filter(Boolean).join(", ");
}

function verdict({ atLeast, atMost, met }) {
  if (met !== undefined) return met ? "met" : "MISSED";
  return atLeast === undefined && atMost === undefined ? "" : "not compared";
}

function cells(result) {
  if (!isComparison(result)) {
    return [result.id, number(result.value), "", result.unit, "", limit(result), verdict(result), ""];
  }
  const { id, ours, peer, unit, ratio, against, note } = result;
  const compared = [peer === null ? "none" : number(peer), unit, ratio === null ? "" : `${number(ratio)}x`];
  return [id, number(ours), ...compared, limit(result), verdict(result), note ? `${against}: ${note}` : against];
}

const titles = ["what", "ours", "peer", "unit", "ratio", "limit", "", "peer is"];
/** Columns of numbers stand on the right. */
const RIGHT = [1, 2, 4];

function textTable(results) {
  const lines = [titles, ...results.map(cells)];
  const widths = titles.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (RIGHT.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const line = (columns) => `| ${columns.join(" | ")} |`;

function markdown(rows) {
  const { processor, memory, system, node, electron, date, load } = machine();
  return [
    BEGIN,
    "",
    `\`npm run bench\`, last on ${date}: ${processor}, ${memory}, ${system}, Node ${node}, Electron ${electron}, load before ${number(load)}. Best of five where a limit is given; beside a peer, medians of nine blocks in turns.`,
    "",
    line(titles),
    line(titles.map((_, i) => (RIGHT.includes(i) ? "---:" : "---"))),
    ...rows,
    "",
    END,
  ].join("\n");
}

/** Replaces the rows of what was measured now; other rows, and the words around the table, stay. */
function write(results) {
  const old = existsSync(page) ? readFileSync(page, "utf8") : `# Performance\n\n${BEGIN}\n${END}\n`;
  const from = old.indexOf(BEGIN);
  const to = old.indexOf(END);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has lost its line ${BEGIN} or ${END}`);
  const known = old
    .slice(from, to)
    .split("\n")
    .filter((text) => text.startsWith("| "))
    .slice(1);
  const rows = new Map(known.map((text) => [text.split(" | ")[0].slice(2), text]));
  for (const result of results) rows.set(result.id, line(cells(result)));
  writeFileSync(page, old.slice(0, from) + markdown([...rows.values()]) + old.slice(to + END.length));
}

await main(async () => {
  continueOnNode24();
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      json: { type: "boolean" },
      write: { type: "boolean" },
      raw: { type: "boolean" },
    },
  });
  const names = values.only?.split(",") ?? Object.keys(parts);
  const unknown = names.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: the parts are ${Object.keys(parts).join(", ")}`);
  // The process of one part.
  if (values.raw) {
    console.log(JSON.stringify(await measure(names[0])));
    return;
  }
  await ensureBuilt({ quiet: true });
  const results = measureApart(names, (name) => console.error(`measuring ${name}`));
  console.log(values.json ? JSON.stringify(results.map(asRow), null, 2) : textTable(results));
  if (values.write) write(results);
  if (results.some((result) => result.met === false)) process.exitCode = 1;
});
