import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright";
import { _electron } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../main/link/connect.ts";
import { livingEngine } from "../../main/link/engine-lock.ts";
import { applicationRoot } from "../../main/platform/paths.ts";
import { cleanUp, closeApp, type Folders, makeFolders, menu, type Opened, openApp } from "./app.ts";

const patience = { timeout: 20_000 };

/** What a stand-in for a message box was asked, and what it answers next. */
interface Asked {
  message: string;
  detail: string;
  buttons: string[];
}
type Recording = typeof globalThis & { asked: Asked[]; answers: number[] };

/** Answers the shell's message boxes in turn; the last answer is repeated. */
async function answerBoxes(opened: Opened, ...answers: number[]): Promise<void> {
  await opened.app.evaluate(({ dialog }, given) => {
    const recording = globalThis as Recording;
    Object.assign(recording, { asked: [], answers: given });
    Object.assign(dialog, {
      showMessageBox: async (...words: unknown[]) => {
        recording.asked.push(words.at(-1) as Asked);
        const response = recording.answers.length > 1 ? recording.answers.shift() : recording.answers[0];
        return { response, checkboxChecked: false };
      },
    });
  }, answers);
}
const asked = (opened: Opened) =>
  opened.app.evaluate(() => (globalThis as Recording).asked.map(({ message, detail }) => `${message}\n${detail}`));

async function usable(page: Page): Promise<Page> {
  await page.waitForFunction(() => document.title.endsWith("- Edgeloom"), undefined, patience);
  return page;
}

/** As the palette does it; the page may be gone before its answer. */
async function close(page: Page): Promise<void> {
  await page.evaluate(() => window.edgeloom.act("close-window")).catch(() => undefined);
}

