import path from "node:path";
import { type LinkServer, type MethodHandlers, type Peer, serve } from "../../../main/link/server.ts";
import { type MethodName, methods } from "../../../preload/contract.ts";
import { temporaryFolder } from "../temporary-folder.ts";

export interface TestServer extends LinkServer {
  readonly socket: string;
  readonly peers: Peer[];
  readonly problems: string[];
}

/** A real server on a real socket that answers only the given methods. */
export async function startServer(handlers: Partial<MethodHandlers>, version = "9.9.9"): Promise<TestServer> {
  const socket = path.join(temporaryFolder(), "engine.sock");
  const peers: Peer[] = [];
  const problems: string[] = [];
  const missing = Object.fromEntries(
    (Object.keys(methods) as MethodName[]).map((name) => [name, () => Promise.reject(new Error(`no ${name} here`))]),
  ) as unknown as MethodHandlers;
  const server = await serve({
    socket,
    version,
    handlers: { ...missing, ...handlers },
    opened: (peer) => peers.push(peer),
    closed: (peer) => peers.splice(peers.indexOf(peer), 1),
    drained: () => {},
    problem: (text) => problems.push(text),
  });
  return {
    socket,
    peers,
    problems,
    get clients() {
      return server.clients;
    },
    close: () => server.close(),
  };
}
