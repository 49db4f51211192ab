import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { LOG_BYTES, rotateLog } from "../../../main/link/connect.ts";
import {
  type EngineLock,
  engineLockPath,
  holdsEngineLock,
  livingEngine,
  ownLock,
  releaseEngineLock,
  takeEngineLock,
} from "../../../main/link/engine-lock.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const own = ownLock("/a/socket", 1, "0.1.0");

/** The lock of a process that is gone. */
function deadLock(): EngineLock {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  return { ...own, pid, startTime: 1 };
}

function write(folder: string, lock: EngineLock): string {
  const text = `${JSON.stringify(lock, null, 2)}\n`;
  writeFileSync(engineLockPath(folder), text);
  return text;
}

describe("the engine's lock", () => {
  it("is taken once, told to others, and given back", () => {
    const folder = temporaryFolder();
    expect(takeEngineLock(folder, own)).toBe(true);
    expect(takeEngineLock(folder, { ...own, socket: "/another" })).toBe(false);
    expect(livingEngine(folder)).toEqual(own);
    expect(holdsEngineLock(folder, own)).toBe(true);
    releaseEngineLock(folder, { ...own, socket: "/another" });
    expect(livingEngine(folder)).toEqual(own);
    releaseEngineLock(folder, own);
    expect(livingEngine(folder)).toBeUndefined();
  });

  it.each([
    ["of a dead process", deadLock],
    ["of another process with the same id", () => ({ ...own, startTime: (own.startTime ?? 0) + 1 })],
    ["from before the machine was started again", () => ({ ...own, bootId: "another boot" })],
  ])("%s is taken over", (_what, make) => {
    const folder = temporaryFolder();
    write(folder, make());
    expect(livingEngine(folder)).toBeUndefined();
    expect(takeEngineLock(folder, own)).toBe(true);
    expect(livingEngine(folder)).toEqual(own);
  });

  it("that is damaged counts as nobody's", () => {
    const folder = temporaryFolder();
    writeFileSync(engineLockPath(folder), '{"pid":');
    expect(livingEngine(folder)).toBeUndefined();
    expect(takeEngineLock(folder, own)).toBe(true);
  });

  it("is left to the process that is taking it over, unless that one was killed at it", () => {
    const folder = temporaryFolder();
    const dead = write(folder, deadLock());
    const { stdout } = spawnSync("sha256sum", [engineLockPath(folder)], { encoding: "utf8" });
    const marker = `${engineLockPath(folder)}.${stdout.slice(0, 16)}.takeover`;
    writeFileSync(marker, "");
    expect(takeEngineLock(folder, own)).toBe(false);
    expect(readFileSync(engineLockPath(folder), "utf8")).toBe(dead);
    utimesSync(marker, 0, 0);
    expect(takeEngineLock(folder, own)).toBe(false);
    expect(takeEngineLock(folder, own)).toBe(true);
  });
});

describe("the engine's log", () => {
  it("moves to a second file when it is long, under the writers that have it open", () => {
    const file = path.join(temporaryFolder(), "engine.log");
    rotateLog(file);
    appendFileSync(file, "short\n");
    rotateLog(file);
    expect(readFileSync(file, "utf8")).toBe("short\n");
    appendFileSync(file, "x".repeat(LOG_BYTES));
    rotateLog(file);
    expect(statSync(file).size).toBe(0);
    expect(statSync(`${file}.1`).size).toBe(LOG_BYTES + 6);
  });
});
