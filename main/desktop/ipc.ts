import { statSync } from "node:fs";
import path from "node:path";
import { clipboard, type IpcMainInvokeEvent, ipcMain, shell } from "electron";
import { z } from "zod";
import {
  type Answer,
  channels,
  type MenuCommands,
  menuCommandsSchema,
  preferenceChangeSchema,
  type ShellAction,
  type ShellPreferences,
  shellActionSchema,
} from "../../preload/contract.ts";
import { UserError } from "../platform/user-error.ts";
import { checkCall } from "./calls.ts";
import { appOrigin, isInside } from "./containment.ts";
import { versions } from "./versions.ts";
import type { AppWindow, Windows } from "./windows.ts";

/** The longest text the window may put on the clipboard. */
const copySchema = z.string().max(1024 * 1024);
const pathSchema = z
  .string()
  .max(4096)
  .regex(/^[^\0]*$/, "a path has no NUL");

/** What the shell does when a window asks for it. */
export interface ShellServices {
  readonly dataFolder: string;
  readonly preferences: ShellPreferences;
  setCommands(commands: MenuCommands): void;
  change(preferences: Partial<ShellPreferences>): void;
  recent(): readonly string[];
  openFolder(folder: string): void;
  act(action: ShellAction, from: AppWindow): Promise<void>;
}

/**
 * Answers the windows' messages. Each one must come from the top frame of a window's own page, and is answered for that
 * window only; what is wrong with its content comes back as a value.
 */
export function answerWindows(windows: Windows, services: ShellServices): void {
  const handle = (channel: string, answer: (from: AppWindow, ...values: unknown[]) => unknown): void =>
    ipcMain.handle(channel, (event, ...values: unknown[]) => answer(sender(event, windows), ...values));
  /** For what may be refused, or be not as the contract says. */
  const handleChecked = <T>(
    channel: string,
    schema: z.ZodType<T>,
    act: (value: T, from: AppWindow) => void | Promise<void>,
  ): void =>
    handle(channel, async (from, value): Promise<Answer<null>> => {
      const parsed = schema.safeParse(value);
      if (!parsed.success) return invalid(parsed.error);
      try {
        await act(parsed.data, from);
        return { ok: true, value: null };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const { code, message, hint } = error;
        return { ok: false, error: { code, message, hint } };
      }
    });

  handle(channels.call, (from, method, params) => {
    const checked = checkCall(method, params);
    if (!checked.ok) return checked;
    return from.connection.call(checked.value.method, checked.value.params);
  });
  handle(channels.engine, (from) => from.connection.status);
  handle(channels.reconnect, (from) => from.connection.retry());
  handle(channels.versions, () => versions());
  handle(channels.preferences, () => services.preferences);
  handle(channels.recent, () => services.recent());
  handleChecked(channels.commands, menuCommandsSchema, (commands) => services.setCommands(commands));
  handleChecked(channels.showFolder, pathSchema, (folder) => openInside(services.dataFolder, folder));
  handleChecked(channels.copyText, copySchema, (text) => clipboard.writeText(text));
  handleChecked(channels.setPreferences, preferenceChangeSchema, (change) => services.change(change));
  handleChecked(channels.openRecent, pathSchema, (folder) => {
    if (!services.recent().includes(folder)) {
      throw new UserError("folder-unknown", `${folder} is none of the recent data folders.`, "Use Open data folder.");
    }
    services.openFolder(folder);
  });
  handleChecked(channels.act, shellActionSchema, (action, from) => services.act(action, from));
}

function sender(event: IpcMainInvokeEvent, windows: Windows): AppWindow {
  const from = windows.of(event.sender);
  const frame = event.senderFrame;
  const ours = from !== undefined && frame !== null && frame === event.sender.mainFrame;
  if (!ours || !frame.url.startsWith(`${appOrigin}/`)) {
    throw new Error(`a message from ${frame?.url ?? "a frame that is gone"} was refused`);
  }
  return from;
}

function invalid(error: z.ZodError): Answer<never> {
  const issue = error.issues[0];
  const field = issue?.path.join(".") ?? "";
  const message = `${field === "" ? "" : `${field}: `}${issue?.message ?? "not as the contract says"}`;
  return { ok: false, error: { code: "parameters-invalid", message, hint: "", field } };
}

async function openInside(dataFolder: string, folder: string): Promise<void> {
  const target = path.resolve(folder);
  if (!isInside(dataFolder, target)) {
    throw new UserError("folder-outside", `${target} is not inside the data folder`, "");
  }
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UserError("folder-not-there", `${target} is not a folder`, "");
  }
  const problem = await shell.openPath(target);
  if (problem !== "") throw new UserError("folder-not-shown", `${target} could not be shown: ${problem}`, "");
}
