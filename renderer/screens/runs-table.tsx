import { TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconSearch } from "@tabler/icons-react";
import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { RunSummary } from "../../preload/contract.ts";
import { runColour } from "../model/colours.ts";
import { formatCount, formatDuration, formatValue } from "../model/format.ts";
import { isWorking, matches, progress, secondsLeft, stateLabels } from "../model/runs.ts";
import { select, selectMode } from "../model/selection.ts";
import { Ago } from "../parts/ago.tsx";
import { StatusIcon } from "../parts/status-icon.tsx";
import { useDark } from "../parts/use-dark.ts";
import { setSelection } from "../state/actions.ts";
import { session, useSession } from "../state/session.ts";
import { filterFieldId, selectAll } from "./menu-commands.ts";

const rowHeight = 28;

interface Row extends RunSummary {
  readonly colourIndex: number;
}

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic },
});
const helper = createColumnHelper<typeof features, Row>();

interface ColumnLayout {
  /** Pixels. */
  readonly width: number;
  readonly number?: true;
  /** Takes what is left. */
  readonly grow?: true;
  /** Columns that do not fit are left out, the greatest number first. */
  readonly priority: number;
}

const layout: Readonly<Record<string, ColumnLayout>> = {
  state: { width: 104, priority: 0 },
  name: { width: 168, grow: true, priority: 0 },
  progress: { width: 132, priority: 1 },
  reward: { width: 96, number: true, priority: 1 },
  seed: { width: 64, number: true, priority: 2 },
  time: { width: 116, number: true, priority: 3 },
  speed: { width: 84, number: true, priority: 5 },
  what: { width: 196, priority: 4 },
  preset: { width: 76, priority: 6 },
  created: { width: 100, priority: 7 },
};

const columns = helper.columns([
  helper.accessor((row) => stateLabels[row.state], {
    id: "state",
    header: "State",
    sortFn: "basic",
    cell: ({ row }) => (
      <>
        <StatusIcon state={row.original.state} progress={progress(row.original)} />
        {stateLabels[row.original.state]}
      </>
    ),
  }),
  helper.accessor("name", {
    id: "name",
    header: "Name",
    sortFn: "alphanumeric",
    cell: ({ row }) => <NameCell row={row.original} />,
  }),
  helper.accessor((row) => progress(row), {
    id: "progress",
    header: "Progress",
    sortFn: "basic",
    cell: ({ row }) => <ProgressCell run={row.original} />,
  }),
  helper.accessor((row) => row.reward ?? -Infinity, {
    id: "reward",
    header: "Reward ↑",
    sortFn: "basic",
    cell: ({ row }) => (row.original.reward === null ? "" : formatValue(row.original.reward)),
  }),
  helper.accessor("seed", { id: "seed", header: "Seed", sortFn: "basic" }),
  helper.accessor("wallSeconds", {
    id: "time",
    header: "Running time",
    sortFn: "basic",
    cell: ({ getValue }) => (getValue() > 0 ? formatDuration(getValue()) : ""),
  }),
  helper.accessor((row) => (row.state === "running" ? row.stepsPerSecond : -1), {
    id: "speed",
    header: "Steps/s",
    sortFn: "basic",
    cell: ({ getValue }) => (getValue() < 0 ? "" : formatCount(getValue())),
  }),
  helper.accessor((row) => `${row.scenario}/${row.learner}`, {
    id: "what",
    header: "Scenario / learner",
    sortFn: "basic",
    cell: ({ getValue }) => <span title={getValue()}>{getValue()}</span>,
  }),
  helper.accessor("preset", { id: "preset", header: "Preset", sortFn: "basic" }),
  helper.accessor("createdAt", {
    id: "created",
    header: "Created",
    sortFn: "basic",
    cell: ({ getValue }) => <Ago time={getValue()} />,
  }),
]);

/** The ids of the columns that fit into a width. */
function fittingColumns(width: number): ReadonlySet<string> {
  const fitting = new Set<string>();
  let used = 0;
  for (const [id, column] of Object.entries(layout).sort(([, a], [, b]) => a.priority - b.priority)) {
    used += column.width;
    if (used > width && column.priority > 0) break;
    fitting.add(id);
  }
  return fitting;
}

function gridTemplate(ids: readonly string[]): string {
  return ids
    .map((id) => layout[id])
    .map((column) => (column?.grow ? `minmax(${column.width}px, 1fr)` : `${column?.width}px`))
    .join(" ");
}

