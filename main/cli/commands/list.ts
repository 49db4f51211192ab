import type { Command } from "commander";
import type { CheckpointSummary } from "../../../preload/contract.ts";
import { type CommonOptions, optionsOf, withEngine } from "../context.ts";
import { type Column, formatBytes, formatCount, formatTime, formatValue, printJson, printTable } from "../output.ts";
import { runColumns } from "../results.ts";

export function addList(program: Command): void {
  const list = program.command("list").summary("list scenarios, learners, runs or checkpoints");
  list
    .command("scenarios")
    .description("worlds, the learners that fit them and their built-in policies")
    .action((_options: unknown, command: Command) => listScenarios(optionsOf(command)));
  list
    .command("learners")
    .description("learning algorithms")
    .action((_options: unknown, command: Command) => listLearners(optionsOf(command)));
  list
    .command("runs")
    .description("runs of the data folder, newest last")
    .action((_options: unknown, command: Command) => listRuns(optionsOf(command)));
  list
    .command("checkpoints")
    .description("checkpoints of one run or of all")
    .argument("[run]", "only those of this run")
    .action((run: string | undefined, _options: unknown, command: Command) => listCheckpoints(optionsOf(command), run));
}

async function listScenarios(options: CommonOptions): Promise<void> {
  const scenarios = await withEngine(options, (client) => client.call("catalog.scenarios", {}));
  if (options.json) return printJson(scenarios);
  printTable(
    scenarios,
    [
      { title: "scenario", cell: (row) => row.id },
      { title: "learners", cell: (row) => row.learners.join(", ") },
      { title: "built-in policies", cell: (row) => row.policies.join(", ") },
      { title: "title", cell: (row) => row.title },
    ],
    "no scenarios",
  );
}

async function listLearners(options: CommonOptions): Promise<void> {
  const learners = await withEngine(options, (client) => client.call("catalog.learners", {}));
  if (options.json) return printJson(learners);
  printTable(
    learners,
    [
      { title: "learner", cell: (row) => row.id },
      { title: "title", cell: (row) => row.title },
    ],
    "no learners",
  );
}

async function listRuns(options: CommonOptions): Promise<void> {
  const runs = await withEngine(options, (client) => client.call("runs.list", {}));
  if (options.json) return printJson(runs);
  const created = { title: "created", cell: (run: (typeof runs)[number]) => formatTime(run.createdAt) };
  printTable(runs, [...runColumns, created], "no runs yet: edgeloom run emulator-tuning/hmppo --preset small");
}

export const checkpointColumns: readonly Column<CheckpointSummary>[] = [
  { title: "checkpoint", cell: (row) => row.id },
  { title: "steps", cell: (row) => formatCount(row.step), right: true },
  { title: "size", cell: (row) => formatBytes(row.bytes), right: true },
  { title: "eval/reward", cell: (row) => formatValue(row.reward), right: true },
  { title: "also", cell: (row) => [row.isLast ? "last" : "", row.isBest ? "best" : ""].filter(Boolean).join(", ") },
  { title: "folder", cell: (row) => row.path },
];

async function listCheckpoints(options: CommonOptions, run: string | undefined): Promise<void> {
  const asked = run === undefined ? {} : { run };
  const checkpoints = await withEngine(options, (client) => client.call("checkpoints.list", asked));
  if (options.json) printJson(checkpoints);
  else printTable(checkpoints, checkpointColumns, "no checkpoints yet");
}
