import { MovingAverage, type MovingAverageState } from "../../lab/stats/smoothing.ts";
import { extremes } from "../store/decimate.ts";
import type { SeriesReader } from "../store/series-reader.ts";
import { axisColumn, countBelow, type Window } from "../store/window.ts";

/** A series for drawing with its moving average, which is taken over every stored point whatever the window. */
export function smoothedSeries(
  reader: SeriesReader,
  query: { readonly run: string; readonly metric: string; readonly maxPoints: number; readonly window?: Window },
  halfLife: number,
) {
  const { points, total } = reader.read(query.run, query.metric, Number.POSITIVE_INFINITY);
  const average = new MovingAverage(halfLife);
  const smooth = average.over(points.values);
  const state: MovingAverageState = average.state;
  let first = 0;
  let end = total;
  if (query.window !== undefined) {
    const column = axisColumn(points, query.window.axis);
    first = Math.max(0, countBelow(column, query.window.from, false) - 1);
    end = Math.min(total, countBelow(column, query.window.to, true) + 1);
  }
  const decimated = end - first > query.maxPoints;
  const inner = Math.max(1, Math.floor(query.maxPoints / 2) - 1);
  const kept = decimated
    ? Uint32Array.of(first, ...extremes(points.values, first + 1, end - 1, inner), end - 1)
    : Uint32Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  const pick = (column: ArrayLike<number>) => Float64Array.from(kept, (i) => column[i]!);
  return {
    steps: pick(points.steps),
    values: pick(points.values),
    wallSeconds: pick(points.wallSeconds),
    iterations: pick(points.iterations),
    total,
    decimated,
    smoothed: { values: pick(smooth), ...state },
  };
}
