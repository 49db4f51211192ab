import { canPause, canResume, canStop } from "../model/runs.ts";
import { commandRun, setSelection } from "../state/actions.ts";
import { shownRuns } from "../state/desk-view.ts";
import { session } from "../state/session.ts";
import { showFolder } from "../state/shell.ts";
import type { Command } from "./command.ts";

const allowed = { pause: canPause, resume: canResume, stop: canStop };
type RunCommand = keyof typeof allowed;

function selectedRuns(command: RunCommand) {
  const { runs, selection } = session.get();
  const selected = new Set(selection.selected);
  return runs.filter((run) => selected.has(run.id) && allowed[command].has(run.state));
}

function onSelected(id: RunCommand, title: string, keywords: readonly string[]): Command {
  return {
    id,
    title,
    group: "Run",
    keywords,
    unavailable: () => (selectedRuns(id).length === 0 ? `No selected run can ${id}.` : undefined),
    run: () => {
      for (const run of selectedRuns(id)) void commandRun(run.id, id);
    },
  };
}

function activeFolder(): string | undefined {
  const { selection, details } = session.get();
  return selection.active === undefined ? undefined : details.get(selection.active)?.folder;
}

/** What is done with runs. */
export const runCommands: readonly Command[] = [
  onSelected("pause", "Pause at a checkpoint", ["halt"]),
  onSelected("resume", "Resume", ["continue"]),
  onSelected("stop", "Stop", ["cancel", "end"]),
  {
    id: "select-all",
    title: "Select all runs",
    group: "Run",
    run: () => {
      setSelection({ ...session.get().selection, selected: shownRuns().map((run) => run.id) });
    },
  },
  {
    id: "show-run-folder",
    title: "Show the run's folder",
    group: "Run",
    keywords: ["files", "directory"],
    unavailable: () => (activeFolder() === undefined ? "Select a run first." : undefined),
    run: () => {
      const folder = activeFolder();
      if (folder !== undefined) showFolder(folder);
    },
  },
];
