/**
 * The shell: windows on one data folder. It holds no state of runs and loads no native module; the engine does the
 * work, and goes on without a window.
 */
import { createHash } from "node:crypto";
import path from "node:path";
import { app, dialog, session } from "electron";
import { dataFolder } from "../platform/data-folder.ts";
import { applicationRoot } from "../platform/paths.ts";
import { UserError } from "../platform/user-error.ts";
import { dataOption } from "./command-line.ts";
import { showCrashes } from "./crash.ts";
import { ShellLog } from "./log.ts";
import { declareScheme, serveWindow } from "./protocol.ts";
import { RecentFolders } from "./recent-folders.ts";
import { Shell } from "./shell.ts";
import { confine } from "./window.ts";

const started = process.getCreationTime() ?? Date.now();

try {
  const folder = dataFolder(dataOption(process.argv.slice(1)));
  const shared = keepToItself(folder);
  if (app.requestSingleInstanceLock()) start(folder, shared);
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

/**
 * One process a data folder: Electron's single-instance lock is the user-data folder's. Answers the folder of what the
 * processes of all data folders share.
 */
function keepToItself(folder: string): string {
  const given = app.commandLine.getSwitchValue("user-data-dir");
  const shared = given || path.join(app.getPath("appData"), "Edgeloom");
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  app.setPath("userData", given || path.join(shared, "windows", name));
  return shared;
}

function start(folder: string, shared: string): void {
  const log = new ShellLog(app.getPath("userData"));
  showCrashes(log);
  declareScheme();
  app.on("web-contents-created", (_event, contents) => confine(contents));
  // Begins at once: the engine starts while Chromium does.
  const shell = new Shell(folder, log, new RecentFolders(shared));
  app.on("second-instance", () => shell.windows.show());
  app.on("window-all-closed", () => app.quit());
  app.on("will-quit", () => shell.close());
  void app.whenReady().then(() => {
    serveWindow(session.defaultSession, path.join(applicationRoot, "out", "renderer"));
    const { window } = shell.begin();
    // The page names itself once its first list is drawn.
    window.webContents.once("page-title-updated", () => {
      log.write(`window usable ${Math.round(Date.now() - started)} ms after the process began`);
    });
  });
}
