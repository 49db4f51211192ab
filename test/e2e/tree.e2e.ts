import { existsSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../main/link/connect.ts";
import { appearance, cleanUp, closeApp, keepPicture, makeFolders, type Opened, openApp, resize } from "./app.ts";
import { settled } from "./project.ts";

const folders = makeFolders();
let opened: Opened;

beforeAll(async () => {
  opened = await openApp(folders);
  await resize(opened, 1440, 900);
});
afterAll(async () => {
  await closeApp(opened);
  await cleanUp(folders);
});

const tree = () => opened.page.getByRole("tree", { name: "Runs" });
const press = (...keys: string[]) =>
  keys.reduce((done, key) => done.then(() => opened.page.keyboard.press(key)), Promise.resolve());
const type = (text: string) => opened.page.keyboard.type(text);
const search = () => opened.page.getByRole("combobox", { name: "Filter runs" });

/** The rows of the tree as level and name. */
function rows(): Promise<string[]> {
  return opened.page
    .locator(".tree-row")
    .evaluateAll((list) =>
      list
        .sort((a, b) => Number(a.getAttribute("data-index")) - Number(b.getAttribute("data-index")))
        .map((row) => `${row.getAttribute("aria-level")} ${row.querySelector(".ellipsis")?.textContent}`),
    );
}
/** Waits until a value is as wanted. */
const poll = <T>(read: () => T) => expect.poll(read, { timeout: 10_000 });
/** Waits until the field has the keyboard. */
const focused = (label: string) =>
  poll(() => opened.page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(label);
const becomes = (wanted: readonly string[]) => poll(rows).toEqual(wanted);
/** The row under the keyboard. */
const current = () => tree().locator('.tree-row[data-cursor="true"]');
const goTo = async (name: string) => {
  await press("Home");
  for (let step = 0; step < 30; step++) {
    if ((await current().locator(".ellipsis").innerText()) === name) return;
    await press("ArrowDown");
  }
  throw new Error(`no row ${name}`);
};

async function findings(part: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: opened.page })
    .setLegacyMode()
    .include(part)
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    .analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 140)}`));
}

describe("the desk by keyboard alone", () => {
  it("makes a project and types its name", async () => {
    await opened.page.locator('[data-screen="empty"]').waitFor();
    await press("Control+Alt+n");
    await focused("Name");
    await type("Thesis");
    await press("Enter");
    await becomes(["1 First project", "1 Thesis"]);
    // The list has the keyboard again, on the new project.
    expect(await tree().evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await current().innerText()).toContain("Thesis");
    await keepPicture(opened.page, "tree-empty-project");
  });

  it("makes an experiment in it; runs come under their own, with what differs as their label", async () => {
    await press("Control+Alt+e");
    await focused("Name");
    await type("Collected");
    await press("Enter");
    await becomes(["1 First project", "1 Thesis", "2 Collected"]);
    const client = await connect(folders.data, "cli");
    const created = await client.call("runs.create", {
      scenario: "emulator-tuning",
      learner: "hmppo",
      preset: "smoke",
      set: { steps: 1024, evaluationEvery: 512 },
      seeds: [1, 2],
      vary: { users: [3, 5] },
      name: "Sweep",
    });
    await settled(
      client,
      created.map((run) => run.id),
    );
    client.close();
    await becomes([
      "1 First project",
      "2 Sweep",
      "3 users 3, seed 1",
      "3 users 3, seed 2",
      "3 users 5, seed 1",
      "3 users 5, seed 2",
      "1 Thesis",
      "2 Collected",
    ]);
  });

  it("renames with F2; Escape leaves the name, Undo brings it back", async () => {
    await tree().focus();
    await goTo("users 3, seed 1");
    await press("F2");
    await focused("Name");
    await type("The good one");
    await press("Enter");
    await poll(() => current().innerText()).toContain("The good one");
    await press("F2");
    await focused("Name");
    await type("nothing");
    await press("Escape");
    expect(await current().innerText()).toContain("The good one");
    await press("Control+z");
    await poll(() => current().innerText()).toContain("users 3, seed 1");
    await opened.page.getByText(/^Undone: Renamed run/).waitFor();
  });

  it("tags and notes the run", async () => {
    await press("Control+t");
    await focused("Tags");
    await type("paper");
    await press("Enter");
    await current().getByText("paper").waitFor();
    await press("Control+e");
    await focused("Notes in Markdown");
    await type("# Why\nSee **this** <img src=x onerror=alert(1)> [evil](javascript:alert(1))");
    await press("Control+Enter");
    const notes = opened.page.locator(".notes-text");
    await notes.getByRole("heading", { name: "Why" }).waitFor();
    // HTML stays text, and only https is a link.
    expect(await notes.innerText()).toContain("<img src=x");
    expect(await notes.locator("img, a").count()).toBe(0);
    await current().getByLabel("Has notes").waitFor();
  });

  it("moves the run to another experiment", async () => {
    await tree().focus();
    await press("Control+Shift+m");
    await focused("Find an experiment");
    await type("coll");
    await press("ArrowDown", "Enter");
    const moved = ["1 Thesis", "2 Collected", "3 seed 1"];
    await poll(async () => (await rows()).slice(-3)).toEqual(moved);
    // A dialog has the keyboard to itself until it is gone.
    await opened.page.getByRole("dialog").waitFor({ state: "detached" });
    await press("Control+z");
    await poll(async () => (await rows()).slice(-2)).toEqual(["1 Thesis", "2 Collected"]);
  });

  it("finds runs by query, in tree and table alike, and says what is wrong with one", async () => {
    await press("Control+f");
    await poll(() => search().evaluate((element) => element === document.activeElement)).toBe(true);
    await type("users>4 -seed:1");
    await becomes(["1 First project", "2 Sweep", "3 seed 2"]);
    expect(await opened.page.getByRole("grid", { name: "Runs" }).locator("[data-run]").count()).toBe(1);
    await search().fill("usres>4");
    const alert = opened.page.locator(".search-error");
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/no field "usres".*users\?/);
    // The list keeps what was found last.
    expect(await rows()).toHaveLength(3);
    await search().fill("tag:pap");
    await press("End", "ArrowDown", "Tab");
    await poll(() => search().inputValue()).toBe("tag:paper ");
    await poll(async () => (await rows()).length).toBe(3);
    await press("Escape", "Escape");
    await poll(() => search().inputValue()).toBe("");
    await becomes([
      "1 First project",
      "2 Sweep",
      "3 users 3, seed 1",
      "3 users 3, seed 2",
      "3 users 5, seed 1",
      "3 users 5, seed 2",
      "1 Thesis",
      "2 Collected",
    ]);
  });

  it("opens a run's checkpoints and pins one by its menu", async () => {
    await tree().focus();
    await goTo("users 5, seed 2");
    await press("ArrowRight");
    await tree().locator(".tree-checkpoint").first().waitFor();
    await press("ArrowRight", "Shift+F10");
    const pin = opened.page.getByRole("menuitem", { name: /^Pin the checkpoint/ });
    await pin.waitFor();
    await press("ArrowDown", "ArrowDown", "ArrowDown");
    await poll(() => pin.evaluate((element) => element === document.activeElement)).toBe(true);
    await press("Enter");
    await current().getByLabel("Pinned").waitFor();
    await tree().focus();
    await press("ArrowLeft", "ArrowLeft");
    await poll(() => tree().locator(".tree-checkpoint").count()).toBe(0);
  });

  it("groups by seed with mean, interval and n", async () => {
    await press("Control+g");
    const grid = opened.page.getByRole("treegrid", { name: "Runs" });
    await grid.locator('[data-group="2"]').first().waitFor();
    expect(await grid.locator("[data-group]").count()).toBe(2);
    expect(await grid.locator("[data-mean]").first().innerText()).toMatch(/^−[\d.\s]+ ± [\d.\s]+ n 2$/);
    await grid.focus();
    await press("Home", "ArrowRight");
    await poll(() => grid.locator("[data-run]").count()).toBe(2);
    expect(await findings(".work-region")).toEqual([]);
    await keepPicture(opened.page, "table-grouped");
    await press("Control+g");
    await opened.page.getByRole("grid", { name: "Runs" }).waitFor();
  });
});

describe("the trash", () => {
  it("takes runs and gives them back", async () => {
    await tree().focus();
    await goTo("users 5, seed 1");
    await press("Shift+ArrowDown", "Delete");
    await poll(async () => (await rows()).filter((row) => row.startsWith("3"))).toEqual(["3 seed 1", "3 seed 2"]);
    await press("Control+z");
    await poll(async () => (await rows()).filter((row) => row.startsWith("3"))).toHaveLength(4);
  });

  it("says the bytes it would free, and frees them", async () => {
    await goTo("users 5, seed 2");
    const run = await current().getAttribute("data-run");
    const folder = await opened.page.evaluate(async (id) => {
      const answer = await window.edgeloom.call("runs.get", { run: id ?? "" });
      return answer.ok ? answer.value.folder : "";
    }, run);
    expect(existsSync(folder)).toBe(true);
    await press("Delete");
    await poll(async () => (await rows()).filter((row) => row.startsWith("3"))).toHaveLength(3);
    await press("Control+Shift+Delete");
    const dialog = opened.page.getByRole("dialog", { name: "Trash" });
    await dialog.locator(`[data-trash="${run}"]`).waitFor();
    const empty = dialog.getByRole("button", { name: /^Empty the trash, free [\d.]+ [KM]B$/ });
    await empty.waitFor();
    const promised = Number(await empty.getAttribute("data-bytes"));
    expect(promised).toBeGreaterThan(10_000);
    for (const theme of ["light", "dark"] as const) {
      await appearance(opened, theme);
      expect(await findings("[role=dialog]")).toEqual([]);
    }
    await appearance(opened, "light");
    await keepPicture(opened.page, "trash");
    await empty.focus();
    await press("Enter");
    const freed = dialog.locator(".trash-freed");
    await freed.waitFor();
    expect(Number(await freed.getAttribute("data-bytes"))).toBeGreaterThan(10_000);
    expect(await freed.innerText()).toMatch(/^Freed [\d.]+ [KM]B: 1 run removed for good\.$/);
    expect(existsSync(folder)).toBe(false);
    await dialog.getByText(/The trash is empty/).waitFor();
    await press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect((await rows()).filter((row) => row.startsWith("3"))).toHaveLength(3);
  });

  it("is remembered with the rest of the desk when the window is opened again", async () => {
    await tree().focus();
    await goTo("Sweep");
    await press("ArrowLeft");
    const before = await rows();
    expect(before).toEqual(["1 First project", "2 Sweep", "1 Thesis", "2 Collected"]);
    await closeApp(opened);
    opened = await openApp(folders);
    await tree().waitFor();
    await becomes(before);
  });
});
