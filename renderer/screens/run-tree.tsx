import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import type { RunSummary } from "../../preload/contract.ts";
import { runColour } from "../model/colours.ts";
import { formatDuration, formatValue } from "../model/format.ts";
import {
  type Experiment,
  experiments,
  isWorking,
  progress,
  runLabel,
  secondsLeft,
  stateLabels,
  type TreeRow,
  treeRows,
} from "../model/runs.ts";
import { type SelectMode, select, selectMode } from "../model/selection.ts";
import { StatusIcon } from "../parts/status-icon.tsx";
import { useDark } from "../parts/use-dark.ts";
import { setSelection } from "../state/actions.ts";
import { session, useSession } from "../state/session.ts";
import { selectAll } from "./menu-commands.ts";

const rowHeight = 28;

/** Experiments and their runs. One stop of the Tab key; arrows move, Enter shows the curves, Space adds or takes away. */
export function RunTree() {
  const runs = useSession((state) => state.runs);
  const selection = useSession((state) => state.selection);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<string>();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => treeRows(experiments(runs), closed), [runs, closed]);
  const colours = useMemo(() => new Map(runs.map((run, index) => [run.id, index])), [runs]);
  const order = useMemo(() => rows.flatMap((row) => (row.kind === "run" ? [row.run.id] : [])), [rows]);
  const selected = useMemo(() => new Set(selection.selected), [selection.selected]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });

  const { active } = selection;
  useEffect(() => setCursor(active), [active]);
  const position = rows.findIndex((row) => row.key === cursor);

  const toggleOpen = (id: string, open: boolean) => {
    const next = new Set(closed);
    if (open) next.delete(id);
    else next.add(id);
    setClosed(next);
  };
  const selectExperiment = (experiment: Experiment) => {
    const ids = experiment.runs.map((run) => run.id);
    setSelection({ selected: ids, active: session.get().selection.active, anchor: ids[0] });
  };
  const moveTo = (index: number, mode: SelectMode | undefined) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (row === undefined) return;
    setCursor(row.key);
    virtual.scrollToIndex(rows.indexOf(row));
    if (row.kind === "run" && mode !== undefined) setSelection(select(selection, row.run.id, mode, order));
  };
  const page = () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 1);

  const key = (event: KeyboardEvent) => {
    const row = rows[position];
    const mode = event.shiftKey ? "range" : event.ctrlKey || event.metaKey ? undefined : "only";
    const steps: Record<string, number> = {
      ArrowDown: position + 1,
      ArrowUp: position <= 0 ? 0 : position - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: position + page(),
      PageUp: position - page(),
    };
    const target = steps[event.key];
    if (target !== undefined) moveTo(target, mode);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) selectAll();
    else if (row === undefined) return;
    else if (event.key === "ArrowRight" && row.kind === "experiment") {
      if (row.open) moveTo(position + 1, mode);
      else toggleOpen(row.experiment.id, true);
    } else if (event.key === "ArrowLeft") {
      if (row.kind === "experiment") toggleOpen(row.experiment.id, false);
      else
        moveTo(
          rows.findLastIndex((other, index) => index < position && other.kind === "experiment"),
          mode,
        );
    } else if (event.key === "Enter") {
      if (row.kind === "experiment") selectExperiment(row.experiment);
      session.set({ tab: "curves" });
    } else if (event.key === " ") {
      if (row.kind === "experiment") selectExperiment(row.experiment);
      else setSelection(select(selection, row.run.id, "toggle", order));
    } else return;
    event.preventDefault();
  };

  const click = (event: MouseEvent, row: TreeRow) => {
    setCursor(row.key);
    if (row.kind === "run") setSelection(select(selection, row.run.id, selectMode(event), order));
    else selectExperiment(row.experiment);
  };

  const shown = virtual.getVirtualItems();
  const cursorShown = shown.some((item) => item.index === position);
  return (
    <div
      ref={scroller}
      className="tree"
      role="tree"
      aria-label="Runs"
      aria-multiselectable="true"
      aria-activedescendant={cursorShown ? rowId(position) : undefined}
      tabIndex={0}
      onKeyDown={key}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {shown.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const style = { transform: `translateY(${item.start}px)`, height: rowHeight };
          const place = { id: rowId(item.index), style, cursor: item.index === position };
          return row.kind === "experiment" ? (
            <ExperimentRow
              key={row.key}
              {...place}
              experiment={row.experiment}
              open={row.open}
              onClick={(event) => click(event, row)}
              onToggle={() => toggleOpen(row.experiment.id, !row.open)}
            />
          ) : (
            <RunRow
              key={row.key}
              {...place}
              run={row.run}
              label={row.label}
              selected={selected.has(row.run.id)}
              colourIndex={colours.get(row.run.id) ?? 0}
              onClick={(event) => click(event, row)}
            />
          );
        })}
      </div>
    </div>
  );
}

