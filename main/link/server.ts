import { chmodSync, rmSync } from "node:fs";
import net from "node:net";
import type { z } from "zod";
import {
  type Answer,
  type EventName,
  type EventPayload,
  type MethodName,
  type MethodResult,
  methods,
  PROTOCOL_VERSION,
  type UserErrorValue,
} from "../../preload/contract.ts";
import { UserError } from "../platform/user-error.ts";
import {
  decodeValue,
  encodeValue,
  FrameReader,
  frame,
  MAXIMUM_REQUEST_BYTES,
  SERIALIZATION_VERSION,
} from "./frames.ts";
import { type EngineMessage, type Greeting, helloSchema, requestSchema } from "./messages.ts";

/** Unsent bytes beyond which no further request of this client is read until it has taken its answers. */
const BACKLOG_BYTES = 8 * 1024 * 1024;
/** A connection that has not said hello by then is closed. */
const HELLO_MILLISECONDS = 10_000;

/** One connected client, as the engine sees it. */
export interface Peer {
  readonly id: number;
  readonly role: string;
  /** Sends an event; the caller keeps it bounded by looking at {@link Peer.backlogBytes}. */
  send<E extends EventName>(event: E, payload: EventPayload<E>): void;
  /** Bytes accepted for sending that the client has not taken yet. */
  readonly backlogBytes: number;
  close(): void;
}

type Parsed<M extends MethodName> = z.output<(typeof methods)[M]["params"]>;
export type MethodHandlers = {
  readonly [M in MethodName]: (params: Parsed<M>, peer: Peer) => Promise<MethodResult<M>> | MethodResult<M>;
};

export interface ServerSetting {
  readonly socket: string;
  /** Version of this program, named when a peer is refused. */
  readonly version: string;
  readonly handlers: MethodHandlers;
  opened(peer: Peer): void;
  closed(peer: Peer): void;
  /** The client has taken all that was sent. */
  drained(peer: Peer): void;
  /** A bug in a handler, or a client that broke the protocol; the connection's business only. */
  problem(text: string, error: unknown): void;
}

export interface LinkServer {
  readonly clients: number;
  /** Stops listening and closes every connection once what was sent is out. */
  close(): Promise<void>;
}

/** Listens on a local socket and answers calls by the contract. A broken client costs its own connection only. */
export async function serve(setting: ServerSetting): Promise<LinkServer> {
  const connections = new Set<Connection>();
  let nextId = 1;
  const server = net.createServer((socket) => {
    const connection = new Connection(nextId++, socket, setting, () => connections.delete(connection));
    connections.add(connection);
  });
  // A socket file left by a killed engine would refuse the address; the engine's lock says that nobody listens there.
  if (process.platform !== "win32") rmSync(setting.socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(setting.socket, () => {
      server.off("error", reject);
      resolve();
    });
  });
  if (process.platform !== "win32") chmodSync(setting.socket, 0o600);
  server.on("error", (error) => setting.problem("listening", error));
  return {
    get clients() {
      let open = 0;
      for (const connection of connections) if (connection.greeted) open++;
      return open;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.close();
      }),
  };
}

class Connection implements Peer {
  readonly id: number;
  role = "";
  greeted = false;
  private readonly socket: net.Socket;
  private readonly setting: ServerSetting;
  private readonly reader = new FrameReader(MAXIMUM_REQUEST_BYTES);
  private readonly helloTimer: NodeJS.Timeout;

