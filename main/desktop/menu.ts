import { Menu, type MenuItemConstructorOptions } from "electron";
import type { MenuCommand } from "../../preload/contract.ts";
import { type ClosingChoice, closingChoices, type PreferenceValues, type Theme, themes } from "./preferences.ts";

export interface MenuActions {
  /** Asks the window to carry something out. */
  send(command: MenuCommand): void;
  setTheme(theme: Theme): void;
  setWhenClosing(choice: ClosingChoice): void;
  showDataFolder(): void;
  showLog(): void;
  quit(): void;
}

const themeLabels: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };
const closingLabels: Record<ClosingChoice, string> = {
  ask: "Ask",
  keep: "Keep runs going",
  pause: "Pause runs at a checkpoint",
  stop: "Stop runs",
};

export function buildMenu(actions: MenuActions, preferences: PreferenceValues): Menu {
  const command = (label: string, name: MenuCommand, accelerator?: string): MenuItemConstructorOptions => ({
    id: name,
    label,
    accelerator,
    click: () => actions.send(name),
  });
  return Menu.buildFromTemplate([
    {
      label: "&File",
      submenu: [
        command("New run...", "new-run", "CmdOrCtrl+N"),
        { type: "separator" },
        { label: "Show the data folder", click: actions.showDataFolder },
        command("Show the run's folder", "show-run-folder"),
        { type: "separator" },
        { label: "Close", accelerator: "CmdOrCtrl+W", click: actions.quit },
      ],
    },
    {
      label: "&Edit",
      submenu: [
        { role: "undo" },
        { role: "redo" },
        { type: "separator" },
        { role: "cut" },
        { role: "copy" },
        { role: "paste" },
        { type: "separator" },
        command("Select all runs", "select-all"),
        command("Filter runs", "filter", "CmdOrCtrl+F"),
      ],
    },
    {
      label: "&View",
      submenu: [
        command("Runs", "show-runs", "CmdOrCtrl+1"),
        command("Curves", "show-curves", "CmdOrCtrl+2"),
        command("Inspector", "inspector", "CmdOrCtrl+I"),
        { type: "separator" },
        {
          label: "Appearance",
          submenu: themes.map((theme) => ({
            id: `theme-${theme}`,
            label: themeLabels[theme],
            type: "radio",
            checked: preferences.theme === theme,
            click: () => actions.setTheme(theme),
          })),
        },
        { type: "separator" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        { role: "resetZoom" },
        { role: "togglefullscreen" },
      ],
    },
    {
      label: "&Run",
      submenu: [
        command("Pause at a checkpoint", "pause"),
        command("Resume", "resume"),
        command("Stop", "stop"),
        { type: "separator" },
        {
          label: "When the window closes",
          submenu: closingChoices.map((choice) => ({
            id: `closing-${choice}`,
            label: closingLabels[choice],
            type: "radio",
            checked: preferences.whenClosing === choice,
            click: () => actions.setWhenClosing(choice),
          })),
        },
      ],
    },
    {
      label: "&Help",
      submenu: [{ label: "Show the shell's log", click: actions.showLog }, command("About Edgeloom", "about")],
    },
  ]);
}
