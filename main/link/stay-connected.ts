import { setTimeout as sleep } from "node:timers/promises";
import type { EngineStatus } from "../../preload/contract.ts";
import { UserError } from "../platform/user-error.ts";
import type { Client } from "./client.ts";
import { connect } from "./connect.ts";
import type { ClientRole } from "./messages.ts";

/** An engine that dies is started again at most so often a minute. */
const STARTS_PER_MINUTE = 3;

export interface StayConnectedHandlers {
  /** A new connection: the place to subscribe again. */
  connected(client: Client): void;
  status(status: EngineStatus): void;
}

export interface LastingConnection {
  /** The present client; undefined while there is none. */
  readonly client: Client | undefined;
  /** Tries again after it was refused or lost for good. */
  retry(): void;
  close(): void;
}

/**
 * Keeps one connection to a data folder's engine, starting the engine again when it dies: at most
 * {@link STARTS_PER_MINUTE} times a minute, then `lost` until {@link LastingConnection.retry}.
 */
export function stayConnected(
  dataFolder: string,
  role: ClientRole,
  handlers: StayConnectedHandlers,
): LastingConnection {
  let client: Client | undefined;
  let closed = false;
  let working = false;
  let attempts: number[] = [];

  async function work(): Promise<void> {
    if (working || closed) return;
    working = true;
    handlers.status({ state: "connecting", text: "Connecting to the engine" });
    try {
      const now = Date.now();
      attempts = [...attempts.filter((time) => now - time < 60_000), now];
      if (attempts.length > STARTS_PER_MINUTE + 1) {
        throw new UserError("engine-dies", "The engine ended several times within a minute.", "See engine.log.");
      }
      const opened = await connect(dataFolder, role);
      working = false;
      if (closed) return opened.close();
      client = opened;
      opened.onClose(() => {
        client = undefined;
        void sleep(100).then(work);
      });
      handlers.status({ state: "connected", text: `Edgeloom ${opened.engine.version}` });
      handlers.connected(opened);
    } catch (error) {
      working = false;
      if (!(error instanceof UserError)) throw error;
      const refused = error.code === "protocol-mismatch";
      const text = error.hint === "" ? error.message : `${error.message} ${error.hint}`;
      handlers.status({ state: refused ? "refused" : "lost", text });
    }
  }

  void work();
  return {
    get client() {
      return client;
    },
    retry() {
      if (client !== undefined) return;
      attempts = [];
      void work();
    },
    close() {
      closed = true;
      client?.close();
    },
  };
}
