import path from "node:path";
import { clipboard, type IpcMainInvokeEvent, ipcMain, shell, type WebContents } from "electron";
import { z } from "zod";
import { channels, type MethodName, methods } from "../../preload/contract.ts";
import { appOrigin, isInside } from "./containment.ts";
import type { EngineConnection } from "./engine-connection.ts";
import { versions } from "./versions.ts";

/** Methods that the window has no business calling: they end the engine or write files where they are told to. */
const withheld: ReadonlySet<MethodName> = new Set<MethodName>(["engine.stop", "rows.write"]);

/** The longest text the window may put on the clipboard. */
const copySchema = z.string().max(1024 * 1024);

/** Answers the window's messages. Each one must come from the top frame of our own page. */
export function answerWindow(contents: WebContents, connection: EngineConnection, dataFolder: string): void {
  const handle = (channel: string, answer: (...values: unknown[]) => unknown): void => {
    ipcMain.removeHandler(channel);
    ipcMain.handle(channel, (event, ...values: unknown[]) => {
      checkSender(event, contents);
      return answer(...values);
    });
  };
  handle(channels.call, (method, params) => {
    if (!isAllowed(method)) throw new Error(`the window may not call "${String(method)}"`);
    // The shell needs the runs' events for itself, whatever the window wants.
    const wanted = method === "subscribe" && isRecord(params) ? { ...params, runs: true } : params;
    return connection.callUnchecked(method, wanted);
  });
  handle(channels.engine, () => connection.status);
  handle(channels.reconnect, () => connection.retry());
  handle(channels.versions, versions);
  handle(channels.showFolder, (folder) => openInside(dataFolder, z.string().parse(folder)));
  handle(channels.copyText, (text) => clipboard.writeText(copySchema.parse(text)));
}

function isAllowed(method: unknown): method is MethodName {
  return typeof method === "string" && Object.hasOwn(methods, method) && !withheld.has(method as MethodName);
}

function checkSender(event: IpcMainInvokeEvent, contents: WebContents): void {
  const frame = event.senderFrame;
  const ours = event.sender === contents && frame !== null && frame === contents.mainFrame;
  if (!ours || !frame.url.startsWith(`${appOrigin}/`)) {
    throw new Error(`a message from ${frame?.url ?? "a frame that is gone"} was refused`);
  }
}

async function openInside(dataFolder: string, folder: string): Promise<void> {
  const target = path.resolve(folder);
  if (!isInside(dataFolder, target)) throw new Error(`${target} is not inside the data folder`);
  const problem = await shell.openPath(target);
  if (problem !== "") throw new Error(`${target} could not be shown: ${problem}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
