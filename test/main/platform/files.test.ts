import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import {
  freeBytes,
  isDiskFull,
  removeFolderAtomic,
  removeLeftovers,
  temporaryPath,
  writeFileAtomic,
} from "../../../main/platform/files.ts";
import { mountProblem, mountTmpfs, temporaryFolder } from "../runs/support.ts";

function errorOf(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("no error was thrown");
}

describe("writeFileAtomic", () => {
  it("replaces a file whole and leaves nothing else behind", () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "a");
    writeFileAtomic(file, "first");
    const before = statSync(file).ino;
    writeFileAtomic(file, Buffer.from("second"));
    expect(readFileSync(file, "utf8")).toBe("second");
    expect(statSync(file).ino).not.toBe(before); // a new file took the name: no reader ever met a part
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("keeps the old content when the folder is gone", () => {
    const folder = temporaryFolder();
    expect(() => writeFileAtomic(path.join(folder, "missing", "a"), "x")).toThrow("ENOENT");
  });

  it.skipIf(mountProblem)(`says that the disk is full and keeps the old file (${mountProblem ?? "tmpfs"})`, () => {
    const folder = mountTmpfs("size=64k");
    const file = path.join(folder, "a");
    writeFileAtomic(file, "old");
    expect(freeBytes(folder)).toBeLessThanOrEqual(64 * 1024);
    const error = errorOf(() => writeFileAtomic(file, Buffer.alloc(100 * 1024)));
    expect(error).toMatchObject({ name: "UserError", code: "disk-full", message: expect.stringContaining(file) });
    expect(isDiskFull(error)).toBe(true);
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it.skipIf(mountProblem)(`says that a read-only folder cannot be written (${mountProblem ?? "tmpfs"})`, () => {
    const file = path.join(mountTmpfs("ro"), "a");
    const error = errorOf(() => writeFileAtomic(file, "x"));
    expect(error).toMatchObject({ code: "not-writable", message: `${file} cannot be written (EROFS).` });
    expect(isDiskFull(error)).toBe(false);
  });
});

describe("folders", () => {
  it("go as a whole, and what interrupted writers left is removed", () => {
    const folder = temporaryFolder();
    const child = path.join(folder, "child");
    mkdirSync(child);
    writeFileSync(path.join(child, "x"), "x");
    removeFolderAtomic(child);
    expect(readdirSync(folder)).toEqual([]);

    mkdirSync(temporaryPath(child));
    writeFileSync(temporaryPath(path.join(folder, "file")), "x");
    writeFileSync(path.join(folder, "kept"), "x");
    removeLeftovers(folder);
    expect(readdirSync(folder)).toEqual(["kept"]);
  });
});
