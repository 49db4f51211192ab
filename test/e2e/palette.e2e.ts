import AxeBuilder from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../main/link/connect.ts";
import { appearance, cleanUp, closeApp, keepPicture, makeFolders, menu, type Opened, openApp } from "./app.ts";
import { settled } from "./project.ts";

const folders = makeFolders();
const patience = { timeout: 20_000 };
let opened: Opened;

beforeAll(async () => {
  const client = await connect(folders.data, "cli");
  const order = { scenario: "emulator-tuning", preset: "smoke", set: { evaluationEvery: 512 }, seeds: [1, 2] };
  const runs = [
    ...(await client.call("runs.create", { ...order, learner: "hmppo", name: "Bandwidth" })),
    ...(await client.call("runs.create", { ...order, learner: "ippo", name: "Latency" })),
  ];
  await settled(
    client,
    runs.map(({ id }) => id),
  );
  client.close();
  opened = await openApp(folders);
});
afterAll(async () => {
  await closeApp(opened);
  await cleanUp(folders);
});

const dialog = () => opened.page.getByRole("dialog", { name: "Search or do something" });
const press = (keys: string) => opened.page.keyboard.press(keys);

async function openPalette(query = ""): Promise<void> {
  await press("Control+K");
  await dialog().waitFor();
  await opened.page.keyboard.type(query);
}

async function findings(): Promise<string[]> {
  const axe = new AxeBuilder({ page: opened.page }).setLegacyMode().include("[role=dialog]");
  const { violations } = await axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}

describe("the command palette", () => {
  it("opens from the keyboard and the title bar, and lists every command with its keys", async () => {
    await opened.page.getByRole("button", { name: "Search or do something" }).click();
    await dialog().waitFor();
    const row = dialog().locator('[data-command="new-run"]');
    expect(await row.innerText()).toMatch(/New run.*\s+Ctrl\s+N/s);
    const listed = await dialog().locator("[data-command]").count();
    const menus = await opened.app.evaluate(({ Menu }) => {
      const ids = (items: Electron.MenuItem[]): string[] =>
        items.flatMap((item) => [...(item.id ? [item.id] : []), ...ids(item.submenu?.items ?? [])]);
      return ids(Menu.getApplicationMenu()?.items ?? []).length;
    });
    // The palette leaves out only itself.
    expect(listed).toBe(menus - 1);
    await press("Escape");
    await dialog().waitFor({ state: "detached" });
  });

  it("carries a command out, and says why one cannot be", async () => {
    await openPalette("queue view");
    await press("Enter");
    await opened.page.locator('[role="tab"][aria-selected="true"]', { hasText: "Queue" }).waitFor();
    await openPalette("pause at a checkpoint");
    expect(await dialog().locator('[data-command="pause"]').innerText()).toContain("No selected run can pause.");
    await press("Enter");
    await opened.page.getByText("No selected run can pause.").waitFor();
    await opened.page.getByRole("button", { name: "Dismiss" }).click();
  });

  it("goes to a run, an experiment and a checkpoint by name", async () => {
    const selected = () =>
      opened.page.evaluate(() => JSON.parse(localStorage.getItem("view") ?? "{}").selected as string[] | undefined);
    await openPalette("latency, seed 2");
    await press("Enter");
    await expect.poll(async () => (await selected())?.length, patience).toBe(1);
    expect((await selected())?.[0]).toMatch(/^ippo-2-/);
    await openPalette("bandwidth experiment");
    await press("Enter");
    await expect.poll(async () => (await selected())?.length, patience).toBe(2);
    expect((await selected())?.every((id) => id.startsWith("hmppo-"))).toBe(true);
    // The last and the best of the active run, once its details are there.
    const found = async () => {
      await openPalette("checkpoint of bandwidth");
      const count = await dialog().locator('[data-command^="checkpoint "]').count();
      await press("Escape");
      await dialog().waitFor({ state: "detached" });
      return count;
    };
    await expect.poll(found, patience).toBeGreaterThan(0);
  });

  it("says so when nothing is called so", async () => {
    await openPalette("no such thing at all");
    await dialog().getByText("Nothing is called so.").waitFor();
    await press("Escape");
    await dialog().waitFor({ state: "detached" });
  });

  it.each(["light", "dark"] as const)("has no serious accessibility problem, %s", async (theme) => {
    await appearance(opened, theme);
    await openPalette("run");
    expect(await findings()).toEqual([]);
    await keepPicture(opened.page, `palette-${theme}`);
    await press("Escape");
    await dialog().waitFor({ state: "detached" });
  });
});

describe("shortcuts", () => {
  const list = () => opened.page.getByRole("dialog", { name: "Keyboard shortcuts" });

  it("are listed under F1 and under the question mark", async () => {
    for (const keys of ["F1", "?"]) {
      await opened.page.locator("body").press(keys);
      await list().waitFor();
      expect(await list().innerText()).toMatch(/New run.*\s+Ctrl\s+N/s);
      expect(await findings()).toEqual([]);
      await press("Escape");
      await list().waitFor({ state: "detached" });
    }
  });

  it("leave fields and dialogs alone", async () => {
    await menu(opened, "filter");
    const field = opened.page.locator("input:focus");
    await field.waitFor();
    await opened.page.keyboard.type("a?");
    expect(await field.inputValue()).toBe("a?");
    expect(await list().count()).toBe(0);
    await field.fill("");
    await press("Control+2");
    await opened.page.locator('[role="tab"][aria-selected="true"]', { hasText: "Curves" }).waitFor();
    await press("F1");
    await list().waitFor();
    await press("Control+1");
    await press("Escape");
    await list().waitFor({ state: "detached" });
    expect(await opened.page.locator('[role="tab"][aria-selected="true"]').first().innerText()).toContain("Curves");
  });

  it("are shown in the menus, which carry out the same", async () => {
    const shown = await opened.app.evaluate(({ Menu }) => {
      const item = Menu.getApplicationMenu()?.getMenuItemById("show-overview");
      return [item?.label, String(item?.accelerator)];
    });
    expect(shown).toEqual(["Overview", "CmdOrCtrl+3"]);
    await menu(opened, "shortcuts");
    await list().waitFor();
    await press("Escape");
    await list().waitFor({ state: "detached" });
  });
});
