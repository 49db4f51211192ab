import { existsSync } from "node:fs";
import type { Locator } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "../../main/link/client.ts";
import { connect } from "../../main/link/connect.ts";
import type { RunSummary } from "../../preload/contract.ts";
import { cleanUp, keepPicture, makeFolders, type Opened, openApp, resize } from "./app.ts";

/**
 * A researcher's day in the real window, in one go: each test goes on where the one before stopped. Nothing is clicked;
 * what the window shows is compared with what the engine tells a second client.
 */
const folders = makeFolders("ask");
let opened: Opened;
let client: Client;
/** The run that is paused and resumed. */
let paused = "";
/** Its twin, which nobody disturbs. */
let twin = "";
let fork = "";

beforeAll(async () => {
  await open();
  await resize(opened, 1440, 900);
  client = await connect(folders.data, "cli");
}, 60_000);
afterAll(async () => {
  // Not closed: that would ask about runs that a failed test has left.
  opened.app.process().kill();
  client.close();
  await cleanUp(folders);
}, 60_000);

async function open(): Promise<void> {
  opened = await openApp(folders);
  opened.page.setDefaultTimeout(patience);
}
const press = async (...keys: string[]) => {
  for (const key of keys) await opened.page.keyboard.press(key);
};
const type = (text: string) => opened.page.keyboard.type(text);
/** Milliseconds: a busy machine trains slowly. */
const patience = 60_000;
/** Waits until a value is as wanted. */
const poll = <T>(read: () => T) => expect.poll(read, { timeout: patience });
const picture = (name: string) => keepPicture(opened.page, `day-${name}`);
const dialog = (name: string) => opened.page.getByRole("dialog", { name });
const tree = () => opened.page.getByRole("tree", { name: "Runs" });
const hasFocus = (target: Locator) => target.evaluate((element) => element === document.activeElement);
/** Waits until the field of this name has the keyboard. */
const focused = (label: string) =>
  poll(() => opened.page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(label);
/** Waits until the inspector shows a run in one of these states; answers which. */
async function state(...states: string[]): Promise<string> {
  const shown = opened.page.locator(states.map((name) => `.inspector[data-state="${name}"]`).join(", "));
  await shown.waitFor();
  return (await shown.getAttribute("data-state")) ?? "";
}

/** Presses Tab until the keyboard is there. */
async function tabTo(target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    if ((await target.count()) > 0 && (await hasFocus(target))) return;
    await press(key);
  }
  throw new Error(`${key} does not lead to ${target}`);
}

/** Does something by its name, as a person who does not know its keys. */
async function say(words: string): Promise<void> {
  await press("Control+k");
  await poll(() => hasFocus(dialog("Search or do something").getByRole("textbox"))).toBe(true);
  await type(words);
  await press("Enter");
  await dialog("Search or do something").waitFor({ state: "detached" });
}

/** The row of the tree under the keyboard. */
const row = () => tree().locator('.tree-row[data-cursor="true"]');
async function goTo(name: RegExp): Promise<void> {
  expect(await hasFocus(tree())).toBe(true);
  await press("Home");
  for (let step = 0; step < 40; step++) {
    if (name.test(await row().locator(".ellipsis").innerText())) return;
    await press("ArrowDown");
  }
  throw new Error(`no row ${name}`);
}
const shownRuns = () => tree().locator(".tree-run").count();

const runs = () => client.call("runs.list", {});
async function run(id: string): Promise<RunSummary> {
  const found = (await runs()).find((each) => each.id === id);
  if (found === undefined) throw new Error(`no run ${id}`);
  return found;
}

