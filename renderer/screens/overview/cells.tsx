import { Button } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";
import { formatCellValue } from "../../model/cells.ts";
import { formatParameter } from "../../model/format.ts";
import { againstNextText, cellLabel, type RankedCell } from "../../model/overview/cells.ts";
import { hover, selectFromOverview, useOverview } from "../../state/overview.ts";
import { useSession } from "../../state/session.ts";
import { Section } from "./section.tsx";
import { directionOf, type Sweep } from "./use-sweep.ts";

/** More rows are asked for. */
const firstRows = 20;

/** Cells from best to worst, as far as their seeds allow to say so. */
export function Cells({ sweep }: { readonly sweep: Sweep }) {
  const { cells, varied, metric } = sweep;
  const [all, setAll] = useState(false);
  const [at, setAt] = useState(0);
  const directed = metric.better !== "neither";
  const title = directed ? "Best cells" : "Cells";
  if (cells.length === 0) {
    return (
      <Section title={title} name="cells">
        <p className="dim">No run has finished with this metric yet.</p>
      </Section>
    );
  }
  const shown = all ? cells : cells.slice(0, firstRows);
  const press = (event: KeyboardEvent<HTMLTableElement>) => {
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: Math.min(shown.length - 1, at + 1),
      ArrowUp: Math.max(0, at - 1),
      Home: 0,
      End: shown.length - 1,
    };
    const next = moves[event.key];
    if (next !== undefined) {
      setAt(next);
      event.currentTarget.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      const cell = shown[at];
      if (cell !== undefined) selectFromOverview(cell.runs.map(({ run }) => run.id));
    } else return;
    event.preventDefault();
  };
  const alone = cells.every((cell) => cell.interval === undefined);
  return (
    <Section title={title} name="cells">
      <div className="table-scroll">
        {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows are walked and selected like a grid's */}
        <table className="best-cells" role="grid" aria-label={title} onKeyDown={press}>
          <thead>
            <tr>
              <th scope="col" className="number">
                Rank
              </th>
              {varied.map(({ key, title: name, unit }) => (
                <th key={key} scope="col">
                  {name}
                  {unit === "" ? null : <span className="unit"> {unit}</span>}
                </th>
              ))}
              <th scope="col" className="number">
                Mean {metric.unit === "" ? "" : `(${metric.unit}) `}± 95%
              </th>
              <th scope="col" className="number">
                n
              </th>
              <th scope="col">Against the next</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((cell, index) => (
              <CellRow
                key={cell.key}
                cell={cell}
                index={index}
                label={cellLabel(cell, varied)}
                directed={directed}
                focusable={index === Math.min(at, shown.length - 1)}
                onFocus={() => setAt(index)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {cells.length > shown.length ? (
        <Button size="compact-xs" variant="default" onClick={() => setAll(true)}>
          Show all {cells.length} cells
        </Button>
      ) : null}
      <p className="dim overview-caption">
        {alone ? "One seed a cell: the order is not a ranking. " : ""}A cell is all that was set but the seed.{" "}
        {directed
          ? ""
          : `${directionOf(metric) === "higher" ? "Highest" : "Lowest"} first, this metric has no direction. `}
        Mean over finished seeds with the 95% Student-t interval; neighbours by Welch's test, Holm over all of them.
      </p>
    </Section>
  );
}

interface CellRowProps {
  readonly cell: RankedCell;
  readonly index: number;
  readonly label: string;
  readonly directed: boolean;
  readonly focusable: boolean;
  onFocus(): void;
}

function CellRow({ cell, index, label, directed, focusable, onFocus }: CellRowProps) {
  const ids = cell.runs.map(({ run }) => run.id);
  const hovered = useOverview((state) => ids.some((id) => state.hovered.has(id)));
  const selected = useSession((state) => ids.every((id) => state.selection.selected.includes(id)));
  const half = cell.interval === undefined ? undefined : cell.interval.high - cell.mean;
  return (
    <tr
      data-row={index}
      data-hovered={hovered}
      aria-selected={selected}
      tabIndex={focusable ? 0 : -1}
      onFocus={onFocus}
      onClick={() => selectFromOverview(ids)}
      onPointerEnter={() => hover(ids)}
      onPointerLeave={() => hover([])}
      title={label}
    >
      <td className="number">{cell.rank ?? "–"}</td>
      {cell.levels.map((level, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one cell a parameter, in a fixed order
        <td key={i}>{level === undefined ? <span className="dim">not set</span> : formatParameter(level)}</td>
      ))}
      <td className="number">{formatCellValue({ mean: cell.mean, half, n: cell.values.length })}</td>
      <td className="number">
        {cell.values.length}
        {cell.leftOut > 0 ? (
          <span
            className="dim"
            title={`${cell.leftOut} left out: not finished, failed, without this metric or a repeated seed`}
          >
            {" "}
            (+{cell.leftOut} left out)
          </span>
        ) : null}
      </td>
      <td className={cell.againstNext === "better" ? "" : "dim"}>{againstNextText(cell.againstNext, directed)}</td>
    </tr>
  );
}
