import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { CheckpointSummary, RunSummary } from "../../../preload/contract.ts";
import { Terminal } from "./commands.ts";

const terminal = new Terminal();
afterAll(() => terminal.close());

/** Never finished by itself; small rollouts, so that it hears a command soon. */
const endless = ["--set", "steps=1000000000", "--set", "worlds=4", "--set", "rolloutSteps=64", "--preset", "smoke"];

async function runState(id: string): Promise<string> {
  const runs: RunSummary[] = await terminal.json("list", "runs");
  return runs.find((run) => run.id === id)!.state;
}

async function waitForState(id: string, state: string): Promise<void> {
  const until = Date.now() + 30_000;
  while ((await runState(id)) !== state) if (Date.now() > until) throw new Error(`${id} is not ${state}`);
}

/** The run that is being trained. */
async function runningId(): Promise<string> {
  const runs: RunSummary[] = await terminal.json("list", "runs");
  return runs.find((run) => run.state === "running")!.id;
}

/** The process that trains a run. */
function trainerOf(id: string): number {
  return JSON.parse(readFileSync(path.join(terminal.data, "runs", id, "lock"), "utf8")).pid;
}

async function waitForWish(id: string, wish: string): Promise<void> {
  const file = path.join(terminal.data, "runs", id, "command");
  await expect.poll(() => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).command : "")).toBe(wish);
}

