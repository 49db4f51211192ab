import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RandomStream } from "../../../lab/random.ts";
import { listCheckpoints } from "../../../main/runs/checkpoint.ts";
import { writeCommand } from "../../../main/runs/command.ts";
import { journalRecords } from "../../../main/runs/journal.ts";
import { lockState, readLock } from "../../../main/runs/lock.ts";
import { createRunFolder, runPaths } from "../../../main/runs/run-file.ts";
import { temporaryFolder } from "../runs/support.ts";
import {
  ended,
  eventsOf,
  log,
  makeRun,
  points,
  quick,
  type RunWish,
  runFile,
  startTrainer,
  states,
  train,
  until,
} from "./support.ts";

/** 64 iterations of about 10 ms, a checkpoint after every fourth. */
const hmppo: RunWish = {
  scenario: "emulator-tuning",
  learner: "hmppo",
  set: {
    users: 3,
    steps: 8_192,
    worlds: 4,
    rolloutSteps: 32,
    epochs: 4,
    minibatch: 64,
    hidden: "32x32",
    evaluationEvery: 500,
    evaluationEpisodes: 2,
    checkpointEvery: 512,
  },
};

/** Long enough to be met at work. */
const slow: RunWish = { ...quick, set: { ...quick.set, steps: 1_000_000, epochs: 20, checkpointEvery: 100_000 } };

function running(folder: string, attempt: number): () => boolean {
  return () => states(folder).filter((state) => state === "running").length === attempt;
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

describe("a trainer killed at any moment", () => {
  const KILLS = 6;
  const seed = Number(process.env.KILL_SEED ?? 1);

  it(`loses nothing: train 2N = train N, kill -9, resume, N, byte for byte (KILL_SEED=${seed})`, async () => {
    const runs = temporaryFolder();
    const wanted = makeRun(runs, "wanted", hmppo);
    expect(await train(wanted)).toBe("finished");
    const stream = new RandomStream(seed, "kill");
    const folder = makeRun(runs, "killed", hmppo);
    const journal = runPaths.journal(folder);
    let kills = 0;
    for (let finished = false; !finished; ) {
      const trainer = startTrainer(folder);
      if (kills < KILLS) {
        // Some while it starts, from the lock on; the others while it learns and writes, after so many bytes.
        const starting = kills % 3 === 2;
        const milliseconds = starting ? stream.uniform(0, 200) : stream.uniform(0, 20);
        const bytes = starting ? 0 : bytesOf(journal) + 500 + stream.integer(6000);
        const gone = () => trainer.exitCode !== null;
        await until(() => gone() || (lockState(folder) === "held" && bytesOf(journal) >= bytes));
        await new Promise((done) => setTimeout(done, milliseconds));
        trainer.kill("SIGKILL");
        const [, signal] = await ended(trainer);
        if (signal === "SIGKILL") {
          kills++;
          const when = starting ? "the lock" : `byte ${bytes}`;
          console.log(
            `kill ${kills}: ${milliseconds.toFixed(1)} ms after ${when}, journal at ${bytesOf(journal)} bytes`,
          );
        }
      } else {
        await ended(trainer);
      }
      finished = states(folder).at(-1) === "finished";
    }
    expect(kills).toBe(KILLS);
    expect(lockState(folder)).toBe("free");

    const attempts = eventsOf(folder, "started").map(({ attempt }) => attempt);
    expect(attempts).toEqual([...new Set(attempts)].sort((a, b) => a - b));
    const found = points(folder);
    expect(found.differing).toEqual([]);
    expect(found.doubled).toEqual([]);
    expect(found.repeated).toBeGreaterThan(0);
    expect(found.values).toEqual(points(wanted).values);
    const hashes = (run: string) => listCheckpoints(run).map(({ step, manifest }) => [step, manifest?.sha256]);
    expect(hashes(folder).at(-1)).toEqual(hashes(wanted).at(-1));
    // Every checkpoint that was written again has the hash that it had the first time.
    const byStep = new Map<number, string>();
    for (const { step, sha256 } of eventsOf(folder, "checkpoint")) {
      expect(byStep.get(step) ?? sha256).toBe(sha256);
      byStep.set(step, sha256);
    }
    // Nothing that a killed attempt left is in the way, and its records are all read.
    expect([...journalRecords(journal)].at(-1)?.attempt).toBe(attempts.at(-1));
  }, 180_000);
});

describe("a trainer's process", () => {
  it("holds the lock and refreshes nothing else's; a second one is refused and changes nothing", async () => {
    const folder = makeRun(temporaryFolder(), "run-1", slow);
    const first = startTrainer(folder);
    await until(running(folder, 1));
    expect(readLock(folder)).toMatchObject({ pid: first.pid, attempt: 1 });
    const second = startTrainer(folder);
    expect(await ended(second)).toEqual([1, null]);
    expect(log(folder)).toContain(`The run is already being trained by process ${first.pid}`);
    expect(lockState(folder)).toBe("held");

    first.kill("SIGKILL");
    await ended(first);
    expect(lockState(folder)).toBe("stale");
    const third = startTrainer(folder);
    await until(running(folder, 2));
    expect(readLock(folder)).toMatchObject({ pid: third.pid, attempt: 2 });
  });

  it.each(["SIGTERM", "SIGINT"] as const)("pauses at a checkpoint on %s and says so", async (signal) => {
    const folder = makeRun(temporaryFolder(), "run-1", slow);
    const trainer = startTrainer(folder);
    await until(running(folder, 1));
    trainer.kill(signal);
    expect(await ended(trainer)).toEqual([0, null]);
    const last = eventsOf(folder, "state").at(-1);
    expect(last?.state).toBe("paused");
    expect(listCheckpoints(folder).at(-1)?.step).toBe(last?.step);
    expect(log(folder)).toMatch(new RegExp(`${signal}: pausing\\n.*paused at step ${last?.step}`));
    expect(lockState(folder)).toBe("free");
  });

  it("finds a wish while it trains: pause, resume, checkpoint, stop", async () => {
    const folder = makeRun(temporaryFolder(), "run-1", slow);
    const first = startTrainer(folder);
    await until(running(folder, 1));
    writeCommand(folder, { command: "pause", id: "1" });
    expect(await ended(first)).toEqual([0, null]);
    expect(states(folder)).toEqual(["running", "paused"]);
    writeCommand(folder, { command: "resume", id: "2" });
    const second = startTrainer(folder);
    await until(running(folder, 2));
    writeCommand(folder, { command: "checkpoint", id: "3" });
    await until(() => eventsOf(folder, "checkpoint").length === 2);
    writeCommand(folder, { command: "stop", id: "4" });
    expect(await ended(second)).toEqual([0, null]);
    expect(states(folder).at(-1)).toBe("cancelled");
  });

  it("ends with 1 and one clear sentence when it cannot train", async () => {
    const runs = temporaryFolder();
    const folder = createRunFolder(runs, runFile("run-1", quick, { scenario: { id: "nowhere", version: 1 } }));
    expect(await ended(startTrainer(folder))).toEqual([1, null]);
    expect(log(folder)).toBe("This program has no scenario nowhere.\n");
  });
});
