/** The command `edgeloom`: an equal client of the engine beside the window. */
import { failureText } from "./failure.ts";
import { runProgram } from "./program.ts";

// `edgeloom list runs | head` closes the pipe early, which is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const words = process.argv.slice(2);
try {
  await runProgram(words);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${failureText(error, words.includes("--json"))}\n`);
  if (process.env.EDGELOOM_DEBUG === "1" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}
