import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { runLabels } from "../../model/cells.ts";
import { formatBytes, formatCount } from "../../model/format.ts";
import { formatIn, priorityLabels, type QueueRow } from "../../model/queue.ts";
import { rowStep } from "../../model/row-steps.ts";
import { progress, stateLabels } from "../../model/runs.ts";
import { select, selectMode } from "../../model/selection.ts";
import { StatusIcon } from "../../parts/status-icon.tsx";
import { setSelection } from "../../state/actions.ts";
import { useDesk } from "../../state/desk.ts";
import { commandSelected } from "../../state/queue.ts";
import { session, useSession } from "../../state/session.ts";

const rowHeight = 28;

interface Column {
  readonly id: string;
  readonly title: string;
  /** Pixels, and the part of what is left. */
  readonly width: number;
  readonly grow?: number;
  readonly number?: true;
  /** Columns that do not fit are left out, the greatest number first. */
  readonly priority: number;
  readonly cell: (row: QueueRow, label: string) => ReactNode;
}

const columns: readonly Column[] = [
  {
    id: "position",
    title: "Next",
    width: 48,
    number: true,
    priority: 0,
    cell: ({ position }) => (position === 0 ? "" : formatCount(position)),
  },
  {
    id: "state",
    title: "State",
    width: 96,
    priority: 0,
    cell: ({ summary, waitsFor }) => (
      <>
        <StatusIcon state={summary.state} progress={progress(summary)} />
        <span title={waitsFor === "" ? undefined : `Waits for ${waitsFor}`}>{stateLabels[summary.state]}</span>
      </>
    ),
  },
  {
    id: "run",
    title: "Run",
    width: 190,
    grow: 2,
    priority: 0,
    cell: ({ summary }, label) => (
      <span className="ellipsis" title={`${summary.name}: ${label}`}>
        {label}
        <span className="dim"> {summary.name}</span>
      </span>
    ),
  },
  {
    id: "priority",
    title: "Priority",
    width: 72,
    priority: 1,
    cell: ({ priority }) => (
      <span className={priority === "normal" ? "dim" : undefined}>{priorityLabels[priority]}</span>
    ),
  },
  { id: "starts", title: "Starts", width: 100, number: true, priority: 1, cell: (row) => starts(row) },
  { id: "ends", title: "Ends", width: 100, number: true, priority: 1, cell: (row) => ends(row) },
  {
    id: "progress",
    title: "Done",
    width: 100,
    priority: 3,
    cell: ({ summary }) => <Progress part={progress(summary)} step={summary.step} steps={summary.steps} />,
  },
  {
    id: "memory",
    title: "Memory",
    width: 84,
    number: true,
    priority: 4,
    cell: ({ memoryBytes, position }) =>
      memoryBytes === 0 ? (
        ""
      ) : (
        <span title={position === 0 ? "Most that it has taken" : "What it will take, by what similar runs took"}>
          {formatBytes(memoryBytes)}
        </span>
      ),
  },
];

function starts({ position, startsInSeconds, unknown }: QueueRow): ReactNode {
  if (position === 0) return "";
  return startsInSeconds === null ? <Unknown text={unknown} /> : formatIn(startsInSeconds);
}

function ends({ endsInSeconds, unknown }: QueueRow): ReactNode {
  return endsInSeconds === null ? <Unknown text={unknown} /> : formatIn(endsInSeconds);
}

function Unknown({ text }: { readonly text: string }) {
  return (
    <span className="dim" title="Told as soon as the speed of these or similar runs is known">
      {text}
    </span>
  );
}

function Progress({ part, step, steps }: { readonly part: number; readonly step: number; readonly steps: number }) {
  if (step === 0) return null;
  return (
    <span className="progress-cell" title={`${formatCount(step)} of ${formatCount(steps)} steps`}>
      <span className="bar" aria-hidden="true">
        <span style={{ width: `${part * 100}%` }} />
      </span>
      {Math.floor(part * 100)}%
    </span>
  );
}

function fitting(width: number): readonly Column[] {
  const shown = new Set<Column>();
  let used = 0;
  for (const column of [...columns].sort((a, b) => a.priority - b.priority)) {
    used += column.width;
    if (used > width && column.priority > 0) break;
    shown.add(column);
  }
  return columns.filter((column) => shown.has(column));
}

