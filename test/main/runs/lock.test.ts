import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { acquireLock, type LockContent, lockState, readLock } from "../../../main/runs/lock.ts";
import { runPaths } from "../../../main/runs/run-file.ts";
import { temporaryFolder } from "./support.ts";

const contender = path.join(import.meta.dirname, "lock-contender.ts");

async function startContender(): Promise<ChildProcess> {
  const child = fork(contender, { execArgv: [] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  expect(await answer(child)).toBe("ready");
  return child;
}

async function answer(child: ChildProcess): Promise<string> {
  const [message] = (await once(child, "message")) as [string];
  return message;
}

/** Writes a lock as another process would have left it. */
function leaveLock(folder: string, change: Partial<LockContent>): LockContent {
  const own = acquireLock(folder, 1);
  const content = { ...(readLock(folder) as LockContent), id: `left-${Math.random()}`, ...change };
  own.release();
  writeFileSync(runPaths.lock(folder), JSON.stringify(content));
  return content;
}

const otherBoot = { bootId: "another boot" };

describe("lock of a run's folder", () => {
  it("says who holds it, and is gone after its release", () => {
    const folder = temporaryFolder();
    expect(lockState(folder)).toBe("free");
    const lock = acquireLock(folder, 0);
    expect(lockState(folder)).toBe("held");
    const before = readLock(folder) as LockContent;
    expect(before).toMatchObject({ pid: process.pid, attempt: 0 });
    lock.heartbeat(3);
    const after = readLock(folder) as LockContent;
    expect(after.attempt).toBe(3);
    expect(after.heartbeat).toBeGreaterThanOrEqual(before.heartbeat);
    expect(() => acquireLock(folder, 4)).toThrow(
      expect.objectContaining({ code: "run-locked", message: expect.stringContaining(`process ${process.pid}`) }),
    );
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is stale when its process was killed, and is then taken over", async () => {
    const folder = temporaryFolder();
    const child = await startContender();
    child.send({ folder, at: 0 });
    expect(await answer(child)).toBe("acquired");
    expect(lockState(folder)).toBe("held");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(lockState(folder)).toBe("stale");
    const lock = acquireLock(folder, 2);
    expect(readLock(folder)?.pid).toBe(process.pid);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is stale after a restart of the machine, or when its process id belongs to another process now", () => {
    const folder = temporaryFolder();
    leaveLock(folder, otherBoot);
    expect(lockState(folder)).toBe("stale");
    leaveLockOver(folder, { startTime: 1 });
    expect(lockState(folder)).toBe("stale");
    acquireLock(folder, 1).release();
  });

  function leaveLockOver(folder: string, change: Partial<LockContent>): void {
    rmSync(runPaths.lock(folder));
    leaveLock(folder, change);
  }

  it("of another machine is never taken, however old, and the error says what to do", () => {
    const folder = temporaryFolder();
    leaveLock(folder, { host: "head-node", bootId: "x", pid: 1, heartbeat: 0 });
    expect(lockState(folder)).toBe("foreign");
    const file = runPaths.lock(folder);
    expect(() => acquireLock(folder, 1)).toThrow(
      expect.objectContaining({
        code: "run-locked-elsewhere",
        message: expect.stringMatching(/machine head-node, last seen at 1970-01-01T00:00:00.000Z/),
        hint: expect.stringContaining(`delete ${file}`),
      }),
    );
    expect(readLock(folder)?.host).toBe("head-node");
  });

  it("that cannot be read is an error that names it; a newer one is refused by name", () => {
    const folder = temporaryFolder();
    writeFileSync(runPaths.lock(folder), "{}");
    expect(() => acquireLock(folder, 1)).toThrow(expect.objectContaining({ code: "lock-damaged" }));
    writeFileSync(runPaths.lock(folder), '{"formatVersion":9}');
    expect(() => lockState(folder)).toThrow(expect.objectContaining({ code: "format-newer" }));
  });

  it("that was taken away from its holder is noticed at the next heartbeat, and the new holder keeps it", () => {
    const folder = temporaryFolder();
    const first = acquireLock(folder, 1);
    rmSync(runPaths.lock(folder));
    const second = acquireLock(folder, 2);
    expect(() => first.heartbeat(1)).toThrow(expect.objectContaining({ code: "lock-lost" }));
    first.release();
    expect(readLock(folder)?.attempt).toBe(2);
    second.release();
  });

  it("is taken over also when an earlier take-over died half way", () => {
    const folder = temporaryFolder();
    const stale = leaveLock(folder, otherBoot);
    // The claim that a process made just before it died, and the one of another that died while taking over that.
    const claim = `${runPaths.lock(folder)}.${stale.id}`;
    writeFileSync(claim, JSON.stringify({ ...stale, id: "claim-1" }));
    writeFileSync(`${claim}.claim-1`, JSON.stringify({ ...stale, id: "claim-2" }));
    const lock = acquireLock(folder, 2);
    expect(readLock(folder)).toMatchObject({ pid: process.pid, attempt: 2 });
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is not taken over while a living process is about to", () => {
    const folder = temporaryFolder();
    const stale = leaveLock(folder, otherBoot);
    const elsewhere = temporaryFolder();
    const other = acquireLock(elsewhere, 1);
    linkSync(runPaths.lock(elsewhere), `${runPaths.lock(folder)}.${stale.id}`);
    expect(() => acquireLock(folder, 2)).toThrow(expect.objectContaining({ code: "run-locked" }));
    expect(readLock(folder)?.id).toBe(stale.id);
    other.release();
  });

  it("goes to exactly one of several processes that start at the same moment, fresh or stale, round after round", async () => {
    const children = await Promise.all([startContender(), startContender(), startContender()]);
    const wins = children.map(() => 0);
    for (let round = 0; round < 150; round++) {
      const folder = temporaryFolder();
      if (round % 3 !== 0) leaveLock(folder, round % 3 === 1 ? otherBoot : { startTime: 1 });
      const at = Date.now() + 4;
      const answers = await Promise.all(
        children.map((child) => {
          child.send({ folder, at });
          return answer(child);
        }),
      );
      const winner = answers.indexOf("acquired");
      expect(answers.toSorted(), `round ${round}`).toEqual(["acquired", "run-locked", "run-locked"]);
      expect(readLock(folder)?.pid).toBe(children[winner]?.pid);
      wins[winner] = (wins[winner] as number) + 1;
      children[winner]?.send("release");
      expect(await answer(children[winner] as ChildProcess)).toBe("released");
      expect(readdirSync(folder)).toEqual([]);
    }
    expect(Math.max(...wins)).toBeLessThan(150); // it was a race
  });

  it("is plain text that a person can read", () => {
    const folder = temporaryFolder();
    const lock = acquireLock(folder, 1);
    expect(JSON.parse(readFileSync(runPaths.lock(folder), "utf8"))).toMatchObject({ formatVersion: 1 });
    lock.release();
    expect(existsSync(runPaths.lock(folder))).toBe(false);
  });
});
