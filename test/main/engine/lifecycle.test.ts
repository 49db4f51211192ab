import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { connect } from "../../../main/link/connect.ts";
import { engineLockPath, livingEngine } from "../../../main/link/engine-lock.ts";
import { stayConnected } from "../../../main/link/stay-connected.ts";
import { processLives } from "../../../main/platform/process.ts";
import type { EngineStatus } from "../../../preload/contract.ts";
import {
  create,
  engineLog,
  engineSeries,
  journalSeries,
  kill,
  longRun,
  open,
  smallRun,
  temporaryData,
  trainerPid,
  until,
  untilState,
  untilStep,
} from "./support.ts";

describe("the engine of a data folder", () => {
  it("is one, however many start it at once", async () => {
    const data = temporaryData();
    const clients = await Promise.all([1, 2, 3, 4].map(() => open(data)));
    expect(new Set(clients.map((client) => client.engine.pid)).size).toBe(1);
    const infos = await Promise.all(clients.map((client) => client.call("engine.info", {})));
    expect(infos.map((info) => info.pid)).toEqual(clients.map((client) => client.engine.pid));
    expect(livingEngine(data)?.pid).toBe(infos[0]?.pid);
  });

  it("ends by itself without client, run and queue, and leaves no lock and no socket", async () => {
    const data = temporaryData();
    const client = await open(data);
    const lock = livingEngine(data);
    client.close();
    await until("the engine to end", () => !processLives(lock?.pid ?? 0, undefined), 10);
    expect(existsSync(engineLockPath(data))).toBe(false);
    expect(existsSync(lock?.socket ?? "")).toBe(false);
    expect(engineLog(data)).toContain("no client, no run and an empty queue");
  });

  it("stays for a run without any client, and ends after it", async () => {
    const data = temporaryData();
    const client = await open(data);
    const { pid } = client.engine;
    // 8 s of training, longer than an idle engine stays.
    const run = await create(client, longRun);
    await untilStep(client, run.id, 100);
    client.close();
    await new Promise((resolve) => setTimeout(resolve, 4500));
    expect(processLives(pid, undefined)).toBe(true);
    await kill(trainerPid(data, run.id) ?? 0);
    await until("the engine to end", () => !processLives(pid, undefined), 10);
  });

  it("is started anew over the lock of a killed one, also by several at once", async () => {
    const data = temporaryData();
    const first = await open(data);
    await kill(first.engine.pid);
    expect(existsSync(engineLockPath(data))).toBe(true);
    const clients = await Promise.all([1, 2, 3].map(() => open(data)));
    expect(new Set(clients.map((client) => client.engine.pid)).size).toBe(1);
    expect(clients[0]?.engine.pid).not.toBe(first.engine.pid);
  });

  it.each(["SIGTERM", "engine.stop"])("closes cleanly on %s while trainers go on", async (how) => {
    const data = temporaryData();
    const client = await open(data);
    const run = await create(client, longRun);
    await untilStep(client, run.id, 100);
    const trainer = trainerPid(data, run.id) ?? 0;
    if (how === "SIGTERM") process.kill(client.engine.pid, "SIGTERM");
    else await client.call("engine.stop", {});
    await until("the engine to end", () => !processLives(client.engine.pid, undefined));
    expect(existsSync(engineLockPath(data))).toBe(false);
    expect(existsSync(path.join(data, "store.sqlite-wal"))).toBe(false);
    expect(trainerPid(data, run.id)).toBe(trainer);
  });

  it("ends when its socket was removed, so that the next client gets a new one", async () => {
    const data = temporaryData();
    const first = await open(data);
    rmSync(livingEngine(data)?.socket ?? "");
    const second = await open(data);
    expect(second.engine.pid).not.toBe(first.engine.pid);
    await second.call("runs.list", {});
  });

  it("is not started where none may be", async () => {
    await expect(connect(temporaryData(), "cli", { start: false })).rejects.toMatchObject({ code: "engine-none" });
  });

  it("comes back to a client that stays connected", async () => {
    const data = temporaryData();
    const states: EngineStatus["state"][] = [];
    const pids: number[] = [];
    const connection = stayConnected(data, "shell", {
      connected: (client) => pids.push(client.engine.pid),
      status: ({ state }) => states.push(state),
    });
    await until("the first connection", () => pids.length === 1);
    await kill(pids[0] ?? 0);
    await until("the second connection", () => pids.length === 2);
    expect(pids[0]).not.toBe(pids[1]);
    expect(states).toEqual(["connecting", "connected", "connecting", "connected"]);
    await connection.client?.call("runs.list", {});
    connection.close();
  });
});

