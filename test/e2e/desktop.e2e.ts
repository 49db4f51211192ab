import path from "node:path";
import type { Locator } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanUp, closeApp, edgeloom, enginePid, keepPicture, makeFolders, menu, type Opened, openApp } from "./app.ts";

const folders = makeFolders();
let opened: Opened;

beforeAll(async () => {
  opened = await openApp(folders);
});
afterAll(async () => {
  await closeApp(opened);
  await cleanUp(folders);
});

const tree = () => opened.page.getByRole("tree", { name: "Runs" });
const inspector = () => opened.page.locator(".inspector");
const legend = () => opened.page.locator(".legend tbody tr");
const chart = () => opened.page.locator(".chart").first();

async function numberOf(locator: Locator, attribute: string): Promise<number> {
  return Number(await locator.getAttribute(attribute));
}

/** The inspected run's state becomes one of those named. */
async function state(...states: string[]): Promise<void> {
  const selector = states.map((name) => `.inspector[data-state="${name}"]`).join(", ");
  await opened.page.locator(selector).waitFor();
}

describe("a first visit", () => {
  it("teaches an empty project in one line and one button", async () => {
    await opened.page.locator('[data-screen="empty"]').waitFor();
    await keepPicture(opened.page, "empty");
    expect(await opened.page.getByRole("button", { name: "Start the quick start" }).isEnabled()).toBe(true);
    const folder = opened.page.locator(".status-folder");
    expect(await folder.innerText()).toContain(path.basename(folders.data));
    expect(await folder.getAttribute("title")).toBe(`Show ${folders.data}`);
  });

  it("trains by one click and draws the curve while the run learns", async () => {
    await opened.page.getByRole("button", { name: "Start the quick start" }).click();
    await tree()
      .getByRole("treeitem", { name: /seed 1/ })
      .waitFor();
    await state("running");
    await opened.page.locator('.chart:not([data-points="0"])').first().waitFor();
    const first = await numberOf(chart(), "data-points");
    // Live: more points come without a click, and the legend shows the last value.
    await opened.page.waitForFunction(
      (before) => Number(document.querySelector(".chart")?.getAttribute("data-points")) > before,
      first,
    );
    expect(await numberOf(legend().first().locator("[data-value]"), "data-value")).toBeLessThan(0);
    await keepPicture(opened.page, "running");
  });

  it("pauses at a checkpoint and resumes to the end", async () => {
    await inspector().getByRole("button", { name: "Pause" }).click();
    await state("paused");
    await inspector().getByRole("button", { name: "Resume" }).click();
    await state("running", "finished");
    // The menu does the same to what is selected, and says so where it cannot.
    await menu(opened, "pause");
    await state("paused", "finished");
    await menu(opened, "resume");
    await state("finished");
    expect(await inspector().innerText()).toMatch(/Finished, attempt [23]/);
    await menu(opened, "pause");
    await opened.page.getByText("No selected run can pause.").waitFor();
    await opened.page.getByRole("button", { name: "Dismiss" }).click();
    const steps = await opened.page.evaluate(() => window.edgeloom.call("runs.list", {}));
    expect(steps).toMatchObject({ ok: true, value: [{ state: "finished", step: 61_440, steps: 61_440 }] });
  });
});

describe("what was trained", () => {
  it("lists its checkpoints and evaluates one over 100 episodes", async () => {
    const newest = inspector().locator('[data-checkpoint$=":61440"]');
    await newest.getByText("last").waitFor();
    await newest.getByRole("button", { name: "Evaluate" }).click();
    const row = newest.locator('tr[data-metric="eval/reward"]');
    await row.waitFor();
    expect(await row.innerText()).toMatch(/−\d[\d.]* ± [\d.]+\s+100$/);
    expect(await numberOf(row.locator("[data-mean]"), "data-mean")).toBeLessThan(0);
  });

  it("copies a checkpoint's id", async () => {
    const newest = inspector().locator("[data-checkpoint]").first();
    await newest.getByRole("button", { name: /^Copy the id/ }).click();
    await newest.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await opened.app.evaluate(({ clipboard }) => clipboard.readText());
    expect(copied).toBe(await newest.getAttribute("data-checkpoint"));
    expect(copied).toMatch(/^hmppo-1-\w+:61440$/);
  });

  it("shows parameters with their sources, and the log", async () => {
    expect(
      await inspector()
        .getByRole("button", { name: /^Paper: / })
        .count(),
    ).toBeGreaterThan(3);
    expect(
      await inspector()
        .getByRole("button", { name: /^Assumed: / })
        .count(),
    ).toBeGreaterThan(3);
    expect(await inspector().locator(".log-tail, .pad-small").last().innerText()).not.toBe("");
  });
});

