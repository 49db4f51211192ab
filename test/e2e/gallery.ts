/**
 * Takes the pictures of docs/screens with the built app and real runs: `node test/e2e/gallery.ts` (under `xvfb-run -a
 * --server-args="-screen 0 1680x1050x24"` where there is no display).
 */
import path from "node:path";
import { connect } from "../../main/link/connect.ts";
import { applicationRoot } from "../../main/platform/paths.ts";
import { appearance, cleanUp, closeApp, makeFolders, menu, type Opened, openApp, resize } from "./app.ts";
import { settled } from "./project.ts";

const folders = makeFolders();
const opened: Opened = await openApp(folders);
const { page } = opened;
try {
  await resize(opened, 1280, 800);
  await appearance(opened, "light");
  await picture("empty");
  await train();
  // All five runs of three users; the inspector shows HMPPO's first.
  await page.locator(".tree-run").nth(7).click();
  await page
    .locator(".tree-run")
    .nth(3)
    .click({ modifiers: ["Shift"] });
  await menu(opened, "show-curves");
  await page.locator('.chart:not([data-points="0"])').first().waitFor();
  await page.locator(".checkpoints li").first().waitFor();
  await picture("main-light");
  await appearance(opened, "dark");
  await picture("main-dark");
  await appearance(opened, "light");
  await menu(opened, "new-run");
  await page.getByRole("dialog").getByRole("textbox", { name: "Users N" }).fill("9");
  await page.getByRole("dialog").getByRole("textbox", { name: "Seeds" }).fill("1..5");
  await picture("start-dialog");
  await page.keyboard.press("Escape");
  await resize(opened, 1024, 720);
  await menu(opened, "show-runs");
  await picture("narrow");
} finally {
  await closeApp(opened);
  await cleanUp(folders);
}

async function picture(name: string): Promise<void> {
  // Nothing hovered, and every transition over.
  await page.mouse.move(0, 0);
  await page.waitForTimeout(400);
  await page.screenshot({ path: path.join(applicationRoot, "docs", "screens", `${name}.png`) });
}

/** Three seeds of each learner at the small size, one of them still going. */
async function train(): Promise<void> {
  const client = await connect(folders.data, "cli");
  const create = (name: string, learner: string, seeds: number[], set: Record<string, number>) =>
    client.call("runs.create", { scenario: "emulator-tuning", learner, preset: "small", set, seeds, name });
  const finished = [
    ...(await create("IPPO, three users", "ippo", [1, 2], { evaluationEvery: 2048 })),
    ...(await create("HMPPO, three users", "hmppo", [1, 2, 3], { evaluationEvery: 2048 })),
  ];
  await settled(
    client,
    finished.map((run) => run.id),
  );
  const going = await create("HMPPO, six users", "hmppo", [1, 2, 3], { users: 6, steps: 200_000 });
  while ((await client.call("runs.list", {})).every(({ id, step }) => id !== going[0]?.id || step < 20_000)) {
    await page.waitForTimeout(100);
  }
  client.close();
}
