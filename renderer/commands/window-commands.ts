import type { ClosingChoice, ShellAction, Theme } from "../../preload/contract.ts";
import { filterFieldId } from "../screens/menu-commands.ts";
import { openPalette } from "../screens/palette/open.ts";
import { statusOpen } from "../screens/status/open.ts";
import { type DialogName, session } from "../state/session.ts";
import { act, changePreferences } from "../state/shell.ts";
import type { Tab } from "../state/tabs.ts";
import type { Command } from "./command.ts";

function tab(id: string, title: string, to: Tab, keys: string): Command {
  return { id, title, group: "View", keys, keywords: ["tab", "show"], run: () => session.set({ tab: to }) };
}

function dialog(id: DialogName, title: string, group: Command["group"], keys?: string): Command {
  return { id, title, group, ...(keys === undefined ? {} : { keys }), run: () => session.set({ dialog: id }) };
}

function shell(id: ShellAction, title: string, keys?: string, keywords: readonly string[] = []): Command {
  return { id, title, group: "Window", ...(keys === undefined ? {} : { keys }), keywords, run: () => act(id) };
}

function theme(choice: Theme, title: string): Command {
  const keywords = ["theme", "colours", "dark mode", "light mode"];
  return { id: `theme-${choice}`, title, group: "Window", keywords, run: () => changePreferences({ theme: choice }) };
}

function closing(choice: ClosingChoice, title: string): Command {
  const run = () => changePreferences({ whenClosing: choice });
  return { id: `closing-${choice}`, title: `When the last window closes: ${title}`, group: "Window", run };
}

/** The window itself: what it shows, and what the shell does for it. */
export const windowCommands: readonly Command[] = [
  {
    id: "palette",
    title: "Search or do something...",
    group: "View",
    keys: "Mod+K",
    keywords: ["find", "command palette", "go to"],
    run: openPalette,
  },
  tab("show-runs", "Runs", "runs", "Mod+1"),
  tab("show-curves", "Curves", "curves", "Mod+2"),
  tab("show-overview", "Overview", "overview", "Mod+3"),
  tab("show-world", "World", "world", "Mod+4"),
  tab("show-queue", "Queue", "queue", "Mod+5"),
  {
    id: "filter",
    title: "Filter runs",
    group: "View",
    keys: "Mod+F",
    keywords: ["search", "query", "find"],
    run: () => {
      session.set({ tab: "runs" });
      // The field is there after the tab has been drawn.
      requestAnimationFrame(() => document.getElementById(filterFieldId)?.focus());
    },
  },
  {
    id: "inspector",
    title: "Inspector",
    group: "View",
    keys: "Mod+I",
    keywords: ["details", "parameters", "drawer"],
    run: () => session.set({ drawer: !session.get().drawer }),
  },
  {
    id: "details",
    title: "Details of engine and computer",
    group: "View",
    keywords: ["status", "events", "memory", "disk"],
    run: () => statusOpen.set({ open: true }),
  },
  shell("new-window", "New window", "Mod+Shift+N"),
  shell("open-folder", "Open data folder...", "Mod+O", ["project", "recent"]),
  shell("clear-recent", "Clear the list of recent data folders"),
  shell("show-data-folder", "Show the data folder", undefined, ["files"]),
  shell("close-window", "Close the window", "Mod+W"),
  dialog("settings", "Settings...", "Window", "Mod+,"),
  theme("system", "Appearance: as the system"),
  theme("light", "Appearance: light"),
  theme("dark", "Appearance: dark"),
  closing("ask", "ask"),
  closing("keep", "keep runs going"),
  closing("pause", "pause runs at a checkpoint"),
  closing("stop", "stop runs"),
  { ...dialog("shortcuts", "Keyboard shortcuts", "Help", "F1"), alsoKeys: "?", keywords: ["keys", "help"] },
  dialog("about", "About Edgeloom", "Help"),
  shell("show-log", "Show the window's log"),
  shell("show-engine-log", "Show the engine's log"),
  shell("show-licences", "Show the licences", undefined, ["third party", "notices"]),
];
