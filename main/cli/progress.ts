import cliProgress from "cli-progress";
import type { RunState, RunSummary } from "../../preload/contract.ts";
import { formatCount, formatSeconds, formatValue } from "./output.ts";

/** Shows runs while they train. All of it goes to stderr; stdout is for results. */
export interface ProgressDisplay {
  update(run: RunSummary): void;
  note(text: string): void;
  close(): void;
}

/** One bar a run on a terminal, plain lines elsewhere, nothing for `--json`. */
export function openProgress(runs: readonly RunSummary[], json: boolean): ProgressDisplay {
  if (json) return { update: () => {}, note: () => {}, close: () => {} };
  return process.stderr.isTTY ? openBars(runs) : openLines();
}

function openBars(runs: readonly RunSummary[]): ProgressDisplay {
  const width = Math.max(...runs.map((run) => run.id.length));
  const bars = new cliProgress.MultiBar({
    format: "{id} {bar} {percentage}%  {step}/{steps} steps  {rate}  reward {reward}  {state}",
    barsize: 20,
    hideCursor: true,
    clearOnComplete: false,
    gracefulExit: false,
    fps: 8,
    stream: process.stderr,
    barCompleteChar: "█",
    barIncompleteChar: "░",
  });
  const barOf = new Map(runs.map((run) => [run.id, bars.create(run.steps, run.step, payload(run, width))]));
  return {
    update: (run) => barOf.get(run.id)?.update(run.step, payload(run, width)),
    note: (text) => bars.log(`${text}\n`),
    close: () => bars.stop(),
  };
}

function payload(run: RunSummary, width: number) {
  return {
    id: run.id.padEnd(width),
    step: formatCount(run.step),
    steps: formatCount(run.steps),
    rate: `${formatCount(run.stepsPerSecond)}/s`,
    reward: formatValue(run.reward),
    state: run.state === "running" ? timeLeft(run) : run.state,
  };
}

function timeLeft(run: RunSummary): string {
  return run.stepsPerSecond > 0 ? `${formatSeconds((run.steps - run.step) / run.stepsPerSecond)} left` : "";
}

/** A line at each change of state and at each tenth of the way. */
function openLines(): ProgressDisplay {
  const shown = new Map<string, { state: RunState; tenths: number }>();
  const write = (text: string) => process.stderr.write(`${text}\n`);
  return {
    update: (run) => {
      const tenths = run.steps > 0 ? Math.floor((10 * run.step) / run.steps) : 0;
      const last = shown.get(run.id);
      if (last !== undefined && last.state === run.state && last.tenths >= tenths) return;
      shown.set(run.id, { state: run.state, tenths });
      write(progressLine(run));
    },
    note: write,
    close: () => {},
  };
}

function progressLine(run: RunSummary): string {
  const percent = run.steps > 0 ? Math.floor((100 * run.step) / run.steps) : 0;
  const parts = [`${run.id}  ${run.state}`];
  if (run.step > 0) parts.push(`${percent}%  ${formatCount(run.step)}/${formatCount(run.steps)} steps`);
  if (run.state === "running" && run.stepsPerSecond > 0) parts.push(`${formatCount(run.stepsPerSecond)} steps/s`);
  if (run.reward !== null) parts.push(`reward ${formatValue(run.reward)}`);
  return parts.join("  ");
}

/** One bar or plain lines for a job of known size: an evaluation, a rebuild. Answers the function that moves it. */
export function openCounter(title: string, json: boolean): { move(done: number, total: number): void; close(): void } {
  if (json) return { move: () => {}, close: () => {} };
  if (process.stderr.isTTY) {
    const bar = new cliProgress.SingleBar({
      format: `${title} {bar} {percentage}%  {value}/{total}`,
      barsize: 20,
      hideCursor: true,
      gracefulExit: false,
      stream: process.stderr,
      barCompleteChar: "█",
      barIncompleteChar: "░",
    });
    bar.start(1, 0);
    return {
      move: (done, total) => {
        bar.setTotal(total);
        bar.update(done);
      },
      close: () => bar.stop(),
    };
  }
  let tenths = 0;
  return {
    move: (done, total) => {
      const now = total > 0 ? Math.floor((10 * done) / total) : 0;
      if (now <= tenths) return;
      tenths = now;
      process.stderr.write(`${title} ${formatCount(done)}/${formatCount(total)}\n`);
    },
    close: () => {},
  };
}
