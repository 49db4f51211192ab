import { existsSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listCheckpoints, readCheckpoint, writeCheckpoint } from "../../../main/runs/checkpoint.ts";
import { readPins, writePins } from "../../../main/runs/pins.ts";
import { runPaths } from "../../../main/runs/run-file.ts";
import { exampleCheckpoint, temporaryFolder } from "./support.ts";

describe("a run's pins", () => {
  it("are none, then what was written last, then none", () => {
    const run = temporaryFolder();
    expect(readPins(run)).toEqual(new Set());
    writePins(run, [10, 30]);
    expect(readPins(run)).toEqual(new Set([10, 30]));
    writePins(run, []);
    expect(existsSync(runPaths.pins(run))).toBe(false);
    expect(readPins(run)).toEqual(new Set());
  });

  it("leave the checkpoints as they are", () => {
    const run = temporaryFolder();
    const { path } = writeCheckpoint(run, exampleCheckpoint(10));
    const before = readCheckpoint(path);
    writePins(run, [10]);
    expect(readCheckpoint(path)).toEqual(before);
    expect(listCheckpoints(run)).toHaveLength(1);
  });

  it("that are damaged or newer are refused by name", () => {
    const run = temporaryFolder();
    const file = runPaths.pins(run);
    writeFileSync(file, "{");
    expect(() => readPins(run)).toThrow(expect.objectContaining({ code: "pins-damaged" }));
    writeFileSync(file, '{"formatVersion":2}');
    expect(() => readPins(run)).toThrow(expect.objectContaining({ code: "format-newer" }));
  });
});
