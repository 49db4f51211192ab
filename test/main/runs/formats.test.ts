import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { listCheckpoints, readCheckpoint } from "../../../main/runs/checkpoint.ts";
import { readCommand } from "../../../main/runs/command.ts";
import { readJournal } from "../../../main/runs/journal.ts";
import { readPins } from "../../../main/runs/pins.ts";
import { readRunFile, runPaths } from "../../../main/runs/run-file.ts";
import { fixtureAttempts, fixtureCheckpoint, fixtureRun, fixtureTornBytes } from "../../fixtures/formats/content.ts";
import { makeFixtureRun } from "../../fixtures/formats/make.ts";
import { temporaryFolder } from "./support.ts";

const stored = path.join(import.meta.dirname, "..", "..", "fixtures", "formats", "v1");

describe("files of format version 1", () => {
  it("are read for ever: run file, pins and command", () => {
    expect(readRunFile(stored)).toEqual(fixtureRun);
    expect(readPins(stored)).toEqual(new Set([60]));
    expect(readCommand(stored)).toEqual({ command: "resume", id: "fixture" });
  });

  it("are read for ever: journal, over the bytes that a kill left", () => {
    const { records, torn } = readJournal(runPaths.journal(stored));
    expect(torn).toBe(false);
    const expected = fixtureAttempts.flatMap(({ metrics, points, events }, index) =>
      [
        ...metrics.map((id, number) => ({ kind: "metrics", metrics: [{ index: number, id }] })),
        ...events.map((event) => ({ kind: "event", event })),
        { kind: "points", ...points },
      ].map((record, sequence) => ({ ...record, attempt: index + 1, sequence })),
    );
    expect(records.map(({ offset, ...record }) => record)).toEqual(expected);
    expect(readFileSync(runPaths.journal(stored)).includes(Buffer.from(fixtureTornBytes))).toBe(true);
  });

  it("are read for ever: checkpoint", () => {
    const [entry] = listCheckpoints(stored);
    const { saved, ...facts } = fixtureCheckpoint;
    const { manifest, weights, state } = readCheckpoint(entry!.path);
    expect(manifest).toMatchObject(facts);
    expect(weights).toEqual(saved.weights);
    expect(state).toEqual(saved.state);
  });

  it("are still written to the byte; whatever changes them needs a new version", () => {
    const made = makeFixtureRun(temporaryFolder());
    const place = (folder: string) => path.join(runPaths.checkpoints(folder), "60");
    for (const file of ["run.json", "journal", "pins", "command"]) {
      expect(readFileSync(path.join(made, file)).equals(readFileSync(path.join(stored, file))), file).toBe(true);
    }
    for (const part of ["weights.safetensors", "state.safetensors"]) {
      expect(readFileSync(path.join(place(made), part)).equals(readFileSync(path.join(place(stored), part)))).toBe(
        true,
      );
    }
    const manifest = (folder: string) => ({ ...readCheckpoint(place(folder)).manifest, createdAt: 0 });
    expect(manifest(made)).toEqual(manifest(stored));
  });
});