describe("the start form", () => {
  const dialog = () => opened.page.getByRole("dialog", { name: "New run" });

  it("shows the engine's complaint at the field and keeps what was typed", async () => {
    await opened.page.getByRole("button", { name: "New run" }).click();
    await dialog().getByText("smoke", { exact: true }).click();
    const users = dialog().getByRole("textbox", { name: "Users N" });
    await users.fill("900");
    await dialog().getByText("1 value differs from smoke").waitFor();
    await dialog().getByRole("button", { name: "Start run" }).click();
    await dialog().locator('[data-field="users"]').getByRole("alert").waitFor();
    expect(await dialog().locator('[data-field="users"]').getByRole("alert").innerText()).toContain("900");
    expect(await users.inputValue()).toBe("900");
    await keepPicture(opened.page, "start-form-error");
  });

  it("goes back to the preset's value and starts one run a seed", async () => {
    await dialog()
      .getByRole("button", { name: /^Back to / })
      .click();
    await dialog().getByText("All as in smoke").waitFor();
    await dialog().getByRole("textbox", { name: "Seeds" }).fill("3..1");
    expect(await dialog().getByRole("button", { name: "Start run" }).isDisabled()).toBe(true);
    await dialog().getByRole("textbox", { name: "Seeds" }).fill("4,5");
    await dialog().getByRole("textbox", { name: "Name of the experiment" }).fill("Two seeds");
    await dialog().getByRole("button", { name: "Start 2 runs" }).click();
    await dialog().waitFor({ state: "detached" });
    await tree()
      .getByRole("treeitem", { name: /Two seeds/ })
      .first()
      .waitFor();
    await state("finished");
    expect(await legend().count()).toBe(2);
    expect(await legend().allInnerTexts()).toEqual([
      expect.stringContaining("seed 4"),
      expect.stringContaining("seed 5"),
    ]);
  });
});

describe("the keyboard", () => {
  it("moves through the list with arrows, extends with Shift, and shows curves with Enter", async () => {
    await opened.page.getByRole("tab", { name: "Runs" }).click();
    await tree().focus();
    await opened.page.keyboard.press("Home");
    // The project, its newest experiment, that one's first run.
    await opened.page.keyboard.press("ArrowDown");
    await opened.page.keyboard.press("ArrowDown");
    await opened.page.keyboard.press("Shift+ArrowDown");
    expect(await tree().locator('[aria-selected="true"]').count()).toBe(2);
    await opened.page.keyboard.press("ArrowDown");
    await opened.page.keyboard.press("ArrowDown");
    expect(await inspector().innerText()).toContain("Quick start, seed 1");
    await opened.page.keyboard.press("Enter");
    await chart().waitFor();
    await opened.page.keyboard.press("ArrowUp");
    await opened.page.keyboard.press("ArrowLeft");
    expect(await tree().getByRole("treeitem").count()).toBe(5);
    await opened.page.keyboard.press("ArrowRight");
    expect(await tree().getByRole("treeitem").count()).toBe(6);
  });

  it("sorts and filters the table of runs", async () => {
    await opened.page.getByRole("tab", { name: "Runs" }).click();
    const grid = opened.page.getByRole("grid", { name: "Runs" });
    const names = () => grid.locator("[data-run] [role=gridcell]:nth-child(2)").allInnerTexts();
    await grid.getByRole("button", { name: "Name", exact: true }).click();
    expect(await names()).toEqual(["Quick start", "Two seeds", "Two seeds"]);
    await grid.getByRole("button", { name: "Name", exact: true }).click();
    expect(await names()).toEqual(["Two seeds", "Two seeds", "Quick start"]);
    await opened.page.getByRole("combobox", { name: "Filter runs" }).fill("quick finished");
    expect(await names()).toEqual(["Quick start"]);
    await opened.page.getByRole("combobox", { name: "Filter runs" }).fill("");
  });
});

describe("beside the command line", () => {
  it("shows a run that was started there, without a click", async () => {
    await edgeloom(folders.data, "run", "emulator-tuning/hmppo", "--preset", "smoke", "--name", "From a terminal");
    await tree()
      .getByRole("treeitem", { name: /From a terminal/ })
      .first()
      .waitFor();
    const row = opened.page.getByRole("grid").locator("[data-run]").filter({ hasText: "From a terminal" });
    await row.waitFor();
    expect(await row.getAttribute("data-state")).toBe("finished");
  });
});

describe("after trouble", () => {
  it("connects again by itself when the engine is killed, and the run goes on", async () => {
    await opened.page.evaluate(() =>
      window.edgeloom.call("runs.create", {
        scenario: "emulator-tuning",
        learner: "hmppo",
        preset: "small",
        set: {},
        seeds: [9],
        name: "Survivor",
      }),
    );
    const row = opened.page.locator(".tree-run", { hasText: "seed 9" });
    await row.click();
    await state("running");
    const before = enginePid(folders.data);
    process.kill(before, "SIGKILL");
    const now = async () => {
      const info = await opened.page.evaluate(() => window.edgeloom.call("engine.info", {}));
      return info.ok ? info.value.pid : before;
    };
    await expect.poll(now, { timeout: 20_000 }).not.toBe(before);
    await opened.page.locator('.status-button[data-engine="connected"]').waitFor();
    expect(enginePid(folders.data)).not.toBe(before);
    await opened.page.getByRole("tab", { name: "Curves" }).click();
    await state("finished");
    expect(await inspector().innerText()).toContain("Finished\n");
    expect(await inspector().innerText()).toContain("(100%)");
  });

  it("shows the same after the window was closed and opened again", async () => {
    const shown = async () => ({
      inspected: await inspector().getAttribute("data-run"),
      runs: await tree().getByRole("treeitem").allInnerTexts(),
      value: await legend().first().innerText(),
    });
    await legend().first().locator("[data-value]").waitFor();
    const before = await shown();
    await closeApp(opened);
    opened = await openApp(folders);
    await opened.page.locator('.chart:not([data-points="0"])').first().waitFor();
    expect(await shown()).toEqual(before);
  });
});
