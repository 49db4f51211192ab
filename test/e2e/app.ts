/** Starts the built app on a data folder of its own, with the real engine and real trainers. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { _electron, type ElectronApplication, type Page } from "playwright";
import { connect } from "../../main/link/connect.ts";
import { livingEngine } from "../../main/link/engine-lock.ts";
import { applicationRoot } from "../../main/platform/paths.ts";

export interface Folders {
  readonly data: string;
  /** Electron's user data: window state and preferences. */
  readonly userData: string;
}

export interface Opened {
  readonly app: ElectronApplication;
  readonly page: Page;
}

/** Fresh folders; runs that are going when a test closes the window are kept without a question. */
export function makeFolders(whenClosing: "ask" | "keep" = "keep", name = "project"): Folders {
  const base = mkdtempSync(path.join(tmpdir(), "edgeloom-e2e-"));
  const folders = { data: path.join(base, name), userData: path.join(base, "user") };
  mkdirSync(folders.data);
  mkdirSync(folders.userData);
  writeFileSync(path.join(folders.userData, "desktop.json"), JSON.stringify({ whenClosing }));
  return folders;
}

/** The Electron that set-up has put into node_modules. */
export const electronExecutable: string = createRequire(import.meta.url)("electron");

/** The app's command line, without the executable. */
export function startWords({ data, userData }: Start): string[] {
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return [...sandbox, applicationRoot, `--user-data-dir=${userData}`, ...(data === undefined ? [] : ["--data", data])];
}

/** Starts the app and waits until its first list is drawn. */
export async function openApp({ data, userData }: Folders): Promise<Opened> {
  const opened = await launch({ data, userData });
  await opened.page.waitForFunction(() => document.title.endsWith("- Edgeloom"), undefined, { timeout: 30_000 });
  return opened;
}

interface Start {
  readonly userData: string;
  /** Undefined leaves out `--data`. */
  readonly data: string | undefined;
}

/** Starts the app, whatever it then shows. */
export async function launch({ data, userData }: Start, environment: Record<string, string> = {}): Promise<Opened> {
  const app = await _electron.launch({
    args: startWords({ data, userData }),
    env: { ...process.env, ...environment } as Record<string, string>,
    colorScheme: null,
  });
  const page = await app.firstWindow();
  page.setDefaultTimeout(30_000);
  return { app, page };
}

/** Closes the window as a person does, and waits until the process is gone. */
export async function closeApp({ app }: Opened): Promise<void> {
  const gone = new Promise<void>((resolve) => app.process().once("exit", () => resolve()));
  // A moment later, so that the answer to this very call comes before the process ends.
  await app.evaluate(({ BrowserWindow }) => {
    setTimeout(() => BrowserWindow.getAllWindows()[0]?.close(), 0);
  });
  await gone;
}

/** Stops every run and the engine of a data folder, and removes both folders. */
export async function cleanUp({ data }: Folders): Promise<void> {
  if (livingEngine(data) !== undefined) {
    const client = await connect(data, "cli");
    for (const { id, state } of await client.call("runs.list", {})) {
      if (state !== "finished" && state !== "cancelled")
        await client.call("runs.command", { run: id, command: "stop" });
    }
    const going = async () =>
      (await client.call("runs.list", {})).some(({ state }) => ["starting", "running", "pausing"].includes(state));
    for (let tries = 0; tries < 200 && (await going()); tries++) await sleep(50);
    await client.call("engine.stop", {});
    client.close();
    for (let tries = 0; tries < 100 && livingEngine(data) !== undefined; tries++) await sleep(50);
  }
  rmSync(path.dirname(data), { recursive: true, force: true, maxRetries: 5 });
}

/** Runs the command line in a process of its own; answers what it printed. */
export function edgeloom(data: string, ...words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [
      path.join(applicationRoot, "bin", "edgeloom.mjs"),
      ...words,
      "--data",
      data,
    ]);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (text += piece));
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve(text) : reject(new Error(`edgeloom ${words.join(" ")}: ${text}`)),
    );
  });
}

/** The process that serves a data folder. */
export function enginePid(data: string): number {
  const lock = livingEngine(data);
  if (lock === undefined) throw new Error("no engine serves the folder");
  return lock.pid;
}

/** Gives the window's contents a size in pixels and waits until they have it. */
export async function resize({ app, page }: Opened, width: number, height: number): Promise<void> {
  await app.evaluate(
    ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
    { width, height },
  );
  await page.waitForFunction((wanted) => window.innerWidth === wanted, width);
}

/** Switches the appearance as the View menu does. */
export async function appearance({ app, page }: Opened, theme: "light" | "dark"): Promise<void> {
  await app.evaluate(({ Menu }, id) => Menu.getApplicationMenu()?.getMenuItemById(id)?.click(), `theme-${theme}`);
  await page.waitForFunction(
    (dark) => window.matchMedia("(prefers-color-scheme: dark)").matches === dark,
    theme === "dark",
  );
}

/** Chooses an entry of the window's menu. */
export async function menu({ app }: Opened, id: string): Promise<void> {
  await app.evaluate(({ Menu }, item) => Menu.getApplicationMenu()?.getMenuItemById(item)?.click(), id);
}

/** Keeps a picture of the window in test-artefacts/. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(applicationRoot, "test-artefacts", `${name}.png`) });
}
