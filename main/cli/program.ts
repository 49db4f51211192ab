import { Command, CommanderError } from "commander";
import { UserError } from "../platform/user-error.ts";
import { programVersion } from "../platform/version.ts";
import { wholeNumber } from "./arguments.ts";
import { addControl } from "./commands/control.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEvaluate } from "./commands/evaluate.ts";
import { addFork } from "./commands/fork.ts";
import { addList } from "./commands/list.ts";
import { addRebuild } from "./commands/rebuild.ts";
import { addRows } from "./commands/rows.ts";
import { addRun } from "./commands/run.ts";
import { addShow } from "./commands/show.ts";

const MOST_PARALLEL = 256;

/** Carries out one command line. Throws what went wrong; help and version come back as done. */
export async function runProgram(words: readonly string[]): Promise<void> {
  const program = new Command("edgeloom")
    .description("Train, watch and compare reinforcement-learning systems for edge AI.")
    .version(programVersion)
    .option("--data <folder>", "data folder; else EDGELOOM_DATA, else one per user that the window uses too")
    .option("--parallel <n>", "runs at the same time, at most", wholeNumber("--parallel", 1, MOST_PARALLEL))
    .option("--json", "results as JSON on stdout, errors as JSON on stderr")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const add of [addRun, addList, addShow, addControl, addFork, addEvaluate, addRows, addDoctor, addRebuild]) {
    add(program);
  }
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    // A command without its sub-command shows its help, as an error.
    if (error.code === "commander.help") throw usageError("a command is missing", words);
    throw usageError(error.message.replace(/^error: /, ""), words);
  }
}

function usageError(message: string, words: readonly string[]): UserError {
  const [what, suggestion] = message.split("\n");
  const command = words.find((word) => !word.startsWith("-"));
  const help = command === undefined ? "edgeloom --help" : `edgeloom ${command} --help`;
  return new UserError("usage", what!, suggestion?.replace(/^\((.*)\)$/, "$1") ?? `see ${help}`);
}