describe("R45: edgeloom run", () => {
  test("blocks until all runs are finished, shows plain lines and says where the results are", async () => {
    const words = ["run", "emulator-tuning/hmppo", "--preset", "smoke", "--seeds", "1,4", "--name", "first"];
    const { status, stdout, stderr } = await terminal.run(...words);
    expect(stderr).toMatch(/running/);
    expect(stderr).toMatch(/finished {2}100% {2}512\/512 steps/);
    expect(status).toBe(0);
    const runs: RunSummary[] = await terminal.json("list", "runs");
    expect(runs.map((run) => run.name)).toEqual(["first", "first"]);
    expect(runs.map((run) => run.seed)).toEqual([1, 4]);
    for (const run of runs) {
      expect(run.state).toBe("finished");
      const folder = path.join(terminal.data, "runs", run.id);
      expect(stdout).toContain(`results of ${run.id}: ${folder}`);
      expect(existsSync(path.join(folder, "journal"))).toBe(true);
    }
  });

  test("varies parameters as a grid or a list, and names the value that is wrong", async () => {
    const words = ["run", "emulator-tuning/hmppo", "--preset", "smoke", "--detach"];
    const vary = ["--vary", "users=3,4", "--vary", "gamma=0.9,0.99"];
    const grid: RunSummary[] = await terminal.json(...words, ...vary, "--seeds", "1,2");
    expect(grid.map((run) => run.seed)).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
    expect(new Set(grid.map((run) => run.experiment)).size).toBe(1);
    const list: RunSummary[] = await terminal.json(...words, ...vary, "--combine", "list");
    expect(list.length).toBe(2);
    for (const { id } of [...grid, ...list]) await terminal.run("stop", id);
    const { status, stderr } = await terminal.run(...words, "--vary", "users=3,900");
    expect(status).toBe(1);
    expect(stderr).toContain("users is 900");
  });

  test("answers scripts with the finished runs and nothing on stderr", async () => {
    const { status, stdout, stderr } = await terminal.run("run", "emulator-tuning/ippo", "--preset", "smoke", "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject([{ learner: "ippo", seed: 1, state: "finished", step: 512 }]);
  });

  test("pauses at a checkpoint on Ctrl-C, and `resume --wait` goes on; twice stops for good", async () => {
    const first = terminal.start(["run", "emulator-tuning/hmppo", ...endless]);
    await first.said(/running/);
    first.process.kill("SIGINT");
    first.process.kill("SIGINT"); // as npm does: the same key press a second time
    const paused = await first.ended;
    expect(paused.status).toBe(130);
    expect(paused.stderr).toContain("Pausing at a checkpoint");
    const [, id] = /go on with: edgeloom resume (\S+)/.exec(paused.stdout)!;
    expect(await runState(id!)).toBe("paused");
    const checkpoints: CheckpointSummary[] = await terminal.json("list", "checkpoints", id!);
    expect(checkpoints.some((checkpoint) => checkpoint.isLast && checkpoint.step > 0)).toBe(true);

    const second = terminal.start(["resume", id!, "--wait"]);
    await second.said(/running/);
    const trainer = trainerOf(id!);
    process.kill(trainer, "SIGSTOP"); // so that it cannot pause before the second Ctrl-C
    second.process.kill("SIGINT");
    await second.said(/Pausing/);
    await new Promise((resolve) => setTimeout(resolve, 500));
    second.process.kill("SIGINT");
    await second.said(/Stopping/);
    await waitForWish(id!, "stop");
    process.kill(trainer, "SIGCONT");
    expect((await second.ended).status).toBe(130);
    expect(await runState(id!)).toBe("cancelled");
  });

  test("leaves the runs to the engine on a third Ctrl-C", async () => {
    const command = terminal.start(["run", "emulator-tuning/hmppo", ...endless]);
    await command.said(/running/);
    const id = await runningId();
    const trainer = trainerOf(id);
    process.kill(trainer, "SIGSTOP");
    for (const word of [/Pausing/, /Stopping/, /go on without/]) {
      command.process.kill("SIGINT");
      await command.said(word);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const { status, stderr } = await command.ended;
    expect(status).toBe(1);
    expect(stderr).toContain("edgeloom: the runs go on without this command (edgeloom list runs shows them)");
    process.kill(trainer, "SIGCONT");
    await waitForState(id, "cancelled");
  });

  test("fails with a run that fails, and says why in one line", async () => {
    const command = terminal.start(["run", "emulator-tuning/hmppo", ...endless]);
    await command.said(/running/);
    const id = await runningId();
    process.kill(trainerOf(id), "SIGKILL");
    const { status, stderr } = await command.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^edgeloom: ${id}: The process that trained this run ended without a word`, "m"));
    expect(stderr).not.toContain("bug");
  });

  test("goes on showing its run when the engine is killed: a new one is started", async () => {
    const command = terminal.start(["run", "emulator-tuning/hmppo", "--preset", "smoke", "--set", "steps=60000"]);
    await command.said(/running/);
    const { pid } = JSON.parse(readFileSync(path.join(terminal.data, "engine.lock"), "utf8"));
    process.kill(pid, "SIGKILL");
    const { status, stderr } = await command.ended;
    expect(stderr).toContain("finished  100%");
    expect(status).toBe(0);
  });

  test("ends with a run that another terminal stops", async () => {
    const command = terminal.start(["run", "emulator-tuning/hmppo", ...endless]);
    await command.said(/running/);
    const id = await runningId();
    await terminal.json("stop", id);
    const { status, stderr } = await command.ended;
    expect(status).toBe(1);
    expect(stderr).toContain(`edgeloom: ${id} was cancelled by somebody else before its end`);
  });

  test("is left by a detached start; pause, resume and stop work from another terminal", async () => {
    const [run]: RunSummary[] = await terminal.json("run", "emulator-tuning/hmppo", ...endless, "--detach");
    await waitForState(run!.id, "running");
    await terminal.json("pause", run!.id);
    await waitForState(run!.id, "paused");
    expect(await terminal.json("resume", run!.id)).toMatchObject([{ id: run!.id }]);
    await waitForState(run!.id, "running");
    await terminal.json("stop", run!.id);
    await waitForState(run!.id, "cancelled");
    const again = await terminal.run("resume", run!.id);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain(`edgeloom fork ${run!.id}:last`);
  });
});

describe("R46: lists and details", () => {
  test.each(["scenarios", "learners", "runs", "checkpoints"])(
    "list %s --json is an array, each with an id",
    async (what) => {
      const rows: { id: string }[] = await terminal.json("list", what);
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
      for (const row of rows) expect(row.id).toMatch(/./);
    },
  );

  test("a checkpoint is named by its id, its path, last, best or its step", async () => {
    const [run]: RunSummary[] = await terminal.json("list", "runs");
    const checkpoint: CheckpointSummary = await terminal.json("show", `${run!.id}:last`);
    for (const name of [checkpoint.id, checkpoint.path, `${run!.id}:best`, `${run!.id}:${checkpoint.step}`]) {
      expect(await terminal.json("show", name), name).toEqual(checkpoint);
    }
  });

  test("show tells of a run, a scenario and a learner", async () => {
    const [run]: RunSummary[] = await terminal.json("list", "runs");
    const { stdout } = await terminal.run("show", run!.id);
    expect(stdout).toContain("kernelBuild:");
    expect(stdout).toMatch(/users +6 +paper/);
    expect((await terminal.run("show", "emulator-tuning")).stdout).toMatch(/users +6 +1\.\.64/);
    expect((await terminal.run("show", "hmppo")).stdout).toContain("learningRate");
  });
});

describe("R47: edgeloom evaluate", () => {
  test("gives scripts policy, scenario, episodes and each metric's mean, std, n and values", async () => {
    const [result] = await terminal.json("evaluate", "emulator-tuning/random", "--episodes", "3");
    expect(Object.keys(result)).toEqual(["policy", "scenario", "episodes", "metrics"]);
    expect(result).toMatchObject({ policy: "random", scenario: "emulator-tuning", episodes: 3 });
    const names = ["eval/reward", "eval/delay_minutes", "eval/perplexity", "eval/switches"];
    expect(Object.keys(result.metrics)).toEqual(names);
    const { mean, std, n, values } = result.metrics["eval/reward"];
    expect(n).toBe(3);
    expect(values).toHaveLength(3);
    expect(mean).toBeCloseTo((values[0] + values[1] + values[2]) / 3, 10);
    const squares = values.map((value: number) => (value - mean) ** 2);
    expect(std).toBeCloseTo(Math.sqrt((squares[0] + squares[1] + squares[2]) / 2), 10);
  });

  test("lets episode i meet world seed + i, whoever plays and with whom", async () => {
    const [run]: RunSummary[] = await terminal.json("list", "runs");
    const subject = `${run!.id}:last`;
    const [alone] = await terminal.json("evaluate", subject, "--episodes", "2", "--seed", "1001");
    const together = await terminal.json("evaluate", "emulator-tuning/random", subject, "--episodes", "3");
    expect(together[1].policy).toContain(run!.id);
    expect(together[1].metrics["eval/reward"].values.slice(1)).toEqual(alone.metrics["eval/reward"].values);
  });

  test("prints a table for people", async () => {
    const { stdout } = await terminal.run(
      "evaluate",
      "emulator-tuning/keep-best",
      "--episodes",
      "2",
      "--set",
      "users=2",
    );
    expect(stdout).toMatch(/^policy +metric +mean +std +n\nemulator-tuning\/keep-best +eval\/reward/);
  });
});

describe("R48: other commands", () => {
  test("fork makes a run that goes on from a checkpoint with changed parameters", async () => {
    const [parent]: RunSummary[] = await terminal.json("list", "runs");
    const words = ["fork", `${parent!.id}:last`, "--set", "steps=1024", "--set", "learningRate=0.0005", "--wait"];
    const [child] = await terminal.json(...words);
    expect(child).toMatchObject({ parent: `${parent!.id}:512`, state: "finished", step: 1024 });
  });

  test("rows writes one file a run or built-in policy, where the terminal stands", async () => {
    const [run]: RunSummary[] = await terminal.json("list", "runs");
    const out = path.join(terminal.data, "rows");
    const files: string[] = await terminal.json("rows", run!.id, "emulator-tuning/random", "--out", out);
    expect(files).toHaveLength(2);
    expect(readdirSync(out)).toHaveLength(2);
    const contents = files.map((file) => JSON.parse(readFileSync(file, "utf8")));
    for (const content of contents) expect(JSON.stringify(content.scenario)).toContain("emulator-tuning");
  });

  test("rebuild makes the database anew and nothing is lost", async () => {
    const before: RunSummary[] = await terminal.json("list", "runs");
    const { runs, points } = await terminal.json("rebuild");
    expect(runs).toBe(before.length);
    expect(points).toBeGreaterThan(0);
    expect(await terminal.json("list", "runs")).toEqual(before);
  });

  test("doctor says what works, and fails with what does not", async () => {
    const lines: { id: string; ok: boolean }[] = await terminal.json("doctor");
    expect(lines.filter((line) => !line.ok)).toEqual([]);
    expect(lines.map(({ id }) => id).filter((id) => id.startsWith("device "))).toEqual([
      "device kernels",
      "device tensorflow-cpu",
      "device tensorflow-gpu",
    ]);
    const file = path.join(terminal.data, "a-file");
    writeFileSync(file, "");
    const { status, stdout } = await terminal.run("doctor", "--data", path.join(file, "x"));
    expect(status).toBe(1);
    expect(stdout).toMatch(/FAIL {2}data folder: .* cannot be written/);
  });

  test("--data goes before EDGELOOM_DATA", async () => {
    const other = path.join(terminal.data, "other");
    mkdirSync(other);
    const { stdout } = await terminal.run("list", "runs", "--data", other);
    expect(stdout).toContain("no runs yet");
    expect(existsSync(path.join(other, "store.sqlite"))).toBe(true);
  });
});

describe("R49: bad input is one clear line, a status that is not 0, and nothing half done", () => {
  const train = ["run", "emulator-tuning/hmppo"];
  test.each([
    ["an unknown parameter", [...train, "--set", "user=6"], /no parameter "user" \(Did you mean "users"\?/],
    ["a parameter out of range", [...train, "--set", "users=1000"], /users is 1000.*at least 1 and at most 64/],
    ["a parameter that is no number", [...train, "--set", "users=many"], /users is "many"/],
    ["an unknown device", [...train, "--set", "device=tpu"], /device is "tpu".*one of auto, kernels, tensorflow-cpu/],
    [
      "an unknown scenario",
      ["run", "emulator-tunin/hmppo"],
      /no scenario "emulator-tunin" \(Did you mean "emulator-tuning"/,
    ],
    ["an unknown learner", ["run", "emulator-tuning/hmpo"], /no learner "hmpo" \(Did you mean "hmppo"/],
    ["a learner that does not fit", ["run", "sanity/cartpole/hmppo"], /HMPPO trains a discrete and then a continuous/],
    ["an unknown preset", [...train, "--preset", "tiny"], /no preset "tiny"/],
    ["an unknown policy", ["evaluate", "emulator-tuning/rndom"], /no policy "rndom" \(Did you mean "random"/],
    ["an unknown run", ["pause", "nope"], /no run "nope"/],
    ["an unknown checkpoint", ["fork", "nope:best"], /"nope"/],
    ["a wrong thing to show", ["show", "nope"], /"nope"/],
  ])("%s", async (_, words, message) => {
    const before = readdirSync(path.join(terminal.data, "runs"));
    const { status, stdout, stderr } = await terminal.run(...words);
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(/^edgeloom: /);
    expect(stderr).toMatch(message);
    expect(readdirSync(path.join(terminal.data, "runs"))).toEqual(before);
  });

  test("is JSON on stderr for scripts", async () => {
    const { status, stderr } = await terminal.run(...train, "--set", "user=6", "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: "parameter-unknown", message: expect.stringContaining("user") },
    });
  });

  test("a data folder that cannot be written", async () => {
    const file = path.join(terminal.data, "not-a-folder");
    writeFileSync(file, "");
    const { status, stderr } = await terminal.run("list", "runs", "--data", file);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^edgeloom: The data folder .*not-a-folder cannot be written \(E\w+\) \(Choose another one/);
  });
});
