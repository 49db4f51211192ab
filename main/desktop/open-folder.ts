import { spawn } from "node:child_process";
import { app, type BrowserWindow, dialog } from "electron";
import { dataFolder } from "../platform/data-folder.ts";
import { applicationRoot } from "../platform/paths.ts";
import { UserError } from "../platform/user-error.ts";

/** Asks for a folder with the system's own dialog; undefined when the person thought better of it. */
export async function chooseFolder(window: BrowserWindow): Promise<string | undefined> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, {
    title: "Open data folder",
    buttonLabel: "Open",
    properties: ["openDirectory", "createDirectory"],
  });
  return canceled ? undefined : filePaths[0];
}

/**
 * Opens another data folder as another process of the app; where one has it open already, that one comes to the front
 * and the new one ends. Answers the process's id.
 * @throws UserError `data-folder-not-writable`
 */
export function openOtherFolder(folder: string): number | undefined {
  dataFolder(folder);
  // Only root, for whom Chromium has no sandbox, starts without one.
  const sandbox = app.commandLine.hasSwitch("no-sandbox") ? ["--no-sandbox"] : [];
  const program = app.isPackaged ? [] : [applicationRoot];
  const child = spawn(process.execPath, [...sandbox, ...program, "--data", folder], {
    detached: true,
    stdio: "ignore",
  });
  child.unref();
  return child.pid;
}

/** Says why a folder cannot be used; other errors are bugs. */
export async function explainFolder(error: unknown, window: BrowserWindow): Promise<void> {
  if (!(error instanceof UserError)) throw error;
  await dialog.showMessageBox(window, {
    type: "error",
    title: "Edgeloom",
    message: "This folder cannot be used for data.",
    detail: error.message,
    buttons: ["OK"],
    noLink: true,
  });
}
