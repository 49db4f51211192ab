import type { MenuCommand } from "../../preload/contract.ts";
import { canPause, canResume, canStop } from "../model/runs.ts";
import { commandRun, setSelection } from "../state/actions.ts";
import { bridge, session } from "../state/session.ts";

/** The element that the menu's "Filter runs" turns to. */
export const filterFieldId = "run-filter";

/** Carries out what the person chose in the window's menu. */
export function carryOut(command: MenuCommand): void {
  switch (command) {
    case "new-run":
      session.set({ dialog: "start" });
      break;
    case "about":
      session.set({ dialog: "about" });
      break;
    case "pause":
    case "resume":
    case "stop":
      commandSelected(command);
      break;
    case "select-all":
      selectAll();
      break;
    case "show-runs":
      session.set({ tab: "runs" });
      break;
    case "show-curves":
      session.set({ tab: "curves" });
      break;
    case "filter":
      session.set({ tab: "runs" });
      // The field is there after the tab has been drawn.
      requestAnimationFrame(() => document.getElementById(filterFieldId)?.focus());
      break;
    case "inspector":
      session.set({ drawer: !session.get().drawer });
      break;
    case "show-run-folder":
      showActiveFolder();
      break;
  }
}

export function selectAll(): void {
  const { runs, selection } = session.get();
  setSelection({ ...selection, selected: runs.map((run) => run.id) });
}

const allowed = { pause: canPause, resume: canResume, stop: canStop };

function commandSelected(command: "pause" | "resume" | "stop"): void {
  const { runs, selection } = session.get();
  const fitting = runs.filter((run) => selection.selected.includes(run.id) && allowed[command].has(run.state));
  if (fitting.length === 0) {
    session.set({ notice: { kind: "info", text: `No selected run can ${command}.` } });
    return;
  }
  for (const run of fitting) void commandRun(run.id, command);
}

function showActiveFolder(): void {
  const { selection, details } = session.get();
  const detail = selection.active === undefined ? undefined : details.get(selection.active);
  if (detail === undefined) session.set({ notice: { kind: "info", text: "Select a run first." } });
  else void bridge.showFolder(detail.folder);
}

/** A project is called like its data folder. */
export function projectName(dataFolder: string): string {
  return dataFolder.split(/[\\/]/).findLast((part) => part !== "") ?? dataFolder;
}
