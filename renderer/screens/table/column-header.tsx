import { Menu } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconDotsVertical } from "@tabler/icons-react";
import { type KeyboardEvent, type MouseEvent, type TouchEvent, useState } from "react";
import type { ColumnSpec } from "../../model/table.ts";
import { metricOf } from "../../model/table-rows.ts";
import { changeTable, table } from "../../state/table.ts";
import { searchFor } from "../search/search-box.tsx";

interface ColumnHeaderProps {
  readonly spec: ColumnSpec;
  readonly sorted: false | "asc" | "desc";
  /** Its place among the columns that are sorted by; -1 where it is the only one. */
  readonly sortIndex: number;
  readonly pinned: boolean;
  /** Pixels from the left of the table. */
  readonly left: number;
  readonly size: number;
  readonly resizing: boolean;
  /** Ids of all columns that are shown. */
  readonly columns: readonly string[];
  onSort(event: unknown): void;
  onResize(event: unknown): void;
}

const arrows = { higher: " ↑", lower: " ↓", neither: "" } as const;
const directions = { higher: "higher is better", lower: "lower is better", neither: "" } as const;
const keyStep = 16;

/**
 * A heading: sorts by a click or Enter (with Shift beside the others), its menu opens with Shift+F10 or the right button,
 * Alt with the arrow keys makes it wider.
 */
export function ColumnHeader({
  spec,
  sorted,
  sortIndex,
  pinned,
  left,
  size,
  resizing,
  columns,
  ...on
}: ColumnHeaderProps) {
  const [open, setOpen] = useState(false);
  const { id, title, unit, better } = spec;
  const hint = [id.replace(/^(parameter|metric):/, ""), unit, directions[better]].filter((part) => part !== "");
  const resize = (width: number) =>
    changeTable({ widths: { ...table.get().widths, [id]: Math.min(1000, Math.max(48, width)) } });
  const key = (event: KeyboardEvent) => {
    if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) setOpen(true);
    else if (event.altKey && event.key === "ArrowRight") resize(size + keyStep);
    else if (event.altKey && event.key === "ArrowLeft") resize(size - keyStep);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the grid around it
    <div
      role="columnheader"
      aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none"}
      className={`grid-cell${spec.number ? " number" : ""}${pinned ? " pinned" : ""}`}
      style={pinned ? { left } : undefined}
      onContextMenu={(event) => {
        event.preventDefault();
        setOpen(true);
      }}
    >
      <button type="button" className="sort-button" title={hint.join(", ")} onClick={on.onSort} onKeyDown={key}>
        <span className="ellipsis">
          {title}
          {arrows[better]}
          {unit === "" ? null : <span className="unit"> ({unit})</span>}
        </span>
        {sorted === "asc" ? <IconArrowUp size={12} /> : sorted === "desc" ? <IconArrowDown size={12} /> : null}
        {sortIndex >= 0 && sorted !== false ? <span className="sort-index">{sortIndex + 1}</span> : null}
      </button>
      <Menu opened={open} onChange={setOpen} position="bottom-start" width={220} transitionProps={{ duration: 0 }}>
        <Menu.Target>
          <button
            type="button"
            className="column-menu"
            tabIndex={-1}
            aria-label={`What to do with the column ${title}`}
          >
            <IconDotsVertical size={14} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => changeTable({ sorting: [{ id, desc: false }] })}>Sort from low to high</Menu.Item>
          <Menu.Item onClick={() => changeTable({ sorting: [{ id, desc: true }] })}>Sort from high to low</Menu.Item>
          <Menu.Divider />
          {filterField(id) === undefined ? null : (
            <Menu.Item onClick={() => searchFor(`${filterField(id)}:`)}>Filter by this column</Menu.Item>
          )}
          <Menu.Item
            onClick={() => {
              const others = table.get().pinned.filter((each) => each !== id);
              changeTable({ columns: [...columns], pinned: pinned ? others : [...others, id] });
            }}
          >
            {pinned ? "Let it scroll" : "Pin to the left"}
          </Menu.Item>
          <Menu.Item
            disabled={columns.length < 2}
            onClick={() => changeTable({ columns: columns.filter((each) => each !== id) })}
          >
            Hide
          </Menu.Item>
          <Menu.Item onClick={() => table.set({ choosing: true })}>Choose columns...</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <span
        className="column-edge"
        data-resizing={resizing}
        aria-hidden="true"
        onMouseDown={(event: MouseEvent) => on.onResize(event)}
        onTouchStart={(event: TouchEvent) => on.onResize(event)}
        onDoubleClick={() => {
          const { [id]: _width, ...others } = table.get().widths;
          changeTable({ widths: others });
        }}
      />
    </div>
  );
}

const fields: Readonly<Record<string, string>> = {
  state: "state",
  name: "name",
  progress: "progress",
  reward: "reward",
  seed: "seed",
  what: "learner",
  preset: "preset",
  created: "created",
  tags: "tag",
  project: "project",
  step: "step",
  id: "id",
};

/** What a query calls a column. */
function filterField(column: string): string | undefined {
  if (column.startsWith("parameter:")) return column.slice("parameter:".length);
  return metricOf(column) ?? fields[column];
}
