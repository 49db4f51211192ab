import type { Command } from "commander";
import { absoluteIfPath, setOption } from "../arguments.ts";
import { optionsOf, withEngine } from "../context.ts";
import { followAndReport, report } from "../results.ts";

interface ForkOptions {
  readonly set: Record<string, string>;
  readonly name?: string;
  readonly wait?: boolean;
}

export function addFork(program: Command): void {
  program
    .command("fork")
    .summary("start a new run from a checkpoint, with changed parameters")
    .argument("<checkpoint>", "its id, its path or <run>:last, <run>:best, <run>:<step>")
    .addOption(setOption("a parameter"))
    .option("--name <text>", "name of the experiment")
    .option("--wait", "show the run until it is finished, as `edgeloom run` does")
    .action(async (checkpoint: string, _options: unknown, command: Command) => {
      const options = optionsOf<ForkOptions>(command);
      const { set, name } = options;
      const wanted = { checkpoint: absoluteIfPath(checkpoint), set, ...(name === undefined ? {} : { name }) };
      const run = await withEngine(options, (client) => client.call("runs.fork", wanted));
      if (options.wait) await followAndReport(options, [run]);
      else report(options, [run]);
    });
}
