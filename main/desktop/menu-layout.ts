/** What the menus are made of, without Electron: which groups of commands go where, and which keys are taken. */
import type { commandGroups, MenuCommands } from "../../preload/contract.ts";

export type CommandGroup = (typeof commandGroups)[number];

/** Menus of the window's own commands; each group is a stretch between two lines. */
export const commandMenus: Readonly<Record<string, readonly CommandGroup[]>> = {
  "&File": ["Project", "Window"],
  "&View": ["View", "World"],
  "&Run": ["Run", "Queue"],
  "&Curves": ["Curves"],
  "&Help": ["Help"],
};

/** Entries that the shell carries out itself, also when the page does not answer; the palette has the same ids. */
export const shellKeys = {
  "new-window": "Mod+Shift+N",
  "open-folder": "Mod+O",
  "close-window": "Mod+W",
} as const;

/** Keys of the roles (editing, zoom, full screen, quitting) that no command may have. */
export const roleKeys: readonly string[] = [
  "Mod+Q",
  "Mod+Z",
  "Mod+Y",
  "Mod+Shift+Z",
  "Mod+X",
  "Mod+C",
  "Mod+V",
  "Mod+Plus",
  "Mod+=",
  "Mod+-",
  "Mod+0",
  "F11",
];

const namedKeys: Readonly<Record<string, string>> = {
  ArrowUp: "Up",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  Escape: "Esc",
  Enter: "Enter",
  Space: "Space",
  Tab: "Tab",
  Delete: "Delete",
  Backspace: "Backspace",
  Home: "Home",
  End: "End",
  PageUp: "PageUp",
  PageDown: "PageDown",
  Plus: "Plus",
};

/**
 * Keys as Electron writes them (`CmdOrCtrl+Shift+N`); undefined where it has no name for the key, and where a key without
 * Mod would be taken from text fields (macOS has no entries that only show their keys).
 */
export function accelerator(keys: string, showOnly: boolean): string | undefined {
  const parts = keys.split("+");
  const key = parts.pop() ?? "";
  const name = /^(F\d{1,2}|[A-Z0-9]|[,./;'[\]\\`=?-])$/.test(key) ? key : namedKeys[key];
  if (name === undefined) return undefined;
  if (!showOnly && !parts.includes("Mod") && !/^F\d/.test(key)) return undefined;
  return [...parts.map((part) => (part === "Mod" ? "CmdOrCtrl" : part)), name].join("+");
}

/** The commands of a menu, group by group, without those that the shell has entries of its own for. */
export function commandsOf(menu: string, commands: MenuCommands, own: ReadonlySet<string>): MenuCommands[] {
  const groups = (commandMenus[menu] ?? []).map((group) =>
    commands.filter((command) => command.group === group && !own.has(command.id)),
  );
  return groups.filter((group) => group.length > 0);
}
