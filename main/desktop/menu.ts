import path from "node:path";
import { Menu, type MenuItemConstructorOptions } from "electron";
import {
  type ClosingChoice,
  closingChoiceSchema,
  type MenuCommands,
  type ShellAction,
  type ShellPreferences,
  type Theme,
  themeSchema,
} from "../../preload/contract.ts";
import { accelerator, commandsOf, shellKeys } from "./menu-layout.ts";

export interface MenuActions {
  /** Asks the window in front to carry out one of its commands. */
  send(command: string): void;
  act(action: ShellAction): void;
  openRecent(folder: string): void;
  change(preferences: Partial<ShellPreferences>): void;
  quit(): void;
}

export interface MenuContent {
  readonly commands: MenuCommands;
  readonly preferences: ShellPreferences;
  readonly recent: readonly string[];
}

const themeLabels: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };
const closingLabels: Record<ClosingChoice, string> = {
  ask: "Ask",
  keep: "Keep runs going",
  pause: "Pause runs at a checkpoint",
  stop: "Stop runs",
};

/** Entries that only show their keys: the page listens for them, in one place. macOS does not know such entries. */
const showOnly = process.platform !== "darwin";

/** The application menu: what the shell does itself, and every command of the window. */
export function buildMenu(actions: MenuActions, { commands, preferences, recent }: MenuContent): Menu {
  const keysOf = new Map(commands.map(({ id, keys }) => [id, keys]));
  const own = new Set<string>();
  const shell = (label: string, action: ShellAction): MenuItemConstructorOptions => {
    own.add(action);
    const keys = action in shellKeys ? shellKeys[action as keyof typeof shellKeys] : keysOf.get(action);
    return {
      id: action,
      label,
      accelerator: keys === undefined ? undefined : accelerator(keys, true),
      click: () => actions.act(action),
    };
  };
  const choice = (id: string, label: string, checked: boolean, click: () => void): MenuItemConstructorOptions => {
    own.add(id);
    return { id, label, type: "radio", checked, click };
  };
  const line: MenuItemConstructorOptions = { type: "separator" };

  const file = [
    shell("New window", "new-window"),
    shell("Open data folder...", "open-folder"),
    {
      label: "Open recent",
      submenu: [
        ...recent.map((folder) => ({
          label: label(path.basename(folder) === "" ? folder : `${path.basename(folder)} (${folder})`),
          click: () => actions.openRecent(folder),
        })),
        line,
        shell("Clear the list", "clear-recent"),
      ],
    },
    shell("Show the data folder", "show-data-folder"),
  ];
  const ending = [
    shell("Close the window", "close-window"),
    { label: "Quit", accelerator: "CmdOrCtrl+Q", click: () => actions.quit() },
  ];
  const appearance: MenuItemConstructorOptions = {
    label: "Appearance",
    submenu: themeSchema.options.map((theme) =>
      choice(`theme-${theme}`, themeLabels[theme], preferences.theme === theme, () => actions.change({ theme })),
    ),
  };
  const closing: MenuItemConstructorOptions = {
    label: "When the last window closes",
    submenu: closingChoiceSchema.options.map((whenClosing) =>
      choice(`closing-${whenClosing}`, closingLabels[whenClosing], preferences.whenClosing === whenClosing, () =>
        actions.change({ whenClosing }),
      ),
    ),
  };
  const help = [
    shell("Show the window's log", "show-log"),
    shell("Show the engine's log", "show-engine-log"),
    shell("Show the licences", "show-licences"),
  ];

  /** The window's commands that belong to a menu, each group after a line. */
  const given = (menu: string): MenuItemConstructorOptions[] =>
    commandsOf(menu, commands, own).flatMap((group) => [
      line,
      ...group.map(({ id, title, keys }) => ({
        id,
        label: label(title),
        accelerator: keys === undefined ? undefined : accelerator(keys, showOnly),
        registerAccelerator: false,
        click: () => actions.send(id),
      })),
    ]);

  const curves = given("&Curves").slice(1);
  return Menu.buildFromTemplate([
    { label: "&File", submenu: [...file, ...given("&File"), line, ...ending] },
    {
      label: "&Edit",
      submenu: [{ role: "undo" }, { role: "redo" }, line, { role: "cut" }, { role: "copy" }, { role: "paste" }],
    },
    {
      label: "&View",
      submenu: [
        ...given("&View").slice(1),
        line,
        appearance,
        line,
        { role: "zoomIn" },
        { role: "zoomOut" },
        { role: "resetZoom" },
        { role: "togglefullscreen" },
      ],
    },
    { label: "&Run", submenu: [...given("&Run").slice(1), line, closing] },
    ...(curves.length === 0 ? [] : [{ label: "&Curves", submenu: curves }]),
    { label: "&Help", submenu: [...given("&Help").slice(1), line, ...help] },
  ]);
}

/** An ampersand in a label would underline the letter after it. */
function label(text: string): string {
  return text.replaceAll("&", "&&");
}
