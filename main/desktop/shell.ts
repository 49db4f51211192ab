import path from "node:path";
import { app, Menu, Notification, nativeTheme, powerMonitor, powerSaveBlocker, shell as system } from "electron";
import {
  channels,
  type MenuCommands,
  type RunSummary,
  type ShellAction,
  type ShellPreferences,
} from "../../preload/contract.ts";
import { engineLogPath } from "../link/connect.ts";
import { applicationRoot } from "../platform/paths.ts";
import { closingChoice } from "./closing.ts";
import { watchPage } from "./crash.ts";
import { EndNotices, type Notice } from "./end-notices.ts";
import { EngineConnection } from "./engine-connection.ts";
import { answerWindows, type ShellServices } from "./ipc.ts";
import type { ShellLog } from "./log.ts";
import { buildMenu } from "./menu.ts";
import { chooseFolder, explainFolder, openOtherFolder } from "./open-folder.ts";
import { PowerBlocker } from "./power-blocker.ts";
import { Preferences } from "./preferences.ts";
import type { RecentFolders } from "./recent-folders.ts";
import { isWorking, RunWatch } from "./run-watch.ts";
import { createWindow, ground } from "./window.ts";
import { type AppWindow, Windows } from "./windows.ts";

/** What the windows on a data folder have in common. */
export class Shell implements ShellServices {
  readonly dataFolder: string;
  readonly windows: Windows;
  private readonly log: ShellLog;
  private readonly recentFolders: RecentFolders;
  private readonly stored: Preferences;
  /** The shell's own, for what it does with runs itself; each window has another. */
  private readonly connection: EngineConnection;
  private readonly watch: RunWatch;
  private commands: MenuCommands = [];
  private progress = "";
  /** True once what becomes of the runs is decided. */
  private decided = false;

  constructor(dataFolder: string, log: ShellLog, recentFolders: RecentFolders) {
    this.dataFolder = dataFolder;
    this.log = log;
    this.recentFolders = recentFolders;
    this.stored = new Preferences(app.getPath("userData"));
    this.windows = new Windows(dataFolder, (before) => createWindow(this.stored, before));
    const blocker = new PowerBlocker(powerSaveBlocker);
    const notices = new EndNotices(
      (notice) => this.notify(notice),
      () => this.watch.pending.length,
    );
    this.watch = new RunWatch({
      working: (any) => blocker.set(any),
      ended: (run) => {
        if (this.windows.all.every(({ window }) => !window.isFocused())) notices.add(run);
      },
    });
    this.connection = new EngineConnection(dataFolder, {
      status: (status) => {
        log.write(`engine ${status.state}: ${status.text}`);
        if (status.state === "connected") void this.readRuns();
      },
      event: (name, payload) => {
        if (name !== "run") return;
        this.watch.update(payload as RunSummary);
        this.showProgress();
      },
    });
    nativeTheme.themeSource = this.stored.values.theme;
  }

  get preferences(): ShellPreferences {
    return this.stored.shared;
  }

  /** Opens the first window; the app is ready. */
  begin(): AppWindow {
    this.recentFolders.add(this.dataFolder);
    app.addRecentDocument(this.dataFolder);
    this.setMenu();
    answerWindows(this.windows, this);
    nativeTheme.on("updated", () => {
      for (const { window } of this.windows.all) window.setBackgroundColor(ground());
    });
    powerMonitor.on("suspend", () => this.slept("goes to sleep"));
    powerMonitor.on("resume", () => this.slept("woke up"));
    return this.openWindow();
  }

  close(): void {
    this.connection.close();
  }

  setCommands(commands: MenuCommands): void {
    if (JSON.stringify(commands) === JSON.stringify(this.commands)) return;
    this.commands = commands;
    this.setMenu();
  }

  change(preferences: Partial<ShellPreferences>): void {
    if (!this.stored.set(preferences)) return;
    nativeTheme.themeSource = this.stored.values.theme;
    this.setMenu();
    this.windows.sendAll(channels.preferences, this.preferences);
  }

  recent(): readonly string[] {
    return this.recentFolders.list();
  }

  openFolder(folder: string): void {
    if (path.resolve(folder) === this.dataFolder) {
      this.windows.show();
      return;
    }
    const pid = openOtherFolder(folder);
    this.log.write(`opened ${folder} as process ${pid ?? "none"}`);
  }

