import type { Command } from "commander";
import type { RunSummary } from "../../../preload/contract.ts";
import { optionsOf, withEngine } from "../context.ts";
import { printJson, printTable } from "../output.ts";
import { followAndReport, runColumns } from "../results.ts";

interface ControlOptions {
  readonly force?: boolean;
  readonly wait?: boolean;
}

/** `pause`, `resume` and `stop`: a wish for one or more runs, which the trainer grants at its next checkpoint. */
export function addControl(program: Command): void {
  program
    .command("pause")
    .summary("pause runs at a checkpoint")
    .argument("<run...>", "ids, as `edgeloom list runs` shows them")
    .action((runs: string[], _options: unknown, command: Command) => send("pause", runs, command));
  program
    .command("resume")
    .summary("go on with paused or failed runs")
    .argument("<run...>", "ids, as `edgeloom list runs` shows them")
    .option("--force", "also on another kernel build; the run is marked, as its numbers may differ in the last digit")
    .option("--wait", "show the runs until they are finished, as `edgeloom run` does")
    .action((runs: string[], _options: unknown, command: Command) => send("resume", runs, command));
  program
    .command("stop")
    .summary("end runs for good; what they learned stays")
    .argument("<run...>", "ids, as `edgeloom list runs` shows them")
    .action((runs: string[], _options: unknown, command: Command) => send("stop", runs, command));
}

async function send(command: "pause" | "resume" | "stop", runs: string[], source: Command): Promise<void> {
  const options = optionsOf<ControlOptions>(source);
  const force = options.force ? { force: true } : {};
  const after = await withEngine(options, async (client) => {
    const answers: RunSummary[] = [];
    for (const run of runs) answers.push(await client.call("runs.command", { run, command, ...force }));
    return answers;
  });
  if (options.wait) await followAndReport(options, after);
  else if (options.json) printJson(after);
  else printTable(after, runColumns, "no runs");
}
