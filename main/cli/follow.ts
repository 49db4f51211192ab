import type { RunState, RunSummary } from "../../preload/contract.ts";
import type { Client } from "../link/client.ts";
import { stayConnected } from "../link/stay-connected.ts";
import { UserError } from "../platform/user-error.ts";
import { onInterrupt } from "./interrupt.ts";
import { openProgress } from "./progress.ts";

const OVER: readonly RunState[] = ["finished", "failed", "cancelled"];
const SETTLED: readonly RunState[] = [...OVER, "paused"];

export interface Followed {
  /** As they ended, in the order in which they were given. */
  readonly runs: readonly RunSummary[];
  /** Ctrl-C paused or stopped them. */
  readonly interrupted: boolean;
}

/**
 * Shows runs until each is finished, failed, cancelled or paused. Ctrl-C pauses them at a checkpoint, a second one stops
 * them, a third leaves them to the engine. An engine that dies is started again; the runs go on meanwhile.
 * @throws UserError `engine-lost` when no engine can be kept, `left` after the third Ctrl-C
 */
export function followRuns(dataFolder: string, started: readonly RunSummary[], json: boolean): Promise<Followed> {
  const runs = new Map(started.map((run) => [run.id, run]));
  const display = openProgress(started, json);
  const unsettled = () => [...runs.values()].filter((run) => !SETTLED.includes(run.state));
  let wish: "pause" | "stop" | undefined;
  let over = false;

  return new Promise<Followed>((resolve, reject) => {
    const finish = (end: () => void) => {
      if (over) return;
      over = true;
      connection.close();
      forget();
      display.close();
      end();
    };
    const take = (run: RunSummary) => {
      if (over || !runs.has(run.id)) return;
      runs.set(run.id, run);
      display.update(run);
      if (unsettled().length > 0) return;
      finish(() => resolve({ runs: [...runs.values()], interrupted: wish !== undefined }));
    };
    // A connection that is lost while it is asked comes back by itself; anything else ends the command.
    const giveUp = (error: unknown) => {
      if (!(error instanceof UserError && error.code === "connection-lost")) finish(() => reject(error));
    };
    const sendWish = async (client: Client, command: "pause" | "stop") => {
      const done = command === "stop" ? OVER : SETTLED;
      for (const run of [...runs.values()].filter(({ state }) => !done.includes(state))) {
        try {
          take(await client.call("runs.command", { run: run.id, command }));
        } catch (error) {
          if (!(error instanceof UserError) || error.code === "connection-lost") throw error;
          display.note(error.message); // it may have come to its end in this very moment
        }
      }
    };
    const attach = async (client: Client) => {
      client.listen("run", take);
      await client.call("subscribe", { runs: true, points: [] });
      for (const run of await client.call("runs.list", {})) take(run);
      if (wish !== undefined && !over) await sendWish(client, wish);
    };
    const connection = stayConnected(dataFolder, "cli", {
      connected: (client) => void attach(client).catch(giveUp),
      status: ({ state, text }) => {
        if (state === "lost" || state === "refused") finish(() => reject(new UserError("engine-lost", text)));
      },
    });
    const forget = onInterrupt((count) => {
      if (count > 2) {
        const error = new UserError("left", "the runs go on without this command", "edgeloom list runs shows them");
        return finish(() => reject(error));
      }
      wish = count === 1 ? "pause" : "stop";
      display.note(count === 1 ? "Pausing at a checkpoint; Ctrl-C again stops." : "Stopping; Ctrl-C again leaves.");
      if (connection.client !== undefined) void sendWish(connection.client, wish).catch(giveUp);
    });
  });
}
