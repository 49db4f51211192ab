import AxeBuilder from "@axe-core/playwright";
import type { Locator } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunSummary } from "../../preload/contract.ts";
import { appearance, cleanUp, closeApp, keepPicture, makeFolders, menu, type Opened, openApp, resize } from "./app.ts";

const folders = makeFolders();
let opened: Opened;

beforeAll(async () => {
  opened = await openApp(folders);
  await resize(opened, 1280, 800);
});
afterAll(async () => {
  await closeApp(opened);
  await cleanUp(folders);
});

const form = () => opened.page.getByRole("dialog", { name: "New run" });
const forkForm = () => opened.page.getByRole("dialog", { name: "Fork from a checkpoint" });
const field = (dialog: Locator, key: string) => dialog.locator(`[data-field="${key}"]`);
const press = (...keys: string[]) =>
  keys.reduce((before, key) => before.then(() => opened.page.keyboard.press(key)), Promise.resolve());
const type = (text: string) => opened.page.keyboard.type(text);

/** Runs as the engine has them, those of one experiment. */
async function runsOf(name: string): Promise<readonly RunSummary[]> {
  const answer = await opened.page.evaluate(() => window.edgeloom.call("runs.list", {}));
  return answer.ok ? answer.value.filter((run) => run.name === name) : [];
}

async function valuesOf(runs: readonly RunSummary[]) {
  const ids = runs.map(({ id }) => id);
  const answer = await opened.page.evaluate((list) => window.edgeloom.call("runs.parameters", { runs: list }), ids);
  const values = new Map(answer.ok ? answer.value.map((row) => [row.run, row.values]) : []);
  return runs.map(({ id, seed }) => ({ seed, ...values.get(id) }) as Record<string, unknown>);
}

/** Presses Tab until something in the dialog has the focus. */
async function tabTo(target: Locator): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await press("Tab");
  }
  throw new Error("Tab does not lead there");
}

describe("the form for new runs", () => {
  it("sweeps two parameters with three seeds by keyboard alone", async () => {
    await menu(opened, "new-run");
    await form().waitFor();
    // From the scenario on, which has the focus.
    await tabTo(form().getByRole("radio", { name: "small" }));
    await press("ArrowLeft");
    await tabTo(form().getByRole("textbox", { name: "Seeds" }));
    await press("Control+A");
    await type("1..3");
    await tabTo(form().getByRole("textbox", { name: "Name of the experiment" }));
    await type("A sweep");
    for (const [search, key, title, values] of [
      ["users", "users", "Users N", "3, 5"],
      ["discount", "gamma", "Discount", "0.9..0.99 lin 2"],
    ] as const) {
      await form().getByRole("textbox", { name: "Find a parameter" }).focus();
      await press("Control+A");
      await type(search);
      await tabTo(form().getByRole("button", { name: `Several values of ${title}` }));
      await press("Space");
      await type(values);
      await press("Enter");
      expect(await field(form(), key).locator(".mantine-Pill-root").count()).toBe(2);
    }
    const table = form().getByRole("table");
    expect(await table.locator("tbody tr").allInnerTexts()).toEqual([
      expect.stringMatching(/1\s+3\s+0\.9$/),
      expect.stringMatching(/2\s+3\s+0\.99$/),
      expect.stringMatching(/3\s+5\s+0\.9$/),
      expect.stringMatching(/4\s+5\s+0\.99$/),
    ]);
    await form().getByText("2 parameters vary").waitFor();
    // What it takes is there before anything starts.
    await form().locator('[data-cost="disk"]').getByText(/free/).waitFor();
    await form().locator('[data-cost="checkpoints"]').waitFor();
    expect(await form().getByRole("button", { name: "Start 12 runs" }).isEnabled()).toBe(true);
    await keepPicture(opened.page, "forms-sweep");
    await press("Control+Enter");
    await form().waitFor({ state: "detached" });
    const runs = await runsOf("A sweep");
    const made = (await valuesOf(runs)).map(({ seed, users, gamma }) => [users, gamma, seed]);
    expect(made).toEqual(
      [3, 5].flatMap((users) => [0.9, 0.99].flatMap((gamma) => [1, 2, 3].map((seed) => [users, gamma, seed]))),
    );
  });

  it("says at the field what is wrong with one of several values, and leads there", async () => {
    await menu(opened, "new-run");
    await form().waitFor();
    const search = form().getByRole("textbox", { name: "Find a parameter" });
    await search.fill("users");
    await form().getByRole("button", { name: "Several values of Users N" }).click();
    await type("3, 900");
    const alert = field(form(), "users").getByRole("alert");
    await alert.waitFor();
    expect(await alert.innerText()).toContain("users is 900");
    // It stays in sight whatever is looked for.
    await search.fill("discount");
    await form().locator(".problem-line").getByRole("button", { name: "Users N" }).click();
    expect(await opened.page.evaluate(() => document.activeElement?.id)).toBe("field-users");
    await press("Backspace");
    await alert.waitFor({ state: "detached" });
  });

  it("keeps what was typed when it is closed by mistake, until it is reset", async () => {
    await press("Escape");
    await form().waitFor({ state: "detached" });
    await menu(opened, "new-run");
    await field(form(), "users").locator(".mantine-Pill-root").waitFor();
    expect(await field(form(), "users").locator(".mantine-Pill-root").allInnerTexts()).toEqual(["3"]);
    await form().getByRole("button", { name: "Reset" }).click();
    await form().getByText("All as in smoke").waitFor();
    await press("Escape");
    await form().waitFor({ state: "detached" });
  });

  it("shows only what is looked for, or only what differs", async () => {
    await menu(opened, "new-run");
    await form().getByRole("textbox", { name: "Find a parameter" }).fill("learning rate");
    expect(await form().locator("[data-field]").count()).toBeLessThan(5);
    await form().getByRole("textbox", { name: "Find a parameter" }).fill("");
    await form().getByRole("textbox", { name: "Users N" }).fill("7");
    await form().getByRole("textbox", { name: "Find a parameter" }).focus();
    await form().getByRole("checkbox", { name: "Only changed" }).check();
    expect(await form().locator("[data-field]").count()).toBe(1);
    await field(form(), "users").getByRole("button", { name: "Back to 6" }).click();
    expect(await form().getByRole("textbox", { name: "Users N" }).inputValue()).toBe("6");
    await press("Escape");
  });
});

