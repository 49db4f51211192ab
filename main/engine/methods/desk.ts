import type { MethodHandlers } from "../../link/server.ts";
import type { Engine } from "../engine.ts";
import { newId } from "../new-id.ts";

type Desk = Pick<
  MethodHandlers,
  | "desk.get"
  | "desk.createProject"
  | "desk.createExperiment"
  | "desk.change"
  | "trash.size"
  | "trash.empty"
  | "runs.parameters"
  | "runs.lastValues"
  | "metrics.list"
>;

/** The tree that a person keeps, its trash, and what its table of runs shows. */
export function deskMethods(engine: Engine): Desk {
  const { library } = engine;
  const { desk, trash } = library;
  return {
    "desk.get": async () => {
      await engine.ready;
      return desk.get();
    },

    "desk.createProject": async ({ name }) => {
      await engine.ready;
      return desk.addProject({ id: newId("project"), name, createdAt: engine.nextTime() });
    },

    "desk.createExperiment": async ({ name, project }) => {
      await engine.ready;
      return desk.addExperiment({ id: newId("experiment"), name, createdAt: engine.nextTime(), project });
    },

    "desk.change": async ({ items, change }) => {
      await engine.ready;
      desk.change(items, change, engine.nextTime());
      return {};
    },

    "trash.size": async ({ items }) => {
      await engine.ready;
      return trash.size(items);
    },

    "trash.empty": async ({ items }) => {
      await engine.ready;
      await engine.supervisor.trainersGone();
      return trash.empty(items, engine.nextTime());
    },

    "runs.parameters": async ({ runs }) => {
      await engine.ready;
      const { parameters } = library.store;
      if (runs === undefined) return parameters.list();
      return runs.map((run) => ({ run: library.get(run).id, values: parameters.get(run) ?? {} }));
    },

    "runs.lastValues": async ({ runs, metrics }) => {
      await engine.ready;
      const ids = runs?.map((run) => library.get(run).id) ?? library.list().map(({ id }) => id);
      const { series } = library.store;
      return ids.map((run) => ({ run, values: series.lastValues(run, metrics) }));
    },

    "metrics.list": async ({ runs }) => {
      await engine.ready;
      return library.store.metrics.all(runs);
    },
  };
}
