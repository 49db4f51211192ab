import { Button, Switch } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import {
  columnPinningFeature,
  columnResizingFeature,
  columnSizingFeature,
  createColumnHelper,
  createExpandedRowModel,
  createSortedRowModel,
  type ExpandedState,
  functionalUpdate,
  rowExpandingFeature,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { formatCount } from "../../model/format.ts";
import { rowStep } from "../../model/row-steps.ts";
import { type SelectMode, select, selectMode } from "../../model/selection.ts";
import { fittingColumns, pinnedFirst, toTsv } from "../../model/table.ts";
import {
  columnSpec,
  copiedRows,
  groupRows,
  isMeasured,
  metricOf,
  runRows,
  sortValue,
  type TableData,
  type TableRow,
} from "../../model/table-rows.ts";
import "../../styles/table.css";
import { useDark } from "../../parts/use-dark.ts";
import { setSelection } from "../../state/actions.ts";
import { useDesk, wantMetrics } from "../../state/desk.ts";
import { trash } from "../../state/desk-actions.ts";
import { deskView, targets } from "../../state/desk-view.ts";
import { bridge, session, useSession } from "../../state/session.ts";
import { changeTable, useTableLayout } from "../../state/table.ts";
import { selectAll } from "../menu-commands.ts";
import { useShownRuns } from "../tree/use-shown-runs.ts";
import { TableCell } from "./cell.tsx";
import { ColumnChooser } from "./column-chooser.tsx";
import { ColumnHeader } from "./column-header.tsx";

const rowHeight = 28;
/** What an interval and n take beside a value, in pixels. */
const meanWidth = 48;

const features = tableFeatures({
  rowSortingFeature,
  rowExpandingFeature,
  columnPinningFeature,
  columnSizingFeature,
  columnResizingFeature,
  sortedRowModel: createSortedRowModel(),
  expandedRowModel: createExpandedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic },
});
const helper = createColumnHelper<typeof features, TableRow>();

/**
 * The runs that the search finds, or their cells: sorted by headings (several with Shift), columns chosen, pinned and
 * resized. Only the visible rows are drawn. One stop of the Tab key for the rows.
 */
