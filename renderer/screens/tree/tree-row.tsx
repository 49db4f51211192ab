import {
  IconArchive,
  IconChevronDown,
  IconChevronRight,
  IconFlag,
  IconFolder,
  IconNote,
  IconPinned,
} from "@tabler/icons-react";
import { type KeyboardEvent, memo, type ReactNode, useMemo, useRef, useState } from "react";
import type { RunSummary } from "../../../preload/contract.ts";
import { differingKeys } from "../../model/cells.ts";
import { runColour } from "../../model/colours.ts";
import { formatCount, formatTimeLeft, formatValue } from "../../model/format.ts";
import { isWorking, progress, runLabel, secondsLeft, stateLabels } from "../../model/runs.ts";
import { type ExperimentNode, experimentNote, itemOf, type TreeRow } from "../../model/tree.ts";
import { RunName } from "../../parts/run-name.tsx";
import { StatusIcon } from "../../parts/status-icon.tsx";
import { type DeskState, useDesk } from "../../state/desk.ts";
import { rename } from "../../state/desk-actions.ts";
import { deskView } from "../../state/desk-view.ts";
import { useQueue } from "../../state/queue.ts";

interface TreeRowProps {
  readonly id: string;
  readonly index: number;
  /** Pixels from the top. */
  readonly start: number;
  readonly row: TreeRow;
  readonly selected: boolean;
  readonly cursor: boolean;
  /** Something is dragged over it that can be dropped there. */
  readonly target: boolean;
  readonly renaming: boolean;
  readonly dark: boolean;
  onRenamed(): void;
}

/** One line of the tree; drawn again only when what it shows has changed. */
export const TreeRowView = memo(
  function TreeRowView({ id, index, start, row, selected, cursor, target, renaming, ...rest }: TreeRowProps) {
    const run = row.kind === "run" ? row.run : undefined;
    const Chevron = row.open ? IconChevronDown : IconChevronRight;
    return (
      // biome-ignore lint/a11y/useFocusableInteractive: the tree itself takes the focus and names this row as active
      <div
        id={id}
        className={`tree-row tree-${row.kind}`}
        role="treeitem"
        aria-level={row.level}
        aria-expanded={row.open}
        aria-selected={selected}
        data-cursor={cursor}
        data-index={index}
        data-target={target}
        data-item={itemOf(row).id}
        data-run={run?.id}
        data-state={run?.state}
        draggable={!renaming && (row.kind === "run" || row.kind === "experiment")}
        style={{ transform: `translateY(${start}px)` }}
        title={titleOf(row)}
      >
        <span className="tree-chevron" aria-hidden="true">
          {row.open === undefined ? null : <Chevron size={14} />}
        </span>
        <Contents row={row} renaming={renaming} {...rest} />
      </div>
    );
  },
  (before, now) =>
    before.index === now.index &&
    before.start === now.start &&
    before.row === now.row &&
    before.selected === now.selected &&
    before.cursor === now.cursor &&
    before.target === now.target &&
    before.renaming === now.renaming &&
    before.dark === now.dark,
);

type ContentsProps = Pick<TreeRowProps, "row" | "renaming" | "dark" | "onRenamed">;

function Contents({ row, renaming, dark, onRenamed }: ContentsProps) {
  const name = (text: string, own: string): ReactNode =>
    renaming ? <NameField row={row} name={own} onDone={onRenamed} /> : <span className="ellipsis">{text}</span>;
  switch (row.kind) {
    case "project":
      return (
        <>
          <IconFolder size={14} className="tree-icon" aria-hidden="true" />
          {name(row.node.project.name, row.node.project.name)}
          <Marks {...row.node.project} noted={row.node.project.notes !== ""} />
          <span className="tree-note">{row.node.experiments.length === 0 ? "empty" : null}</span>
        </>
      );
    case "experiment":
      return (
        <>
          {name(row.node.experiment.name, row.node.experiment.name)}
          <Marks {...row.node.experiment} noted={row.node.experiment.notes !== ""} />
          <ExperimentNote node={row.node} />
        </>
      );
    case "run":
      return (
        <>
          <span className="swatch" aria-hidden="true" style={{ background: runColour(row.run.ordinal, dark) }} />
          <StatusIcon state={row.run.state} progress={progress(row.run)} />
          {renaming ? name(row.label, row.run.label) : <RunName text={row.label} />}
          <Marks {...row.run} />
          <RunNote run={row.run} />
        </>
      );
    case "checkpoint": {
      const { label, step, isBest, isLast, pinned, reward, tags, notes } = row.checkpoint;
      const marks = [isBest ? "best" : "", isLast ? "last" : ""].filter((mark) => mark !== "").join(", ");
      return (
        <>
          <IconFlag size={14} className="tree-icon" aria-hidden="true" />
          {name(label === "" ? `step ${formatCount(step)}` : label, label)}
          <Marks tags={tags} noted={notes !== ""} archived={false} />
          {pinned ? <IconPinned size={12} className="tree-icon" aria-label="Pinned" /> : null}
          <span className="tree-note">
            {marks}
            {reward === null ? "" : ` ${formatValue(reward)}`}
          </span>
        </>
      );
    }
  }
}

