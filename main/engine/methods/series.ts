import type { MethodHandlers } from "../../link/server.ts";
import type { Engine } from "../engine.ts";

/** What one answer may hold; more is decimated, and a reader that needs every point reads the journal. */
const MOST_POINTS = 200_000;

type Series = Pick<MethodHandlers, "series.get" | "checkpoints.list" | "subscribe" | "points.ack">;

/** What runs have recorded, once or as it comes. */
export function seriesMethods(engine: Engine): Series {
  const { library, subscribers } = engine;
  return {
    "series.get": async ({ run, metric, maxPoints }) => {
      await engine.ready;
      const { id } = library.get(run);
      const most = Math.max(2, Math.min(maxPoints, MOST_POINTS));
      const { points, total, decimated } = library.store.series.read(id, metric, most);
      const { steps, values, wallSeconds } = points;
      return { run: id, metric, steps, values, wallSeconds, total, decimated };
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
