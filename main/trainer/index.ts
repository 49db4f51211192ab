/** The process of one run: `trainer <run folder> [--force] [--from <step>]`. */
import { parseArgs } from "node:util";
import { UserError } from "../platform/user-error.ts";
import { trainAttempt } from "./attempt.ts";
import { describeError } from "./describe-error.ts";

function print(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { force: { type: "boolean", default: false }, from: { type: "string" } },
});
const [folder] = positionals;
const fromStep = values.from === undefined ? undefined : Number(values.from);
if (folder === undefined || Number.isNaN(fromStep)) {
  process.stderr.write("usage: trainer <run folder> [--force] [--from <step>]\n");
  process.exit(2);
}

// Both mean: leave a checkpoint and go. The loop looks between two iterations.
let interrupted = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    print(`${signal}: pausing`);
    interrupted = true;
  });
}

try {
  await trainAttempt(folder, { force: values.force, fromStep, interrupted: () => interrupted, print });
} catch (error) {
  const { message, hint } = describeError(error);
  process.stderr.write(`${message}${hint ? ` ${hint}` : ""}\n`);
  if (!(error instanceof UserError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}
