import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect } from "../../../main/link/connect.ts";
import { mountProblem, mountTmpfs } from "../runs/support.ts";
import {
  create,
  endEverything,
  engineSeries,
  journalSeries,
  longRun,
  open,
  smallRun,
  until,
  untilState,
  untilStep,
} from "./support.ts";

/** Fills a file system to the last byte. */
function fill(folder: string): string {
  const file = path.join(folder, "filler");
  for (let bytes = 1 << 20; bytes >= 1; bytes >>= 1) {
    for (;;) {
      const size = existsSync(file) ? statSync(file).size : 0;
      try {
        writeFileSync(file, Buffer.alloc(bytes), { flag: "a" });
      } catch {
        break;
      }
      if (statSync(file).size === size) break;
    }
  }
  return file;
}

function fullDisk(size: string): string {
  const data = mountTmpfs(`size=${size}`);
  onTestFinished(() => endEverything(data));
  return data;
}

describe.skipIf(mountProblem !== undefined)("on a full disk", () => {
  it("the engine refuses new runs, says why, and goes on by itself without losing a point", async () => {
    const data = fullDisk("16m");
    const client = await open(data);
    // Without the space that is kept free, so that the trainer meets the full disk itself.
    await client.call("settings.set", { diskKeptFreeBytes: 0 });
    const { id } = await create(client, longRun);
    await untilStep(client, id, 1000);
    const filler = fill(data);
    await expect(create(client, smallRun)).rejects.toMatchObject({ code: "disk-full" });
    expect(readdirSync(path.join(data, "runs"))).toEqual([id]);
    const said = await until("somebody to say that the disk is full", async () => {
      const [run] = await client.call("runs.list", {});
      return run?.error?.code === "disk-full" ? run : undefined;
    });
    expect(said.error?.hint).not.toBe("");
    rmSync(filler);
    await until("the run to go on or to have failed", async () => {
      const { summary } = await client.call("runs.get", { run: id });
      return summary.state === "failed" || summary.error === null;
    });
    const { state } = (await client.call("runs.get", { run: id })).summary;
    if (state === "failed") await client.call("runs.command", { run: id, command: "resume" });
    await until("more points", async () => {
      const { summary } = await client.call("runs.get", { run: id });
      return summary.state === "running" && summary.step > said.step;
    });
    await client.call("runs.command", { run: id, command: "pause" });
    await untilState(client, id, "paused");
    expect(await engineSeries(client, id, "train/entropy")).toEqual(journalSeries(data, id, "train/entropy"));
    const doctor = await client.call("doctor", {});
    expect(doctor.find(({ name }) => name === "engine")?.ok).toBe(true);
  });

  it("an engine that cannot even begin says so", async () => {
    const data = fullDisk("4m");
    fill(data);
    await expect(connect(data, "cli")).rejects.toMatchObject({ code: "disk-full" });
  });
});

describe.skipIf(mountProblem !== undefined)("in a folder that cannot be written", () => {
  it("the engine says so", async () => {
    const data = mountTmpfs("ro");
    await expect(connect(data, "cli")).rejects.toMatchObject({ message: expect.stringContaining(data) });
  });
});