describe("what was made before", () => {
  it("is duplicated and edited: an experiment comes back as its grid with its seeds", async () => {
    await opened.page.locator('.inspector[data-state="finished"]').waitFor();
    const experiment = (await runsOf("A sweep"))[0]!.experiment;
    await opened.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await opened.page.getByRole("treeitem", { name: /^A sweep/ }).click();
    await press("Control+d");
    await form().getByText("Copied from A sweep").waitFor();
    expect(await form().getByRole("textbox", { name: "Seeds" }).inputValue()).toBe("1..3");
    expect(await field(form(), "users").locator(".mantine-Pill-root").allInnerTexts()).toEqual(["3", "5"]);
    expect(await field(form(), "gamma").locator(".mantine-Pill-root").allInnerTexts()).toEqual(["0.9", "0.99"]);
    // Edited: one value instead of two, another seed, into the same experiment.
    await form().getByRole("button", { name: "A single value of Discount" }).click();
    await form().getByRole("textbox", { name: "Seeds" }).fill("9");
    await form().getByLabel("Experiment", { exact: true }).and(opened.page.locator("input")).click();
    await opened.page.getByRole("option", { name: "A sweep" }).click();
    await form().getByRole("button", { name: "Start 2 runs" }).click();
    await form().waitFor({ state: "detached" });
    const runs = await runsOf("A sweep");
    expect(runs.length).toBe(14);
    expect(new Set(runs.map((run) => run.experiment))).toEqual(new Set([experiment]));
  });

  it("is forked from a checkpoint, and says why something cannot be changed", async () => {
    await opened.page.locator('.inspector[data-state="finished"] .checkpoints li').first().waitFor();
    await press("Control+Shift+f");
    await forkForm().waitFor();
    // The parent is finished: nothing is left to train.
    await field(forkForm(), "steps").getByRole("alert").waitFor();
    expect(await forkForm().getByRole("button", { name: "Start fork" }).isDisabled()).toBe(true);
    const steps = forkForm().getByRole("textbox", { name: "Training steps" });
    const behind = Number(await steps.inputValue());
    await steps.fill(String(behind + 512));
    await forkForm().getByRole("textbox", { name: "Hidden layers" }).fill("32x32");
    await field(forkForm(), "hidden")
      .getByText(/does not fit another hidden/)
      .waitFor();
    await keepPicture(opened.page, "forms-fork");
    await field(forkForm(), "hidden")
      .getByRole("button", { name: /^Back to/ })
      .click();
    await forkForm().getByRole("button", { name: "Several values of Discount" }).click();
    await type("0.8, 0.7");
    await forkForm().getByRole("textbox", { name: "Name of the experiment" }).fill("Two branches");
    await forkForm().getByRole("button", { name: "Start 2 forks" }).click();
    await forkForm().waitFor({ state: "detached" });
    const forks = await runsOf("Two branches");
    expect((await valuesOf(forks)).map(({ gamma }) => gamma)).toEqual([0.8, 0.7]);
    expect(new Set(forks.map(({ parent }) => parent)).size).toBe(1);
    expect(forks[0]?.parent).toMatch(new RegExp(`:${behind}$`));
  });
});

describe("its look", () => {
  it.each(["light", "dark"] as const)("has no serious accessibility problem, %s", async (theme) => {
    await appearance(opened, theme);
    await menu(opened, "new-run");
    await form().getByRole("button", { name: "Several values of Users N" }).click();
    await type("3, 900");
    await field(form(), "users").getByRole("alert").waitFor();
    const { violations } = await new AxeBuilder({ page: opened.page })
      .setLegacyMode()
      .include("[role=dialog]")
      .analyze();
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(serious.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`))).toEqual([]);
    await keepPicture(opened.page, `forms-${theme}`);
    await form().getByRole("button", { name: "Reset" }).click();
    await press("Escape");
    await form().waitFor({ state: "detached" });
  });

  it.each([1, 2])("cuts nothing off at 1024 pixels and zoom %d", async (zoom) => {
    await resize(opened, 1024, 720);
    await opened.app.evaluate(({ BrowserWindow }, factor) => {
      BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(factor);
    }, zoom);
    await menu(opened, "new-run");
    await form().waitFor();
    await opened.page.waitForFunction((width) => Math.abs(window.innerWidth - width) < 2, 1024 / zoom);
    const beyond = await form().evaluate((dialog) => {
      const edge = dialog.getBoundingClientRect().right + 0.5;
      return [...dialog.querySelectorAll<HTMLElement>("input, button, label, .field-unit")]
        .filter((element) => element.getBoundingClientRect().right > edge)
        .map((element) => element.outerHTML.slice(0, 120));
    });
    expect(beyond).toEqual([]);
    const start = form().getByRole("button", { name: "Start run" });
    expect(await start.evaluate((button) => button.getBoundingClientRect().bottom <= window.innerHeight)).toBe(true);
    await press("Escape");
    await form().waitFor({ state: "detached" });
  });
});
