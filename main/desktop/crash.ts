import { app, type BrowserWindow, clipboard, dialog, shell } from "electron";
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
    const message = "The program met a bug and must close. Runs and their results are not affected.";
    void ask({ message, details, log, restart: "Restart", leave: "Close" }).then((restart) => {
      if (restart) app.relaunch();
      app.exit(1);
    });
  };
  process.on("uncaughtException", crashed);
  process.on("unhandledRejection", crashed);
}

/** Says so when the process of a window's page is gone or does not answer, and starts it anew where that is wanted. */
export function watchPage(window: BrowserWindow, log: ShellLog): void {
  const contents = window.webContents;
  let asking: AbortController | undefined;
  /** True while the page's process is ended on purpose. */
  let ending = false;

  /** Undefined when a later question, or an answer of the page itself, has taken the question's place. */
  const trouble = async (what: string, message: string, leave: string): Promise<boolean | undefined> => {
    const details = crashDetails(what, versions());
    log.write(`window: ${what}`);
    asking?.abort();
    const abort = new AbortController();
    asking = abort;
    const restart = await ask({ message, details, log, restart: "Restart the window", leave, window, abort });
    return abort.signal.aborted || window.isDestroyed() ? undefined : restart;
  };

  contents.on("render-process-gone", (_event, { reason, exitCode }) => {
    if (reason === "clean-exit" || ending) return;
    const what = `The page's process is gone: ${reason}, exit code ${exitCode}`;
    const message = "This window's page has ended. Runs and their results are not affected.";
    void trouble(what, message, "Close the window").then((restart) => {
      if (restart === true) contents.reload();
      if (restart === false) window.destroy();
    });
  });
  window.on("unresponsive", () => {
    const message = "This window does not answer. Runs and their results are not affected.";
    void trouble("The page does not answer", message, "Wait").then((restart) => {
      if (restart !== true) return;
      ending = true;
      contents.forcefullyCrashRenderer();
      contents.reload();
    });
  });
  window.on("responsive", () => asking?.abort());
  contents.on("did-finish-load", () => {
    ending = false;
  });
}

interface Question {
  readonly message: string;
  readonly details: string;
  readonly log: ShellLog;
  readonly restart: string;
  readonly leave: string;
  readonly window?: BrowserWindow;
  readonly abort?: AbortController;
}

/** Shows what happened until the person has decided; answers whether to start anew. */
async function ask({ message, details, log, restart, leave, window, abort }: Question): Promise<boolean> {
  await app.whenReady();
  const options = {
    type: "error" as const,
    title: "Edgeloom",
    message,
    detail: `${details}\n\nLog: ${log.file}`,
    buttons: [restart, "Copy details", leave, "Show the log"],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
    ...(abort === undefined ? {} : { signal: abort.signal }),
  };
  for (;;) {
    const asked = window === undefined ? dialog.showMessageBox(options) : dialog.showMessageBox(window, options);
    const { response } = await asked;
    if (response === 1) await clipboard.writeText(details);
    else if (response === 3) shell.showItemInFolder(log.file);
    else return response === 0;
  }
}
