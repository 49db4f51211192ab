import type { MethodHandlers } from "../../link/server.ts";
import { requireDevice } from "../devices.ts";
import type { Engine } from "../engine.ts";
import { estimate } from "../estimate.ts";
import { expandOrder } from "../expand-order.ts";
import { requireLearner, requireScenario } from "../names.ts";

type Queue = Pick<
  MethodHandlers,
  | "queue.get"
  | "queue.move"
  | "queue.priority"
  | "queue.hold"
  | "queue.slept"
  | "settings.get"
  | "settings.set"
  | "runs.estimate"
>;

/** The order in which runs start, what they will cost, and the settings that decide it. */
export function queueMethods(engine: Engine): Queue {
  const { supervisor, settings, board } = engine;
  return {
    "queue.get": async () => {
      await engine.ready;
      return board.describe();
    },

    "queue.move": async ({ runs, to }) => {
      await engine.ready;
      supervisor.move(runs, to);
      return {};
    },

    "queue.priority": async ({ runs, priority }) => {
      await engine.ready;
      supervisor.setPriority(runs, priority);
      return {};
    },

    "queue.hold": async ({ held }) => {
      await engine.ready;
      supervisor.hold(held);
      return {};
    },

    "queue.slept": async () => {
      await engine.ready;
      engine.slept();
      return {};
    },

    "settings.get": () => settings.get(),

    "settings.set": async (change) => {
      await engine.ready;
      const now = settings.set(change);
      supervisor.settingsChanged(change.parallel !== undefined);
      return now;
    },

    "runs.estimate": async (order) => {
      await engine.ready;
      const scenario = requireScenario(order.scenario);
      const learner = requireLearner(order.learner);
      const cells = expandOrder(scenario, learner, order);
      for (const device of new Set(cells.map((cell) => cell.parameters.training.device))) await requireDevice(device);
      const { priority = "normal", seeds } = order;
      return estimate(engine, { scenario, learner, cells, seeds: seeds.length, priority });
    },
  };
}
