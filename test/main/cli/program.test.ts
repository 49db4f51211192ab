import { describe, expect, test } from "vitest";
import { failureText } from "../../../main/cli/failure.ts";
import { runProgram } from "../../../main/cli/program.ts";

/** What a command line says that is refused before any engine is asked. */
async function refusal(...words: string[]): Promise<string> {
  try {
    await runProgram(words);
  } catch (error) {
    return failureText(error, false);
  }
  throw new Error("it was not refused");
}

const train = ["run", "emulator-tuning/hmppo"];

describe("R49: words that cannot be read are refused at once, by name", () => {
  test.each([
    [
      "seeds that cannot be read",
      [...train, "--seeds", "3..1"],
      "--seeds 3..1: 3..1 runs backwards (write 1, 1..3 or 1,4)",
    ],
    ["no learner", ["run", "hmppo"], '"hmppo" names no scenario and learner (write <scenario>/<learner>,'],
    ["an unknown option", [...train, "--seed", "1"], "unknown option '--seed' (Did you mean --seeds?)"],
    ["an option without a near name", ["list", "runs", "--zzz"], "unknown option '--zzz' (see edgeloom list --help)"],
    [
      "an option without its value",
      [...train, "--name"],
      "option '--name <text>' argument missing (see edgeloom run --help)",
    ],
    ["an unknown command", ["lst"], "unknown command 'lst' (Did you mean list?)"],
    ["no command", [], "a command is missing (see edgeloom --help)"],
    ["a group without its command", ["list"], "a command is missing (see edgeloom list --help)"],
    [
      "a missing word",
      ["show"],
      "missing required argument 'run|checkpoint|scenario|learner' (see edgeloom show --help)",
    ],
    ["too many words", ["doctor", "please"], "too many arguments"],
    [
      "episodes that are no number",
      ["evaluate", "a/b", "--episodes", "0"],
      "--episodes 0 is not a whole number of 1 to",
    ],
    ["a parallel that is no number", ["--parallel", "many", "list", "runs"], "--parallel many is not a whole number"],
    [
      "rows without a folder",
      ["rows", "x"],
      "required option '--out <folder>' not specified (see edgeloom rows --help)",
    ],
    ["a parameter without value", [...train, "--set", "users"], "--set users names no value (write --set key=value)"],
  ])("%s", async (_, words, line) => {
    expect(await refusal(...words)).toContain(`edgeloom: ${line}`);
  });
});
