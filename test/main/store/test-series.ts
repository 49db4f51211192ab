import path from "node:path";
import type { Points } from "../../../main/store/points.ts";
import { Store } from "../../../main/store/store.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { runSummary } from "./run-summary.ts";

export interface Point {
  readonly step: number;
  readonly value: number;
}

/** One metric of one run in a store of its own. */
export class TestSeries {
  readonly file = path.join(temporaryFolder(), "store.sqlite");
  store = new Store(this.file);
  private readonly metric: number;

  constructor() {
    this.store.experiments.put({ id: "e1", name: "e", createdAt: 0 });
    this.store.runs.put({ summary: runSummary("r1"), lastState: undefined });
    this.metric = this.store.metrics.number(this.store.runs.number("r1") ?? 0, "m");
  }

  startAttempt(attempt: number, fromStep: number): void {
    this.store.runs.startAttempt("r1", attempt, fromStep);
  }

  append(attempt: number, points: readonly Point[]): void {
    this.store.transaction(() => {
      const tail = this.store.points.tail(this.metric, attempt);
      for (const { step, value } of points) tail.push(step, value, step / 1000, step / 10);
    });
  }

  reopen(): void {
    this.store.close();
    this.store = new Store(this.file);
  }

  read(maxPoints = 1_000_000) {
    return this.store.series.read("r1", "m", maxPoints);
  }
}

export function asPoints(points: Points): Point[] {
  return Array.from(points.steps, (step, i) => ({ step, value: points.values[i] ?? Number.NaN }));
}

/** Points at the whole steps from `from` to `to` (exclusive). */
export function ramp(from: number, to: number, value: (step: number) => number = Math.sin): Point[] {
  return Array.from({ length: to - from }, (_, i) => ({ step: from + i, value: value(from + i) }));
}
