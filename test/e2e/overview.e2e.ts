import AxeBuilder from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../main/link/connect.ts";
import { appearance, cleanUp, closeApp, keepPicture, makeFolders, type Opened, openApp, resize } from "./app.ts";
import { settled } from "./project.ts";

const folders = makeFolders();
let opened: Opened;

beforeAll(async () => {
  const client = await connect(folders.data, "cli");
  const runs = await client.call("runs.create", {
    scenario: "emulator-tuning",
    learner: "hmppo",
    preset: "smoke",
    set: {},
    vary: { users: [3, 6], learningRate: [0.001, 0.01] },
    combine: "grid",
    seeds: [1, 2],
    name: "Sweep",
  });
  await settled(
    client,
    runs.map(({ id }) => id),
  );
  const [checkpoint] = await client.call("checkpoints.list", { run: runs[0]!.id });
  const fork = await client.call("runs.fork", { checkpoint: checkpoint!.id, set: { steps: 1024 }, name: "Fork" });
  await settled(client, [fork.id]);
  client.close();
  opened = await openApp(folders);
  const newest = opened.page.locator(`.inspector[data-run="${fork.id}"]`);
  await newest.waitFor();
});
afterAll(async () => {
  await closeApp(opened);
  await cleanUp(folders);
});

const section = (name: string) => opened.page.locator(`[data-section="${name}"]`);
const kept = () => opened.page.locator(".pc-plot").getAttribute("data-kept");
const lowest = () => opened.page.getByRole("slider", { name: "Lowest Users N" });

