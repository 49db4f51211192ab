/**
 * The shell: one window on one data folder. It holds no state of runs and loads no native module; the engine does the
 * work, and goes on without a window.
 */
import { createHash } from "node:crypto";
import path from "node:path";
import {
  app,
  type BrowserWindow,
  dialog,
  Menu,
  Notification,
  nativeTheme,
  powerSaveBlocker,
  session,
  shell,
} from "electron";
import { channels, type MenuCommand, type RunSummary } from "../../preload/contract.ts";
import { dataFolder } from "../platform/data-folder.ts";
import { applicationRoot } from "../platform/paths.ts";
import { UserError } from "../platform/user-error.ts";
import { closingChoice } from "./closing.ts";
import { dataOption } from "./command-line.ts";
import { showCrashes } from "./crash.ts";
import { EngineConnection } from "./engine-connection.ts";
import { answerWindow } from "./ipc.ts";
import { ShellLog } from "./log.ts";
import { buildMenu } from "./menu.ts";
import { Preferences } from "./preferences.ts";
import { declareScheme, serveWindow } from "./protocol.ts";
import { isWorking, RunWatch } from "./run-watch.ts";
import { confine, createWindow } from "./window.ts";

const started = process.getCreationTime() ?? Date.now();

try {
  const folder = dataFolder(dataOption(process.argv.slice(1)));
  keepToItself(folder);
  if (app.requestSingleInstanceLock()) start(folder);
  else app.quit();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  const { message, hint } = error;
  console.error(`Edgeloom cannot start: ${message} ${hint}`);
  void app.whenReady().then(() => {
    dialog.showErrorBox("Edgeloom cannot start", `${message} ${hint}`);
    app.exit(1);
  });
}

/** One window a data folder: Electron's single-instance lock is the user-data folder's. */
function keepToItself(folder: string): void {
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  const own = path.join(app.getPath("appData"), "Edgeloom", "windows", name);
  app.setPath("userData", app.commandLine.getSwitchValue("user-data-dir") || own);
}

function start(folder: string): void {
  const userData = app.getPath("userData");
  const log = new ShellLog(userData);
  showCrashes(log);
  const preferences = new Preferences(userData);
  declareScheme();
  let window: BrowserWindow | undefined;
  let blocker: number | undefined;

  const toWindow = (channel: string, ...values: unknown[]): void => {
    if (window !== undefined && !window.isDestroyed()) window.webContents.send(channel, ...values);
  };
  const watch = new RunWatch({
    working: (any) => {
      if (any) blocker = powerSaveBlocker.start("prevent-app-suspension");
      else if (blocker !== undefined) powerSaveBlocker.stop(blocker);
    },
    ended: (run) => {
      if (window?.isFocused() !== true) notify(run, () => show(window));
    },
  });
  // Begins at once: the engine starts while Chromium does.
  const connection = new EngineConnection(folder, {
    status: (status) => {
      log.write(`engine ${status.state}: ${status.text}`);
      toWindow(channels.engine, status);
    },
    runs: (runs) => watch.replace(runs),
    event: (name, payload) => {
      if (name === "run") watch.update(payload as RunSummary);
      toWindow(channels.event, name, payload);
    },
  });

  nativeTheme.themeSource = preferences.values.theme;
  const setMenu = (): void =>
    Menu.setApplicationMenu(
      buildMenu(
        {
          send: (command: MenuCommand) => toWindow(channels.menu, command),
          setTheme: (theme) => {
            preferences.set({ theme });
            nativeTheme.themeSource = theme;
          },
          setWhenClosing: (whenClosing) => preferences.set({ whenClosing }),
          showDataFolder: () => void shell.openPath(folder),
          showLog: () => shell.showItemInFolder(log.file),
          quit: () => window?.close(),
        },
        preferences.values,
      ),
    );

  app.on("web-contents-created", (_event, contents) => confine(contents));
  app.on("second-instance", () => show(window));
  app.on("window-all-closed", () => app.quit());
  app.on("will-quit", () => connection.close());

  void app.whenReady().then(() => {
    serveWindow(session.defaultSession, path.join(applicationRoot, "out", "renderer"));
    setMenu();
    window = createWindow(preferences, nativeTheme.shouldUseDarkColors);
    answerWindow(window.webContents, connection, folder);
    // The page names itself once its first list is drawn.
    window.webContents.once("page-title-updated", () => {
      log.write(`window usable ${Math.round(Date.now() - started)} ms after the process began`);
    });
    window.webContents.on("render-process-gone", (_event, { reason, exitCode }) => {
      if (reason === "clean-exit") return;
      throw new Error(`the page's process is gone: ${reason}, exit code ${exitCode}`);
    });
    confirmClosing(window);
  });

  /** Asks what becomes of runs that are going, before the window closes. */
  function confirmClosing(closing: BrowserWindow): void {
    let decided = false;
    closing.on("close", (event) => {
      if (decided || watch.pending.length === 0) return;
      event.preventDefault();
      void decide(closing).then((close) => {
        decided = close;
        if (close) closing.close();
      });
    });
  }

  async function decide(closing: BrowserWindow): Promise<boolean> {
    const choice = await closingChoice(closing, preferences, watch.pending);
    if (choice === undefined) return false;
    setMenu();
    if (choice === "keep") return true;
    // Waiting runs first: a place that becomes free would start one of them.
    const waitingFirst = watch.pending.sort((a, b) => Number(isWorking(a)) - Number(isWorking(b)));
    for (const run of waitingFirst) {
      const answer = await connection.call("runs.command", { run: run.id, command: choice });
      if (!answer.ok) log.write(`${choice} ${run.id}: ${answer.error.message}`);
    }
    return true;
  }
}

function notify(run: RunSummary, click: () => void): void {
  if (!Notification.isSupported()) return;
  const title = `${run.name}, seed ${run.seed}, has ${run.state}`;
  const body = run.error?.message ?? `${run.step.toLocaleString("en")} steps in ${Math.round(run.wallSeconds)} s`;
  const notification = new Notification({ title, body });
  notification.on("click", click);
  notification.show();
}

function show(window: BrowserWindow | undefined): void {
  if (window === undefined || window.isDestroyed()) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
