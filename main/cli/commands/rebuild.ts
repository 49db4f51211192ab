import type { Command } from "commander";
import { optionsOf, withEngine } from "../context.ts";
import { formatCount, formatSeconds, printJson, printLine } from "../output.ts";
import { openCounter } from "../progress.ts";

export function addRebuild(program: Command): void {
  program
    .command("rebuild")
    .summary("make the database anew from the runs' folders")
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf(command);
      const counter = openCounter("rebuild", options.json === true);
      const result = await withEngine(options, (client) => {
        client.listen("rebuild", ({ done, total }) => counter.move(done, total));
        return client.call("store.rebuild", {});
      }).finally(() => counter.close());
      if (options.json) return printJson(result);
      const { runs, points, seconds } = result;
      printLine(`${formatCount(runs)} runs with ${formatCount(points)} points in ${formatSeconds(seconds)}`);
    });
}
