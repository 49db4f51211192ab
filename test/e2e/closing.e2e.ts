import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../../main/link/connect.ts";
import { cleanUp, type Folders, makeFolders, type Opened, openApp } from "./app.ts";

const patience = { timeout: 30_000 };
const folders: Folders = makeFolders("ask");
let opened: Opened;

beforeAll(async () => {
  opened = await openApp(folders);
});
afterAll(() => cleanUp(folders));

interface Recorded {
  questions: string[];
  notes: string[];
}
type Recording = typeof globalThis & { recorded: Recorded };

/** Answers the question at closing with a button, and notes down what the shell shows. */
async function answerQuestion(button: number, remember: boolean): Promise<void> {
  await opened.app.evaluate(
    ({ dialog, Notification }, answer) => {
      const recorded: Recorded = { questions: [], notes: [] };
      Object.assign(globalThis, { recorded });
      const show = async (...given: unknown[]) => {
        recorded.questions.push((given.at(-1) as { message: string }).message);
        return { response: answer.button, checkboxChecked: answer.remember };
      };
      dialog.showMessageBox = show;
      Notification.isSupported = () => true;
      Notification.prototype.show = function (this: { title: string }) {
        recorded.notes.push(this.title);
      };
    },
    { button, remember },
  );
}
const recorded = () => opened.app.evaluate(() => (globalThis as Recording).recorded);
const close = () => opened.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
const start = (preset: string, seed: number, set: Record<string, number> = {}) =>
  opened.page.evaluate(
    (params) => window.edgeloom.call("runs.create", { scenario: "emulator-tuning", learner: "hmppo", ...params }),
    { preset, set, seeds: [seed], name: "Closing" },
  );

it("lets the system sleep only while nothing runs, and tells of a run's end when nobody looks", async () => {
  await answerQuestion(3, false);
  const blocked = () =>
    opened.app.evaluate(({ powerSaveBlocker }) => [0, 1, 2, 3].some((id) => powerSaveBlocker.isStarted(id)));
  expect(await blocked()).toBe(false);
  await opened.app.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows()[0];
    if (window !== undefined) window.isFocused = () => false;
  });
  await start("smoke", 1, { steps: 8192 });
  await expect.poll(blocked, patience).toBe(true);
  await opened.page.locator('.tree-run[data-state="finished"]').waitFor();
  await expect.poll(blocked, patience).toBe(false);
  expect((await recorded()).notes).toEqual(["Closing, seed 1, has finished"]);
});

it("asks once when runs are going, and stays open on Cancel", async () => {
  await start("report", 2);
  await opened.page.locator('.tree-run[data-state="running"]').waitFor();
  await close();
  await expect.poll(async () => (await recorded()).questions, patience).toEqual(["One run is still going."]);
  expect(opened.app.windows()).toHaveLength(1);
});

it("pauses the runs at a checkpoint where that is chosen, and remembers it", async () => {
  await answerQuestion(1, true);
  const gone = new Promise<void>((resolve) => opened.app.process().once("exit", () => resolve()));
  await close();
  await gone;
  const client = await connect(folders.data, "cli");
  const state = async () => (await client.call("runs.list", {})).find((run) => run.seed === 2)?.state;
  await expect.poll(state, patience).toBe("paused");
  client.close();
  opened = await openApp(folders);
  const checked = await opened.app.evaluate(
    ({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById("closing-pause")?.checked,
  );
  expect(checked).toBe(true);
});

it("does not ask where nothing runs", async () => {
  await answerQuestion(3, false);
  const gone = new Promise<void>((resolve) => opened.app.process().once("exit", () => resolve()));
  await close();
  await gone;
});
