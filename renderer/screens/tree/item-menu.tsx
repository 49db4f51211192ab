import { Menu } from "@mantine/core";
import { Fragment } from "react";
import type { ItemKind, ItemRef } from "../../../preload/contract.ts";
import { deskCommands } from "../../commands/desk-commands.ts";
import { formCommands } from "../../commands/form-commands.ts";
import { canPause, canResume, canStop } from "../../model/runs.ts";
import { commandRun } from "../../state/actions.ts";
import { session } from "../../state/session.ts";

export interface MenuPlace {
  readonly item: ItemRef;
  /** Pixels of the window. */
  readonly x: number;
  readonly y: number;
}

/** What the menu offers for each kind of item; a line goes between the lists. */
const entries: Readonly<Record<ItemKind, readonly (readonly string[])[]>> = {
  project: [
    ["desk.new-experiment", "desk.new-project"],
    ["desk.rename", "desk.duplicate-project", "desk.tags", "desk.notes"],
    ["desk.archive", "desk.trash"],
  ],
  experiment: [
    ["desk.rename", "duplicate-and-edit", "desk.move", "desk.tags", "desk.notes"],
    ["desk.archive", "desk.trash"],
  ],
  run: [
    ["desk.rename", "duplicate-and-edit", "desk.move", "desk.tags", "desk.notes"],
    ["desk.archive", "desk.trash"],
  ],
  checkpoint: [["fork", "desk.replay", "desk.pin"], ["desk.rename", "desk.tags", "desk.notes"], ["desk.trash"]],
};

interface ItemMenuProps {
  readonly place: MenuPlace | undefined;
  onClose(): void;
  /** After it has gone. */
  onClosed(): void;
}

/** The menu of an item of the tree, where it was asked for. */
export function ItemMenu({ place, onClose, onClosed }: ItemMenuProps) {
  return (
    <Menu
      opened={place !== undefined}
      onClose={onClose}
      onExitTransitionEnd={onClosed}
      position="bottom-start"
      offset={0}
      width={296}
      transitionProps={{ duration: 0 }}
      returnFocus
    >
      <Menu.Target>
        <span className="menu-anchor" aria-hidden="true" style={{ left: place?.x ?? 0, top: place?.y ?? 0 }} />
      </Menu.Target>
      <Menu.Dropdown aria-label="What can be done">
        {place === undefined ? null : <Entries kind={place.item.kind} />}
      </Menu.Dropdown>
    </Menu>
  );
}

function Entries({ kind }: { readonly kind: ItemKind }) {
  return (
    <>
      {kind === "run" || kind === "experiment" ? <TrainingEntries /> : null}
      {entries[kind].map((ids, index) => (
        <Fragment key={ids[0]}>
          {index === 0 ? null : <Menu.Divider />}
          {ids.map((id) => (
            <Entry key={id} id={id} />
          ))}
        </Fragment>
      ))}
    </>
  );
}

function Entry({ id }: { readonly id: string }) {
  const command = [...deskCommands, ...formCommands].find((each) => each.id === id);
  if (command === undefined) throw new Error(`no command ${id}`);
  return (
    <Menu.Item
      disabled={command.unavailable?.() !== undefined}
      className={id === "desk.trash" ? "danger" : undefined}
      rightSection={command.keys === undefined ? undefined : <kbd>{command.keys.replaceAll("Mod", "Ctrl")}</kbd>}
      // The menu gives the focus back before the command may take it.
      onClick={() => requestAnimationFrame(() => command.run())}
    >
      {command.title}
    </Menu.Item>
  );
}

/** Pause, resume and stop: all of the selected runs that can. */
function TrainingEntries() {
  const { runs, selection } = session.get();
  const selected = runs.filter((run) => selection.selected.includes(run.id));
  const offered = [
    { command: "pause", title: "Pause at a checkpoint", states: canPause },
    { command: "resume", title: "Resume", states: canResume },
    { command: "stop", title: "Stop", states: canStop },
  ] as const;
  const possible = offered
    .map((each) => ({ ...each, fitting: selected.filter((run) => each.states.has(run.state)) }))
    .filter(({ fitting }) => fitting.length > 0);
  if (possible.length === 0) return null;
  return (
    <>
      {possible.map(({ command, title, fitting }) => (
        <Menu.Item
          key={command}
          onClick={() => {
            for (const run of fitting) void commandRun(run.id, command);
          }}
        >
          {title}
          {fitting.length > 1 ? ` (${fitting.length} runs)` : ""}
        </Menu.Item>
      ))}
      <Menu.Divider />
    </>
  );
}
