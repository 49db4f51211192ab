import type { Command } from "commander";
import { parseSubject, seedsOption, setOption } from "../arguments.ts";
import { optionsOf, withEngine } from "../context.ts";
import { followAndReport, report } from "../results.ts";

interface RunOptions {
  readonly preset: string;
  readonly set: Record<string, string>;
  readonly seeds: number[];
  readonly name?: string;
  readonly detach?: boolean;
}

export function addRun(program: Command): void {
  program
    .command("run")
    .summary("train a learner in a scenario")
    .description(
      "Trains a learner in a scenario, one run a seed, and shows it until it is finished. Ctrl-C pauses at a " +
        "checkpoint (`edgeloom resume` goes on), a second Ctrl-C stops, a third leaves the runs to the engine. " +
        "Exit status: 0 all finished, 1 an error or a failed run, 130 paused or stopped by Ctrl-C.",
    )
    .argument("<scenario/learner>", "for example emulator-tuning/hmppo")
    .option("--preset <name>", "sizes: smoke (seconds), small (under a minute), report, paper", "small")
    .addOption(setOption("a parameter"))
    .addOption(seedsOption())
    .option("--name <text>", "name of the experiment")
    .option("--detach", "start and return at once")
    .addHelpText("after", "\nExample:\n  edgeloom run emulator-tuning/hmppo --preset small --set users=6 --seeds 1..3")
    .action(async (subject: string, _options: unknown, command: Command) => {
      const options = optionsOf<RunOptions>(command);
      const { preset, set, seeds, name } = options;
      const wanted = { ...parseSubject(subject), preset, set, seeds, ...(name === undefined ? {} : { name }) };
      const runs = await withEngine(options, (client) => client.call("runs.create", wanted));
      if (options.detach) report(options, runs);
      else await followAndReport(options, runs);
    });
}