describe("several windows on one data folder", () => {
  const folders: Folders = makeFolders("ask");
  let opened: Opened;
  let second: Page;
  beforeAll(async () => {
    opened = await openApp(folders);
  });
  afterAll(() => cleanUp(folders));

  it("opens another beside the first, on the same engine", async () => {
    const coming = opened.app.waitForEvent("window");
    await opened.page.locator("body").press("Control+Shift+N");
    second = await usable(await coming);
    const info = (page: Page) => page.evaluate(() => window.edgeloom.call("engine.info", {}));
    const [one, two] = [await info(opened.page), await info(second)];
    expect(one.ok && two.ok && one.value.pid === two.value.pid).toBe(true);
    const places = await opened.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((window) => window.getBounds()),
    );
    expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(2);
  });

  it("gives each window the points that it asked for, and no other", async () => {
    const client = await connect(folders.data, "cli");
    const [run] = await client.call("runs.create", {
      scenario: "emulator-tuning",
      learner: "hmppo",
      preset: "smoke",
      set: { steps: 40_960 },
      seeds: [1],
      name: "Windows",
    });
    client.close();
    const id = run?.id ?? "";
    const metric = "train/explained_variance";
    for (const page of [opened.page, second]) {
      await page.evaluate((wanted) => {
        const seen = { points: 0, runs: 0 };
        Object.assign(window, { seen });
        window.edgeloom.listen("run", () => seen.runs++);
        window.edgeloom.listen("points", ({ batches }) => {
          seen.points += batches.filter((batch) => batch.metric === wanted).length;
        });
      }, metric);
    }
    const seen = (page: Page) =>
      page.evaluate(() => (window as unknown as { seen: { points: number; runs: number } }).seen);
    // Again and again: the window's own charts ask for what they show, in its place.
    const subscribed = async () => {
      const points = [{ run: id, metric }];
      await opened.page.evaluate((wanted) => window.edgeloom.call("subscribe", { runs: true, points: wanted }), points);
      return (await seen(opened.page)).points;
    };
    await expect.poll(subscribed, patience).toBeGreaterThan(0);
    // Both hear of the runs, only one has the points.
    await expect.poll(async () => (await seen(second)).runs, patience).toBeGreaterThan(0);
    expect((await seen(second)).points).toBe(0);
  });

  it("follows a preference that another window has changed", async () => {
    await second.evaluate(() => window.edgeloom.setPreferences({ theme: "dark" }));
    const dark = (page: Page) => page.evaluate(() => window.matchMedia("(prefers-color-scheme: dark)").matches);
    await expect.poll(() => dark(opened.page), patience).toBe(true);
    const checked = await opened.app.evaluate(
      ({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById("theme-dark")?.checked,
    );
    expect(checked).toBe(true);
    await second.evaluate(() => window.edgeloom.setPreferences({ theme: "system" }));
  });

  it("follows the system while it runs", async () => {
    const scheme = () => opened.page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
    for (const theme of ["dark", "light"] as const) {
      await opened.app.evaluate(({ nativeTheme }, source) => {
        nativeTheme.themeSource = source;
      }, theme);
      await expect.poll(scheme, patience).toBe(theme);
    }
    await opened.app.evaluate(({ nativeTheme }) => {
      nativeTheme.themeSource = "system";
    });
  });

  it("tells the engine that the computer has slept, and notes it in the log", async () => {
    await opened.app.evaluate(({ powerMonitor }) => {
      powerMonitor.emit("suspend");
      powerMonitor.emit("resume");
    });
    const log = () => readFileSync(path.join(folders.userData, "desktop.log"), "utf8");
    await expect.poll(log, patience).toContain("the computer goes to sleep");
    await expect.poll(log, patience).toContain("the computer woke up");
    expect(log()).not.toContain("queue.slept:");
  });

  it("asks about runs only when the last window closes", async () => {
    const client = await connect(folders.data, "cli");
    await client.call("runs.create", {
      scenario: "emulator-tuning",
      learner: "hmppo",
      preset: "report",
      set: {},
      seeds: [2],
      name: "Long",
    });
    client.close();
    await opened.page.waitForFunction(
      async () => {
        const runs = await window.edgeloom.call("runs.list", {});
        return runs.ok && runs.value.some(({ name, state }) => name === "Long" && state === "running");
      },
      undefined,
      patience,
    );
    await answerBoxes(opened, 3);
    await close(second);
    await expect.poll(() => opened.app.windows().length, patience).toBe(1);
    expect(await asked(opened)).toEqual([]);
    await close(opened.page);
    await expect.poll(() => asked(opened), patience).toEqual([expect.stringContaining("still going.")]);
    expect(opened.app.windows()).toHaveLength(1);
    await answerBoxes(opened, 2);
    await closeApp(opened);
  });
});

describe("a page whose process is gone", () => {
  const folders = makeFolders();
  let opened: Opened;
  beforeAll(async () => {
    opened = await openApp(folders);
  });
  afterAll(async () => {
    await closeApp(opened);
    await cleanUp(folders);
  });
  const title = () => opened.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle());
  const pid = () =>
    opened.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId() ?? 0);

  it("says so with details to copy, and starts anew", async () => {
    const before = await pid();
    // Copy the details, show the log, restart.
    await answerBoxes(opened, 1, 3, 0);
    await opened.app.evaluate(({ clipboard, shell }) => {
      clipboard.clear();
      shell.showItemInFolder = (file) => void Object.assign(globalThis, { shownFile: file });
    });
    process.kill(before, "SIGKILL");
    await expect.poll(async () => (await asked(opened)).length, patience).toBe(3);
    const [first] = await asked(opened);
    expect(first).toContain("This window's page has ended.");
    expect(first).toContain("killed");
    expect(first).toContain("Electron: ");
    expect(await opened.app.evaluate(({ clipboard }) => clipboard.readText())).toContain("The page's process is gone");
    expect(await opened.app.evaluate(() => (globalThis as { shownFile?: string }).shownFile)).toContain("desktop.log");
    await expect.poll(pid, patience).not.toBe(before);
    const answers = () =>
      opened.app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(
          'window.edgeloom.call("engine.info", {}).then(({ ok }) => ok)',
        ),
      );
    await expect.poll(answers, patience).toBe(true);
    await expect.poll(title, patience).toMatch(/- Edgeloom$/);
  });

  it("is started anew where it does not answer", async () => {
    await answerBoxes(opened, 0);
    const before = await pid();
    await opened.app.evaluate(({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows()[0];
      void window?.webContents.executeJavaScript("setTimeout(() => { for (;;) {} })");
      // Chromium would say so after some seconds of a person's clicking.
      window?.emit("unresponsive");
    });
    await expect.poll(async () => asked(opened), patience).toEqual([expect.stringContaining("does not answer")]);
    await expect.poll(pid, patience).not.toBe(before);
    await expect.poll(title, patience).toMatch(/- Edgeloom$/);
  });
});