interface MarksProps {
  readonly tags: readonly string[];
  readonly noted: boolean;
  readonly archived: boolean;
}

function Marks({ tags, noted, archived }: MarksProps) {
  return (
    <>
      {tags.length === 0 ? null : (
        <span className="tree-tag" title={tags.join(", ")}>
          {tags[0]}
          {tags.length > 1 ? ` +${tags.length - 1}` : ""}
        </span>
      )}
      {noted ? <IconNote size={12} className="tree-icon" aria-label="Has notes" /> : null}
      {archived ? <IconArchive size={12} className="tree-icon" aria-label="Archived" /> : null}
    </>
  );
}

function ExperimentNote({ node }: { readonly node: ExperimentNode }) {
  const ends = useQueue((state) => latestEnd(node.runs, state.endsInSeconds));
  const parameters = useDesk((state) => state.parameters);
  const oneCell = useMemo(() => isOneCell(node.runs, parameters), [node.runs, parameters]);
  return <span className="tree-note">{experimentNote(node.runs, ends, oneCell)}</span>;
}

function latestEnd(runs: readonly RunSummary[], ends: ReadonlyMap<string, number>): number | undefined {
  let latest: number | undefined;
  for (const { id } of runs) {
    const end = ends.get(id);
    if (end !== undefined && (latest === undefined || end > latest)) latest = end;
  }
  return latest;
}

/** Whether the runs differ in their seed only, so that they have a mean. */
function isOneCell(runs: readonly RunSummary[], parameters: DeskState["parameters"]): boolean {
  const values = runs.map((run) => parameters.get(run.id));
  if (values.some((each) => each === undefined)) return false;
  const first = runs[0];
  const alike = runs.every(
    (run) => run.scenario === first?.scenario && run.learner === first.learner && run.parent === first.parent,
  );
  const seeds = new Set(runs.map((run) => run.seed));
  return alike && seeds.size === runs.length && differingKeys(values.filter((each) => each !== undefined)).length === 0;
}

/** What matters most about a run on a narrow line: the time left, how far it came, or its result. */
function RunNote({ run }: { readonly run: RunSummary }) {
  const ends = useQueue((state) => state.endsInSeconds.get(run.id));
  const left = secondsLeft(run) ?? (isWorking(run) ? ends : undefined);
  const text =
    left !== undefined
      ? `${formatTimeLeft(left)} left`
      : isWorking(run) || run.state === "paused"
        ? `${Math.floor(progress(run) * 100)}%`
        : run.reward !== null && run.state === "finished"
          ? formatValue(run.reward)
          : "";
  return <span className="tree-note">{text}</span>;
}

function titleOf(row: TreeRow): string {
  switch (row.kind) {
    case "project":
      return row.node.project.name;
    case "experiment":
      return row.node.experiment.name;
    case "run":
      return `${row.label}\n${runLabel(row.run)}\n${stateLabels[row.run.state]}, ${Math.floor(progress(row.run) * 100)}%`;
    case "checkpoint":
      return row.checkpoint.id;
  }
}

interface NameFieldProps {
  readonly row: TreeRow;
  readonly name: string;
  onDone(): void;
}

/** Enter or leaving the field keeps the name, Escape does not. */
function NameField({ row, name, onDone }: NameFieldProps) {
  const [text, setText] = useState(name);
  const ended = useRef(false);
  const end = (keep: boolean, refocus: boolean) => {
    if (ended.current) return;
    ended.current = true;
    if (keep && text.trim() !== name) rename(itemOf(row), text);
    else deskView.set({ renaming: undefined });
    if (refocus) onDone();
  };
  const key = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Enter") end(true, true);
    else if (event.key === "Escape") end(false, true);
  };
  return (
    <input
      className="tree-name"
      aria-label="Name"
      placeholder={row.kind === "run" ? row.label : undefined}
      value={text}
      maxLength={200}
      // biome-ignore lint/a11y/noAutofocus: the field is there because its name is to be typed
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={key}
      onBlur={() => end(true, false)}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
    />
  );
}
