import {
  type Answer,
  type EngineStatus,
  type EventName,
  type EventPayload,
  type MethodName,
  type MethodParams,
  type MethodResult,
  methods,
  type RunSummary,
} from "../../preload/contract.ts";
import type { Client } from "../link/client.ts";
import { type LastingConnection, stayConnected } from "../link/stay-connected.ts";
import { UserError } from "../platform/user-error.ts";

export interface ConnectionObserver {
  status(status: EngineStatus): void;
  /** All runs, after each new connection: what happened meanwhile shows in the difference. */
  runs(runs: readonly RunSummary[]): void;
  event(name: EventName, payload: EventPayload<EventName>): void;
}

const eventNames: readonly EventName[] = ["run", "points", "evaluation", "rebuild"];

/** The shell's one connection to the engine of a data folder. What the window asks for passes through here. */
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

  /** Calls the engine with parameters that nobody has checked yet. */
  async callUnchecked(method: MethodName, params: unknown): Promise<Answer<unknown>> {
    const parsed = methods[method].params.safeParse(params);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const field = issue?.path.join(".") ?? "";
      const message = `${method}: ${field === "" ? "" : `${field}: `}${issue?.message ?? "not as the contract says"}`;
      return { ok: false, error: { code: "parameters-invalid", message, hint: "", field } };
    }
    return this.call(method, parsed.data as MethodParams<typeof method>);
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
    for (const name of eventNames) client.listen(name, (payload) => this.observer.event(name, payload));
    void this.follow(client);
  }

  /** The shell follows the runs for itself, whether the window has asked for them yet or not. */
  private async follow(client: Client): Promise<void> {
    const subscribed = await this.call("subscribe", { runs: true, points: [] });
    const runs = await this.call("runs.list", {});
    if (subscribed.ok && runs.ok && this.connection.client === client) this.observer.runs(runs.value);
  }
}
