import net from "node:net";
import {
  type EventName,
  type EventPayload,
  events,
  type MethodName,
  type MethodParams,
  type MethodResult,
  methods,
  PROTOCOL_VERSION,
} from "../../preload/contract.ts";
import { UserError } from "../platform/user-error.ts";
import {
  decodeValue,
  encodeValue,
  FrameError,
  FrameReader,
  frame,
  MAXIMUM_ANSWER_BYTES,
  SERIALIZATION_VERSION,
} from "./frames.ts";
import { type ClientRole, engineMessageSchema, greetingSchema, type Hello } from "./messages.ts";

/** An engine that accepts the connection but does not greet is given up after this time. */
const GREETING_MILLISECONDS = 10_000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Handler = (payload: unknown) => void;

/** The engine went away while a call was waiting, or the client was closed. */
export class ConnectionLost extends UserError {
  constructor(message = "The connection to the engine was lost.") {
    super("connection-lost", message, "Try again: the engine is started anew. Runs go on by themselves.");
  }
}

/** A connection to the engine of one data folder; every value is checked against the contract. */
export class Client {
  /** Version and process of the engine at the other end. */
  readonly engine: { readonly version: string; readonly pid: number };
  private readonly socket: net.Socket;
  private readonly waiting = new Map<number, Waiting>();
  private readonly handlers = new Map<EventName, Set<Handler>>();
  private readonly closeHandlers = new Set<(reason: Error | undefined) => void>();
  private nextId = 1;
  private lost: Error | undefined;
  private closed = false;

  constructor(socket: net.Socket, engine: { version: string; pid: number }) {
    this.socket = socket;
    this.engine = engine;
  }

  /**
   * Calls a method of the engine.
   * @throws UserError as the engine answered it, or {@link ConnectionLost}.
   */
  async call<M extends MethodName>(method: M, params: MethodParams<M>): Promise<MethodResult<M>> {
    if (this.closed) throw this.lost ?? new ConnectionLost();
    const id = this.nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.socket.write(frame(encodeValue({ id, method, params })));
    return methods[method].result.parse(await answer) as MethodResult<M>;
  }

  /** Calls the handler with each event of this name; answers a function that ends it. */
  listen<E extends EventName>(event: E, handler: (payload: EventPayload<E>) => void): () => void {
    const set = this.handlers.get(event) ?? new Set();
    this.handlers.set(event, set);
    const erased: Handler = (payload) => handler(payload as EventPayload<E>);
    set.add(erased);
    return () => set.delete(erased);
  }

  /** Calls the handler once when the connection ends; the reason is undefined after {@link close}. */
  onClose(handler: (reason: Error | undefined) => void): () => void {
    this.closeHandlers.add(handler);
    return () => this.closeHandlers.delete(handler);
  }

  close(): void {
    this.end(undefined);
  }

  /** Takes one payload from the engine. */
  receive(payload: Buffer): void {
    const message = engineMessageSchema.parse(decodeValue(payload));
    if ("event" in message) {
      if (!Object.hasOwn(events, message.event)) throw new FrameError(`an unknown event ${message.event}`);
      const name = message.event as EventName;
      const value = events[name].parse(message.payload);
      for (const handler of this.handlers.get(name) ?? []) handler(value);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.answer.ok) waiting?.resolve(message.answer.value);
    else {
      const { code, message: text, hint, field } = message.answer.error;
      waiting?.reject(new UserError(code, text, hint, field));
    }
  }

  /** The connection ended; every waiting call fails. */
  end(reason: Error | undefined): void {
    if (this.closed) return;
    this.closed = true;
    this.lost = reason;
    this.socket.destroy();
    for (const { reject } of this.waiting.values()) reject(reason ?? new ConnectionLost("The connection was closed."));
    this.waiting.clear();
    for (const handler of this.closeHandlers) handler(reason);
  }
}

/**
 * Connects to a listening engine and shakes hands.
 * @throws UserError `protocol-mismatch` when the engine refuses this version, {@link ConnectionLost} when nobody
 * answers there.
 */
export function openClient(socketPath: string, role: ClientRole, version: string): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath);
    const reader = new FrameReader(MAXIMUM_ANSWER_BYTES);
    let client: Client | undefined;
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      if (client === undefined) reject(error);
      else client.end(error);
    };
    const timer = setTimeout(
      () => fail(new ConnectionLost("The engine does not answer on its socket.")),
      GREETING_MILLISECONDS,
    );
    socket.on("connect", () => {
      const hello: Hello = {
        edgeloom: "hello",
        protocol: PROTOCOL_VERSION,
        serialization: SERIALIZATION_VERSION,
        version,
        role,
      };
      socket.write(frame(Buffer.from(JSON.stringify(hello))));
    });
    socket.on("error", (error) => fail(new ConnectionLost(`The engine cannot be reached: ${error.message}.`)));
    socket.on("close", () => fail(new ConnectionLost()));
    socket.on("data", (piece: Buffer) => {
      try {
        reader.push(piece, (payload) => {
          if (client !== undefined) {
            client.receive(payload);
            return;
          }
          client = greeted(payload, socket);
          clearTimeout(timer);
          resolve(client);
        });
      } catch (error) {
        fail(error instanceof Error ? error : new FrameError(String(error)));
      }
    });
  });
}

function greeted(payload: Buffer, socket: net.Socket): Client {
  const greeting = greetingSchema.parse(JSON.parse(payload.toString("utf8")));
  if (greeting.edgeloom === "welcome") return new Client(socket, greeting);
  const { code, message, hint } = greeting.error;
  throw new UserError(code, message, hint);
}
