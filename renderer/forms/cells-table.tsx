import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { cellAt } from "../model/draft.ts";
import type { FormField, FormValue } from "../model/form.ts";
import { formatCount, formatParameter } from "../model/format.ts";

interface CellsTableProps {
  readonly fields: readonly FormField[];
  readonly vary: Readonly<Record<string, readonly FormValue[]>>;
  readonly combine: "grid" | "list";
  readonly cells: number;
  readonly seeds: number;
}

const rowHeight = 24;

/** The combinations that will be trained, each with every seed; only the rows in sight are drawn. */
export function CellsTable({ fields, vary, combine, cells, seeds }: CellsTableProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: cells,
    estimateSize: () => rowHeight,
    getScrollElement: () => scroll.current,
    overscan: 4,
  });
  const titles = Object.keys(vary).map((key) => fields.find((field) => field.key === key)?.title ?? key);
  const each = seeds === 1 ? "one run each" : `${formatCount(seeds)} seeds each`;
  const shown = rows.getVirtualItems();
  const above = shown[0]?.start ?? 0;
  const below = rows.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <div className="cells">
      <p className="dim cells-caption">
        {formatCount(cells)} combinations, {each}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section ref={scroll} className="cells-scroll" aria-label="List of combinations" tabIndex={0}>
        <table aria-rowcount={cells}>
          <thead>
            <tr>
              <th scope="col">No.</th>
              {titles.map((title) => (
                <th key={title} scope="col" className="number" title={title}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {above > 0 ? <tr style={{ height: above }} /> : null}
            {shown.map(({ index }) => (
              <tr key={index} aria-rowindex={index + 1}>
                <td className="dim">{index + 1}</td>
                {cellAt(vary, combine, index).map((value, column) => (
                  <td key={titles[column]} className="number">
                    {formatParameter(value)}
                  </td>
                ))}
              </tr>
            ))}
            {below > 0 ? <tr style={{ height: below }} /> : null}
          </tbody>
        </table>
      </section>
    </div>
  );
}
