import path from "node:path";
import type { Command } from "commander";
import { setOption } from "../arguments.ts";
import { optionsOf, withEngine } from "../context.ts";
import { printJson, printLine } from "../output.ts";

interface RowsOptions {
  readonly set: Record<string, string>;
  readonly out: string;
}

export function addRows(program: Command): void {
  program
    .command("rows")
    .summary("write a small row file for each run or built-in policy")
    .argument("<subject...>", "runs, or <scenario>/<policy>")
    .requiredOption("--out <folder>", "where the files go")
    .addOption(setOption("a parameter of the built-in policies' world"))
    .action(async (subjects: string[], _options: unknown, command: Command) => {
      const options = optionsOf<RowsOptions>(command);
      const wanted = { subjects, out: path.resolve(options.out), set: options.set };
      const files = await withEngine(options, (client) => client.call("rows.write", wanted));
      if (options.json) printJson(files);
      else for (const file of files) printLine(file);
    });
}
