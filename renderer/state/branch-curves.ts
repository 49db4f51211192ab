/** The curves of a family of runs, read once and again when a run has gone on. */
import { useEffect, useRef, useState } from "react";
import type { RunSummary } from "../../preload/contract.ts";
import type { BranchPoints } from "../model/overview/lineage.ts";
import { bridge } from "./session.ts";

/** A compact curve is a few hundred pixels wide. */
const pointsEach = 400;
const againMilliseconds = 3000;

/** Run -> its points of a metric, as far as they have been read. */
export function useBranchCurves(runs: readonly RunSummary[], metric: string): ReadonlyMap<string, BranchPoints> {
  const [curves, setCurves] = useState<ReadonlyMap<string, BranchPoints>>(new Map());
  const read = useRef(new Map<string, { place: string; time: number }>());
  const latest = useRef(runs);
  latest.current = runs;
  const places = runs.map(({ id, iteration, attempt, state }) => `${id} ${attempt} ${iteration} ${state}`).join("\n");

  // biome-ignore lint/correctness/useExhaustiveDependencies: another metric has other curves
  useEffect(() => {
    read.current.clear();
    setCurves(new Map());
  }, [metric]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `places` stands for the runs
  useEffect(() => {
    let current = true;
    const now = performance.now();
    const due = latest.current.filter((run) => {
      const before = read.current.get(run.id);
      if (before === undefined) return true;
      const training = run.state !== "finished" && before.time + againMilliseconds > now;
      return before.place !== `${run.attempt} ${run.iteration} ${run.state}` && !training;
    });
    void Promise.all(
      due.map(async (run) => {
        const answer = await bridge.call("series.get", { run: run.id, metric, maxPoints: pointsEach });
        if (!answer.ok) return [];
        const place = `${run.attempt} ${run.iteration} ${run.state}`;
        return [{ run: run.id, place, points: { steps: answer.value.steps, values: answer.value.values } }];
      }),
    ).then((answers) => {
      if (!current) return;
      const found = answers.flat();
      for (const { run, place } of found) read.current.set(run, { place, time: now });
      if (found.length > 0) {
        setCurves((before) => new Map([...before, ...found.map(({ run, points }) => [run, points] as const)]));
      }
    });
    return () => {
      current = false;
    };
  }, [places, metric]);
  return curves;
}
