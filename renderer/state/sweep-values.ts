/** One value a run out of its curve: the last, which the desk keeps, or one that needs the stored points. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { RunSummary } from "../../preload/contract.ts";
import { bestValue, tailMean, type ValueUse } from "../model/overview/sweep.ts";
import { useDesk, wantMetrics } from "./desk.ts";
import { bridge } from "./session.ts";

/** Decimation keeps extremes, so that few points are enough for the best one. */
const pointsForBest = 100;
/** A mean needs every point; the engine sends at most this many. */
const pointsForMean = 200_000;
/** Questions to the engine at the same time, so that others get their turn. */
const atOnce = 4;
/** The time between two readings of a run that still trains. */
const againMilliseconds = 5000;

interface Known {
  /** How far the run was. */
  readonly place: string;
  readonly time: number;
  readonly value: number | undefined;
}

const known = new Map<string, Known>();

export interface SweepValues {
  /** Run -> value; without runs that have none. */
  readonly values: ReadonlyMap<string, number>;
  /** Runs whose value has not been read yet. */
  readonly waiting: number;
}

export type Better = "higher" | "lower";

/** Values of the last points of several metrics, for the axes that show them beside the main one. */
export function useLastValues(
  part: string,
  metrics: readonly string[],
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const key = metrics.join("\n");
  useEffect(() => {
    wantMetrics(part, key === "" ? [] : key.split("\n"));
    return () => wantMetrics(part, []);
  }, [part, key]);
  const lastValues = useDesk((state) => state.lastValues);
  return useMemo(() => {
    const wanted = key === "" ? [] : key.split("\n");
    return new Map(
      wanted.map((metric) => {
        const known = [...(lastValues.get(metric) ?? [])];
        return [metric, new Map(known.flatMap(([run, value]) => (isNumber(value) ? [[run, value] as const] : [])))];
      }),
    );
  }, [lastValues, key]);
}

function isNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

const noMetrics: readonly string[] = [];

/** The chosen metric of each run. */
export function useSweepValues(
  runs: readonly RunSummary[],
  metric: string,
  use: ValueUse,
  better: Better,
): SweepValues {
  const metrics = useMemo(() => (use === "last" ? [metric] : noMetrics), [metric, use]);
  const last = useLastValues("overview", metrics).get(metric);
  const lastRead = useDesk((state) => state.lastValues.has(metric));
  const [version, setVersion] = useState(0);
  const latest = useRef(runs);
  latest.current = runs;
  const kind = use === "best" ? `best ${better}` : use;
  const places = use === "last" ? "" : runs.map((run) => `${run.id} ${placeOf(run)}`).join("\n");

  // biome-ignore lint/correctness/useExhaustiveDependencies: `places` stands for the runs, which are other objects all the time
  useEffect(() => {
    if (use === "last") return;
    const stop = new AbortController();
    void readAll(latest.current, metric, use, better, stop.signal, () => setVersion((before) => before + 1));
    return () => stop.abort();
  }, [places, metric, use, better]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` stands for what is known by now
  return useMemo(() => {
    if (use === "last") return { values: last ?? new Map(), waiting: lastRead ? 0 : runs.length };
    const values = new Map<string, number>();
    let waiting = 0;
    for (const { id } of runs) {
      const found = known.get(`${id}\n${metric}\n${kind}`);
      if (found === undefined) waiting++;
      else if (found.value !== undefined) values.set(id, found.value);
    }
    return { values, waiting };
  }, [runs, metric, use, kind, last, lastRead, version]);
}

function placeOf(run: RunSummary): string {
  return `${run.attempt} ${run.iteration} ${run.state}`;
}

/** Reads what is new, a few runs at a time, and says so once at the end: a ranking of half of the runs would mislead. */
async function readAll(
  runs: readonly RunSummary[],
  metric: string,
  use: "best" | "tail",
  better: Better,
  signal: AbortSignal,
  changed: () => void,
): Promise<void> {
  const kind = use === "best" ? `best ${better}` : use;
  const due = runs.filter((run) => {
    const before = known.get(`${run.id}\n${metric}\n${kind}`);
    if (before === undefined) return true;
    const training = run.state !== "finished" && before.time + againMilliseconds > performance.now();
    return before.place !== placeOf(run) && !training;
  });
  const next = async (): Promise<void> => {
    for (let run = due.shift(); run !== undefined && !signal.aborted; run = due.shift()) {
      const value = await read(run, metric, use, better);
      if (value.failed) return;
      known.set(`${run.id}\n${metric}\n${kind}`, { place: placeOf(run), time: performance.now(), value: value.value });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  if (!signal.aborted) changed();
}

async function read(
  run: RunSummary,
  metric: string,
  use: "best" | "tail",
  better: Better,
): Promise<{ readonly failed: boolean; readonly value: number | undefined }> {
  const answer = await bridge.call(
    "series.get",
    use === "best"
      ? { run: run.id, metric, maxPoints: pointsForBest }
      : {
          run: run.id,
          metric,
          maxPoints: pointsForMean,
          window: { axis: "step", from: 0.9 * run.step, to: Math.max(run.step, 1) },
        },
  );
  if (!answer.ok) return { failed: true, value: undefined };
  const { steps, values, decimated } = answer.value;
  // A mean of decimated points would be another one.
  if (use === "tail" && decimated) return { failed: false, value: undefined };
  return { failed: false, value: use === "best" ? bestValue(values, better) : tailMean(steps, values, run.step) };
}