async function seriousProblems(theme: "light" | "dark"): Promise<string[]> {
  await appearance(opened, theme);
  const axe = new AxeBuilder({ page: opened.page }).include(".overview").setLegacyMode();
  // In the other appearance only the colours can be different.
  const { violations } = await (theme === "light" ? axe : axe.withRules("color-contrast")).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

describe("the overview", () => {
  it("teaches where there is no sweep, and draws the lineage of a fork as a tree and one branched curve", async () => {
    await opened.page.getByRole("tab", { name: "Overview" }).click();
    await opened.page.getByText("This run is alone in its experiment.").waitFor();
    const tree = opened.page.getByRole("tree", { name: "Lineage of forks" });
    expect(await tree.getByRole("treeitem").allInnerTexts()).toEqual(["Sweep, seed 1", "Fork, seed 1"]);
    await section("lineage").locator('[data-branches="2"]').waitFor();
    // The arrow keys walk the tree and select; the first ancestor is a run of the sweep, which comes into view.
    await tree.getByRole("treeitem", { name: /^Fork/ }).focus();
    await opened.page.keyboard.press("ArrowLeft");
    await opened.page.waitForFunction(() => document.activeElement?.textContent?.includes("Sweep") === true);
    expect(await tree.locator('[aria-selected="true"]').innerText()).toContain("Sweep");
  });

  it("draws a line a run over the parameters that vary", async () => {
    await opened.page.getByRole("button", { name: "Show the whole experiment" }).click();
    await opened.page.locator('.pc-plot[data-lines="8"]').waitFor();
    const titles = await opened.page.locator(".pc-title").allInnerTexts();
    expect(titles.map((title) => title.split("\n")[0])).toEqual([
      "Users N",
      "Learning rate",
      expect.stringContaining("reward"),
    ]);
    expect(await opened.page.locator("[data-counts]").innerText()).toBe("8 finished runs");
  });

  it("filters by a range set with the keyboard, and selects what is left in it", async () => {
    await lowest().focus();
    await opened.page.keyboard.press("ArrowUp");
    await opened.page.locator('.pc-plot[data-kept="4"]').waitFor();
    await opened.page.getByText("4 of 8 runs lie in the ranges and are selected.").waitFor();
    await opened.page.keyboard.press("Delete");
    await opened.page.locator('.pc-plot[data-kept="8"]').waitFor();
  });

  it("filters by a dragged range", async () => {
    const axis = (await opened.page.locator(".pc-catch").first().boundingBox())!;
    await opened.page.mouse.move(axis.x + 12, axis.y + axis.height - 10);
    await opened.page.mouse.down();
    await opened.page.mouse.move(axis.x + 12, axis.y + axis.height / 2);
    await opened.page.mouse.up();
    await opened.page.locator('.pc-plot[data-kept="4"]').waitFor();
    await opened.page.getByRole("button", { name: "Clear the range" }).click();
    expect(await kept()).toBe("8");
  });

  it("moves an axis with the arrow keys and keeps the focus on it", async () => {
    await opened.page.getByRole("button", { name: /^Users N/ }).focus();
    await opened.page.keyboard.press("ArrowRight");
    await opened.page.waitForFunction(() => document.querySelector(".pc-title")?.textContent?.startsWith("Learning"));
    expect(await opened.page.evaluate(() => document.activeElement?.textContent)).toContain("Users N");
  });

  it("says what each parameter explains, by which method, with n", async () => {
    const users = section("importance").locator('[data-parameter="users"]');
    await users.waitFor();
    expect(Number(await users.getAttribute("data-share"))).toBeGreaterThan(0.5);
    expect(await section("importance").innerText()).toContain("over the full grid (8 runs in 4 cells)");
  });

  it("ranks cells with interval and n, gives no verdict with two seeds, and selects a cell by keyboard", async () => {
    const rows = section("cells").locator("tbody tr");
    expect(await rows.count()).toBe(4);
    expect(await rows.first().innerText()).toMatch(/^1\s+3\s.*± \d.*\s2\s/s);
    for (const text of await rows.allInnerTexts()) expect(text).not.toContain("better than the next");
    await rows.first().focus();
    await opened.page.keyboard.press("ArrowDown");
    await opened.page.keyboard.press("Enter");
    expect(await rows.nth(1).getAttribute("aria-selected")).toBe("true");
  });

  it("shows the two selected runs' parameters side by side, differences first, and copies them", async () => {
    await section("differences").locator("tbody").first().waitFor();
    const differing = section("differences").locator('[data-rows="parameters"] [data-differs]');
    expect(await differing.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-key")))).toEqual(["seed"]);
    await section("differences").getByRole("checkbox", { name: "Also what is equal" }).check();
    expect(await differing.count()).toBeGreaterThan(20);
    expect(await differing.first().getAttribute("data-key")).toBe("seed");
    await section("differences").getByRole("button", { name: "Copy as TSV" }).click();
    await expect
      .poll(() => opened.app.evaluate(({ clipboard }) => clipboard.readText()))
      .toContain("Parameter\tUnit\tSweep, seed 1\tSweep, seed 2\tSource\nseed\t\t1\t2\t");
  });

  it("draws points of runs, or of cells with their intervals", async () => {
    expect(await section("scatter").locator('[data-points="8"] circle').count()).toBeGreaterThanOrEqual(8);
    await section("scatter").getByText("Cells", { exact: true }).click();
    await section("scatter").locator('[data-points="4"]').waitFor();
    expect(await section("scatter").locator(".scatter-interval").count()).toBe(4);
  });

  it("takes the best value instead of the last", async () => {
    await opened.page.locator(".use-select input").click();
    await opened.page.getByRole("option", { name: "Best value" }).click();
    await opened.page.getByText("best value at the right", { exact: false }).waitFor();
    await opened.page.locator('.pc-plot[data-lines="8"]').waitFor();
    expect(await section("cells").locator("tbody tr").count()).toBe(4);
  });

  it("is sound for assistive technology in both appearances, also in a narrow window", async () => {
    await keepPicture(opened.page, "overview");
    expect(await seriousProblems("light")).toEqual([]);
    expect(await seriousProblems("dark")).toEqual([]);
    await resize(opened, 1024, 720);
    const wide = await opened.page.evaluate(() => {
      const body = document.querySelector(".overview-body");
      return body === null ? "no overview" : body.scrollWidth - body.clientWidth;
    });
    expect(wide).toBe(0);
    await keepPicture(opened.page, "overview-narrow");
  });
});
