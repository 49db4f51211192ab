import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clearCommand, discardCommand, readCommand, writeCommand } from "../../../main/runs/command.ts";
import { runPaths } from "../../../main/runs/run-file.ts";
import { temporaryFolder } from "./support.ts";

describe("command file", () => {
  it("carries one wish, the newest", () => {
    const run = temporaryFolder();
    expect(readCommand(run)).toBeUndefined();
    writeCommand(run, { command: "checkpoint", id: "1" });
    writeCommand(run, { command: "pause", id: "2" });
    expect(readCommand(run)).toEqual({ command: "pause", id: "2" });
    expect(readdirSync(run)).toEqual(["command"]);
  });

  it("is cleared only of the wish that was fulfilled", () => {
    const run = temporaryFolder();
    clearCommand(run, "nothing there");
    writeCommand(run, { command: "pause", id: "1" });
    writeCommand(run, { command: "stop", id: "2" });
    clearCommand(run, "1");
    expect(readCommand(run)).toEqual({ command: "stop", id: "2" });
    clearCommand(run, "2");
    expect(readdirSync(run)).toEqual([]);
  });

  it("that nobody can read is an error, stays for a look, and can be discarded", () => {
    const run = temporaryFolder();
    for (const [text, code] of [
      ["pause", "command-damaged"],
      ['{"formatVersion":1,"command":"explode","id":"1"}', "command-damaged"],
      ['{"formatVersion":2}', "format-newer"],
    ]) {
      writeFileSync(runPaths.command(run), text as string);
      expect(() => readCommand(run)).toThrow(expect.objectContaining({ code }));
    }
    expect(existsSync(runPaths.command(run))).toBe(true);
    discardCommand(run);
    expect(readdirSync(run)).toEqual([]);
  });
});