  async act(action: ShellAction, from: AppWindow): Promise<void> {
    switch (action) {
      case "new-window":
        this.openWindow();
        break;
      case "open-folder":
        await this.chooseFolder(from);
        break;
      case "clear-recent":
        this.recentFolders.clear(this.dataFolder);
        app.clearRecentDocuments();
        this.setMenu();
        break;
      case "show-data-folder":
        await system.openPath(this.dataFolder);
        break;
      case "close-window":
        from.window.close();
        break;
      case "show-log":
        system.showItemInFolder(this.log.file);
        break;
      case "show-engine-log":
        system.showItemInFolder(engineLogPath(this.dataFolder));
        break;
      case "show-licences":
        system.showItemInFolder(path.join(applicationRoot, "THIRD-PARTY-NOTICES.md"));
        break;
    }
  }

  private openWindow(): AppWindow {
    const opened = this.windows.open();
    watchPage(opened.window, this.log);
    this.confirmClosing(opened);
    return opened;
  }

  private setMenu(): void {
    // Entries of the menu act on the window in front, whichever that is then.
    const current = (use: (window: AppWindow) => void): void => {
      const window = this.windows.current;
      if (window !== undefined) use(window);
    };
    const actions = {
      send: (command: string) => current(({ window }) => window.webContents.send(channels.menu, command)),
      act: (action: ShellAction) => current((window) => void this.act(action, window)),
      openRecent: (folder: string) => current(({ window }) => void this.openOrExplain(folder, window)),
      change: (preferences: Partial<ShellPreferences>) => this.change(preferences),
      quit: () => void this.quit(),
    };
    const { commands, preferences } = this;
    const recent = this.recent().filter((folder) => folder !== this.dataFolder);
    Menu.setApplicationMenu(buildMenu(actions, { commands, preferences, recent }));
  }

  private async chooseFolder({ window }: AppWindow): Promise<void> {
    const folder = await chooseFolder(window);
    if (folder !== undefined) await this.openOrExplain(folder, window);
  }

  private async openOrExplain(folder: string, window: AppWindow["window"]): Promise<void> {
    try {
      this.openFolder(folder);
    } catch (error) {
      await explainFolder(error, window);
    }
  }

  private async readRuns(): Promise<void> {
    const runs = await this.connection.call("runs.list", {});
    // An engine that has gone again has its own status.
    if (!runs.ok) return;
    this.watch.replace(runs.value);
    this.showProgress();
  }

  /** In the taskbar, where the system has a place for it. */
  private showProgress(): void {
    const { progress } = this.watch;
    const shown = progress === undefined ? "" : progress.toFixed(2);
    if (shown === this.progress) return;
    this.progress = shown;
    for (const { window } of this.windows.all) window.setProgressBar(shown === "" ? -1 : Number(shown));
  }

  private notify({ title, body }: Notice): void {
    if (!this.stored.values.notifications || !Notification.isSupported()) return;
    const notification = new Notification({ title, body });
    notification.on("click", () => this.windows.show());
    notification.show();
  }

  private slept(what: string): void {
    this.log.write(`the computer ${what}`);
    void this.connection.call("queue.slept", {}).then((answer) => {
      if (!answer.ok) this.log.write(`queue.slept: ${answer.error.message}`);
    });
  }

  /** Asks what becomes of runs that are going, before the last window closes. */
  private confirmClosing({ window }: AppWindow): void {
    window.on("close", (event) => {
      if (this.decided || this.windows.all.length > 1 || this.watch.pending.length === 0) return;
      event.preventDefault();
      void this.decide(window).then((decided) => {
        if (decided) window.close();
      });
    });
  }

  /** Asks before the first window closes: all stay or all go. */
  private async quit(): Promise<void> {
    const { current } = this.windows;
    if (current === undefined || this.watch.pending.length === 0 || (await this.decide(current.window))) app.quit();
  }

  private async decide(window: AppWindow["window"]): Promise<boolean> {
    const choice = await closingChoice(window, this.stored, this.watch.pending);
    if (choice === undefined) return false;
    this.setMenu();
    if (choice !== "keep") {
      // Waiting runs first: a place that becomes free would start one of them.
      const waitingFirst = this.watch.pending.sort((a, b) => Number(isWorking(a)) - Number(isWorking(b)));
      for (const run of waitingFirst) {
        const answer = await this.connection.call("runs.command", { run: run.id, command: choice });
        if (!answer.ok) this.log.write(`${choice} ${run.id}: ${answer.error.message}`);
      }
    }
    this.decided = true;
    return true;
  }
}
