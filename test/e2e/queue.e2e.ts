import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "../../main/link/client.ts";
import { connect } from "../../main/link/connect.ts";
import { appearance, cleanUp, closeApp, enginePid, makeFolders, menu, type Opened, openApp, resize } from "./app.ts";

const order = {
  scenario: "sanity/identity-discrete",
  learner: "ppo",
  preset: "smoke",
  set: {},
  seeds: [1],
} as const;
const endless = { steps: 100_000_000, checkpointEvery: 2000 };

const folders = makeFolders();
let opened: Opened;
let page: Page;
let client: Client;
let first: string;

beforeAll(async () => {
  client = await connect(folders.data, "cli");
  // A setting, unlike the command line's wish, outlives the engine.
  await client.call("settings.set", { parallel: 1 });
  first = await create({ set: endless, name: "Long run" });
  opened = await openApp(folders);
  page = opened.page;
  await resize(opened, 1280, 800);
}, 60_000);

afterAll(async () => {
  await closeApp(opened);
  client.close();
  await cleanUp(folders);
}, 60_000);

async function create(change: object): Promise<string> {
  const [run] = await client.call("runs.create", { ...order, seeds: [1], ...change });
  if (run === undefined) throw new Error("no run was made");
  return run.id;
}

/** Waiting runs as the window shows them. */
function shown(): Promise<string[]> {
  return page
    .locator('.queue-screen [data-run]:not([data-position="0"])')
    .evaluateAll((rows) =>
      rows
        .sort((a, b) => Number(a.getAttribute("data-position")) - Number(b.getAttribute("data-position")))
        .map((row) => row.getAttribute("data-run") ?? ""),
    );
}

async function shows(runs: readonly string[]): Promise<void> {
  await expect.poll(shown, { timeout: 15_000 }).toEqual(runs);
}

async function focus(run: string): Promise<void> {
  await page.locator(`.queue-screen [data-run="${run}"]`).click();
}

describe("the queue in the window", () => {
  it("is changed by keyboard, outlives the engine's death, and runs start in that order", async () => {
    const [a, b, c, d] = (await client.call("runs.create", { ...order, seeds: [1, 2, 3, 4], name: "Short runs" })).map(
      ({ id }) => id,
    ) as [string, string, string, string];
    await page.getByRole("button", { name: /1 running, 4 waiting/ }).click();
    await shows([a, b, c, d]);

    await focus(c);
    await page.keyboard.press("Alt+Home");
    await shows([c, a, b, d]);
    await page.keyboard.press("Alt+ArrowDown");
    await shows([a, c, b, d]);
    await page.keyboard.press("End");
    await page.keyboard.press("Shift+ArrowUp");
    await page.keyboard.press("Alt+ArrowUp");
    await shows([a, b, d, c]);
    await page.keyboard.press("ArrowDown");
    await focus(d);
    await page.keyboard.press("Alt+Shift+ArrowUp");
    await shows([d, a, b, c]);
    await page.locator(`.queue-screen [data-run="${d}"]`).filter({ hasText: "High" }).waitFor();

    process.kill(enginePid(folders.data), "SIGKILL");
    client.close();
    client = await connect(folders.data, "cli");
    await shows([d, a, b, c]);

    const started: string[] = [];
    client.listen("run", ({ id, state }) => {
      if (state === "starting" && !started.includes(id)) started.push(id);
    });
    await client.call("subscribe", { runs: true, points: [] });
    await focus(first);
    await page.getByRole("toolbar", { name: "Queue" }).getByRole("button", { name: "Stop" }).click();
    await page.getByRole("heading", { name: "Nothing trains and nothing waits" }).waitFor();
    expect(started).toEqual([d, a, b, c]);
  });

  it("is held and let go, and says why a run waits", async () => {
    await menu(opened, "queue.hold");
    await page.getByRole("button", { name: "Let the queue go" }).waitFor();
    const run = await create({ set: endless, name: "A held run" });
    await shows([run]);
    await page.getByText("The queue is held: what trains").waitFor();
    for (const theme of ["light", "dark"] as const) {
      await appearance(opened, theme);
      // The colours fade over a tenth of a second.
      await page.waitForFunction(() => document.getAnimations().length === 0);
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().include(".queue-screen").analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    }
    await page.getByRole("button", { name: "Let the queue go" }).click();
    await page.locator(`[data-run="${run}"][data-position="0"]`).waitFor();
    await focus(run);
    await page.keyboard.press("Delete");
    await page.getByRole("button", { name: "Resume the paused run" }).click();
    await page.locator(`.queue-screen [data-run="${run}"]`).waitFor();
  });

  it("has settings that say what a wrong number is", async () => {
    await page.getByRole("button", { name: "Change what runs may take" }).click();
    await page.getByRole("tab", { name: "Runs at once" }).click();
    await page.getByRole("radio", { name: "At most" }).check();
    await page.getByRole("textbox", { name: "Runs at once, at most" }).fill("3");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("For every window and the command line").waitFor();
    expect((await client.call("settings.get", {})).parallel).toBe(3);
    await page.keyboard.press("Escape");
    await page.getByText("Up to 3 runs at a time").waitFor();
  });
});
