import { appendFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLog } from "../../../main/engine/run-log.ts";
import { runPaths } from "../../../main/runs/run-file.ts";
import { temporaryFolder } from "../temporary-folder.ts";

describe("a run's log", () => {
  it("put together from pieces of any size is the whole text", () => {
    const folder = temporaryFolder();
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (text, bytes) => {
        writeFileSync(runPaths.log(folder), text);
        let read = "";
        let at = 0;
        for (;;) {
          const piece = readLog(folder, at, bytes);
          expect([piece.from, piece.size]).toEqual([at, Buffer.byteLength(text)]);
          if (piece.next === at) break;
          read += piece.text;
          at = piece.next;
        }
        expect(read).toBe(text);
      }),
    );
  });

  it("keeps a character that is still being written for the next piece", () => {
    const folder = temporaryFolder();
    const snow = Buffer.from("ab☃");
    writeFileSync(runPaths.log(folder), snow.subarray(0, 4));
    const first = readLog(folder, 0, 100);
    expect([first.text, first.next]).toEqual(["ab", 2]);
    appendFileSync(runPaths.log(folder), snow.subarray(4));
    expect(readLog(folder, first.next, 100).text).toBe("☃");
  });

  it("begins at a whole character when it counts from the end", () => {
    const folder = temporaryFolder();
    writeFileSync(runPaths.log(folder), "☃☃x");
    expect(readLog(folder, -3, 100)).toEqual({ text: "x", from: 6, next: 7, size: 7 });
    expect(readLog(folder, -100, 100).text).toBe("☃☃x");
  });

  it("is read anew when it has become shorter, and empty before anything was printed", () => {
    const folder = temporaryFolder();
    expect(readLog(folder, 50, 100)).toEqual({ text: "", from: 0, next: 0, size: 0 });
    writeFileSync(runPaths.log(folder), "new");
    expect(readLog(folder, 50, 100)).toEqual({ text: "new", from: 0, next: 3, size: 3 });
  });
});
