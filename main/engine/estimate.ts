import type { LearnerDefinition } from "../../lab/learners/learner.ts";
import type { Scenario } from "../../lab/scenarios/scenario.ts";
import type { TrainingValues } from "../../lab/training.ts";
import type { Estimate, Priority } from "../../preload/contract.ts";
import { freeBytes } from "../platform/files.ts";
import { checkpointSize } from "./checkpoint-size.ts";
import type { Engine } from "./engine.ts";
import type { OrderCell } from "./expand-order.ts";
import type { Expectation } from "./measurements.ts";
import { memoryForRuns, secondsFor } from "./queue-board.ts";
import { byPriority } from "./queue-order.ts";
import { type RunProfile, runProfile } from "./run-profile.ts";
import { type Job, playQueue } from "./schedule.ts";

/** Bytes of a manifest, beside the parts of a checkpoint. */
const MANIFEST_BYTES = 3000;

interface Order {
  readonly scenario: Scenario;
  readonly learner: LearnerDefinition;
  readonly cells: readonly OrderCell[];
  readonly seeds: number;
  readonly priority: Priority;
}

interface CellCost {
  readonly profile: RunProfile;
  readonly expected: Expectation;
  readonly job: Job;
  readonly checkpoints: number;
  readonly checkpointBytes: number;
  readonly journalBytes: number;
}

/** What an order would cost: with the queue as it stands, and by what similar runs have shown. */
export function estimate(engine: Engine, order: Order): Estimate {
  const { cells, seeds } = order;
  const costs = costsOf(engine, order);
  const disk = costs.map(
    ({ checkpoints, checkpointBytes, journalBytes }) => checkpoints * checkpointBytes + journalBytes,
  );
  const seconds = costs.map(({ job }) => job.seconds);
  const known = seconds.filter((each) => each !== null);
  return {
    runs: cells.length * seeds,
    seconds: known.length < seconds.length ? null : untilDone(engine, order, costs),
    secondsEach: known.length < seconds.length ? null : mean(known),
    diskBytes: Math.round(seeds * disk.reduce((sum, bytes) => sum + bytes, 0)),
    memoryBytesEach: Math.max(...costs.map(({ job }) => job.memoryBytes)),
    diskFreeBytes: freeBytes(engine.dataFolder),
    basis: basis(costs),
    checkpoints: Math.max(...costs.map(({ checkpoints }) => checkpoints)),
    checkpointBytes: Math.max(...costs.map(({ checkpoints, checkpointBytes }) => checkpoints * checkpointBytes)),
  };
}

/** Cells that differ in nothing that costs are reckoned once, but for their steps and checkpoints. */
function costsOf(engine: Engine, { scenario, learner, cells }: Order): CellCost[] {
  const sizes = new Map<string, number>();
  return cells.map(({ parameters }) => {
    const { id, version } = scenario;
    const profile = runProfile({
      scenario: { id, version },
      learner: { id: learner.id, version: learner.version },
      parameters: { ...parameters, training: { ...parameters.training } },
    });
    const expected = engine.measurements.expect(profile);
    const { steps } = parameters.training;
    let partBytes = expected.differing.length === 0 ? expected.checkpointBytes : null;
    partBytes ??= sizes.get(profile.key) ?? checkpointSize(scenario, learner, parameters);
    sizes.set(profile.key, partBytes);
    return {
      profile,
      expected,
      job: {
        threads: profile.threads,
        memoryBytes: expected.memoryBytes,
        seconds: secondsFor(steps, expected.stepsPerSecond),
      },
      checkpoints: mostCheckpoints(parameters.training),
      checkpointBytes: partBytes + MANIFEST_BYTES,
      journalBytes: (expected.journalBytesPerStep ?? 0) * steps,
    };
  });
}

/** Checkpoints that a run keeps at most: the last ones, the best, and one at each multiple of `keepEvery`. */
export function mostCheckpoints({ steps, checkpointEvery, keepCheckpoints, keepEvery }: TrainingValues): number {
  const written = Math.ceil(steps / checkpointEvery);
  if (keepCheckpoints === 0) return written;
  const marked = keepEvery === 0 ? 0 : Math.ceil(steps / keepEvery);
  return Math.min(written, keepCheckpoints + 1 + marked);
}

/** Seconds until the last of the new runs is done, those that wait before them included. */
function untilDone(engine: Engine, { seeds, priority }: Order, costs: readonly CellCost[]): number | null {
  const { supervisor, board } = engine;
  const state = supervisor.state();
  const fresh = costs.flatMap(({ job }) => Array.from({ length: seeds }, () => job));
  const before = new Map(
    state.waiting.map((run) => [run.summary.id, { job: board.job(run), priority: run.summary.priority }]),
  );
  const all = new Map([...before, ...fresh.map((job, index) => [`new ${index}`, { job, priority }] as const)]);
  const order = byPriority([...all.keys()], (name) => all.get(name)?.priority ?? "normal");
  const running = state.running.map((run) => board.job(run));
  const times = playQueue(
    running,
    order.flatMap((name) => all.get(name)?.job ?? []),
    { parallel: state.machine.parallel, memoryBytes: memoryForRuns(state) },
  );
  let last = 0;
  for (const [index, name] of order.entries()) {
    if (before.has(name)) continue;
    const end = times[running.length + index]?.endsInSeconds ?? null;
    if (end === null) return null;
    last = Math.max(last, end);
  }
  return last;
}

/** What the figures rest on, in words. */
function basis(costs: readonly CellCost[]): string {
  const unmeasured = costs.filter(({ expected }) => expected.runs === 0);
  if (unmeasured.length > 0) {
    return (
      "No run of this scenario and learner has been measured yet: no time can be told, memory is assumed, " +
      "and disk is the checkpoints alone."
    );
  }
  const { expected } = costs.reduce((worst, cost) =>
    cost.expected.differing.length > worst.expected.differing.length ? cost : worst,
  );
  const { runs, differing, memoryMeasured } = expected;
  const counted = `${runs} ${runs === 1 ? "run" : "runs"}`;
  const same = "of this scenario and learner";
  const text =
    differing.length === 0
      ? `Measured on ${counted} ${same} with the same sizes`
      : `Measured on ${counted} ${same} with another ${list(differing)}`;
  return memoryMeasured ? `${text}.` : `${text}; memory is assumed.`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 3);
  if (names.length > shown.length) return `${shown.join(", ")} and ${names.length - shown.length} more`;
  return shown.length < 2 ? shown.join() : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
