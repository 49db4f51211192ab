import type { MethodHandlers } from "../../link/server.ts";
import type { Engine } from "../engine.ts";
import { writeRows } from "../rows.ts";
import { resolveSubject } from "../subjects.ts";

type Evaluate = Pick<MethodHandlers, "evaluate" | "rows.write">;

/** Evaluations and the row files made of them. */
export function evaluateMethods(engine: Engine): Evaluate {
  return {
    evaluate: async ({ subjects, episodes, seed, set, sample }, peer) => {
      await engine.ready;
      const resolved = subjects.map((subject) => resolveSubject(engine.library, subject));
      const order = { subjects: resolved, episodes, seed, set, sample };
      return engine.evaluations.run(order, peer.id, (progress) => peer.send("evaluation", progress));
    },

    "rows.write": async ({ subjects, out, set }, peer) => {
      await engine.ready;
      return writeRows(engine, { subjects, out, set }, peer);
    },
  };
}