function rowId(index: number): string {
  return `tree-row-${index}`;
}

interface RowPlace {
  readonly id: string;
  readonly style: { readonly transform: string; readonly height: number };
  readonly cursor: boolean;
  onClick(event: MouseEvent): void;
}

interface ExperimentRowProps extends RowPlace {
  readonly experiment: Experiment;
  readonly open: boolean;
  onToggle(): void;
}

function ExperimentRow({ id, style, cursor, experiment, open, onClick, onToggle }: ExperimentRowProps) {
  const working = experiment.runs.filter(isWorking).length;
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree itself takes the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the tree itself takes the focus and names this row as active
    <div
      id={id}
      className="tree-row tree-experiment"
      role="treeitem"
      aria-level={1}
      aria-expanded={open}
      aria-selected={false}
      data-cursor={cursor}
      style={style}
      title={experiment.name}
      onClick={onClick}
      onDoubleClick={onToggle}
    >
      <span
        className="tree-chevron"
        aria-hidden="true"
        onClick={(event) => {
          event.stopPropagation();
          onToggle();
        }}
      >
        <Chevron size={14} />
      </span>
      <span className="ellipsis">{experiment.name}</span>
      <span className="tree-note">
        {working > 0 ? `${working} of ${experiment.runs.length}` : experiment.runs.length}
      </span>
    </div>
  );
}

interface RunRowProps extends RowPlace {
  readonly run: RunSummary;
  readonly label: string;
  readonly selected: boolean;
  readonly colourIndex: number;
}

function RunRow({ id, style, cursor, run, label, selected, colourIndex, onClick }: RunRowProps) {
  const dark = useDark();
  const part = progress(run);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree itself takes the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the tree itself takes the focus and names this row as active
    <div
      id={id}
      className="tree-row tree-run"
      role="treeitem"
      aria-level={2}
      aria-selected={selected}
      data-cursor={cursor}
      data-run={run.id}
      data-state={run.state}
      style={style}
      title={`${runLabel(run)}\n${stateLabels[run.state]}, ${Math.floor(part * 100)}%`}
      onClick={onClick}
      onDoubleClick={() => session.set({ tab: "curves" })}
    >
      <span className="swatch" aria-hidden="true" style={{ background: runColour(colourIndex, dark) }} />
      <StatusIcon state={run.state} progress={part} />
      <span className="ellipsis">{label}</span>
      <span className="tree-note">{note(run)}</span>
    </div>
  );
}

/** What matters most about a run on a narrow line: the time left, how far it came, or its result. */
function note(run: RunSummary): string {
  const left = secondsLeft(run);
  if (left !== undefined) return `${formatDuration(left)} left`;
  if (isWorking(run) || run.state === "paused") return `${Math.floor(progress(run) * 100)}%`;
  if (run.reward !== null && run.state === "finished") return formatValue(run.reward);
  return "";
}