describe("a day at the desk, without the mouse", () => {
  it("begins with a project", async () => {
    await press("Control+Alt+n");
    await focused("Name");
    await type("Thesis");
    await press("Enter");
    await row().getByText("Thesis").waitFor();
    expect(await hasFocus(tree())).toBe(true);
    const { projects } = await client.call("desk.get", {});
    expect(projects.map(({ name }) => name)).toContain("Thesis");
    await picture("1-project");
  });

  it("sweeps two parameters with three seeds into it", async () => {
    await press("Control+n");
    const form = dialog("New run");
    await form.waitFor();
    await tabTo(form.getByRole("radio", { name: "small" }));
    await press("ArrowLeft");
    await tabTo(form.getByRole("textbox", { name: "Seeds" }));
    await press("Control+a");
    await type("1..3");
    await tabTo(form.getByRole("textbox", { name: "Name of the experiment" }));
    await type("Sweep");
    await press("Tab");
    expect(
      await form.getByRole("combobox", { name: "Project" }).or(form.getByLabel("Project")).first().inputValue(),
    ).toBe("Thesis");
    const find = form.getByRole("textbox", { name: "Find a parameter" });
    await tabTo(find);
    for (const [search, title, values] of [
      ["users", "Users N", "3, 5"],
      ["discount", "Discount", "0.9, 0.99"],
    ] as const) {
      await tabTo(find, "Shift+Tab");
      await press("Control+a");
      await type(search);
      await tabTo(form.getByRole("button", { name: `Several values of ${title}` }));
      await press("Space");
      await type(values);
      await press("Enter");
    }
    for (const [search, title, value] of [
      ["training steps", "Training steps", "30720"],
      ["evaluation interval", "Evaluation interval", "1024"],
      ["checkpoint interval", "Checkpoint interval", "2048"],
    ] as const) {
      await tabTo(find, "Shift+Tab");
      await press("Control+a");
      await type(search);
      await tabTo(form.getByRole("textbox", { name: title }));
      await press("Control+a");
      await type(value);
    }
    await form.locator('[data-cost="disk"]').waitFor();
    await form.getByRole("button", { name: "Start 12 runs" }).waitFor();
    await picture("2-form");
    await press("Control+Enter");
    await form.waitFor({ state: "detached" });
    const made = await runs();
    expect(made.map(({ seed }) => seed)).toEqual(Array.from({ length: 12 }, (_, i) => (i % 3) + 1));
    const { projects, experiments } = await client.call("desk.get", {});
    expect(experiments.find(({ id }) => id === made[0]?.experiment)).toMatchObject({
      name: "Sweep",
      project: projects.find(({ name }) => name === "Thesis")?.id,
    });
    await poll(shownRuns).toBe(12);
  });

  it("watches the curves grow", async () => {
    await press("Control+2");
    const points = async () => Number(await opened.page.locator(".chart").first().getAttribute("data-points"));
    await poll(points).toBeGreaterThan(0);
    const first = await points();
    await poll(points).toBeGreaterThan(first);
    await picture("3-curves");
  });

  it("pauses a run at a checkpoint", async () => {
    // One that is about to start has its whole way before it; the next one, should it be done before it is asked.
    let reached = "";
    while (reached !== "paused") {
      const next = (await runs()).find(({ state }) => state === "queued");
      if (next === undefined) throw new Error("every run was done before it was paused");
      paused = next.id;
      await press("Home");
      while ((await row().getAttribute("data-run")) !== paused) await press("ArrowDown");
      await state("running");
      await say("pause");
      reached = await state("paused", "finished");
    }
    await poll(() => hasFocus(tree())).toBe(true);
    const now = await run(paused);
    expect(now.state).toBe("paused");
    expect(now.step).toBeLessThan(now.steps);
    const { checkpoints } = await client.call("runs.get", { run: paused });
    expect(checkpoints.find(({ isLast }) => isLast)?.step).toBe(now.step);
    await picture("4-paused");
  });

  it("closes the window while the runs keep going, and finds everything again", async () => {
    const tabShown = () => opened.page.locator('[role="tab"][aria-selected="true"]').innerText();
    expect(await tabShown()).toBe("Curves");
    const asked = await answerWithTheFirstButton();
    const gone = new Promise<void>((resolve) => opened.app.process().once("exit", () => resolve()));
    await press("Control+k");
    await focused("Search or do something");
    await type("close the window");
    await press("Enter");
    await gone;
    expect(asked).toEqual([expect.stringMatching(/^\d+ runs are still going\.$/), "Keep them going"]);

    const before = (await runs()).map(({ step }) => step);
    await poll(async () => (await runs()).some(({ step }, i) => step > before[i]!)).toBe(true);
    expect((await run(paused)).state).toBe("paused");

    await open();
    await opened.page.locator(`.inspector[data-run="${paused}"][data-state="paused"]`).waitFor();
    expect(await row().getAttribute("data-run")).toBe(paused);
    expect(await tabShown()).toBe("Curves");
    expect(await hasFocus(tree())).toBe(true);
    await picture("5-reopened");
  });

  it("resumes the run", async () => {
    await say("resume");
    await state("queued", "starting", "running");
    expect((await run(paused)).state).not.toBe("paused");
    // Before those that wait.
    await press("Alt+Shift+ArrowUp");
    await poll(async () => (await run(paused)).priority).toBe("high");
    await state("finished");
    const { attempt, step, steps } = await run(paused);
    expect([attempt, step]).toEqual([2, steps]);
    await picture("6-resumed");
  });

  it("starts the same once more, undisturbed", async () => {
    await poll(() => hasFocus(tree())).toBe(true);
    await press("Control+d");
    const form = dialog("New run");
    await form.getByText("Copied from Sweep, seed").waitFor();
    await tabTo(form.getByRole("textbox", { name: "Name of the experiment" }));
    await press("Control+a");
    await type("Undisturbed");
    await press("Control+Enter");
    await form.waitFor({ state: "detached" });
    twin = (await runs()).find(({ name }) => name === "Undisturbed")?.id ?? "";
    const rows = await client.call("runs.parameters", { runs: [paused, twin] });
    expect(rows[0]?.values).toEqual(rows[1]?.values);
    // Beside what it was copied from.
    await poll(async () => (await tree().locator(".tree-project").last().innerText()).trim()).toBe("Thesis");
    expect(await tree().locator(".tree-project").first().innerText()).toContain("empty");
  });

  it("forks a checkpoint with another parameter and shows the lineage", async () => {
    await say(paused);
    expect(await hasFocus(tree())).toBe(true);
    await press("ArrowRight");
    await tree().locator(".tree-checkpoint").nth(2).waitFor();
    await say("best checkpoint");
    await row().getByText("best").waitFor();
    await picture("7-checkpoint");
    const checkpoint = (await row().getAttribute("data-item")) ?? "";
    await press("Control+Shift+f");
    const form = dialog("Fork from a checkpoint");
    await form.waitFor();
    await tabTo(form.getByRole("textbox", { name: "Find a parameter" }));
    await type("clip");
    await tabTo(form.getByRole("textbox", { name: /clip/i }));
    await press("Control+a");
    await type("0.1");
    await form.getByText("1 value differs from the parent").waitFor();
    await picture("8-fork-form");
    await press("Control+Enter");
    await form.waitFor({ state: "detached" });
    const made = (await runs()).find(({ parent }) => parent !== null);
    fork = made?.id ?? "";
    expect(made?.parent).toBe(checkpoint);
    await poll(async () => (await run(fork)).state).toBe("finished");
    // What differs, side by side; then the keyboard is where it was.
    await press("Control+Shift+d");
    const compared = dialog("Compare two runs");
    await compared.getByText("Ratio clip").waitFor();
    await press("Escape");
    await compared.waitFor({ state: "detached" });
    await poll(() => hasFocus(tree())).toBe(true);
    await press("Control+3");
    const lineage = opened.page.getByRole("tree", { name: "Lineage of forks" });
    await lineage.getByRole("treeitem").nth(1).waitFor();
    expect(await lineage.getByRole("treeitem").nth(1).getAttribute("aria-level")).toBe("2");
    await opened.page.locator('.lineage-curve[data-branches="2"]').waitFor();
    await picture("9-lineage");
  });

  it("finds runs by a query, and by a tag that they were given", async () => {
    await press("Control+f");
    await focused("Filter runs");
    await type("seed:2 users>4");
    await poll(shownRuns).toBe(2);
    await picture("10-query");
    await press("Enter");
    expect(await hasFocus(tree())).toBe(true);
    await goTo(/seed 2/);
    const tagged = (await row().getAttribute("data-run")) ?? "";
    const [values] = await client.call("runs.parameters", { runs: [tagged] });
    expect([(await run(tagged)).seed, values?.values.users]).toEqual([2, 5]);
    await say("tag...");
    await focused("Tags");
    await type("paper");
    await press("Enter");
    await poll(async () => (await run(tagged)).tags).toEqual(["paper"]);
    await press("Control+f");
    await focused("Filter runs");
    await press("Control+a");
    await type("tag:paper");
    await poll(shownRuns).toBe(1);
    await press("Enter");
    await goTo(/seed 2/);
    expect(await row().getAttribute("data-run")).toBe(tagged);
    await picture("11-tag");
    await say("clear the search");
    await poll(shownRuns).toBe(14);
  });

  it("puts a run into the trash, reads what that would free, and takes it back", async () => {
    const trashed = (await row().getAttribute("data-run")) ?? "";
    expect(await hasFocus(tree())).toBe(true);
    await press("Delete");
    await poll(async () => (await run(trashed)).trashedAt).not.toBeNull();
    await poll(shownRuns).toBe(13);
    await press("Control+Shift+Delete");
    const line = dialog("Trash").locator(`[data-trash="${trashed}"]`);
    await line.getByText(/^[\d.]+ [KM]B$/).waitFor();
    await picture("12-trash");
    await tabTo(line.getByRole("button", { name: "Restore" }));
    await press("Enter");
    await dialog("Trash").getByText("The trash is empty").waitFor();
    expect(await dialog("Trash").evaluate((element) => element.contains(document.activeElement))).toBe(true);
    await press("Escape");
    await dialog("Trash").waitFor({ state: "detached" });
    await poll(shownRuns).toBe(14);
    expect((await run(trashed)).trashedAt).toBeNull();
    await poll(() => hasFocus(tree())).toBe(true);
  });

  it("empties the trash, and the folder is gone", async () => {
    await goTo(/users 5, seed 3/);
    const gone = (await row().getAttribute("data-run")) ?? "";
    await poll(async () => (await run(gone)).state).toBe("finished");
    const { folder, bytes } = await client.call("runs.get", { run: gone });
    expect(existsSync(folder)).toBe(true);
    await press("Delete");
    await poll(shownRuns).toBe(13);
    await press("Control+Shift+Delete");
    const empty = dialog("Trash").getByRole("button", { name: /^Empty the trash, free [\d.]+ [KM]B$/ });
    await empty.waitFor();
    expect(Number(await empty.getAttribute("data-bytes"))).toBe(bytes);
    await tabTo(empty);
    await press("Enter");
    await dialog("Trash")
      .getByText(/^Freed [\d.]+ [KM]B: 1 run removed for good\.$/)
      .waitFor();
    await picture("13-emptied");
    await press("Escape");
    await dialog("Trash").waitFor({ state: "detached" });
    // Nothing offers to take back what cannot be.
    expect(await opened.page.getByRole("button", { name: "Undo" }).count()).toBe(0);
    await poll(() => hasFocus(tree())).toBe(true);
    expect(existsSync(folder)).toBe(false);
    expect((await runs()).map(({ id }) => id)).not.toContain(gone);
    expect(await shownRuns()).toBe(13);
  });

  it("has the same numbers from the run that was paused as from the one that was not", async () => {
    await poll(async () => (await runs()).every(({ state }) => state === "finished")).toBe(true);
    const { metrics } = await client.call("runs.get", { run: twin });
    const measured = metrics.filter((metric) => !/^(time|system)\//.test(metric));
    expect(measured).toContain("eval/reward");
    for (const metric of measured) {
      const series = (id: string) => client.call("series.get", { run: id, metric, maxPoints: 100_000 });
      const [one, other] = [await series(paused), await series(twin)];
      expect(one.total).toBeGreaterThan(1);
      expect([metric, one.steps, one.values]).toEqual([metric, other.steps, other.values]);
    }
    await picture("14-end");
  });
});

/** Message boxes belong to the system: one that is asked has its first button pressed, which Enter does. */
async function answerWithTheFirstButton(): Promise<string[]> {
  const asked: string[] = [];
  await opened.page.exposeFunction("tellAsked", (...words: string[]) => asked.push(...words));
  await opened.app.evaluate(({ dialog }) => {
    Object.assign(dialog, {
      showMessageBox: async (
        window: Electron.BrowserWindow,
        box: { message: string; buttons: string[]; defaultId: number },
      ) => {
        const words = JSON.stringify([box.message, box.buttons[box.defaultId]]);
        await window.webContents.executeJavaScript(`window.tellAsked(...${words})`);
        return { response: box.defaultId, checkboxChecked: false };
      },
    });
  });
  return asked;
}
