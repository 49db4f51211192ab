import AxeBuilder from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../main/link/connect.ts";
import { appearance, cleanUp, closeApp, keepPicture, makeFolders, type Opened, openApp, resize } from "./app.ts";
import { settled } from "./project.ts";

const folders = makeFolders();
let opened: Opened;
let parent = "";
let fork = "";

beforeAll(async () => {
  opened = await openApp(folders);
  await resize(opened, 1440, 900);
  const client = await connect(folders.data, "cli");
  const order = { scenario: "sanity/identity-discrete", learner: "ppo", preset: "smoke" };
  const set = { steps: 4096, evaluationEvery: 256, checkpointEvery: 1024 };
  const runs = [
    ...(await client.call("runs.create", { ...order, set, seeds: [1, 2, 3], name: "First" })),
    ...(await client.call("runs.create", { ...order, set: { ...set, clip: 0.1 }, seeds: [1, 2, 3], name: "First" })),
  ];
  await settled(
    client,
    runs.map(({ id }) => id),
  );
  parent = runs[0]?.id ?? "";
  const checkpoints = await client.call("checkpoints.list", { run: parent });
  const half = checkpoints.find(({ step }) => step > 0 && step < 4096) ?? checkpoints[0];
  const forked = await client.call("runs.fork", { checkpoint: half?.id ?? "", set: { steps: 6144 }, name: "Fork" });
  fork = forked.id;
  await settled(client, [fork]);
  client.close();
  await opened.page.locator(".tree [role=treeitem]", { hasText: "Fork" }).first().waitFor();
  await opened.page.locator(".tree").focus();
  await opened.page.keyboard.press("Control+a");
  await opened.page.keyboard.press("Control+2");
  await opened.page.locator('.chart:not([data-points="0"])').nth(1).waitFor();
  await opened.page.locator(".legend tbody tr").nth(6).waitFor();
});
afterAll(async () => {
  await closeApp(opened);
  await cleanUp(folders);
});

const toggle = (name: string) => opened.page.getByRole("button", { name, exact: true });
const charts = () => opened.page.locator(".chart-grid .chart");

