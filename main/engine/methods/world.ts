import type { MethodHandlers } from "../../link/server.ts";
import { readRunFile } from "../../runs/run-file.ts";
import type { Engine } from "../engine.ts";
import { requireScenario } from "../names.ts";
import { resolveSubject } from "../subjects.ts";

type World = Pick<MethodHandlers, "world.replay" | "world.watch">;

/** Pictures of worlds: one episode replayed, or a training's own world as it goes. */
export function worldMethods(engine: Engine): World {
  const { library, evaluations, watchers } = engine;
  return {
    "world.replay": async ({ subject, seed, set, sample }, peer) => {
      await engine.ready;
      return evaluations.replay({ subject: resolveSubject(library, subject), seed, set, sample }, peer.id);
    },

    "world.watch": async ({ run }, peer) => {
      await engine.ready;
      if (run === null) {
        watchers.watch(peer, null);
        return null;
      }
      const { id } = library.get(run);
      const { scenario, parameters } = readRunFile(library.folder(id));
      const picture = requireScenario(scenario.id).picture?.(parameters.scenario) ?? null;
      watchers.watch(peer, picture === null ? null : id);
      return picture;
    },
  };
}
