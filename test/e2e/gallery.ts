/**
 * Takes the pictures of docs/screens with the built app and real runs, in about a minute and a half: `node test/e2e/gallery.ts`
 * (under `xvfb-run -a --server-args="-screen 0 1680x1050x24"` where there is no display).
 */
import path from "node:path";
import type { Locator } from "playwright";
import { connect } from "../../main/link/connect.ts";
import { applicationRoot } from "../../main/platform/paths.ts";
import { FIRST_PROJECT } from "../../preload/contract.ts";
import { appearance, cleanUp, closeApp, makeFolders, menu, type Opened, openApp, resize } from "./app.ts";
import { settled } from "./project.ts";

const folder = path.join(applicationRoot, "docs", "screens");
const folders = makeFolders("keep", "edge-study");
const opened: Opened = await openApp(folders);
const { page } = opened;
const client = await connect(folders.data, "cli");
try {
  await resize(opened, 1280, 800);
  await appearance(opened, "light");
  await picture("empty");
  const small = await trainOne();
  await page.locator(`.inspector[data-run="${small}"] .checkpoints li`).first().waitFor();
  await picture("small");
  await client.call("desk.createProject", { name: "Reproduction of the paper" });
  await client.call("desk.change", {
    items: [{ kind: "project", id: FIRST_PROJECT }],
    change: { name: "Emulator tuning" },
  });
  await train(small);
  await screens();
} finally {
  client.close();
  await closeApp(opened);
  await cleanUp(folders);
}

async function picture(name: string): Promise<void> {
  // Nothing hovered, and every transition over.
  await page.mouse.move(0, 0);
  await page.waitForTimeout(400);
  await page.evaluate(hideMachine, folders.data);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

/** Where the data folder lies, which kernel this machine has and where its Electron is from says nothing elsewhere. */
function hideMachine(data: string): void {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    const hidden = text.data
      .replaceAll(data, "/home/me/edge-study")
      .replace(/(linux) \d\S* /, "$1 ")
      .replace(/(fallback for development and tests), from [^)]+/, "$1");
    if (hidden !== text.data) text.data = hidden;
  }
}

function row(name: RegExp): Locator {
  return page.locator(".tree").getByRole("treeitem", { name }).first();
}

function dialog(): Locator {
  return page.getByRole("dialog").first();
}

