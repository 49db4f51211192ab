import AxeBuilder from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "../../main/link/client.ts";
import { connect } from "../../main/link/connect.ts";
import { appearance, cleanUp, closeApp, keepPicture, makeFolders, type Opened, openApp, resize } from "./app.ts";

const folders = makeFolders();
let opened: Opened;
let client: Client;
let finished: string;

const screen = () => opened.page.locator(".world-screen");
const player = () => opened.page.locator(".world-player");
const position = () => opened.page.locator(".world-position");
const value = (channel: string) => opened.page.locator(`[data-channel="${channel}"] dd`);

async function frame(): Promise<number> {
  return Number(await position().getAttribute("data-frame"));
}

async function untilFrame(wanted: (frame: number) => boolean): Promise<number> {
  for (const deadline = Date.now() + 15_000; ; ) {
    const now = await frame();
    if (wanted(now)) return now;
    if (Date.now() > deadline) throw new Error(`the frame stays ${now}`);
    await opened.page.waitForTimeout(20);
  }
}

async function create(set: Record<string, number>, name: string): Promise<string> {
  const order = { scenario: "emulator-tuning", learner: "hmppo", preset: "smoke", seeds: [1] };
  const [run] = await client.call("runs.create", { ...order, set, name });
  if (run === undefined) throw new Error("no run was made");
  return run.id;
}

async function findings(): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: opened.page }).setLegacyMode().include(".work-region").analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)}`));
}

beforeAll(async () => {
  opened = await openApp(folders);
  await resize(opened, 1440, 900);
  client = await connect(folders.data, "cli");
  finished = await create({ users: 6 }, "Six users");
  await opened.page.getByRole("tab", { name: "World" }).waitFor();
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await opened.page.waitForTimeout(50)) {
    if ((await client.call("runs.get", { run: finished })).summary.state === "finished") break;
  }
});
afterAll(async () => {
  client.close();
  await closeApp(opened);
  await cleanUp(folders);
});

describe("the world of a run", () => {
  it("offers a replay when the run is not training, and plays its last checkpoint", async () => {
    await opened.page.getByRole("tab", { name: "World" }).click();
    await screen().getByText("This run is not training").waitFor();
    await screen().getByRole("button", { name: "Replay its last checkpoint" }).click();
    await opened.page.locator(".world-canvas[data-frame]").waitFor();
    expect(await position().getAttribute("data-frames")).toBe("51");
    // It plays by itself.
    await untilFrame((now) => now >= 2);
  });

  it("is played, stopped and stepped with the keyboard alone", async () => {
    await opened.page.locator(".world-things").focus();
    await opened.page.keyboard.press("Space");
    await player().getByRole("button", { name: "Play" }).waitFor();
    const stopped = await frame();
    await opened.page.keyboard.press(".");
    await untilFrame((now) => now === stopped + 1);
    await opened.page.keyboard.press(",");
    await untilFrame((now) => now === stopped);
    await player().getByRole("slider").press("End");
    await untilFrame((now) => now === 50);
    expect(await position().innerText()).toBe("Step 50 of 50");
    await player().getByRole("slider").press("Home");
    await untilFrame((now) => now === 0);
    await opened.page.keyboard.press("Space");
    await untilFrame((now) => now >= 1);
    await player().getByRole("button", { name: "Pause" }).click();
  });

  it("lists the values of the thing that the keyboard is on, as the engine has them", async () => {
    const replay = await client.call("world.replay", {
      subject: `${finished}:last`,
      seed: 1000,
      set: {},
      sample: false,
    });
    await player().getByRole("slider").press("End");
    await untilFrame((now) => now === 50);
    const things = opened.page.locator(".world-things");
    await things.press("Home");
    await things.press("ArrowDown");
    await things.press("ArrowDown");
    await things.press("ArrowDown");
    expect(await opened.page.locator(".world-listed h3").innerText()).toBe("User 1");
    const { channels } = replay.picture;
    const at = channels.findIndex(({ id }) => id === "user-1/distance");
    const distance = replay.frames.values[50 * channels.length + at]!;
    expect(Number(await value("user-1/distance").innerText())).toBeCloseTo(distance, 0);
    await things.press("Escape");
    const reward = (await value("total-reward").innerText()).replace("−", "-");
    expect(Number(reward)).toBeCloseTo(replay.metrics["eval/reward"]!, 1);
    await screen()
      .getByText(`episode reward ${reward.replace("-", "−")}`)
      .waitFor();
  });

  it("has a table in words beside the picture, and no accessibility problem in either theme", async () => {
    for (const theme of ["light", "dark"] as const) {
      await appearance(opened, theme);
      expect(await findings()).toEqual([]);
      await keepPicture(opened.page, `world-${theme}`);
    }
    await screen().getByRole("button", { name: "Show as a table" }).click();
    const table = screen().getByRole("table");
    expect(await table.getByRole("row").count()).toBeGreaterThan(60);
    expect(await findings()).toEqual([]);
    await screen().getByRole("button", { name: "Show the picture" }).click();
    await appearance(opened, "light");
  });

  it("shows a training live and goes away with it", async () => {
    const long = await create({ users: 3, steps: 100_000_000, evaluationEvery: 0 }, "Long");
    await opened.page.locator(`[data-run="${long}"]`).first().click();
    await screen().getByText("Live", { exact: true }).click();
    await opened.page.locator(".world-canvas[data-frame]").waitFor();
    const first = await position().innerText();
    await opened.page.waitForFunction(
      (before) => document.querySelector<HTMLElement>(".world-position")?.innerText !== before,
      first,
    );
    await keepPicture(opened.page, "world-live");
    await client.call("runs.command", { run: long, command: "stop" });
    await screen().getByText("This run is not training").waitFor();
  });

  it("says that a scenario has no picture", async () => {
    const order = { scenario: "sanity/recall", learner: "recurrent-ppo", preset: "smoke", set: {}, seeds: [1] };
    const [run] = await client.call("runs.create", order);
    await opened.page.locator(`[data-run="${run?.id}"]`).first().click();
    await screen()
      .getByRole("button", { name: /^Replay random/ })
      .click();
    await screen().getByRole("alert").getByText("has no picture").waitFor();
  });
});
