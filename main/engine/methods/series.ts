import type { MethodHandlers } from "../../link/server.ts";
import type { Engine } from "../engine.ts";
import { GroupReader } from "../group-series.ts";
import { readLog } from "../run-log.ts";
import { smoothedSeries } from "../smoothed-series.ts";
import { logTail } from "../start-failure.ts";

/** What one answer may hold; more is decimated, and a reader that needs every point reads the journal. */
const MOST_POINTS = 200_000;

/** Room for both ends of a curve and an extreme of each kind. */
const LEAST_POINTS = 4;

const MOST_LOG_BYTES = 1024 * 1024;

type Series = Pick<
  MethodHandlers,
  "series.get" | "series.group" | "checkpoints.list" | "subscribe" | "points.ack" | "runs.log" | "runs.logFrom"
>;

/** What runs have recorded, once or as it comes. */
export function seriesMethods(engine: Engine): Series {
  const { library, subscribers } = engine;
  const groups = new GroupReader();
  return {
    "series.get": async ({ run, metric, maxPoints, window, halfLife }) => {
      await engine.ready;
      const { id } = library.get(run);
      const most = Math.max(LEAST_POINTS, Math.min(maxPoints, MOST_POINTS));
      const { series } = library.store;
      if (halfLife !== undefined) {
        return { run: id, metric, ...smoothedSeries(series, { run: id, metric, maxPoints: most, window }, halfLife) };
      }
      const { points, total, decimated } = series.read(id, metric, most, window);
      const { steps, values, wallSeconds } = points;
      const iterations = Float64Array.from(points.iterations);
      return { run: id, metric, steps, values, wallSeconds, iterations, total, decimated };
    },

    "series.group": async ({ runs, metric, maxPoints, ...query }) => {
      await engine.ready;
      const ids = runs.map((run) => library.get(run).id);
      const most = Math.max(LEAST_POINTS, Math.min(maxPoints, MOST_POINTS));
      return { metric, ...groups.read(library.store, { ...query, runs: ids, metric, maxPoints: most }) };
    },

    "runs.log": async ({ run, bytes }) => {
      await engine.ready;
      return logTail(library.folder(run), Math.min(bytes, MOST_LOG_BYTES));
    },

    "runs.logFrom": async ({ run, from, bytes }) => {
      await engine.ready;
      return readLog(library.folder(run), from, bytes);
    },

    "checkpoints.list": async ({ run }) => {
      await engine.ready;
      return library.checkpoints(run === undefined ? undefined : library.get(run).id);
    },

    subscribe: async ({ runs, points }, peer) => {
      await engine.ready;
      subscribers.subscribe(peer, runs, points);
      return {};
    },

    "points.ack": ({ sequence }, peer) => {
      subscribers.acknowledge(peer, sequence);
      return {};
    },
  };
}
