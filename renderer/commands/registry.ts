import type { Command } from "./command.ts";
import { curveCommands } from "./curve-commands.ts";
import { deskCommands } from "./desk-commands.ts";
import { formCommands } from "./form-commands.ts";
import { overviewCommands } from "./overview-commands.ts";
import { queueCommands } from "./queue-commands.ts";
import { runCommands } from "./run-commands.ts";
import { windowCommands } from "./window-commands.ts";
import { worldCommands } from "./world-commands.ts";

/** Every command of the window; each part of the desk has its own list. */
export const commands: readonly Command[] = [
  ...deskCommands,
  ...formCommands,
  ...overviewCommands,
  ...runCommands,
  ...curveCommands,
  ...queueCommands,
  ...worldCommands,
  ...windowCommands,
];
