import type { Command } from "commander";
import type { CheckpointSummary, LearnerSummary, RunDetail, ScenarioSummary } from "../../../preload/contract.ts";
import type { Client } from "../../link/client.ts";
import { absoluteIfPath } from "../arguments.ts";
import { optionsOf, withEngine } from "../context.ts";
import {
  formatBytes,
  formatCount,
  formatTime,
  formatValue,
  printJson,
  printLine,
  printPairs,
  printTable,
} from "../output.ts";
import { runColumns } from "../results.ts";
import { checkpointColumns } from "./list.ts";

type Shown =
  | { readonly kind: "scenario"; readonly value: ScenarioSummary }
  | { readonly kind: "learner"; readonly value: LearnerSummary }
  | { readonly kind: "checkpoint"; readonly value: CheckpointSummary }
  | { readonly kind: "run"; readonly value: RunDetail };

export function addShow(program: Command): void {
  program
    .command("show")
    .summary("everything about one run, checkpoint, scenario or learner")
    .argument("<run|checkpoint|scenario|learner>", "its id; a checkpoint also as its path, <run>:last or <run>:best")
    .action(async (word: string, _options: unknown, command: Command) => {
      const options = optionsOf(command);
      const shown = await withEngine(options, (client) => find(client, word));
      if (options.json) printJson(shown.value);
      else print(shown);
    });
}

async function find(client: Client, word: string): Promise<Shown> {
  const scenario = (await client.call("catalog.scenarios", {})).find((candidate) => candidate.id === word);
  if (scenario !== undefined) return { kind: "scenario", value: scenario };
  const learner = (await client.call("catalog.learners", {})).find((candidate) => candidate.id === word);
  if (learner !== undefined) return { kind: "learner", value: learner };
  const checkpoint = await findCheckpoint(client, absoluteIfPath(word));
  if (checkpoint !== undefined) return { kind: "checkpoint", value: checkpoint };
  return { kind: "run", value: await client.call("runs.get", { run: word }) };
}

async function findCheckpoint(client: Client, word: string): Promise<CheckpointSummary | undefined> {
  const named = /^(.+):(last|best|\d+)$/.exec(word);
  const all = await client.call("checkpoints.list", {});
  return all.find((checkpoint) => {
    if (checkpoint.path === word) return true;
    if (named === null || checkpoint.run !== named[1]) return false;
    if (named[2] === "last") return checkpoint.isLast;
    return named[2] === "best" ? checkpoint.isBest : checkpoint.step === Number(named[2]);
  });
}

function print(shown: Shown): void {
  if (shown.kind === "scenario") printScenario(shown.value);
  else if (shown.kind === "learner") printLearner(shown.value);
  else if (shown.kind === "checkpoint") printCheckpoint(shown.value);
  else printRun(shown.value);
}

function printScenario(scenario: ScenarioSummary): void {
  printLine(`${scenario.title} (${scenario.id}, version ${scenario.version})`);
  printLine(scenario.summary);
  printLine();
  printPairs([
    ["learners", scenario.learners.join(", ")],
    ["policies", scenario.policies.join(", ")],
    [
      "presets",
      Object.entries(scenario.presets)
        .map(([name, { help }]) => `${name} (${help})`)
        .join(", "),
    ],
  ]);
  printLine();
  printTable(
    scenario.metrics,
    [
      { title: "metric", cell: (row) => `eval/${row.id}` },
      { title: "unit", cell: (row) => row.unit },
      { title: "better", cell: (row) => row.better },
      { title: "title", cell: (row) => row.title },
    ],
    "no metrics",
  );
  printLine();
  printParameters(scenario.parameters);
}

function printLearner(learner: LearnerSummary): void {
  printLine(`${learner.title} (${learner.id}, version ${learner.version})`);
  printLine(learner.summary);
  printLine();
  printParameters(learner.parameters);
}

/** The parameters of a JSON Schema, each with its default, range, unit and where the default comes from. */
function printParameters(schema: Record<string, unknown>): void {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>);
  printTable(
    properties,
    [
      { title: "parameter", cell: ([key]) => key },
      { title: "default", cell: ([, field]) => text(field.default), right: true },
      { title: "range", cell: ([, field]) => range(field) },
      { title: "unit", cell: ([, field]) => text(field.unit) },
      { title: "source", cell: ([, field]) => text(field.source) },
      { title: "title", cell: ([, field]) => text(field.title) },
    ],
    "no parameters",
  );
}

function text(value: unknown): string {
  return value === undefined ? "" : String(value);
}

function range(field: Record<string, unknown>): string {
  if (Array.isArray(field.enum)) return field.enum.join(" | ");
  const least = field.minimum ?? (field.exclusiveMinimum === undefined ? undefined : `>${field.exclusiveMinimum}`);
  const most = field.maximum ?? (field.exclusiveMaximum === undefined ? undefined : `<${field.exclusiveMaximum}`);
  if (least === undefined && most === undefined) return text(field.type);
  return `${text(least)}..${Number(most) === Number.MAX_SAFE_INTEGER ? "" : text(most)}`;
}

function printCheckpoint(checkpoint: CheckpointSummary): void {
  printPairs([
    ["checkpoint", checkpoint.id],
    ["run", checkpoint.run],
    ["steps", formatCount(checkpoint.step)],
    ["iteration", formatCount(checkpoint.iteration)],
    ["attempt", String(checkpoint.attempt)],
    ["eval/reward", formatValue(checkpoint.reward)],
    ["size", formatBytes(checkpoint.bytes)],
    ["written", formatTime(checkpoint.createdAt)],
    ["SHA-256", checkpoint.sha256],
    ["folder", checkpoint.path],
  ]);
}

function printRun({ summary, folder, parameters, environment, metrics, checkpoints }: RunDetail): void {
  printTable([summary], runColumns, "");
  printLine();
  printPairs([
    ["experiment", summary.experiment],
    ["trains", `${summary.scenario}/${summary.learner}, preset ${summary.preset}, seed ${summary.seed}`],
    ["started", formatTime(summary.startedAt)],
    ["finished", formatTime(summary.finishedAt)],
    ...(summary.parent === null ? [] : [["forked from", summary.parent] as const]),
    ...(summary.marks.length === 0 ? [] : [["marks", summary.marks.join(", ")] as const]),
    ...(summary.error === null ? [] : [["error", summary.error.message] as const]),
    ...Object.entries(environment),
    ["metrics", metrics.join(", ")],
    ["folder", folder],
  ]);
  printLine();
  printTable(
    parameters,
    [
      { title: "parameter", cell: (row) => row.key },
      { title: "value", cell: (row) => `${row.value}`, right: true },
      { title: "unit", cell: (row) => row.unit },
      { title: "", cell: (row) => (row.value === row.default ? row.source : `changed from ${row.default}`) },
    ],
    "no parameters",
  );
  printLine();
  printTable(checkpoints, checkpointColumns, "no checkpoints yet");
}