function template(shown: readonly Column[]): string {
  return shown.map(({ width, grow }) => (grow ? `minmax(${width}px, ${grow}fr)` : `${width}px`)).join(" ");
}

/** Labels of the queued runs among all runs of their experiments, so that a cell keeps its name when others are done. */
function useLabels(rows: readonly QueueRow[]): ReadonlyMap<string, string> {
  const parameters = useDesk((state) => state.parameters);
  const experiments = [...new Set(rows.map(({ summary }) => summary.experiment))].sort().join("\n");
  const count = useSession((state) => state.runs.length);
  // biome-ignore lint/correctness/useExhaustiveDependencies: labels change with the number of runs, not with their progress
  return useMemo(() => {
    const labels = new Map<string, string>();
    const { runs } = session.get();
    for (const experiment of experiments.split("\n")) {
      const members = runs.filter((run) => run.experiment === experiment);
      for (const [index, label] of runLabels(members, parameters).entries()) {
        const run = members[index];
        if (run !== undefined) labels.set(run.id, label);
      }
    }
    return labels;
  }, [experiments, parameters, count]);
}

/** Runs that train, then those that wait, the next one first. Only the visible rows are drawn. */
export function QueueTable({ rows }: { readonly rows: readonly QueueRow[] }) {
  const selection = useSession((state) => state.selection);
  const labels = useLabels(rows);
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const shownColumns = useMemo(() => fitting(width), [width]);
  const gridTemplateColumns = template(shownColumns);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    scrollPaddingStart: rowHeight,
    overscan: 8,
  });
  const selected = useMemo(() => new Set(selection.selected), [selection.selected]);
  const position = rows.findIndex(({ run }) => run === selection.active);
  // A run that was moved stays in sight.
  useEffect(() => {
    if (position >= 0 && scroller.current === document.activeElement) virtual.scrollToIndex(position);
  }, [position, virtual]);

  const key = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.altKey) return;
    const visible = Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 2;
    const step = rowStep(event.key, position, rows.length, visible);
    const mod = event.ctrlKey || event.metaKey;
    const current = rows[position]?.run;
    if (step !== undefined && !mod) {
      const target = rows[Math.min(rows.length - 1, Math.max(0, step))];
      if (target === undefined) return;
      const order = rows.map(({ run }) => run);
      setSelection(select(selection, target.run, event.shiftKey ? "range" : "only", order));
    } else if (event.key === "a" && mod) setSelection({ ...selection, selected: rows.map(({ run }) => run) });
    else if (event.key === "Enter" && current !== undefined) session.set({ tab: "curves" });
    else if (event.key === " " && current !== undefined) setSelection(select(selection, current, "toggle", []));
    else if (event.key === "Delete" && !mod && !event.shiftKey) void commandSelected("pause");
    else return;
    event.preventDefault();
  };

  const shown = virtual.getVirtualItems();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of which only the visible rows exist, as WAI-ARIA's grid
    <div
      ref={scroller}
      className="grid"
      role="grid"
      aria-label="Queue"
      aria-multiselectable="true"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={shown.some((item) => item.index === position) ? rowId(position) : undefined}
      tabIndex={0}
      onKeyDown={key}
    >
      {/* biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the grid above */}
      <div className="grid-row grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns }}>
        {shownColumns.map(({ id, title, number }) => (
          // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the grid above
          <div key={id} role="columnheader" className={number ? "grid-cell number" : "grid-cell"}>
            {title}
          </div>
        ))}
      </div>
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {shown.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: part of the grid above, which takes the keys
            <div
              key={row.run}
              id={rowId(item.index)}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={selected.has(row.run)}
              className="grid-row grid-body-row"
              data-run={row.run}
              data-position={row.position}
              data-cursor={item.index === position}
              style={{ gridTemplateColumns, transform: `translateY(${item.start}px)` }}
              onClick={(event) => {
                const order = rows.map(({ run }) => run);
                setSelection(select(selection, row.run, selectMode(event), order));
              }}
              onDoubleClick={() => session.set({ tab: "curves" })}
            >
              {shownColumns.map(({ id, number, cell }) => (
                // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: part of the grid above
                <div key={id} role="gridcell" className={number ? "grid-cell number" : "grid-cell"}>
                  {cell(row, labels.get(row.run) ?? row.run)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function rowId(index: number): string {
  return `queue-row-${index}`;
}