/** All runs: sorted by a click on a heading, filtered by what is typed. Only the visible rows are drawn. */
export function RunsTable() {
  const runs = useSession((state) => state.runs);
  const filter = useSession((state) => state.filter);
  const selection = useSession((state) => state.selection);
  // The newest first, until a heading is clicked.
  const data = useMemo(
    () =>
      runs
        .map((run, colourIndex): Row => ({ ...run, colourIndex }))
        .filter((run) => matches(run, filter))
        .reverse(),
    [runs, filter],
  );
  const [width, setWidth] = useState(0);
  const shownColumns = useMemo(() => {
    const fitting = fittingColumns(width);
    return columns.filter((column) => fitting.has(column.id ?? ""));
  }, [width]);
  const gridTemplateColumns = gridTemplate(shownColumns.map((column) => column.id ?? ""));
  const table = useTable({
    features,
    columns: shownColumns,
    data,
    getRowId: (row) => row.id,
    enableSortingRemoval: false,
  });
  const rows = table.getRowModel().rows;
  const scroller = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    scrollPaddingStart: rowHeight,
    overscan: 8,
  });
  const selected = useMemo(() => new Set(selection.selected), [selection.selected]);
  const position = rows.findIndex((row) => row.id === selection.active);

  const key = (event: KeyboardEvent) => {
    const id = rows[position]?.id;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 2);
    const steps: Record<string, number> = {
      ArrowDown: position + 1,
      ArrowUp: position - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: position + page,
      PageUp: position - page,
    };
    const step = steps[event.key];
    if (event.target !== event.currentTarget) return;
    if (step !== undefined) {
      const index = Math.min(rows.length - 1, Math.max(0, step));
      const target = rows[index];
      if (target === undefined) return;
      const order = rows.map((row) => row.id);
      setSelection(select(selection, target.id, event.shiftKey ? "range" : "only", order));
      virtual.scrollToIndex(index);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) selectAll();
    else if (event.key === "Enter" && id !== undefined) session.set({ tab: "curves" });
    else if (event.key === " " && id !== undefined) setSelection(select(selection, id, "toggle", []));
    else return;
    event.preventDefault();
  };

  const shown = virtual.getVirtualItems();
  return (
    <div className="runs-screen">
      <div className="toolbar">
        <TextInput
          id={filterFieldId}
          size="xs"
          className="filter"
          aria-label="Filter runs"
          placeholder="Filter by name, scenario, learner, state"
          leftSection={<IconSearch size={14} />}
          value={filter}
          onChange={(event) => session.set({ filter: event.currentTarget.value })}
        />
        <span className="dim" role="status">
          {rows.length === runs.length ? `${formatCount(runs.length)} runs` : `${rows.length} of ${runs.length} runs`}
        </span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a table of which only the visible rows exist, as WAI-ARIA's grid */}
      <div
        ref={scroller}
        className="grid"
        role="grid"
        aria-label="Runs"
        aria-multiselectable="true"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={shown.some((item) => item.index === position) ? cellId(position) : undefined}
        tabIndex={0}
        onKeyDown={key}
      >
        {/* biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the grid above */}
        <div className="grid-row grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns }}>
          {table.getHeaderGroups()[0]?.headers.map((header) => {
            const sorted = header.column.getIsSorted();
            return (
              // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the grid above
              <div
                key={header.id}
                role="columnheader"
                aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none"}
                className={layout[header.id]?.number ? "grid-cell number" : "grid-cell"}
              >
                <button type="button" className="sort-button" onClick={header.column.getToggleSortingHandler()}>
                  <span className="ellipsis">
                    <table.FlexRender header={header} />
                  </span>
                  {sorted === "asc" ? (
                    <IconArrowUp size={12} />
                  ) : sorted === "desc" ? (
                    <IconArrowDown size={12} />
                  ) : null}
                </button>
              </div>
            );
          })}
        </div>
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {shown.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: part of the grid above, which takes the keys
              <div
                key={row.id}
                id={cellId(item.index)}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={selected.has(row.id)}
                className="grid-row grid-body-row"
                data-run={row.id}
                data-state={row.original.state}
                data-cursor={item.index === position}
                style={{ gridTemplateColumns, transform: `translateY(${item.start}px)` }}
                onClick={(event) =>
                  setSelection(
                    select(
                      selection,
                      row.id,
                      selectMode(event),
                      rows.map((other) => other.id),
                    ),
                  )
                }
                onDoubleClick={() => session.set({ tab: "curves" })}
              >
                {row.getAllCells().map((cell) => (
                  // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the grid above
                  <div
                    key={cell.id}
                    role="gridcell"
                    className={layout[cell.column.id]?.number ? "grid-cell number" : "grid-cell"}
                  >
                    <table.FlexRender cell={cell} />
                  </div>
                ))}
              </div>
            );
          })}
        </div>
        {rows.length === 0 ? <p className="dim pad">No run matches "{filter}".</p> : null}
      </div>
    </div>
  );
}

function cellId(index: number): string {
  return `grid-row-${index}`;
}

function NameCell({ row }: { readonly row: Row }) {
  const dark = useDark();
  return (
    <>
      <span className="swatch" aria-hidden="true" style={{ background: runColour(row.colourIndex, dark) }} />
      <span className="ellipsis" title={row.name}>
        {row.name}
      </span>
    </>
  );
}

function ProgressCell({ run }: { readonly run: RunSummary }) {
  const part = progress(run);
  const left = secondsLeft(run);
  if (run.state === "queued") return null;
  const text = left === undefined ? `${Math.floor(part * 100)}%` : `${formatDuration(left)} left`;
  return (
    <span className="progress-cell" title={`${formatCount(run.step)} of ${formatCount(run.steps)} steps`}>
      {isWorking(run) || part < 1 ? (
        <span className="bar" aria-hidden="true">
          <span style={{ width: `${part * 100}%` }} />
        </span>
      ) : null}
      {text}
    </span>
  );
}
