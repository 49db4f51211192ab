import {
  type Answer,
  type EngineStatus,
  type EventName,
  type EventPayload,
  events,
  type MethodName,
  type MethodParams,
  type MethodResult,
} from "../../preload/contract.ts";
import type { Client } from "../link/client.ts";
import { type LastingConnection, stayConnected } from "../link/stay-connected.ts";
import { UserError } from "../platform/user-error.ts";

export interface ConnectionObserver {
  status(status: EngineStatus): void;
  event(name: EventName, payload: EventPayload<EventName>): void;
}

/** One connection to the engine of a data folder; it always hears of the runs. Each window has one, and the shell. */
export class EngineConnection {
  private readonly observer: ConnectionObserver;
  private readonly connection: LastingConnection;
  private current: EngineStatus = { state: "connecting", text: "Starting the engine" };

  /** Starts connecting at once; the outcome is the status. */
  constructor(dataFolder: string, observer: ConnectionObserver) {
    this.observer = observer;
    this.connection = stayConnected(dataFolder, "shell", {
      connected: (client) => this.connected(client),
      status: (status) => {
        this.current = status;
        observer.status(status);
      },
    });
  }

  get status(): EngineStatus {
    return this.current;
  }

  /** A new try that the person asked for. */
  retry(): void {
    this.connection.retry();
  }

  /** An error a person can act on comes back as a value; anything else is thrown. */
  async call<M extends MethodName>(method: M, params: MethodParams<M>): Promise<Answer<MethodResult<M>>> {
    const client = this.connection.client;
    if (client === undefined) {
      const hint = "It is started again by itself; runs go on meanwhile.";
      return { ok: false, error: { code: "engine-away", message: "The engine is not connected.", hint } };
    }
    try {
      return { ok: true, value: await client.call(method, params) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { code, message, hint, field } = error;
      return { ok: false, error: { code, message, hint, field } };
    }
  }

  close(): void {
    this.connection.close();
  }

  private connected(client: Client): void {
    for (const name of Object.keys(events) as EventName[]) {
      client.listen(name, (payload) => this.observer.event(name, payload));
    }
    // Before anything that whoever heard `connected` asks for.
    void this.call("subscribe", { runs: true, points: [] });
  }
}
