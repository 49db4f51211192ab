import { FIRST_PROJECT, type ItemKind } from "../../preload/contract.ts";
import {
  archive,
  canUndo,
  changeItems,
  createExperiment,
  createProject,
  describe,
  duplicateProject,
  focusedProject,
  trash,
  undo,
} from "../state/desk-actions.ts";
import { currentFocus, deskView, find, isThere, setFilter, setShowArchived, targets } from "../state/desk-view.ts";
import { session } from "../state/session.ts";
import { changeTable, table } from "../state/table.ts";
import { openReplay } from "../state/world.ts";
import type { Command } from "./command.ts";

const nothing = "Select something in the tree first.";

/** What stands under the keyboard, when it is of one of these kinds. */
function focused(...kinds: readonly ItemKind[]) {
  const focus = currentFocus();
  return focus !== undefined && kinds.includes(focus.kind) && isThere(focus) ? focus : undefined;
}

function edit(editing: "tags" | "notes"): void {
  session.set({ drawer: true });
  deskView.set({ editing });
}

function checkpointFocused(): string | undefined {
  return focused("checkpoint") === undefined ? "Select a checkpoint first: open a run in the tree." : undefined;
}

/** Projects, experiments, runs and checkpoints as a person keeps them. */
export const deskCommands: readonly Command[] = [
  {
    id: "desk.new-project",
    title: "New project",
    group: "Project",
    keys: "Mod+Alt+N",
    keywords: ["create", "folder"],
    run: () => void createProject(),
  },
  {
    id: "desk.new-experiment",
    title: "New experiment",
    group: "Project",
    keys: "Mod+Alt+E",
    keywords: ["create", "group"],
    unavailable: () => (focusedProject() === undefined ? "Make a project first." : undefined),
    run: () => void createExperiment(),
  },
  {
    id: "desk.rename",
    title: "Rename",
    group: "Project",
    keys: "F2",
    keywords: ["name", "label", "title"],
    unavailable: () => (focused("project", "experiment", "run", "checkpoint") === undefined ? nothing : undefined),
    run: () => deskView.set({ renaming: currentFocus() }),
  },
  {
    id: "desk.duplicate-project",
    title: "Duplicate project",
    group: "Project",
    keywords: ["copy"],
    unavailable: () => (focused("project") === undefined ? "Select a project first." : undefined),
    run: () => {
      const project = focused("project");
      if (project !== undefined) void duplicateProject(project.id);
    },
  },
  {
    id: "desk.move",
    title: "Move to...",
    group: "Project",
    keys: "Mod+Shift+M",
    keywords: ["project", "experiment", "place"],
    unavailable: () => (focused("experiment", "run") === undefined ? "Select an experiment or runs first." : undefined),
    run: () => deskView.set({ moving: targets() }),
  },
  {
    id: "desk.tags",
    title: "Tag...",
    group: "Project",
    keys: "Mod+T",
    keywords: ["label", "mark"],
    unavailable: () => (currentFocus() === undefined ? nothing : undefined),
    run: () => edit("tags"),
  },
  {
    id: "desk.notes",
    title: "Write notes",
    group: "Project",
    keys: "Mod+E",
    keywords: ["markdown", "comment", "text"],
    unavailable: () => (currentFocus() === undefined ? nothing : undefined),
    run: () => edit("notes"),
  },
  {
    id: "desk.archive",
    title: "Archive or bring back",
    group: "Project",
    keys: "Mod+Shift+E",
    keywords: ["hide", "put away"],
    unavailable: () =>
      focused("project", "experiment", "run") === undefined ? "Select a project, experiment or run first." : undefined,
    run: () => {
      const items = targets();
      const isArchived = items.every((item) => {
        const found = find(item);
        return (
          (found?.kind === "project" && found.project.archived) ||
          (found?.kind === "experiment" && found.experiment.archived) ||
          (found?.kind === "run" && found.run.archived)
        );
      });
      archive(items, !isArchived);
    },
  },
  {
    id: "desk.show-archived",
    title: "Show or hide what is archived",
    group: "Project",
    keywords: ["archive", "hidden"],
    run: () => setShowArchived(!deskView.get().showArchived),
  },
  {
    id: "desk.trash",
    title: "Put into the trash",
    group: "Project",
    keys: "Delete",
    keywords: ["delete", "remove"],
    unavailable: () => {
      const items = targets();
      if (items.length === 0) return nothing;
      const isFirst = items.some(({ kind, id }) => kind === "project" && id === FIRST_PROJECT);
      return isFirst ? "The first project stays: rename it, or put its experiments into the trash." : undefined;
    },
    run: () => void trash(targets()),
  },
  {
    id: "desk.open-trash",
    title: "Open the trash",
    group: "Project",
    keys: "Mod+Shift+Delete",
    keywords: ["restore", "empty", "deleted", "free space"],
    run: () => session.set({ dialog: "trash" }),
  },
  {
    id: "desk.undo",
    title: "Undo the last change of the tree",
    group: "Project",
    keys: "Mod+Z",
    keywords: ["take back", "restore"],
    unavailable: () => (canUndo() ? undefined : "There is nothing to undo."),
    run: () => void undo(),
  },
  {
    id: "desk.pin",
    title: "Pin the checkpoint, or let it go",
    group: "Project",
    keywords: ["keep", "retention"],
    unavailable: checkpointFocused,
    run: () => {
      const item = focused("checkpoint");
      const found = item === undefined ? undefined : find(item);
      if (item === undefined || found?.kind !== "checkpoint") return;
      const pinned = !found.checkpoint.pinned;
      void changeItems([item], { pinned }, `${pinned ? "Pinned" : "Let go"} ${describe([item])}`);
    },
  },
  {
    id: "desk.replay",
    title: "Replay the checkpoint",
    group: "World",
    keywords: ["watch", "play", "episode"],
    unavailable: checkpointFocused,
    run: () => {
      const item = focused("checkpoint");
      if (item !== undefined) openReplay(item.id);
    },
  },
  {
    id: "desk.clear-filter",
    title: "Clear the search",
    group: "View",
    keywords: ["query", "filter", "reset"],
    unavailable: () => (session.get().filter === "" ? "Nothing is searched for." : undefined),
    run: () => setFilter(""),
  },
  {
    id: "desk.group-by-seed",
    title: "Group the table by seed",
    group: "View",
    keys: "Mod+G",
    keywords: ["mean", "interval", "cell"],
    run: () => {
      session.set({ tab: "runs" });
      changeTable({ grouped: !table.get().grouped });
    },
  },
  {
    id: "desk.choose-columns",
    title: "Choose the table's columns",
    group: "View",
    keywords: ["parameter", "metric", "pin"],
    run: () => {
      session.set({ tab: "runs" });
      table.set({ choosing: true });
    },
  },
];