describe("the curves", () => {
  it("show several metrics at once, of which one can be added and removed", async () => {
    const before = await charts().count();
    expect(before).toBeGreaterThan(1);
    await opened.page.getByRole("combobox", { name: "Add a metric" }).click();
    await opened.page.getByRole("option", { name: "train/entropy", exact: true }).click();
    const added = opened.page.locator('.chart-card[data-metric="train/entropy"]');
    await added.waitFor();
    await added.locator(".chart-head").hover();
    await added.getByRole("button", { name: /^Remove/ }).click();
    await added.waitFor({ state: "detached" });
    expect(await charts().count()).toBe(before);
  });

  it("tell every line's value under the pointer, in all charts", async () => {
    const box = await opened.page.locator(".chart .u-over").first().boundingBox();
    if (box === null) throw new Error("no chart");
    await opened.page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    const readouts = opened.page.locator(".chart-grid .chart-readout");
    await opened.page.waitForFunction(
      () =>
        [...document.querySelectorAll(".chart-grid .chart-readout")].filter(({ textContent }) =>
          textContent?.includes(": "),
        ).length > 1,
    );
    const places = (await readouts.allInnerTexts()).filter((text) => text !== "").map((text) => text.split(":")[0]);
    expect(new Set(places).size).toBe(1);
    await opened.page.locator(".legend-what", { hasText: "here" }).waitFor();
    const values = await opened.page
      .locator(".legend-value")
      .evaluateAll((cells) => cells.map((cell) => cell.textContent));
    expect(values.filter((text) => text !== "").length).toBe(7);
  });

  it("become means with their interval and n, and say so", async () => {
    await toggle("Group by seed").click();
    await opened.page.getByText("band = 95% Student-t over 3 seeds").waitFor();
    await opened.page.waitForFunction(() => {
      const counts = [...document.querySelectorAll(".legend-n")].map(({ textContent }) => textContent);
      return counts.join() === "3,3,1";
    });
    await keepPicture(opened.page, "curves-grouped");
    await toggle("Group by seed").click();
    await opened.page.getByText("One line is one run").waitFor();
  });

  it("draw a fork with its parent's points, as one branched curve", async () => {
    const row = opened.page.locator(`.legend tr[data-line="${fork}"]`);
    const points = async () => Number(await row.getAttribute("data-points"));
    const alone = await points();
    await toggle("With ancestors").click();
    await opened.page.waitForFunction(
      ([id, before]) =>
        Number(document.querySelector<HTMLElement>(`.legend tr[data-line="${id}"]`)?.dataset.points) > before,
      [fork, alone] as const,
    );
    await keepPicture(opened.page, "curves-ancestors");
    await toggle("With ancestors").click();
  });

  it("say what smoothing is", async () => {
    await opened.page.keyboard.press("Control+Alt+.");
    await opened.page
      .getByText("exponential moving average, debiased, half-life 2 points; faint: as recorded")
      .waitFor();
    await opened.page.keyboard.press("Control+Alt+,");
    await opened.page.getByText("exponential moving average").waitFor({ state: "detached" });
  });

  it("zoom together by drag and by keyboard, and show everything again", async () => {
    const reset = opened.page.getByRole("button", { name: "Show everything" });
    expect(await reset.isDisabled()).toBe(true);
    const box = await opened.page.locator(".chart .u-over").first().boundingBox();
    if (box === null) throw new Error("no chart");
    await opened.page.mouse.move(box.x + box.width * 0.3, box.y + 20);
    await opened.page.mouse.down();
    await opened.page.mouse.move(box.x + box.width * 0.6, box.y + 20, { steps: 4 });
    await opened.page.mouse.up();
    await opened.page.waitForFunction(
      () => !document.querySelector<HTMLButtonElement>('[aria-label="Show everything"]')?.disabled,
    );
    await charts().nth(1).focus();
    await opened.page.keyboard.press("0");
    await opened.page.waitForFunction(
      () => document.querySelector<HTMLButtonElement>('[aria-label="Show everything"]')?.disabled,
    );
    await opened.page.keyboard.press("+");
    await opened.page.waitForFunction(
      () => !document.querySelector<HTMLButtonElement>('[aria-label="Show everything"]')?.disabled,
    );
    await opened.page.keyboard.press("0");
  });

  it("have the active run's log below them, to be searched", async () => {
    await opened.page.keyboard.press("Control+Alt+l");
    await opened.page.locator(".log-line", { hasText: "attempt 1 from step" }).waitFor();
    await opened.page.getByRole("textbox", { name: "Find in the log" }).fill("FINISHED");
    await opened.page.locator('.log-line[data-current="true"]', { hasText: "finished at step" }).waitFor();
    expect(await opened.page.locator(".log-count").innerText()).toBe("1 of 1");
    await opened.page.getByRole("button", { name: "Close the log" }).click();
  });

  it.each(["light", "dark"] as const)("have no serious accessibility problem, %s", async (theme) => {
    await appearance(opened, theme);
    await toggle("Log").click();
    await opened.page.locator(".log-line").first().waitFor();
    const { violations } = await new AxeBuilder({ page: opened.page })
      .setLegacyMode()
      .include(".work-region")
      .analyze();
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(serious.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 120)}`))).toEqual([]);
    await keepPicture(opened.page, `curves-${theme}`);
    await toggle("Log").click();
  });

  it("remember how they were looked at", async () => {
    await toggle("Log y").click();
    await opened.page.reload();
    await opened.page.locator(".chart").first().waitFor();
    expect(await toggle("Log y").getAttribute("aria-pressed")).toBe("true");
    await toggle("Log y").click();
  });
});