  constructor(id: number, socket: net.Socket, setting: ServerSetting, gone: () => void) {
    this.id = id;
    this.socket = socket;
    this.setting = setting;
    this.helloTimer = setTimeout(() => socket.destroy(), HELLO_MILLISECONDS);
    socket.on("data", (piece: Buffer) => this.receive(piece));
    socket.on("drain", () => {
      if (socket.isPaused()) socket.resume();
      if (this.greeted) setting.drained(this);
    });
    // A vanished client (EPIPE, ECONNRESET) is an ordinary end of a connection; "close" follows.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(this.helloTimer);
      gone();
      if (this.greeted) setting.closed(this);
      this.greeted = false;
    });
  }

  get backlogBytes(): number {
    return this.socket.writableLength;
  }

  send<E extends EventName>(event: E, payload: EventPayload<E>): void {
    this.write({ event, payload });
  }

  close(): void {
    this.socket.end();
    // A client that never reads would hold the engine open.
    setTimeout(() => this.socket.destroy(), 1000).unref();
  }

  private write(message: EngineMessage): void {
    if (this.socket.writable) this.socket.write(frame(encodeValue(message)));
  }

  private receive(piece: Buffer): void {
    try {
      this.reader.push(piece, (payload) => {
        if (this.socket.destroyed) return;
        if (this.greeted) this.request(payload);
        else this.greet(payload);
      });
    } catch (error) {
      this.setting.problem(`client ${this.id} broke the protocol and is disconnected`, error);
      this.socket.destroy();
    }
  }

  private greet(payload: Buffer): void {
    clearTimeout(this.helloTimer);
    const hello = helloSchema.parse(JSON.parse(payload.toString("utf8")));
    const { version } = this.setting;
    const fits = hello.protocol === PROTOCOL_VERSION && hello.serialization === SERIALIZATION_VERSION;
    if (!fits) {
      const error = refusal(version, hello);
      this.greeting({ edgeloom: "refused", protocol: PROTOCOL_VERSION, version, error });
      this.socket.end();
      return;
    }
    this.role = hello.role;
    this.greeted = true;
    this.greeting({ edgeloom: "welcome", protocol: PROTOCOL_VERSION, version, pid: process.pid });
    this.setting.opened(this);
  }

  private greeting(greeting: Greeting): void {
    this.socket.write(frame(Buffer.from(JSON.stringify(greeting))));
  }

  private request(payload: Buffer): void {
    const request = requestSchema.parse(decodeValue(payload));
    void this.answer(request.method, request.params).then((answer) => {
      this.write({ id: request.id, answer });
      if (this.backlogBytes > BACKLOG_BYTES) this.socket.pause();
    });
  }

  private async answer(method: string, params: unknown): Promise<Answer<unknown>> {
    try {
      if (!isMethod(method)) {
        throw new UserError("method-unknown", `The engine has no method ${JSON.stringify(method.slice(0, 80))}.`);
      }
      return { ok: true, value: await this.invoke(method, params) };
    } catch (error) {
      if (!(error instanceof UserError)) this.setting.problem(`method ${method.slice(0, 80)}`, error);
      return { ok: false, error: errorValue(error) };
    }
  }

  private invoke<M extends MethodName>(method: M, params: unknown): unknown {
    const parsed = methods[method].params.safeParse(params);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const field = issue?.path.join(".") ?? "";
      throw new UserError(
        "bad-parameters",
        `${method}: ${field === "" ? "" : `${field}: `}${issue?.message}.`,
        "",
        field,
      );
    }
    return this.setting.handlers[method](parsed.data as Parsed<M>, this);
  }
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

/** The error as it goes to a client; anything but a {@link UserError} is a bug of this program. */
export function errorValue(error: unknown): UserErrorValue {
  if (error instanceof UserError) {
    const { code, message, hint, field } = error;
    return field === undefined ? { code, message, hint } : { code, message, hint, field };
  }
  return {
    code: "bug",
    message: `Something went wrong inside the engine: ${error instanceof Error ? error.message : String(error)}.`,
    hint: "This is a bug in Edgeloom; engine.log in the data folder has the details.",
  };
}

function refusal(version: string, hello: { protocol: number; version: string; role: string }): UserErrorValue {
  const same = hello.protocol === PROTOCOL_VERSION;
  const protocols = same ? "another clone format" : `protocol ${PROTOCOL_VERSION}, not ${hello.protocol}`;
  return {
    code: "protocol-mismatch",
    message:
      `The engine of this data folder is Edgeloom ${version} and this ${hello.role} is Edgeloom ${hello.version}: ` +
      `the engine speaks ${protocols}.`,
    hint: "Close every window and command of the older version, or use one version with this data folder.",
  };
}
