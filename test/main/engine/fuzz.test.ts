import net from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Client } from "../../../main/link/client.ts";
import { livingEngine } from "../../../main/link/engine-lock.ts";
import { encodeValue, frame } from "../../../main/link/frames.ts";
import { UserError } from "../../../main/platform/user-error.ts";
import { type MethodName, type MethodParams, methods, PROTOCOL_VERSION } from "../../../preload/contract.ts";
import { engineLog, open, temporaryData } from "./support.ts";

const hello = { edgeloom: "hello", protocol: PROTOCOL_VERSION, serialization: 15, version: "0", role: "cli" };
const greeting = frame(Buffer.from(JSON.stringify(hello)));

/** Methods that end the engine, or that may rightly work for long on what they are given. */
const notCalled: readonly string[] = ["engine.stop", "evaluate", "rows.write"];
const names = Object.keys(methods).filter((name) => !notCalled.includes(name)) as MethodName[];

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

/** A well-formed request with one of its bytes changed. */
const spoiled = fc
  .record({ method: fc.constantFrom(...names), at: fc.nat(), to: fc.nat(255), params: fc.object({ maxDepth: 2 }) })
  .map(({ method, at, to, params }) => {
    const payload = encodeValue({ id: 1, method, params });
    payload[at % payload.length] = to;
    return frame(payload);
  });

const malformed = fc.oneof(
  bytes,
  bytes.map((payload) => frame(payload)),
  bytes.map((payload) => Buffer.concat([greeting, frame(payload)])),
  bytes.map((payload) => Buffer.concat([greeting, payload])),
  spoiled.map((request) => Buffer.concat([greeting, request])),
  fc.anything().map((value) => Buffer.concat([greeting, frame(encodeCloneable(value))])),
);

function encodeCloneable(value: unknown): Buffer {
  try {
    return encodeValue(value);
  } catch {
    return Buffer.from("not cloneable");
  }
}

/** Sends bytes and hangs up; resolves when the connection is gone. */
function throwAt(socketPath: string, data: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath, () => socket.end(data));
    socket.on("data", () => {});
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}

/** Calls with parameters that no schema has seen. */
async function callWildly(client: Client, method: MethodName, params: unknown): Promise<unknown> {
  return client.call(method, params as MethodParams<MethodName>).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("the engine's socket", () => {
  it("takes 10,000 malformed streams, and the engine serves on", async () => {
    const data = temporaryData();
    const client = await open(data);
    const socketPath = livingEngine(data)?.socket ?? "";
    const streams = fc.sample(malformed, { numRuns: 10_000, seed: 20_260_101 });
    for (let at = 0; at < streams.length; at += 50) {
      await Promise.all(streams.slice(at, at + 50).map((stream) => throwAt(socketPath, stream)));
    }
    expect((await client.call("engine.info", {})).pid).toBe(client.engine.pid);
    expect(livingEngine(data)?.pid).toBe(client.engine.pid);
  });

  it("answers 10,000 calls with random parameters, every error a typed one and none a bug", async () => {
    const data = temporaryData();
    const client = await open(data);
    const call = fc.record({
      method: fc.constantFrom(...names),
      params: fc.oneof(fc.anything().filter(isCloneable), plausible),
    });
    const calls = fc.sample(call, { numRuns: 10_000, seed: 20_260_102 });
    const errors = await Promise.all(calls.map(({ method, params }) => callWildly(client, method, params)));
    for (const [i, error] of errors.entries()) {
      if (error === undefined) continue;
      expect(error).toBeInstanceOf(UserError);
      const { code, message } = error as UserError;
      expect(code, `${calls[i]?.method}: ${message}`).not.toBe("bug");
    }
    expect(await client.call("runs.list", {})).toEqual([]);
    expect(engineLog(data)).not.toMatch(/TypeError|RangeError/);
  });
});

/** Parameters with the right names and kinds, so that they get past the schemas. */
const text = fc.oneof(fc.string(), fc.constantFrom("..", "../..", "a:b", "a/b", "__proto__", "/etc", "", "x:last"));
const plausible = fc.record(
  {
    run: text,
    metric: text,
    maxPoints: fc.integer({ min: 1 }),
    bytes: fc.integer({ min: 1 }),
    command: fc.constantFrom("pause", "resume", "stop", "checkpoint"),
    force: fc.boolean(),
    scenario: fc.oneof(text, fc.constant("sanity/cartpole")),
    learner: fc.oneof(text, fc.constant("ppo")),
    preset: fc.oneof(text, fc.constantFrom("smoke", "__proto__", "constructor")),
    set: fc.dictionary(
      text.filter((key) => key !== ""),
      fc.oneof(fc.string(), fc.double(), fc.boolean()),
      { minKeys: 1 },
    ),
    seeds: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
    checkpoint: text,
    subjects: fc.array(text, { minLength: 1, maxLength: 3 }),
    episodes: fc.integer({ min: 1 }),
    seed: fc.nat(),
    sample: fc.boolean(),
    parallel: fc.integer({ min: 1, max: 256 }),
    runs: fc.boolean(),
    points: fc.array(fc.record({ run: text, metric: text }), { maxLength: 3 }),
    sequence: fc.double(),
    out: text,
  },
  { requiredKeys: ["set", "seeds"] },
);

function isCloneable(value: unknown): boolean {
  return !encodeCloneable(value).equals(Buffer.from("not cloneable"));
}
