import { chmodSync, mkdirSync, statSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openClient } from "../../../main/link/client.ts";
import { encodeValue, frame, MAXIMUM_REQUEST_BYTES } from "../../../main/link/frames.ts";
import { socketPath } from "../../../main/link/socket-path.ts";
import { UserError } from "../../../main/platform/user-error.ts";
import { PROTOCOL_VERSION } from "../../../preload/contract.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { startServer, type TestServer } from "./local-server.ts";

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serverWith(handlers: Parameters<typeof startServer>[0]): Promise<TestServer> {
  const server = await startServer(handlers);
  servers.push(server);
  return server;
}

function rawConnection(server: TestServer): { socket: net.Socket; ended: Promise<Buffer> } {
  const socket = net.connect(server.socket);
  const pieces: Buffer[] = [];
  socket.on("data", (piece) => pieces.push(piece));
  socket.on("error", () => {});
  return { socket, ended: new Promise((resolve) => socket.on("close", () => resolve(Buffer.concat(pieces)))) };
}

function hello(changes: Record<string, unknown> = {}): Buffer {
  const message = { edgeloom: "hello", protocol: PROTOCOL_VERSION, serialization: 15, version: "0.0.1", role: "shell" };
  return frame(Buffer.from(JSON.stringify({ ...message, ...changes })));
}

