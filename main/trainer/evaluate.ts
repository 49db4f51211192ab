/**
 * The process of one evaluation or replay: `evaluator <folder>`. Reads `request.json`, prints progress as lines of JSON
 * and leaves `result.json`, or `error.json` and exit code 1. A replay's frames lie in `frames` before the result does:
 * values [count channels], then rewards [count], float64.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { describeError } from "./describe-error.ts";
import { evaluationRequestSchema, runEvaluation } from "./evaluation.ts";
import { type ReplayRequest, replayRequestSchema, runReplay } from "./replay.ts";

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

const requestSchema = z.union([replayRequestSchema, evaluationRequestSchema]);

/** Leaves the frames and answers the rest. */
function replay(place: string, request: ReplayRequest) {
  const { values, rewards, ...rest } = runReplay(request);
  const numbers = new Float64Array(values.length + rewards.length);
  numbers.set(values);
  numbers.set(rewards, values.length);
  writeFileSync(path.join(place, "frames"), new Uint8Array(numbers.buffer));
  return rest;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("usage: evaluator <folder>\n");
  process.exit(2);
}
try {
  const request = requestSchema.parse(JSON.parse(readFileSync(path.join(folder, "request.json"), "utf8")));
  const result = "replay" in request ? replay(folder, request) : runEvaluation(request, progressPrinter());
  writeFileAtomic(path.join(folder, "result.json"), `${JSON.stringify(result)}\n`);
} catch (error) {
  process.exitCode = 1;
  const described = describeError(error);
  process.stderr.write(`${described.message}\n`);
  if (!(error instanceof UserError) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  writeFileAtomic(path.join(folder, "error.json"), `${JSON.stringify(described)}\n`);
}
