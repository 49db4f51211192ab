import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readCheckpoint, writeCheckpoint } from "../../../main/runs/checkpoint.ts";
import { createRunFolder, createRunFolders, readRunFile, runPaths } from "../../../main/runs/run-file.ts";
import { exampleCheckpoint, exampleRun, mountProblem, mountTmpfs, temporaryFolder } from "./support.ts";

describe("run folder", () => {
  it("is made whole, with what was asked for", () => {
    const runs = path.join(temporaryFolder(), "runs");
    const folder = createRunFolder(runs, exampleRun("a"));
    expect(folder).toBe(path.join(runs, "a"));
    expect(readRunFile(folder)).toEqual(exampleRun("a"));
    expect(readdirSync(runs)).toEqual(["a"]);
    expect(readdirSync(folder).sort()).toEqual(["checkpoints", "run.json"]);
  });

  it("takes a copy of the parent's checkpoint along when it is forked", () => {
    const runs = temporaryFolder();
    const parent = createRunFolder(runs, exampleRun("parent"));
    const checkpoint = writeCheckpoint(parent, exampleCheckpoint(10));
    const sha256 = checkpoint.manifest!.sha256;
    const child = createRunFolder(
      runs,
      { ...exampleRun("child"), parent: { run: "parent", step: 10, sha256 } },
      checkpoint.path,
    );
    expect(readCheckpoint(runPaths.fork(child))).toEqual(readCheckpoint(checkpoint.path));
  });

  it("never replaces another run and leaves nothing behind when it fails", () => {
    const runs = temporaryFolder();
    createRunFolder(runs, exampleRun("a"));
    expect(() => createRunFolder(runs, { ...exampleRun("a"), seed: 8 })).toThrow(
      expect.objectContaining({ code: "run-exists" }),
    );
    expect(() => createRunFolder(runs, exampleRun("b"), path.join(runs, "no-checkpoint"))).toThrow("ENOENT");
    expect(readRunFile(path.join(runs, "a")).seed).toBe(7);
    expect(readdirSync(runs)).toEqual(["a"]);
  });

  it("has a name that is safe on every system", () => {
    for (const id of ["", "..", "a/b", ".hidden", "a\0b", "x".repeat(200)]) {
      expect(() => createRunFolder(temporaryFolder(), exampleRun(id))).toThrow();
    }
  });

  it.skipIf(mountProblem)(`is not begun on a full disk (${mountProblem ?? "tmpfs"})`, () => {
    const runs = mountTmpfs("size=16k");
    writeFileSync(path.join(runs, "filler"), Buffer.alloc(16 * 1024));
    expect(() => createRunFolder(runs, exampleRun("a"))).toThrow(expect.objectContaining({ code: "disk-full" }));
    expect(readdirSync(runs)).toEqual(["filler"]);
  });
});

describe("many run folders", () => {
  const names = Array.from({ length: 40 }, (_, i) => `run-${i}`);

  it("are made whole, each with what was asked for", async () => {
    const runs = path.join(temporaryFolder(), "runs");
    await createRunFolders(
      runs,
      names.map((name) => exampleRun(name)),
    );
    expect(readdirSync(runs).sort()).toEqual([...names].sort());
    for (const name of names) expect(readRunFile(path.join(runs, name))).toEqual(exampleRun(name));
  });

  it("are none when one of them is there already, which stays as it was", async () => {
    const runs = temporaryFolder();
    createRunFolder(runs, { ...exampleRun("run-39"), seed: 8 });
    const making = createRunFolders(
      runs,
      names.map((name) => exampleRun(name)),
    );
    await expect(making).rejects.toMatchObject({ code: "run-exists" });
    expect(readdirSync(runs)).toEqual(["run-39"]);
    expect(readRunFile(path.join(runs, "run-39")).seed).toBe(8);
  });

  it.skipIf(mountProblem)(`are none when the disk becomes full (${mountProblem ?? "tmpfs"})`, async () => {
    const runs = mountTmpfs("size=64k");
    const making = createRunFolders(
      runs,
      names.map((name) => exampleRun(name)),
    );
    await expect(making).rejects.toMatchObject({ code: "disk-full" });
    expect(readdirSync(runs)).toEqual([]);
  });
});

describe("run file", () => {
  function folderWith(content: string): string {
    const folder = path.join(temporaryFolder(), "run");
    mkdirSync(folder);
    writeFileSync(runPaths.runFile(folder), content);
    return folder;
  }

  it("of a newer format is refused by name", () => {
    const folder = folderWith(JSON.stringify({ ...exampleRun(), formatVersion: 2, unheard: "of" }));
    expect(() => readRunFile(folder)).toThrow(
      expect.objectContaining({
        code: "format-newer",
        message: `Run file ${runPaths.runFile(folder)} has format version 2; this program reads versions up to 1.`,
      }),
    );
  });

  it("that is damaged is an error naming file and field", () => {
    const whole = JSON.stringify(exampleRun());
    expect(() => readRunFile(folderWith(whole.slice(0, -5)))).toThrow(
      expect.objectContaining({ code: "run-file-damaged", message: expect.stringContaining("run.json") }),
    );
    expect(() => readRunFile(folderWith(whole.replace('"seed":7', '"seed":-7')))).toThrow("seed:");
    expect(() => readRunFile(folderWith(whole.replace('"formatVersion":1,', "")))).toThrow("formatVersion:");
  });

  it("that is missing says that there is no run", () => {
    const folder = temporaryFolder();
    expect(() => readRunFile(folder)).toThrow(expect.objectContaining({ code: "run-unknown" }));
    writeFileSync(path.join(folder, "file"), "");
    expect(() => readRunFile(path.join(folder, "file"))).toThrow(expect.objectContaining({ code: "run-unknown" }));
  });

  it("is written for people too", () => {
    const folder = createRunFolder(temporaryFolder(), exampleRun());
    expect(readFileSync(runPaths.runFile(folder), "utf8")).toContain('\n  "seed": 7,\n');
  });
});