describe("client and server", () => {
  it("carry calls, typed columns and events", async () => {
    const steps = Float64Array.from({ length: 5000 }, (_, index) => index);
    const server = await serverWith({
      "series.get": ({ run, metric }) => ({
        run,
        metric,
        steps,
        values: steps,
        wallSeconds: steps,
        iterations: steps,
        total: 5000,
        decimated: false,
      }),
    });
    const client = await openClient(server.socket, "cli", "1.0.0");
    const series = await client.call("series.get", { run: "a", metric: "m", maxPoints: 10 });
    expect(series.steps).toEqual(steps);
    const seen = new Promise((resolve) => client.listen("rebuild", resolve));
    server.peers[0]?.send("rebuild", { done: 1, total: 2 });
    expect(await seen).toEqual({ done: 1, total: 2 });
    client.close();
  });

  it("pass a user error on with its code, hint and field, and call anything else a bug", async () => {
    const server = await serverWith({
      "runs.get": () => {
        throw new UserError("run-unknown", "There is no run x", "Try y", "run");
      },
      doctor: () => {
        throw new TypeError("undefined is not a function");
      },
    });
    const client = await openClient(server.socket, "cli", "1.0.0");
    const error = await client.call("runs.get", { run: "x" }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "run-unknown", message: "There is no run x", hint: "Try y", field: "run" });
    expect(await client.call("doctor", {}).catch((reason: unknown) => reason)).toMatchObject({ code: "bug" });
    expect(server.problems).toEqual(["method doctor"]);
    client.close();
  });

  it("name the parameter that does not fit the contract", async () => {
    const server = await serverWith({});
    const client = await openClient(server.socket, "cli", "1.0.0");
    const wrong = client.call("engine.setParallel", { parallel: 0 });
    await expect(wrong).rejects.toMatchObject({ code: "bad-parameters", field: "parallel" });
    client.close();
  });

  it("refuse another protocol by a message that names both versions", async () => {
    const server = await serverWith({});
    const { socket, ended } = rawConnection(server);
    socket.write(hello({ protocol: 99 }));
    const greeting = JSON.parse((await ended).subarray(4).toString());
    expect(greeting).toMatchObject({ edgeloom: "refused", error: { code: "protocol-mismatch" } });
    expect(greeting.error.message).toMatch(new RegExp(`9\\.9\\.9.*0\\.0\\.1.*protocol ${PROTOCOL_VERSION}, not 99`));
  });

  it("let the refused client fail with that message", async () => {
    const socket = path.join(temporaryFolder(), "old.sock");
    const error = { code: "protocol-mismatch", message: "engine 0.2, window 0.1", hint: "close one" };
    const greeting = JSON.stringify({ edgeloom: "refused", protocol: 2, version: "0.2", error });
    const server = net.createServer((connection) => connection.end(frame(Buffer.from(greeting))));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    await expect(openClient(socket, "shell", "0.1")).rejects.toMatchObject(error);
    server.close();
  });

  it("disconnect a client that breaks the protocol and go on serving the others", async () => {
    const server = await serverWith({ "runs.list": () => [] });
    const good = await openClient(server.socket, "cli", "1.0.0");
    const oversized = Buffer.alloc(4);
    oversized.writeUInt32LE(MAXIMUM_REQUEST_BYTES + 1);
    const attempts = [
      [frame(Buffer.from("{}"))],
      [oversized],
      [hello(), frame(Buffer.from("no clone"))],
      [hello(), frame(encodeValue({ id: "text", method: 1 }))],
      [hello(), oversized],
    ];
    for (const pieces of attempts) {
      const { socket, ended } = rawConnection(server);
      for (const piece of pieces) socket.write(piece);
      await ended;
    }
    expect(server.problems).toHaveLength(attempts.length);
    expect(await good.call("runs.list", {})).toEqual([]);
    expect(server.clients).toBe(1);
    good.close();
  });

  it("fail waiting calls when the connection ends", async () => {
    const server = await serverWith({ "runs.list": () => new Promise(() => {}) });
    const client = await openClient(server.socket, "cli", "1.0.0");
    const call = client.call("runs.list", {});
    const closed = new Promise((resolve) => client.onClose(resolve));
    server.peers[0]?.close();
    await expect(call).rejects.toMatchObject({ code: "connection-lost" });
    expect(await closed).toMatchObject({ code: "connection-lost" });
    await expect(client.call("runs.list", {})).rejects.toMatchObject({ code: "connection-lost" });
  });

  it("stop reading requests of a client that does not read its answers", async () => {
    const column = new Float64Array(250_000);
    let answered = 0;
    const server = await serverWith({
      "series.get": ({ run, metric }) => {
        answered++;
        return {
          run,
          metric,
          steps: column,
          values: column,
          wallSeconds: column,
          iterations: column,
          total: 0,
          decimated: false,
        };
      },
    });
    const { socket } = rawConnection(server);
    socket.write(hello());
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    const request = (id: number) =>
      frame(encodeValue({ id, method: "series.get", params: { run: "r", metric: "m".repeat(20_000), maxPoints: 9 } }));
    for (let id = 0; id < 200; id++) {
      socket.write(request(id));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(answered).toBeGreaterThan(0);
    expect(answered).toBeLessThan(30);
    socket.destroy();
  });
});

describe("the socket's place", () => {
  it("is a short path in a folder that only this user can enter", () => {
    const runtime = temporaryFolder();
    const data = path.join(runtime, "a".repeat(120));
    mkdirSync(data);
    const file = socketPath(data, { XDG_RUNTIME_DIR: runtime });
    expect(file.startsWith(runtime)).toBe(true);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(Buffer.byteLength(file)).toBeLessThan(100);
  });

  it("differs between data folders and falls back to the temporary folder", () => {
    const folders = [0, 1].map(() => temporaryFolder());
    const paths = folders.map((folder) => socketPath(folder, { XDG_RUNTIME_DIR: "/does/not/exist" }));
    expect(new Set(paths).size).toBe(2);
    expect(paths[0]).toContain(os.tmpdir());
  });

  it("is refused when others can enter the folder", () => {
    const runtime = temporaryFolder();
    mkdirSync(path.join(runtime, "edgeloom"));
    chmodSync(path.join(runtime, "edgeloom"), 0o777);
    expect(() => socketPath(runtime, { XDG_RUNTIME_DIR: runtime })).toThrow(/only this user can enter/);
  });
});
