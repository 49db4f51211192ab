import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { dataFolder } from "../../../main/platform/data-folder.ts";
import { mountProblem, mountTmpfs, temporaryFolder } from "../runs/support.ts";

afterEach(() => vi.unstubAllEnvs());

describe("data folder", () => {
  it("is the command line's, else EDGELOOM_DATA's, else the user's default; and is made", () => {
    const base = temporaryFolder();
    vi.stubEnv("EDGELOOM_DATA", path.join(base, "environment"));
    expect(dataFolder(path.join(base, "flag", "deep"))).toBe(path.join(base, "flag", "deep"));
    expect(existsSync(path.join(base, "flag", "deep"))).toBe(true);
    expect(dataFolder()).toBe(path.join(base, "environment"));
    expect(readdirSync(path.join(base, "environment"))).toEqual([]);
    expect(path.isAbsolute(dataFolder(path.relative(process.cwd(), base)))).toBe(true);
  });

  it.skipIf(process.platform !== "linux")("lies in the shared data folder of the user (Linux)", () => {
    const base = temporaryFolder();
    vi.stubEnv("EDGELOOM_DATA", "");
    vi.stubEnv("XDG_DATA_HOME", base);
    expect(dataFolder()).toBe(path.join(base, "edgeloom"));
    vi.stubEnv("XDG_DATA_HOME", "relative");
    vi.stubEnv("HOME", base);
    expect(homedir()).toBe(base);
    expect(dataFolder()).toBe(path.join(base, ".local", "share", "edgeloom"));
  });

  it.skipIf(process.platform !== "linux")("is refused where the system lets nothing be made", () => {
    expect(() => dataFolder("/proc/edgeloom/data")).toThrow(
      expect.objectContaining({ code: "data-folder-not-writable" }),
    );
  });

  it("is refused in a clear sentence when it lies under a file", () => {
    const file = path.join(temporaryFolder(), "file");
    writeFileSync(file, "");
    expect(() => dataFolder(path.join(file, "data"))).toThrow(
      expect.objectContaining({
        code: "data-folder-not-writable",
        message: `The data folder ${path.join(file, "data")} cannot be written (ENOTDIR).`,
        hint: expect.stringContaining("--data"),
      }),
    );
  });

  it.skipIf(mountProblem)(`is refused when it is read-only (${mountProblem ?? "tmpfs"})`, () => {
    expect(() => dataFolder(mountTmpfs("ro"))).toThrow("cannot be written (EROFS)");
  });
});
