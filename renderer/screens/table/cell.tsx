import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { memo } from "react";
import { formatCellValue } from "../../model/cells.ts";
import { runColour } from "../../model/colours.ts";
import { formatCount } from "../../model/format.ts";
import { isWorking, progress } from "../../model/runs.ts";
import { cellText, groupValue, isMeasured, type TableData, type TableRow } from "../../model/table-rows.ts";
import { Ago } from "../../parts/ago.tsx";
import { RunName } from "../../parts/run-name.tsx";
import { StatusIcon } from "../../parts/status-icon.tsx";

interface TableCellProps {
  readonly row: TableRow;
  readonly column: string;
  readonly data: TableData;
  readonly dark: boolean;
  /** Undefined for a row that cannot be opened. */
  readonly expanded: boolean | undefined;
  /** Whether it belongs to an open group. */
  readonly inset: boolean;
}

/** What stands in one cell of the table. */
export const TableCell = memo(function TableCell({ row, column, data, dark, expanded, inset }: TableCellProps) {
  const text = cellText(row, column, data);
  if (column === "name") {
    const Chevron = expanded ? IconChevronDown : IconChevronRight;
    return (
      <>
        {row.kind === "group" ? (
          <span className="group-toggle" aria-hidden="true">
            <Chevron size={14} />
          </span>
        ) : (
          <span
            className={inset ? "swatch swatch-inset" : "swatch"}
            aria-hidden="true"
            style={{ background: runColour(row.run.ordinal, dark) }}
          />
        )}
        <RowName text={text} />
      </>
    );
  }
  if (row.kind === "group") {
    const value = isMeasured(column) ? groupValue(row, column, data) : undefined;
    if (value === undefined) return <span title={text}>{text}</span>;
    return (
      <span data-mean={value.mean} data-n={value.n}>
        {formatCellValue(value)} <span className="dim">n {value.n}</span>
      </span>
    );
  }
  const { run } = row;
  if (column === "state")
    return (
      <>
        <StatusIcon state={run.state} progress={progress(run)} />
        {text}
      </>
    );
  if (column === "progress" && run.state !== "queued")
    return (
      <span className="progress-cell" title={`${formatCount(run.step)} of ${formatCount(run.steps)} steps`}>
        {isWorking(run) || progress(run) < 1 ? (
          <span className="bar" aria-hidden="true">
            <span style={{ width: `${progress(run) * 100}%` }} />
          </span>
        ) : null}
        {text}
      </span>
    );
  if (column === "created") return <Ago time={run.createdAt} />;
  return <span title={text}>{text}</span>;
});

/** `Experiment: what differs` with what differs first, since the rest is the same in many rows. */
function RowName({ text }: { readonly text: string }) {
  const colon = text.lastIndexOf(": ");
  return (
    <span className="row-name" title={text}>
      <RunName text={text.slice(colon === -1 ? 0 : colon + 2)} />
      {colon === -1 ? null : <span className="ellipsis dim">{text.slice(0, colon)}</span>}
    </span>
  );
}
