import { writeFileSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applicationRoot } from "../../main/platform/paths.ts";
import { appearance, cleanUp, closeApp, keepPicture, makeFolders, menu, type Opened, openApp, resize } from "./app.ts";
import { fillProject } from "./project.ts";

const folders = makeFolders();
let opened: Opened;

beforeAll(async () => {
  opened = await openApp(folders);
});
afterAll(async () => {
  await closeApp(opened);
  await cleanUp(folders);
});

type Theme = "light" | "dark";
const both: readonly Theme[] = ["light", "dark"];
const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];

/** Serious and critical findings of axe in a part of the window, as one line each. */
async function findings(part: string, theme: Theme = "light"): Promise<string[]> {
  const axe = new AxeBuilder({ page: opened.page }).setLegacyMode().include(part);
  // In the other appearance only the colours can be different.
  const { violations } = await (theme === "light" ? axe.withTags(wcag) : axe.withRules("color-contrast")).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.html.slice(0, 120)}`));
}

/** Elements that reach beyond the window, and controls whose words are cut off without an ellipsis. */
function cutOff(): Promise<string[]> {
  return opened.page.evaluate((reach) => {
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>(".app *")) {
      const box = element.getBoundingClientRect();
      // What lies in something that scrolls, or that ends with an ellipsis, can be reached.
      const reachable = element.closest(reach) !== null;
      if (!reachable && box.width > 0 && box.right > window.innerWidth + 0.5)
        found.push(`beyond: ${element.outerHTML.slice(0, 120)}`);
      const button = element.tagName === "BUTTON" && element.scrollWidth > element.clientWidth + 1;
      if (button && getComputedStyle(element).textOverflow !== "ellipsis") found.push(`cut: ${element.innerText}`);
    }
    return found;
  }, ".grid, .tree, .inspector, .legend, .chart, .ellipsis, .status-part, .visually-hidden, .pc-scroll");
}

async function zoom(factor: number): Promise<void> {
  await opened.app.evaluate(
    ({ BrowserWindow }, to) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(to),
    factor,
  );
}

/** A picture by Electron itself: the page's own have the wrong size while it is zoomed. */
async function keepWindow(name: string): Promise<void> {
  const png = await opened.app.evaluate(async ({ BrowserWindow }) =>
    (await BrowserWindow.getAllWindows()[0]?.webContents.capturePage())?.toPNG().toString("base64"),
  );
  writeFileSync(path.join(applicationRoot, "test-artefacts", `${name}.png`), png ?? "", "base64");
}

const tabs = ["show-runs", "show-curves", "show-overview", "show-world", "show-queue"];

describe("an empty project", () => {
  it.each(both)("has no serious accessibility problem, %s", async (theme) => {
    await appearance(opened, theme);
    expect(await findings(".app", theme)).toEqual([]);
    await keepPicture(opened.page, `empty-${theme}`);
  });
});

describe("a full project", () => {
  beforeAll(async () => {
    await fillProject(folders.data);
    await resize(opened, 1440, 900);
    await opened.page.locator(".tree-run").nth(3).waitFor();
  });

  it.each(both)("has no serious accessibility problem in any screen, %s", async (theme) => {
    await appearance(opened, theme);
    await opened.page.locator(".tree-experiment").last().click();
    await opened.page.locator(".tree-run").last().click();
    await opened.page.locator(".checkpoints li").first().waitFor();
    await menu(opened, "show-runs");
    await opened.page.getByRole("grid").waitFor();
    expect(await findings(".app", theme)).toEqual([]);
    await keepPicture(opened.page, `runs-${theme}`);
    await menu(opened, "show-curves");
    await opened.page.locator('.chart:not([data-points="0"])').first().waitFor();
    expect(await findings(".work-region", theme)).toEqual([]);
    await keepPicture(opened.page, `curves-${theme}`);
    await menu(opened, "new-run");
    await opened.page.getByRole("dialog").waitFor();
    await opened.page.waitForTimeout(200);
    expect(await findings("[role=dialog]", theme)).toEqual([]);
    await keepPicture(opened.page, `start-${theme}`);
    await opened.page.keyboard.press("Escape");
    await opened.page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("says who it is made of in About", async () => {
    await menu(opened, "about");
    const about = opened.page.getByRole("dialog", { name: "About Edgeloom" });
    await about.getByText("Chromium").waitFor();
    const text = await about.innerText();
    expect(text).toMatch(/Electron\s+\d+\.\d+\.\d+ \((official|fallback)/);
    expect(text).toMatch(/Node in the engine\s+24\./);
    await opened.page.keyboard.press("Escape");
    await about.waitFor({ state: "detached" });
  });

  it.each(both)("has no serious accessibility problem in its dialogs, %s", async (theme) => {
    await appearance(opened, theme);
    await opened.page.locator(".tree-experiment").last().click();
    for (const [command, name] of [
      ["shortcuts", "Keyboard shortcuts"],
      ["about", "About Edgeloom"],
      ["overview.compare-parameters", /^Compare/],
      ["desk.move", /^Move/],
    ] as const) {
      await menu(opened, command);
      const dialog = opened.page.getByRole("dialog", { name });
      await dialog.waitFor({ timeout: 5000 });
      await opened.page.waitForTimeout(200);
      expect([command, ...(await findings("[role=dialog]", theme))]).toEqual([command]);
      await opened.page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    }
  });

  it("shows where the focus is, wherever Tab leads", async () => {
    await menu(opened, "show-runs");
    // Without transitions a style is at once what it becomes.
    await opened.page.emulateMedia({ reducedMotion: "reduce" });
    await opened.page.locator(".palette-field").focus();
    const seen = new Set<string>();
    for (let presses = 0; presses < 100; presses++) {
      await opened.page.keyboard.press("Tab");
      const place = await opened.page.evaluate(focusShown);
      if (seen.has(place.path)) break;
      seen.add(place.path);
      expect([place.path, place.shown]).toEqual([place.path, true]);
    }
    // Tree, search, table, inspector and status line are among them.
    expect(seen.size).toBeGreaterThan(20);
    await opened.page.emulateMedia({ reducedMotion: null });
  });

  it("keeps still where the system asks for less motion", async () => {
    await opened.page.emulateMedia({ reducedMotion: "reduce" });
    await menu(opened, "new-run");
    await opened.page.getByRole("dialog").waitFor();
    expect(await opened.page.evaluate(motions)).toEqual([]);
    await opened.page.keyboard.press("Escape");
    await opened.page.getByRole("dialog").waitFor({ state: "detached" });
    for (const tab of tabs) {
      await menu(opened, tab);
      await opened.page.waitForTimeout(150);
      expect([tab, ...(await opened.page.evaluate(motions))]).toEqual([tab]);
    }
    await opened.page.emulateMedia({ reducedMotion: null });
  });

  it.each(tabs)("cuts nothing off at twice the size: %s", async (tab) => {
    await appearance(opened, "light");
    await resize(opened, 1280, 800);
    await zoom(2);
    await opened.page.waitForFunction(() => window.innerWidth <= 641);
    await menu(opened, tab);
    await opened.page.waitForTimeout(250);
    expect(await cutOff()).toEqual([]);
    await keepWindow(`zoomed-${tab}`);
    await zoom(1);
    await opened.page.waitForFunction(() => window.innerWidth === 1280);
  });

  it.each([1024, 1280, 800])("cuts nothing off at %d pixels", async (width) => {
    await resize(opened, width, 720);
    for (const tab of tabs) {
      await menu(opened, tab);
      await opened.page.waitForTimeout(150);
      expect(await cutOff()).toEqual([]);
      expect(await opened.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThan(
        1,
      );
    }
    const grid = opened.page.getByRole("grid");
    await menu(opened, "show-runs");
    expect(await grid.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThan(1);
  });

  it("turns the inspector into a drawer at 1024 pixels", async () => {
    await resize(opened, 1024, 720);
    expect(await opened.page.locator(".inspector").count()).toBe(0);
    await opened.page.getByRole("button", { name: "Inspector" }).click();
    await opened.page.getByRole("dialog").locator(".inspector").waitFor();
    await opened.page.waitForTimeout(200);
    expect(await findings("[role=dialog]")).toEqual([]);
    await keepPicture(opened.page, "narrow-drawer");
    await opened.page.getByRole("button", { name: "Close the inspector" }).click();
    await opened.page.locator(".inspector").waitFor({ state: "detached" });
  });

  it("ends long names with an ellipsis and has them whole on hover", async () => {
    const long = opened.page.locator(".tree-experiment", { hasText: "A very long name" }).first();
    const title = await long.getAttribute("title");
    const cut = await long.locator(".ellipsis").evaluate((name) => name.scrollWidth > name.clientWidth);
    expect(title).toMatch(/^A very long name .* end$/);
    expect(cut).toBe(true);
  });

  it("remembers the widths of its panels", async () => {
    await resize(opened, 1440, 900);
    const line = opened.page.getByRole("separator", { name: "Width of the list" });
    const before = Number(await line.getAttribute("aria-valuenow"));
    await line.focus();
    await opened.page.keyboard.press("ArrowRight");
    expect(Number(await line.getAttribute("aria-valuenow"))).toBe(before + 16);
    await opened.page.reload();
    await opened.page.locator(".tree-run").first().waitFor();
    expect(Number(await line.getAttribute("aria-valuenow"))).toBe(before + 16);
  });
});

/** Whether what has the focus looks other than without it: itself, what it is drawn by, or the row it stands on. */
function focusShown(): { path: string; shown: boolean } {
  const look = (element: Element) => {
    const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(element);
    return [outlineStyle === "none" ? "" : outlineWidth, boxShadow, borderColor, backgroundColor].join();
  };
  const path = (element: Element): string => {
    const parent = element.parentElement;
    return parent === null ? "" : `${path(parent)}/${[...parent.children].indexOf(element)}`;
  };
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || focused === document.body) return { path: "nothing", shown: true };
  const drawn = [
    focused,
    focused.parentElement,
    focused.closest(".mantine-Input-input"),
    focused.nextElementSibling,
    ...focused.querySelectorAll('[data-cursor="true"]'),
  ].filter((element) => element !== null);
  const before = drawn.map(look);
  const name = `${focused.tagName} ${focused.className} ${focused.getAttribute("aria-label") ?? ""} ${path(focused)}`;
  focused.blur();
  const after = drawn.map(look);
  focused.focus();
  return { path: name, shown: before.some((one, index) => one !== after[index]) };
}

/** Everything that would move for longer than a millisecond. */
function motions(): string[] {
  const longest = (text: string) => Math.max(...text.split(",").map((part) => Number.parseFloat(part) * 1000));
  return [...document.querySelectorAll("*")]
    .filter((element) => {
      const { transitionDuration, animationDuration, animationName } = getComputedStyle(element);
      return longest(transitionDuration) > 1 || (animationName !== "none" && longest(animationDuration) > 1);
    })
    .map((element) => `${element.tagName} ${element.className}`.slice(0, 100));
}
