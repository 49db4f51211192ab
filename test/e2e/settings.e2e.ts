import { readFileSync } from "node:fs";
import path from "node:path";
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
  const order = { scenario: "emulator-tuning", learner: "hmppo", preset: "smoke", set: {}, seeds: [1] };
  const runs = await client.call("runs.create", { ...order, name: "Settings" });
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

const press = (keys: string) => opened.page.keyboard.press(keys);
const settings = () => opened.page.getByRole("dialog", { name: "Settings" });
const stored = () => JSON.parse(readFileSync(path.join(folders.userData, "desktop.json"), "utf8"));

async function findings(part: string): Promise<string[]> {
  const axe = new AxeBuilder({ page: opened.page }).setLegacyMode().include(part);
  const { violations } = await axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}

describe("the settings", () => {
  it("open from the keyboard and are gone through by arrow keys, without a serious accessibility problem", async () => {
    for (const theme of ["light", "dark"] as const) {
      await appearance(opened, theme);
      await opened.page.locator("body").press("Control+,");
      await settings().waitFor();
      const tabs = settings().getByRole("tab");
      await tabs.first().focus();
      for (let index = 0; index < (await tabs.count()); index++) {
        await settings().locator('[role="tab"][aria-selected="true"]').nth(0).waitFor();
        expect(await tabs.nth(index).getAttribute("aria-selected")).toBe("true");
        await settings()
          .locator('[data-loaded="false"], .settings-panel > [role="status"]')
          .waitFor({ state: "detached" });
        expect(await findings("[role=dialog]")).toEqual([]);
        await keepPicture(opened.page, `settings-${index}-${theme}`);
        await press("ArrowDown");
      }
      await press("Escape");
      await settings().waitFor({ state: "detached" });
    }
  });

  it("say where the data is, what computes, and what checkpoints take", async () => {
    await menu(opened, "settings");
    expect(await settings().innerText()).toContain(folders.data);
    await settings().getByRole("tab", { name: "Devices" }).click();
    await settings().locator('[data-device="kernels"][data-available="true"]').waitFor(patience);
    expect(await settings().locator('[data-device="kernels"]').innerText()).toContain("Taken by itself");
    await settings().getByRole("tab", { name: "Checkpoints kept" }).click();
    await settings().locator('[data-loaded="true"]').waitFor(patience);
    expect(await settings().locator('[data-loaded="true"]').innerText()).toMatch(
      /Checkpoints\s+[1-9]\d*, [\d.]+ [KM]B/,
    );
  });

  it("are kept, whether chosen here or in the menu", async () => {
    await settings().getByRole("tab", { name: "Windows" }).click();
    await settings()
      .getByRole("radio", { name: /^Pause runs/ })
      .check();
    await settings()
      .getByRole("switch", { name: /^Notify me/ })
      .press("Space");
    await expect.poll(() => stored().whenClosing, patience).toBe("pause");
    await expect.poll(() => stored().notifications, patience).toBe(false);
    const checked = () =>
      opened.app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById("closing-pause")?.checked);
    await expect.poll(checked, patience).toBe(true);
    await menu(opened, "closing-keep");
    await settings().locator('input[type="radio"][value="keep"]:checked').waitFor();
    await settings().getByRole("tab", { name: "Appearance" }).click();
    await settings().getByRole("radio", { name: "Light" }).check();
    await expect.poll(() => stored().theme, patience).toBe("light");
    await press("Escape");
    await settings().waitFor({ state: "detached" });
  });
});

describe("the status line", () => {
  it("shows engine, computer and the last events on a click, and gives the focus back", async () => {
    const line = opened.page.locator(".status-button");
    expect(await line.innerText()).toMatch(/Engine \d.*CPU \d+%.*free on the disk/s);
    await line.press("Enter");
    const details = opened.page.locator(".status-dropdown");
    await details.getByText("Engine connected").waitFor();
    expect(await details.innerText()).toMatch(/Disk\s+[\d.]+ .B free/);
    expect(await findings(".status-dropdown")).toEqual([]);
    await keepPicture(opened.page, "status-details");
    await press("Escape");
    await details.waitFor({ state: "detached" });
    expect(await line.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

describe("About", () => {
  it("names the Electron and the kernels, and shows the licences", async () => {
    await opened.app.evaluate(({ shell }) => {
      shell.showItemInFolder = (file) => void Object.assign(globalThis, { shownFile: file });
    });
    await menu(opened, "about");
    const about = opened.page.getByRole("dialog", { name: "About Edgeloom" });
    await about.getByText("Kernels").waitFor();
    expect(await about.innerText()).toMatch(/Electron\s+\d+\.\d+\.\d+ \((official|fallback for development)/);
    await about.getByRole("button", { name: "Show the licences" }).click();
    const shown = () => opened.app.evaluate(() => (globalThis as { shownFile?: string }).shownFile);
    await expect.poll(shown, patience).toMatch(/THIRD-PARTY-NOTICES\.md$/);
    expect(readFileSync((await shown()) ?? "", "utf8")).toContain("MIT");
    await press("Escape");
    await about.waitFor({ state: "detached" });
  });
});
