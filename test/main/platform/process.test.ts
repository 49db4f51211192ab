import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bootId, hostName, processLives, processStartTime } from "../../../main/platform/process.ts";

const linux = process.platform === "linux";

async function started(command: string, args: string[]): Promise<ChildProcess & { pid: number }> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

describe("processes", () => {
  it("have a start time that two processes do not share", async () => {
    const own = processStartTime(process.pid);
    expect(own).toBe(processStartTime(process.pid));
    const child = await started("sleep", ["60"]);
    const start = processStartTime(child.pid);
    expect(start).toBeGreaterThan(own as number);
    expect(processLives(child.pid, start)).toBe(true);
    expect(processLives(child.pid, undefined)).toBe(true);
    expect(processLives(child.pid, own)).toBe(false); // the same id, used again by another process

    child.kill("SIGSTOP");
    expect(processLives(child.pid, start)).toBe(true); // suspended is not dead
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(processStartTime(child.pid)).toBeUndefined();
    expect(processLives(child.pid, start)).toBe(false);
  });

  it.skipIf(!linux)("are dead when only a zombie of them is left (Linux)", async () => {
    // The shell starts a process and never waits for it.
    const shell = await started("bash", ["-c", "sleep 60 & echo $!; exec sleep 60"]);
    const [text] = (await once(shell.stdout!, "data")) as [Buffer];
    const pid = Number(text.toString());
    // Until its exec the shell would still collect its child.
    await expect.poll(() => readFileSync(`/proc/${shell.pid}/comm`, "utf8").trim()).toBe("sleep");
    const start = processStartTime(pid);
    expect(processLives(pid, start)).toBe(true);
    process.kill(pid, "SIGKILL");
    for (let i = 0; i < 100 && processLives(pid, start); i++) await new Promise((done) => setTimeout(done, 10));
    expect(processLives(pid, start)).toBe(false);
    expect(() => process.kill(pid, 0)).not.toThrow(); // its id is still taken
    shell.kill("SIGKILL");
    await once(shell, "exit");
  });

  it("run on a machine with a name and a boot", () => {
    expect(hostName()).not.toBe("");
    expect(bootId()).toBe(bootId());
    if (linux) expect(bootId()).toMatch(/^[0-9a-f-]{36}$/);
  });
});
