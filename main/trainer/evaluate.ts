/**
 * The process of one evaluation: `evaluator <folder>`. Reads `request.json`, prints progress as lines of JSON and leaves
 * `result.json`, or `error.json` and exit code 1.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { writeFileAtomic } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { describeError } from "./describe-error.ts";
import { evaluationRequestSchema, runEvaluation } from "./evaluation.ts";

const PROGRESS_MILLISECONDS = 100;

/** Prints a line now and then, and the last one always. */
function progressPrinter(): (done: number, total: number, subject: string) => void {
  let printed = 0;
  return (done, total, subject) => {
    const now = performance.now();
    if (done < total && now - printed < PROGRESS_MILLISECONDS) return;
    printed = now;
    process.stdout.write(`${JSON.stringify({ done, total, subject })}\n`);
  };
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("usage: evaluator <folder>\n");
  process.exit(2);
}
try {
  const request = evaluationRequestSchema.parse(JSON.parse(readFileSync(path.join(folder, "request.json"), "utf8")));
  const results = runEvaluation(request, progressPrinter());
  writeFileAtomic(path.join(folder, "result.json"), `${JSON.stringify(results)}\n`);
} catch (error) {
  process.exitCode = 1;
  const described = describeError(error);
  process.stderr.write(`${described.message}\n`);
  if (!(error instanceof UserError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  writeFileAtomic(path.join(folder, "error.json"), `${JSON.stringify(described)}\n`);
}