describe("an engine that cannot start", () => {
  it("says which native module cannot be loaded", async () => {
    const data = temporaryData();
    process.env.NODE_OPTIONS = "--no-addons";
    const failure = await connect(data, "cli").catch((error: unknown) => error);
    delete process.env.NODE_OPTIONS;
    expect(failure).toMatchObject({ code: "engine-start" });
    expect(String(failure)).toMatch(/native module better-sqlite3 cannot be loaded by Node 24/);
    expect(existsSync(engineLockPath(data))).toBe(false);
  });

  it("refuses a database of a newer version by its number", async () => {
    const data = temporaryData();
    await kill((await open(data)).engine.pid);
    const file = path.join(data, "store.sqlite");
    const database = new Database(file);
    database.pragma("user_version = 77");
    database.close();
    await expect(connect(data, "cli")).rejects.toThrow(
      /store\.sqlite has version 77; this program knows versions up to 2/,
    );
    expect(new Database(file).pragma("user_version", { simple: true })).toBe(77);
  });
});

describe("a database that cannot be used", () => {
  const damages: [string, (file: string) => void][] = [
    ["deleted", (file) => rmSync(file)],
    ["overwritten", (file) => writeFileSync(file, "no database")],
    ["damaged in the middle", (file) => writeFileSync(file, readFileSync(file).fill(0xa5, 4096, 12_288))],
  ];
  it.each(damages)("when %s is rebuilt from the run folders and the project's journal", async (what, damage) => {
    const data = temporaryData();
    const before = await open(data);
    const run = await create(before, { ...smallRun, name: "a name that a person typed" });
    const summary = await untilState(before, run.id, "finished");
    const checkpoints = await before.call("checkpoints.list", {});
    await kill(before.engine.pid, "SIGTERM");
    damage(path.join(data, "store.sqlite"));
    const after = await open(data);
    expect(await after.call("runs.list", {})).toEqual([{ ...summary, stepsPerSecond: expect.any(Number) }]);
    expect(await engineSeries(after, run.id, "train/entropy")).toEqual(journalSeries(data, run.id, "train/entropy"));
    expect(await after.call("checkpoints.list", {})).toEqual(checkpoints);
    expect(existsSync(path.join(data, "store.sqlite.damaged-1"))).toBe(what !== "deleted");
  });

  it("is replaced under a running engine as well", async () => {
    const data = temporaryData();
    const client = await open(data);
    const run = await create(client, longRun);
    await untilStep(client, run.id, 2000);
    spoilSchema(path.join(data, "store.sqlite"));
    await until("the damaged database to be set aside", () => existsSync(path.join(data, "store.sqlite.damaged-1")));
    await client.call("runs.command", { run: run.id, command: "pause" });
    await untilState(client, run.id, "paused");
    expect(await engineSeries(client, run.id, "train/entropy")).toEqual(journalSeries(data, run.id, "train/entropy"));
  });
});

/** Damages a database that another process has open, in a way which that process must notice. */
function spoilSchema(file: string): void {
  const database = new Database(file);
  database.unsafeMode();
  database.pragma("writable_schema = ON");
  database.exec("UPDATE sqlite_schema SET sql = 'rubbish' WHERE name = 'chunk'");
  database.pragma("schema_version = 99");
  database.close();
}
