import type { Priority } from "../../preload/contract.ts";
import { shiftPriority } from "../model/queue.ts";
import {
  holdQueue,
  moveSelected,
  pausedRuns,
  queueState,
  resumePaused,
  selectedInQueue,
  selectedWaiting,
  setPriority,
} from "../state/queue.ts";
import { session } from "../state/session.ts";
import type { Command } from "./command.ts";

const noneWaits = () => (selectedWaiting().length === 0 ? "Select runs that wait in the queue first." : undefined);
const noneQueued = () => (selectedInQueue().length === 0 ? "Select runs that train or wait first." : undefined);

function move(to: Parameters<typeof moveSelected>[0], title: string, keys: string): Command {
  const keywords = ["order", "place", "queue"];
  const run = () => void moveSelected(to);
  return { id: `queue.${to}`, title, group: "Queue", keys, keywords, unavailable: noneWaits, run };
}

function level(priority: Priority): Command {
  return {
    id: `queue.${priority}`,
    title: `Priority: ${priority}`,
    group: "Queue",
    keywords: ["urgent", "important", "order"],
    unavailable: noneQueued,
    run: () => void setPriority(selectedInQueue(), priority),
  };
}

/** Each selected run goes one step up or down from where it is. */
function step(id: string, title: string, keys: string, by: 1 | -1): Command {
  return {
    id,
    title,
    group: "Queue",
    keys,
    unavailable: noneQueued,
    run: () => {
      const chosen = new Set(selectedInQueue());
      const runs = session.get().runs.filter((run) => chosen.has(run.id));
      for (const before of ["low", "normal", "high"] as const) {
        const same = runs.filter((run) => run.priority === before).map(({ id }) => id);
        const after = shiftPriority(before, by);
        if (same.length > 0 && after !== before) void setPriority(same, after);
      }
    },
  };
}

/** What decides which run starts next. */
export const queueCommands: readonly Command[] = [
  move("first", "Move to the front of the queue", "Alt+Home"),
  move("earlier", "Move up in the queue", "Alt+ArrowUp"),
  move("later", "Move down in the queue", "Alt+ArrowDown"),
  move("last", "Move to the end of the queue", "Alt+End"),
  step("queue.raise", "Raise the priority", "Alt+Shift+ArrowUp", 1),
  step("queue.lower", "Lower the priority", "Alt+Shift+ArrowDown", -1),
  level("high"),
  level("normal"),
  level("low"),
  {
    id: "queue.hold",
    title: "Hold the queue or let it go",
    group: "Queue",
    keys: "Mod+Shift+H",
    keywords: ["pause all", "stop starting", "wait"],
    run: () => void holdQueue(queueState.get().queue?.held !== true),
  },
  {
    id: "queue.resume-paused",
    title: "Resume all paused runs",
    group: "Queue",
    keywords: ["continue"],
    unavailable: () => (pausedRuns().length === 0 ? "No run is paused." : undefined),
    run: () => void resumePaused(),
  },
];
