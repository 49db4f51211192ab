import { useVirtualizer } from "@tanstack/react-virtual";
import { type DragEvent, type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import type { ItemRef } from "../../../preload/contract.ts";
import { rowStep } from "../../model/row-steps.ts";
import { type SelectMode, select, selectMode } from "../../model/selection.ts";
import { itemOf, keyOf, type ProjectNode, projectNodes, type TreeRow, treeRows } from "../../model/tree.ts";
import { useDark } from "../../parts/use-dark.ts";
import { setSelection } from "../../state/actions.ts";
import { useDesk } from "../../state/desk.ts";
import { canMove, move, trash } from "../../state/desk-actions.ts";
import {
  currentFocus,
  deskView,
  isThere,
  reveal,
  showsEmpty,
  targets,
  toggleRow,
  useDeskView,
} from "../../state/desk-view.ts";
import { session, useSession } from "../../state/session.ts";
import { selectAll } from "../menu-commands.ts";
import { ItemMenu, type MenuPlace } from "./item-menu.tsx";
import { TreeRowView } from "./tree-row.tsx";
import { useShownRuns } from "./use-shown-runs.ts";

const rowHeight = 28;

/**
 * Projects, experiments, runs and checkpoints. One stop of the Tab key: arrows move, Enter shows the curves, Space adds
 * or takes away, F2 renames, Delete puts into the trash.
 */
export function Tree() {
  const runs = useShownRuns();
  const projects = useDesk((state) => state.projects);
  const experiments = useDesk((state) => state.experiments);
  const parameters = useDesk((state) => state.parameters);
  const checkpoints = useDesk((state) => state.checkpoints);
  const toggled = useDeskView((state) => state.toggled);
  const query = useDeskView((state) => state.query);
  const showArchived = useDeskView((state) => state.showArchived);
  const renaming = useDeskView((state) => state.renaming);
  const selection = useSession((state) => state.selection);
  const focus = useSession(currentFocusKey);
  const dark = useDark();
  const [menu, setMenu] = useState<MenuPlace>();
  const [target, setTarget] = useState<string>();
  const scroller = useRef<HTMLDivElement>(null);
  const before = useRef<readonly ProjectNode[]>([]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: showsEmpty reads query and showArchived
  const nodes = useMemo(() => {
    before.current = projectNodes({ runs, projects, experiments, shows: showsEmpty }, before.current);
    return before.current;
  }, [runs, projects, experiments, query, showArchived]);
  const view = useMemo(() => ({ toggled, parameters, checkpoints }), [toggled, parameters, checkpoints]);
  const rows = useMemo(() => treeRows(nodes, view), [nodes, view]);
  const places = useMemo(() => new Map(rows.map((row, index) => [row.key, index])), [rows]);
  const selected = useMemo(() => new Set(selection.selected), [selection.selected]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  const position = (focus === undefined ? undefined : places.get(focus)) ?? -1;

  const order = () => rows.flatMap((row) => (row.kind === "run" ? [row.run.id] : []));
  const choose = (row: TreeRow, mode: SelectMode | undefined) => {
    if (row.kind === "run") {
      if (mode === undefined) session.set({ focus: itemOf(row) });
      else setSelection(select(session.get().selection, row.run.id, mode, order()), itemOf(row));
    } else if (row.kind === "checkpoint") {
      const { run } = row.checkpoint;
      setSelection({ selected: [run], active: run, anchor: run }, itemOf(row));
    } else if (row.kind === "experiment" && mode !== "range") {
      const ids = row.node.runs.map((run) => run.id);
      setSelection({ selected: ids, active: ids[0], anchor: ids[0] }, itemOf(row));
    } else if (mode === "range") session.set({ focus: itemOf(row) });
    else setSelection({ selected: [], active: undefined, anchor: undefined }, itemOf(row));
  };
  const moveTo = (index: number, mode: SelectMode | undefined) => {
    const at = Math.min(rows.length - 1, Math.max(0, index));
    const row = rows[at];
    if (row === undefined) return;
    choose(row, mode);
    virtual.scrollToIndex(at);
  };

  // A window that was just opened is worked with at once.
  useEffect(() => {
    if (document.activeElement === document.body) scroller.current?.focus();
  }, []);
  // Where the row under the keyboard is taken away, the next one takes its place.
  const last = useRef(-1);
  useEffect(() => {
    if (position >= 0) last.current = position;
    else if (last.current >= 0 && isGone(focus)) moveTo(last.current, "only");
  });
  // What is turned to elsewhere is shown here; what was closed when the window was is still closed when it opens.
  const turnedTo = useRef(focus);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new focus moves the list
  useEffect(() => {
    const item = currentFocus();
    if (item === undefined || turnedTo.current === focus) return;
    turnedTo.current = focus;
    if (position < 0) reveal(item);
    else virtual.scrollToIndex(position);
  }, [focus]);

  const toggle = (row: TreeRow) => {
    if (row.open !== undefined) toggleRow(row.key);
  };
  const openMenu = (index: number, x?: number, y?: number) => {
    const row = rows[index];
    if (row === undefined) return;
    const item = itemOf(row);
    if (!targets().some((each) => keyOf(each) === row.key)) choose(row, "only");
    const box = document.getElementById(rowId(index))?.getBoundingClientRect();
    setMenu({ item, x: x ?? (box?.left ?? 0) + 32, y: y ?? box?.bottom ?? 0 });
  };

  const key = (event: KeyboardEvent) => {
    // Keys with Alt are the queue's.
    if (event.target !== event.currentTarget || event.altKey || !carryOut(event)) return;
    event.preventDefault();
    // The window's shortcuts have the same keys.
    event.stopPropagation();
  };
  const carryOut = (event: KeyboardEvent): boolean => {
    const row = rows[position];
    const mod = event.ctrlKey || event.metaKey;
    const mode = event.shiftKey ? "range" : mod ? undefined : "only";
    const visible = Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 1;
    const step = rowStep(event.key, position, rows.length, visible);
    if (step !== undefined) moveTo(step, mode);
    else if (event.key === "a" && mod) selectAll();
    else if (event.key === "Delete" && !mod && !event.shiftKey) void trash(targets());
    else if (row === undefined) return false;
    else if (event.key === "ArrowRight") {
      if (row.open === true) moveTo(position + 1, mode);
      else toggle(row);
    } else if (event.key === "ArrowLeft") {
      if (row.open === true) toggle(row);
      else
        moveTo(
          rows.findLastIndex((other, index) => index < position && other.level < row.level),
          mode,
        );
    } else if (event.key === "Enter") {
      selectAllOf(row);
      session.set({ tab: "curves" });
    } else if (event.key === " ") {
      if (row.kind === "run") choose(row, "toggle");
      else selectAllOf(row);
    } else if (event.key === "F2") deskView.set({ renaming: itemOf(row) });
    else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) openMenu(position);
    else return false;
    return true;
  };
  const selectAllOf = (row: TreeRow) => {
    if (row.kind !== "project") {
      if (row.kind === "experiment") choose(row, "only");
      return;
    }
    const ids = row.node.experiments.flatMap((node) => node.runs.map((run) => run.id));
    setSelection({ selected: ids, active: ids[0], anchor: ids[0] }, itemOf(row));
  };

  const rowAt = (event: MouseEvent): [TreeRow, number] | undefined => {
    const element = (event.target as Element).closest("[data-index]");
    const index = Number(element?.getAttribute("data-index") ?? -1);
    const row = rows[index];
    return row === undefined ? undefined : [row, index];
  };
  const click = (event: MouseEvent) => {
    const [row] = rowAt(event) ?? [];
    if (row === undefined) return;
    if ((event.target as Element).closest(".tree-chevron") !== null) toggle(row);
    else choose(row, selectMode(event));
  };
  const doubleClick = (event: MouseEvent) => {
    const [row] = rowAt(event) ?? [];
    if (row === undefined || (event.target as Element).closest(".tree-chevron") !== null) return;
    if (row.kind === "run" || row.kind === "checkpoint") session.set({ tab: "curves" });
    else toggle(row);
  };

  const dragged = (event: DragEvent): readonly ItemRef[] =>
    event.dataTransfer.types.includes(dragType) ? (dragging.current ?? []) : [];
  const dragging = useRef<readonly ItemRef[]>(undefined);
  const dragStart = (event: DragEvent) => {
    const [row] = rowAt(event) ?? [];
    if (row === undefined || (row.kind !== "run" && row.kind !== "experiment")) {
      event.preventDefault();
      return;
    }
    if (!targets().some((each) => keyOf(each) === row.key)) choose(row, "only");
    dragging.current = targets();
    event.dataTransfer.setData(dragType, "");
    event.dataTransfer.effectAllowed = "move";
  };
  const dragOver = (event: DragEvent) => {
    const [row] = rowAt(event) ?? [];
    const fits = row !== undefined && canMove(dragged(event), itemOf(row));
    setTarget(fits ? row.key : undefined);
    if (fits) event.preventDefault();
  };
  const drop = (event: DragEvent) => {
    const [row] = rowAt(event) ?? [];
    setTarget(undefined);
    if (row === undefined || !canMove(dragged(event), itemOf(row))) return;
    event.preventDefault();
    move(dragged(event), itemOf(row));
  };

  const shown = virtual.getVirtualItems();
  return (
    <>
      <div
        ref={scroller}
        className="tree"
        role="tree"
        aria-label="Runs"
        aria-multiselectable="true"
        aria-activedescendant={shown.some((item) => item.index === position) ? rowId(position) : undefined}
        tabIndex={0}
        onKeyDown={key}
        onClick={click}
        onDoubleClick={doubleClick}
        onContextMenu={(event) => {
          const [, index] = rowAt(event) ?? [];
          if (index === undefined) return;
          event.preventDefault();
          openMenu(index, event.clientX, event.clientY);
        }}
        onDragStart={dragStart}
        onDragOver={dragOver}
        onDragLeave={() => setTarget(undefined)}
        onDrop={drop}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {shown.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <TreeRowView
                key={row.key}
                id={rowId(item.index)}
                index={item.index}
                start={item.start}
                row={row}
                selected={row.kind === "run" ? selected.has(row.run.id) : item.index === position}
                cursor={item.index === position}
                target={row.key === target}
                renaming={renaming !== undefined && keyOf(renaming) === row.key}
                dark={dark}
                onRenamed={() => scroller.current?.focus()}
              />
            );
          })}
        </div>
        {rows.length === 0 ? <p className="dim pad">Nothing here matches the search.</p> : null}
      </div>
      <ItemMenu
        place={menu}
        onClose={() => setMenu(undefined)}
        onClosed={() => {
          if (document.activeElement === document.body) scroller.current?.focus();
        }}
      />
    </>
  );
}

const dragType = "application/x-edgeloom-items";

function rowId(index: number): string {
  return `tree-row-${index}`;
}

function currentFocusKey(): string | undefined {
  const focus = currentFocus();
  return focus === undefined ? undefined : keyOf(focus);
}

/** Whether an item was removed, put into the trash or put away, rather than only hidden by a closed row or the search. */
function isGone(key: string | undefined): boolean {
  if (key === undefined) return false;
  const item = currentFocus();
  return item !== undefined && !isThere(item);
}
