import { app, clipboard, dialog } from "electron";
import type { ShellLog } from "./log.ts";
import { versions } from "./versions.ts";

/** The text that "copy details" puts on the clipboard. */
export function crashDetails(error: unknown, about: Readonly<Record<string, string>>): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [stack, "", ...Object.entries(about).map(([name, value]) => `${name}: ${value}`)].join("\n");
}

/** An exception of the shell is a bug: it is logged and shown with its details; runs and engine go on without it. */
export function showCrashes(log: ShellLog): void {
  let showing = false;
  const crashed = (error: unknown): void => {
    const details = crashDetails(error, versions());
    log.write(`crash: ${details}`);
    if (showing) return;
    showing = true;
    void ask(details, log.file).finally(() => app.exit(1));
  };
  process.on("uncaughtException", crashed);
  process.on("unhandledRejection", crashed);
}

async function ask(details: string, logFile: string): Promise<void> {
  await app.whenReady();
  for (;;) {
    const { response } = await dialog.showMessageBox({
      type: "error",
      title: "Edgeloom",
      message: "The window met a bug and must close. Runs and their results are not affected.",
      detail: `${details}\n\nLog: ${logFile}`,
      buttons: ["Restart", "Copy details", "Close"],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    });
    if (response === 1) {
      await clipboard.writeText(details);
      continue;
    }
    if (response === 0) app.relaunch();
    return;
  }
}
