import { type BrowserWindow, dialog } from "electron";
import type { ClosingChoice, RunSummary } from "../../preload/contract.ts";
import type { Preferences } from "./preferences.ts";

const choices: readonly Exclude<ClosingChoice, "ask">[] = ["keep", "pause", "stop"];

/** What to do with runs that are going: the remembered answer, or the person's; undefined when the window stays open. */
export async function closingChoice(
  window: BrowserWindow,
  preferences: Preferences,
  pending: readonly RunSummary[],
): Promise<Exclude<ClosingChoice, "ask"> | undefined> {
  const remembered = preferences.values.whenClosing;
  if (remembered !== "ask") return remembered;
  const { response, checkboxChecked } = await dialog.showMessageBox(window, {
    type: "question",
    title: "Edgeloom",
    message: pending.length === 1 ? "One run is still going." : `${pending.length} runs are still going.`,
    detail: "They do not need the window. Paused runs can be resumed from their last checkpoint; stopped ones cannot.",
    buttons: ["Keep them going", "Pause at a checkpoint", "Stop them", "Cancel"],
    defaultId: 0,
    cancelId: choices.length,
    checkboxLabel: "Remember this (change it in the settings)",
    noLink: true,
  });
  const choice = choices[response];
  if (choice !== undefined && checkboxChecked) preferences.set({ whenClosing: choice });
  return choice;
}
