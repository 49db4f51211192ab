import type { MethodHandlers } from "../../link/server.ts";
import type { Engine } from "../engine.ts";
import { catalogMethods } from "./catalog.ts";
import { controlMethods } from "./control.ts";
import { deskMethods } from "./desk.ts";
import { evaluateMethods } from "./evaluate.ts";
import { queueMethods } from "./queue.ts";
import { runMethods } from "./runs.ts";
import { seriesMethods } from "./series.ts";
import { worldMethods } from "./world.ts";

/** Every method of the contract. */
export function engineMethods(engine: Engine): MethodHandlers {
  return {
    ...controlMethods(engine),
    ...catalogMethods,
    ...runMethods(engine),
    ...seriesMethods(engine),
    ...evaluateMethods(engine),
    ...deskMethods(engine),
    ...queueMethods(engine),
    ...worldMethods(engine),
  };
}
