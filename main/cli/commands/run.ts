import { type Command, Option } from "commander";
import { parseSubject, seedsOption, setOption, varyOption } from "../arguments.ts";
import { optionsOf, withEngine } from "../context.ts";
import { followAndReport, report } from "../results.ts";

interface RunOptions {
  readonly preset: string;
  readonly set: Record<string, string>;
  readonly seeds: number[];
  readonly vary: Record<string, string[]>;
  readonly combine: "grid" | "list";
  readonly name?: string;
  readonly project?: string;
  readonly detach?: boolean;
}

export function addRun(program: Command): void {
  program
    .command("run")
    .summary("train a learner in a scenario")
    .description(
      "Trains a learner in a scenario, one run a seed and combination of varied values, and shows it until it is finished. Ctrl-C pauses at a " +
        "checkpoint (`edgeloom resume` goes on), a second Ctrl-C stops, a third leaves the runs to the engine. " +
        "Exit status: 0 all finished, 1 an error or a failed run, 130 paused or stopped by Ctrl-C.",
    )
    .argument("<scenario/learner>", "for example emulator-tuning/hmppo")
    .option("--preset <name>", "sizes: smoke (seconds), small (under a minute), report, paper", "small")
    .addOption(setOption("a parameter"))
    .addOption(varyOption())
    .addOption(
      new Option("--combine <how>", "varied values: every one with every other, or the first together, then the second")
        .choices(["grid", "list"])
        .default("grid"),
    )
    .addOption(seedsOption())
    .option("--name <text>", "name of the experiment")
    .option("--project <id>", "project of the experiment; the first one without")
    .option("--detach", "start and return at once")
    .addHelpText(
      "after",
      "\nExample:\n  edgeloom run emulator-tuning/hmppo --preset small --vary users=3,6 --seeds 1..3",
    )
    .action(async (subject: string, _options: unknown, command: Command) => {
      const options = optionsOf<RunOptions>(command);
      const { preset, set, seeds, name, project, vary, combine } = options;
      const wanted = {
        ...parseSubject(subject),
        preset,
        set,
        seeds,
        ...(Object.keys(vary).length === 0 ? {} : { vary, combine }),
        ...(name === undefined ? {} : { name }),
        ...(project === undefined ? {} : { project }),
      };
      const runs = await withEngine(options, (client) => client.call("runs.create", wanted));
      if (options.detach) report(options, runs);
      else await followAndReport(options, runs);
    });
}