export function RunsTable() {
  const runs = useShownRuns();
  const allRuns = useSession((state) => state.runs.length);
  const scenarios = useSession((state) => state.scenarios);
  const selection = useSession((state) => state.selection);
  const projects = useDesk((state) => state.projects);
  const experiments = useDesk((state) => state.experiments);
  const parameters = useDesk((state) => state.parameters);
  const lastValues = useDesk((state) => state.lastValues);
  const layout = useTableLayout((state) => state);
  const dark = useDark();
  const [expanded, setExpanded] = useState<ExpandedState>({});
  const [width, setWidth] = useState(0);
  const [cursor, setCursor] = useState(selection.active);
  const scroller = useRef<HTMLDivElement>(null);

  const shownColumns = useMemo(() => {
    const ids = layout.columns ?? fittingColumns(layout.grouped ? width - meanWidth : width);
    return pinnedFirst(ids, layout.pinned).flatMap((id) => columnSpec(id, scenarios) ?? []);
  }, [layout.columns, layout.pinned, layout.grouped, width, scenarios]);
  const metrics = useMemo(() => shownColumns.flatMap(({ id }) => metricOf(id) ?? []), [shownColumns]);
  useEffect(() => {
    wantMetrics("table", metrics);
    return () => wantMetrics("table", []);
  }, [metrics]);

  const tableData = useMemo(
    (): TableData => ({ projects, experiments, parameters, lastValues }),
    [projects, experiments, parameters, lastValues],
  );
  const data = useMemo((): readonly TableRow[] => {
    const rows = runRows(runs, parameters);
    return layout.grouped ? groupRows(rows, parameters) : rows;
  }, [runs, layout.grouped, parameters]);
  const columns = useMemo(
    () =>
      helper.columns(
        shownColumns.map((spec) =>
          helper.accessor((row): unknown => sortValue(row, spec.id, tableData), {
            id: spec.id,
            header: spec.title,
            size: layout.widths[spec.id] ?? spec.width + (layout.grouped && isMeasured(spec.id) ? meanWidth : 0),
            minSize: 48,
            maxSize: 1000,
            sortFn: spec.number ? "basic" : "alphanumeric",
            sortUndefined: "last",
            // The best is what is looked for first.
            sortDescFirst: spec.better === "higher" || spec.id === "created",
          }),
        ),
      ),
    [shownColumns, tableData, layout.widths, layout.grouped],
  );
  const table = useTable({
    features,
    columns,
    data,
    getRowId: (row) => row.id,
    getSubRows: (row) => (row.kind === "group" ? row.runs : undefined),
    autoResetExpanded: false,
    enableSortingRemoval: false,
    columnResizeMode: "onEnd",
    state: {
      sorting: layout.sorting,
      expanded,
      columnPinning: { start: layout.pinned, end: [] },
      columnSizing: layout.widths,
    },
    onSortingChange: (change) => changeTable({ sorting: functionalUpdate(change, layout.sorting) }),
    onExpandedChange: setExpanded,
    onColumnSizingChange: (change) => changeTable({ widths: functionalUpdate(change, layout.widths) }),
  });
  const { rows } = table.getRowModel();
  const headers = table.getHeaderGroups()[0]?.headers ?? [];

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
    // The heading covers the first row's height.
    scrollMargin: rowHeight,
    scrollPaddingStart: rowHeight,
    overscan: 8,
  });
  // What is selected elsewhere is where the keyboard goes on; a cell that was chosen here stays.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another active run moves the cursor
  useEffect(() => {
    const at = rows.find((row) => row.id === cursor)?.original;
    if (at?.kind !== "group" || !at.runs.some(({ id }) => id === selection.active)) setCursor(selection.active);
  }, [selection.active]);
  const selected = useMemo(() => new Set(selection.selected), [selection.selected]);
  const rowPlaces = useMemo(() => new Map(rows.map((row, index) => [row.id, index])), [rows]);
  const position = (cursor === undefined ? undefined : rowPlaces.get(cursor)) ?? -1;

  const runsOf = (row: TableRow) => (row.kind === "run" ? [row.id] : row.runs.map(({ id }) => id));
  const choose = (row: TableRow, mode: SelectMode) => {
    setCursor(row.id);
    if (row.kind === "run") {
      const order = rows.flatMap(({ original }) => runsOf(original));
      setSelection(select(session.get().selection, row.id, mode, order));
      return;
    }
    const ids = runsOf(row);
    const before = session.get().selection;
    if (mode === "only") setSelection({ selected: ids, active: ids[0], anchor: ids[0] });
    else if (mode === "range") setSelection({ ...before, selected: [...new Set([...before.selected, ...ids])] });
    else {
      const isOn = ids.every((id) => before.selected.includes(id));
      const others = before.selected.filter((id) => !ids.includes(id));
      setSelection({ selected: isOn ? others : [...others, ...ids], active: ids[0], anchor: ids[0] });
    }
    setCursor(row.id);
  };

  const key = (event: KeyboardEvent) => {
    // Keys with Alt are the queue's.
    if (event.target !== event.currentTarget || event.altKey || !carryOut(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const carryOut = (event: KeyboardEvent): boolean => {
    const row = rows[position];
    const mod = event.ctrlKey || event.metaKey;
    const visible = Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 2;
    const step = rowStep(event.key, position, rows.length, visible);
    if (step !== undefined) {
      const index = Math.min(rows.length - 1, Math.max(0, step));
      const target = rows[index];
      if (target === undefined) return true;
      choose(target.original, event.shiftKey ? "range" : "only");
      virtual.scrollToIndex(index);
    } else if (event.key === "a" && mod) selectAll();
    else if (event.key === "c" && mod) copy();
    else if (event.key === "Delete" && !mod && !event.shiftKey) void trash(targets());
    else if (row === undefined) return false;
    else if (event.key === "Enter") {
      if (row.original.kind === "group") choose(row.original, "only");
      session.set({ tab: "curves" });
    } else if (event.key === " ") choose(row.original, "toggle");
    else if (event.key === "F2" && row.original.kind === "run")
      deskView.set({ renaming: { kind: "run", id: row.original.id } });
    else if (event.key === "ArrowRight" && row.original.kind === "group") row.toggleExpanded(true);
    else if (event.key === "ArrowLeft" && row.original.kind === "group") row.toggleExpanded(false);
    else return false;
    return true;
  };

  /** The selected rows, or all where fewer than two are selected; with headings. */
  const copy = () => {
    const list = rows.map((row) => row.original);
    const chosen = list.filter((row) => runsOf(row).every((id) => selected.has(id)));
    const copied = chosen.length > 1 ? chosen : list;
    void bridge.copyText(toTsv(copiedRows(copied, shownColumns, tableData)));
    session.set({ notice: { kind: "info", text: `Copied ${formatCount(copied.length)} rows with headings.` } });
  };

  // The name takes what is left.
  const sizes = headers.map((header) => header.getSize());
  const slack = Math.max(0, width - sizes.reduce((total, size) => total + size, 0));
  const grower = Math.max(
    0,
    headers.findIndex((header) => header.column.id === "name"),
  );
  const widths = sizes.map((size, index) => (index === grower ? size + slack : size));
  const total = widths.reduce((sum, size) => sum + size, 0);
  const offsets = widths.map((_, index) => widths.slice(0, index).reduce((sum, size) => sum + size, 0));
  const gridTemplateColumns = widths.map((size) => `${size}px`).join(" ");
  const isPinned = (id: string) => layout.pinned.includes(id);

  const click = (event: MouseEvent, row: (typeof rows)[number]) => {
    if ((event.target as Element).closest(".group-toggle") !== null) row.toggleExpanded();
    else choose(row.original, selectMode(event));
  };

  const shown = virtual.getVirtualItems();
  return (
    <div className="runs-screen">
      <div className="toolbar">
        <span className="dim" role="status">
          {countText(runs.length, allRuns, layout.grouped ? data.length : undefined)}
        </span>
        <span className="spacer" />
        <Switch
          size="xs"
          label="Group by seed"
          checked={layout.grouped}
          onChange={(event) => changeTable({ grouped: event.currentTarget.checked })}
        />
        <ColumnChooser shown={shownColumns.map(({ id }) => id)} />
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconCopy size={14} />}
          title="Copy the selected rows, or all, for a spreadsheet (Ctrl+C in the table)"
          onClick={copy}
        >
          Copy
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useAriaPropsSupportedByRole: a table of which only the visible rows exist, as WAI-ARIA's grid or tree grid */}
      <div
        ref={scroller}
        className="grid runs-grid"
        role={layout.grouped ? "treegrid" : "grid"}
        aria-label="Runs"
        aria-multiselectable="true"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={shown.some((item) => item.index === position) ? cellId(position) : undefined}
        tabIndex={0}
        onKeyDown={key}
      >
        {/* biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the grid above */}
        <div className="grid-row grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns, width: total }}>
          {headers.map((header, index) => (
            <ColumnHeader
              key={header.id}
              spec={shownColumns[index] as (typeof shownColumns)[number]}
              sorted={header.column.getIsSorted()}
              sortIndex={layout.sorting.length > 1 ? header.column.getSortIndex() : -1}
              pinned={isPinned(header.column.id)}
              left={offsets[index] ?? 0}
              size={sizes[index] ?? 0}
              onSort={(event) => header.column.getToggleSortingHandler()?.(event)}
              onResize={(event) => header.getResizeHandler()(event)}
              resizing={header.column.getIsResizing()}
              columns={shownColumns.map(({ id }) => id)}
            />
          ))}
        </div>
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative", width: total }}>
          {shown.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const { original } = row;
            const ids = runsOf(original);
            return (
              // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: part of the grid above, which takes the keys
              <div
                key={row.id}
                id={cellId(item.index)}
                role="row"
                aria-rowindex={item.index + 2}
                aria-level={layout.grouped ? row.depth + 1 : undefined}
                aria-expanded={original.kind === "group" ? row.getIsExpanded() : undefined}
                aria-selected={ids.every((id) => selected.has(id))}
                className="grid-row grid-body-row"
                data-run={original.kind === "run" ? original.id : undefined}
                data-group={original.kind === "group" ? original.cell.counted.length : undefined}
                data-state={original.kind === "run" ? original.run.state : undefined}
                data-cursor={item.index === position}
                style={{ gridTemplateColumns, transform: `translateY(${item.start - rowHeight}px)`, width: total }}
                onClick={(event) => click(event, row)}
                onDoubleClick={() => session.set({ tab: "curves" })}
              >
                {shownColumns.map((spec, index) => (
                  // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the grid above
                  <div
                    key={spec.id}
                    role="gridcell"
                    className={`grid-cell${spec.number ? " number" : ""}${isPinned(spec.id) ? " pinned" : ""}`}
                    style={isPinned(spec.id) ? { left: offsets[index] } : undefined}
                  >
                    <TableCell
                      row={original}
                      column={spec.id}
                      data={tableData}
                      dark={dark}
                      expanded={original.kind === "group" ? row.getIsExpanded() : undefined}
                      inset={row.depth > 0}
                    />
                  </div>
                ))}
              </div>
            );
          })}
        </div>
        {rows.length === 0 ? <p className="dim pad">No run matches the search.</p> : null}
      </div>
      {layout.grouped ? (
        <p className="dim table-caption">
          Mean ± half of its 95% Student-t interval over the n finished runs of a cell, one run a seed. Unfinished and
          failed runs are counted, not averaged.
        </p>
      ) : null}
    </div>
  );
}

function cellId(index: number): string {
  return `grid-row-${index}`;
}

function countText(shown: number, all: number, cells: number | undefined): string {
  const runs = shown === all ? `${formatCount(all)} runs` : `${formatCount(shown)} of ${formatCount(all)} runs`;
  return cells === undefined ? runs : `${runs} in ${formatCount(cells)} cells`;
}
