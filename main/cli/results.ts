/** How training ends in the terminal: results, where they are, and the exit status. */
import path from "node:path";
import type { RunSummary } from "../../preload/contract.ts";
import { dataFolder } from "../platform/data-folder.ts";
import { UserError } from "../platform/user-error.ts";
import type { CommonOptions } from "./context.ts";
import { failureText } from "./failure.ts";
import { type Followed, followRuns } from "./follow.ts";
import { type Column, formatCount, formatSeconds, formatValue, printJson, printLine, printTable } from "./output.ts";

/** As a shell gives it to a command that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

export const runColumns: readonly Column<RunSummary>[] = [
  { title: "run", cell: (run) => run.id },
  { title: "state", cell: (run) => run.state },
  { title: "steps", cell: (run) => `${formatCount(run.step)}/${formatCount(run.steps)}`, right: true },
  { title: "time", cell: (run) => formatSeconds(run.wallSeconds), right: true },
  { title: "steps/s", cell: (run) => formatCount(run.stepsPerSecond), right: true },
  { title: "eval/reward", cell: (run) => formatValue(run.reward), right: true },
];

/** Where a run keeps everything it made. */
export function runFolder(options: CommonOptions, run: RunSummary): string {
  return path.join(dataFolder(options.data), "runs", run.id);
}

/** Follows runs to their end, prints them and their folders, and sets the exit status. */
export async function followAndReport(options: CommonOptions, started: readonly RunSummary[]): Promise<void> {
  const followed = await followRuns(dataFolder(options.data), started, options.json === true);
  for (const problem of problemsOf(followed)) {
    process.stderr.write(`${failureText(problem, options.json === true)}\n`);
  }
  report(options, followed.runs);
  process.exitCode = exitCode(followed);
}

/** Runs with their folders, as a table or as JSON. */
export function report(options: CommonOptions, runs: readonly RunSummary[]): void {
  if (options.json) {
    printJson(runs.map((run) => ({ ...run, folder: runFolder(options, run) })));
    return;
  }
  printTable(runs, runColumns, "no runs");
  printLine();
  for (const run of runs) printLine(`results of ${run.id}: ${runFolder(options, run)}`);
  const paused = runs.filter((run) => run.state === "paused").map((run) => run.id);
  if (paused.length > 0) printLine(`go on with: edgeloom resume ${paused.join(" ")}`);
}

/** What kept runs from finishing, as far as it was not this command's own Ctrl-C. */
function problemsOf({ runs, interrupted }: Followed): UserError[] {
  return runs.flatMap(({ id, state, error }) => {
    if (state === "failed" && error !== null) return [new UserError(error.code, `${id}: ${error.message}`, error.hint)];
    if (interrupted || state === "finished") return [];
    return [new UserError(`run-${state}`, `${id} was ${state} by somebody else before its end`)];
  });
}

function exitCode({ runs, interrupted }: Followed): number {
  if (runs.some((run) => run.state === "failed")) return 1;
  if (runs.every((run) => run.state === "finished")) return 0;
  return interrupted ? EXIT_INTERRUPTED : 1;
}