describe("data folders", () => {
  const base = mkdtempSync(path.join(tmpdir(), "edgeloom-e2e-"));
  const [one, other] = [path.join(base, "one"), path.join(base, "other")];
  const config = path.join(base, "config");
  let opened: Opened;
  beforeAll(async () => {
    for (const folder of [one, other, config]) mkdirSync(folder);
    const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    // Without a user-data folder of its own: as a person starts it.
    const app = await _electron.launch({
      args: [...sandbox, applicationRoot, "--data", one],
      env: { ...process.env, XDG_CONFIG_HOME: config } as Record<string, string>,
      colorScheme: null,
    });
    opened = { app, page: await usable(await app.firstWindow()) };
  });
  afterAll(async () => {
    await closeApp(opened);
    for (const data of [one, other]) {
      if (livingEngine(data) === undefined) continue;
      const client = await connect(data, "cli");
      await client.call("engine.stop", {});
      client.close();
    }
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  });

  const choose = (folder: string | undefined) =>
    opened.app.evaluate(({ dialog }, chosen) => {
      const answer = { canceled: chosen === undefined, filePaths: chosen === undefined ? [] : [chosen] };
      Object.assign(dialog, { showOpenDialog: async () => answer });
    }, folder);
  const logs = () =>
    readFileSync(path.join(config, "Edgeloom", "windows", path.basename(userData), "desktop.log"), "utf8");
  let userData = "";

  it("opens another one as a process of its own, and lists it as recent", async () => {
    userData = await opened.app.evaluate(({ app }) => app.getPath("userData"));
    await choose(undefined);
    await menu(opened, "open-folder");
    await choose(other);
    await menu(opened, "open-folder");
    await expect.poll(() => livingEngine(other) !== undefined, patience).toBe(true);
    expect(opened.app.windows()).toHaveLength(1);
    const list = () => opened.page.evaluate(() => window.edgeloom.recent());
    await expect.poll(list, patience).toEqual([other, one]);
    const [, pid] = /opened .* as process (\d+)/.exec(logs()) ?? [];
    // Asked again, it comes to the front and no third process stays.
    await opened.page.evaluate((folder) => window.edgeloom.openRecent(folder), other);
    await expect
      .poll(() => [...logs().matchAll(/as process (\d+)/g)].map(([, found]) => found).length, patience)
      .toBe(2);
    const again = Number([...logs().matchAll(/as process (\d+)/g)].at(-1)?.[1]);
    await expect.poll(() => isAlive(again), patience).toBe(false);
    expect(isAlive(Number(pid))).toBe(true);
    process.kill(Number(pid), "SIGTERM");
    await expect.poll(() => isAlive(Number(pid)), patience).toBe(false);
  });

  it("says why a folder cannot be used", async () => {
    const file = path.join(base, "file");
    writeFileSync(file, "");
    await answerBoxes(opened, 0);
    await choose(path.join(file, "inside"));
    await menu(opened, "open-folder");
    await expect.poll(() => asked(opened), patience).toEqual([expect.stringContaining("cannot be written (ENOTDIR)")]);
  });

  it("forgets the list on demand", async () => {
    await menu(opened, "clear-recent");
    await expect.poll(() => opened.page.evaluate(() => window.edgeloom.recent()), patience).toEqual([one]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false; // no such process
  }
}