async function closeDialog(): Promise<void> {
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function screens(): Promise<void> {
  await row(/^Users and learning rate/).click();
  await menu(opened, "show-runs");
  await page.getByRole("grid", { name: "Runs" }).waitFor();
  await picture("runs");
  await appearance(opened, "dark");
  await picture("runs-dark");
  await appearance(opened, "light");
  await menu(opened, "desk.group-by-seed");
  await page.locator("[data-mean]").first().waitFor();
  await picture("runs-grouped");
  await menu(opened, "desk.group-by-seed");

  await curves();
  await overview();
  await world();
  await queue();
  await dialogs();
  await narrow();
  await crash();
}

async function curves(): Promise<void> {
  await row(/^HMPPO, three users/).click();
  await menu(opened, "show-curves");
  await page.locator('.chart:not([data-points="0"])').nth(1).waitFor();
  await picture("curves");
  await row(/^Users and learning rate/).click();
  await menu(opened, "curves.group");
  await page.getByText("band = 95% Student-t").first().waitFor();
  await picture("curves-grouped");
  await appearance(opened, "dark");
  await picture("curves-dark");
  await appearance(opened, "light");
  await menu(opened, "curves.group");
}

async function overview(): Promise<void> {
  await menu(opened, "show-overview");
  await page.locator(".pc-plot").waitFor();
  await page.locator('[data-section="importance"] [data-parameter]').first().waitFor();
  await picture("overview");
  await page.locator('[data-section="scatter"]').scrollIntoViewIfNeeded();
  await picture("overview-scatter");
  await page.locator('[data-section="importance"]').scrollIntoViewIfNeeded();
  await page.locator('[data-section="cells"]').scrollIntoViewIfNeeded();
  await picture("overview-cells");
  await row(/^Higher discount/).click();
  await page.locator('[data-section="lineage"] [data-branches]').waitFor();
  await picture("overview-lineage");
}

async function world(): Promise<void> {
  await row(/^HMPPO, three users/).press("ArrowRight");
  await page
    .locator(".tree")
    .getByRole("treeitem", { name: /seed 1/ })
    .first()
    .click();
  await menu(opened, "show-world");
  await page.getByRole("button", { name: "Replay its last checkpoint" }).click();
  await page.locator(".world-canvas[data-frame]").waitFor();
  await page.locator(".world-player").getByRole("slider").press("End");
  for (let back = 0; back < 20; back++) await page.keyboard.press(",");
  await picture("world");
  await appearance(opened, "dark");
  await picture("world-dark");
  await appearance(opened, "light");
}

async function queue(): Promise<void> {
  await row(/^Users and learning rate/).click();
  await page.keyboard.press("ArrowLeft");
  await client.call("settings.set", { parallel: 1 });
  const order = { scenario: "emulator-tuning", learner: "hmppo", preset: "small" };
  const [going] = await client.call("runs.create", {
    ...order,
    set: { users: 6, steps: 2_000_000 },
    seeds: [1],
    name: "Six users, long",
  });
  await client.call("runs.create", { ...order, set: {}, vary: { users: [3, 9] }, seeds: [1, 2], name: "Next week" });
  while ((await client.call("runs.list", {})).every(({ id, step }) => id !== going?.id || step < 20_000))
    await page.waitForTimeout(100);
  await row(/^Six users, long/).click();
  await menu(opened, "world.live");
  await page.locator(".world-canvas[data-frame]").waitFor();
  await picture("world-live");
  await menu(opened, "show-queue");
  await page.locator(".queue-screen [data-run]").nth(4).waitFor();
  await picture("queue");
}

async function dialogs(): Promise<void> {
  await menu(opened, "new-run");
  await dialog().getByRole("button", { name: "Several values of Users N" }).click();
  await page.keyboard.type("3, 6, 9");
  await page.keyboard.press("Enter");
  await dialog().getByRole("textbox", { name: "Find a parameter" }).fill("discount");
  await dialog().getByRole("button", { name: "Several values of Discount" }).click();
  await page.keyboard.type("0.9, 0.99");
  await page.keyboard.press("Enter");
  await dialog().getByRole("textbox", { name: "Find a parameter" }).fill("");
  await dialog().getByRole("textbox", { name: "Seeds" }).fill("1..5");
  await dialog().locator('[data-cost="disk"]').getByText(/free/).waitFor();
  await dialog().getByRole("button", { name: "Start 30 runs" }).waitFor();
  await picture("start-form");
  await dialog().getByRole("button", { name: "Reset" }).click();
  await closeDialog();

  await menu(opened, "show-runs");
  await row(/^Higher discount/).click();
  await page.keyboard.press("ArrowDown");
  await page.locator('.inspector[data-state="finished"] .checkpoints li').first().waitFor();
  await menu(opened, "fork");
  await dialog().getByRole("textbox", { name: "Training steps" }).fill("40000");
  await picture("fork");
  await closeDialog();
  await menu(opened, "settings");
  await dialog().getByRole("tab", { name: "Checkpoints kept" }).click();
  await dialog().locator('[data-loaded="true"]').waitFor();
  await picture("settings");
  await closeDialog();
  await page.locator("body").press("Control+K");
  await dialog().waitFor();
  await page.keyboard.type("six");
  await picture("palette");
  await closeDialog();
  await menu(opened, "shortcuts");
  await picture("shortcuts");
  await closeDialog();
  await row(/^A long name/).click();
  await page.keyboard.press("Delete");
  await menu(opened, "desk.open-trash");
  await dialog().locator("[data-bytes]").first().waitFor();
  await picture("trash");
  await closeDialog();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await row(/^HMPPO, three users/).click();
  await page.keyboard.press("ArrowDown");
  await page.locator(".tree-run", { hasText: "paper" }).click({ modifiers: ["ControlOrMeta"] });
  await menu(opened, "overview.compare-parameters");
  await dialog().getByRole("table").first().waitFor();
  await picture("parameters");
  await closeDialog();
  await menu(opened, "about");
  await dialog().getByText("Kernels").waitFor();
  await picture("about");
  await closeDialog();
}

async function narrow(): Promise<void> {
  await row(/^Users and learning rate/).click();
  await resize(opened, 1024, 720);
  await picture("narrow");
  await page.getByRole("button", { name: "Inspector" }).click();
  await dialog().locator(".inspector").waitFor();
  await picture("narrow-inspector");
  await closeDialog();
  await resize(opened, 1280, 800);
}

/** What a bug of the window looks like; the stack would name the folders of the machine that takes the picture. */
async function crash(): Promise<void> {
  await page.evaluate(() => {
    setTimeout(() => {
      throw Object.assign(new Error(), { stack: "RangeError: an example of a bug\n    at draw (line-chart)" });
    });
  });
  await page.locator('[data-screen="crash"]').getByText("Chromium").waitFor();
  await picture("crash");
}

async function trainOne(): Promise<string> {
  const order = { scenario: "emulator-tuning", learner: "hmppo", preset: "smoke", seeds: [1], name: "A first look" };
  const [run] = await client.call("runs.create", { ...order, set: { steps: 4096, evaluationEvery: 1024 } });
  if (run === undefined) throw new Error("no run was made");
  await settled(client, [run.id]);
  return run.id;
}

/** A sweep, three seeds of two learners, a fork, a run that was stopped and one with a long name. */
async function train(first: string): Promise<void> {
  const order = { scenario: "emulator-tuning", learner: "hmppo", preset: "smoke", seeds: [1, 2, 3] };
  const set = { steps: 8192, evaluationEvery: 1024, checkpointEvery: 4096 };
  const longer = { steps: 20_480, evaluationEvery: 2048, checkpointEvery: 10_240 };
  const runs = [
    ...(await client.call("runs.create", { ...order, preset: "small", set: longer, name: "HMPPO, three users" })),
    ...(await client.call("runs.create", {
      ...order,
      preset: "small",
      set: longer,
      learner: "ippo",
      name: "IPPO, three users",
    })),
    ...(await client.call("runs.create", {
      ...order,
      set,
      vary: { users: [3, 6, 9], learningRate: [0.0003, 0.003] },
      combine: "grid",
      name: "Users and learning rate",
    })),
    ...(await client.call("runs.create", {
      ...order,
      set: { ...set, steps: 2048 },
      seeds: [1],
      name: "A long name of an experiment, as people type them when nobody stops them, up to its end",
    })),
  ];
  await client.call("desk.change", {
    items: [{ kind: "run", id: first }],
    change: { addTags: ["draft"] },
  });
  await settled(
    client,
    runs.map(({ id }) => id),
  );
  const checkpoints = await client.call("checkpoints.list", { run: runs[0]?.id ?? "" });
  const half = checkpoints.find(({ step }) => step > 0 && step < 20_480) ?? checkpoints[0];
  const fork = await client.call("runs.fork", {
    checkpoint: half?.id ?? "",
    set: { steps: 24_576, gamma: 0.95 },
    name: "Higher discount",
  });
  await client.call("desk.change", {
    items: [{ kind: "run", id: fork.id }],
    change: { addTags: ["paper"], notes: "Does a **longer view** help with three users?" },
  });
  await settled(client, [fork.id]);
}
