import type { MenuCommands } from "../../preload/contract.ts";

/**
 * Everything a person can do by name: the command palette, the shortcuts and their list, and the menus all come from the
 * lists of commands in this folder.
 */
export interface Command {
  /** `desk.rename`: lower case; the shell's menu names it too. */
  readonly id: string;
  /** A verb and its object: "Pause at a checkpoint". */
  readonly title: string;
  /** Heading in the palette and in the list of shortcuts, and the part of the menu. */
  readonly group: MenuCommands[number]["group"];
  /** `Mod+Shift+N`: modifiers Mod (Ctrl, or Command on macOS), Shift, Alt, then a key by its name or its character. */
  readonly keys?: string;
  /** A second shortcut for it; menus and palette show the first. */
  readonly alsoKeys?: string;
  /** Other words that find it. */
  readonly keywords?: readonly string[];
  /** Why it cannot be done now; undefined when it can. */
  unavailable?(): string | undefined;
  run(): void;
}
