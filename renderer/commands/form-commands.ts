import { currentFocus } from "../state/desk-view.ts";
import { session } from "../state/session.ts";
import { openStart, openStartFrom, type StartSource } from "../state/start-form.ts";
import type { Command } from "./command.ts";

/** The run or experiment that a copy would be made of. */
function copied(): StartSource | undefined {
  const focus = currentFocus();
  if (focus?.kind === "experiment") return { experiment: focus.id };
  if (focus?.kind === "run") return { run: focus.id };
  if (focus?.kind === "checkpoint") return { run: focus.id.slice(0, focus.id.lastIndexOf(":")) };
  const { active } = session.get().selection;
  return active === undefined ? undefined : { run: active };
}

/** The checkpoint that stands under the keyboard, else the last one of the inspected run. */
function forked(): string | undefined {
  const focus = currentFocus();
  if (focus?.kind === "checkpoint") return focus.id;
  const { selection, details } = session.get();
  const run = focus?.kind === "run" ? focus.id : selection.active;
  const detail = run === undefined ? undefined : details.get(run);
  return detail?.checkpoints.find(({ isLast }) => isLast)?.id;
}

/** Making runs: new ones, copies of old ones, forks. */
export const formCommands: readonly Command[] = [
  {
    id: "new-run",
    title: "New run...",
    group: "Run",
    keys: "Mod+N",
    keywords: ["start", "train", "sweep", "grid", "experiment"],
    run: openStart,
  },
  {
    id: "duplicate-and-edit",
    title: "Duplicate and edit...",
    group: "Run",
    keys: "Mod+D",
    keywords: ["copy", "again", "repeat", "clone"],
    unavailable: () => (copied() === undefined ? "Select a run or an experiment first." : undefined),
    run: () => {
      const source = copied();
      if (source !== undefined) void openStartFrom(source);
    },
  },
  {
    id: "fork",
    title: "Fork from the checkpoint...",
    group: "Run",
    keys: "Mod+Shift+F",
    keywords: ["branch", "continue", "change"],
    unavailable: () =>
      forked() === undefined ? "Select a checkpoint, or a run that has one: the first comes with time." : undefined,
    run: () => {
      const checkpoint = forked();
      if (checkpoint !== undefined) void openStartFrom({ fork: checkpoint });
    },
  },
];
