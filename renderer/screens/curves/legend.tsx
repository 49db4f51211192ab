import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { dropDrawing, writeSoon } from "../../charts/frames.ts";
import type { DrawnLine } from "../../charts/line-chart.ts";
import { countBelow } from "../../model/columns.ts";
import type { Line } from "../../model/curve-lines.ts";
import { formatSpread, formatValue } from "../../model/format.ts";
import { StatusIcon } from "../../parts/status-icon.tsx";
import { stage } from "../../state/curve-stage.ts";

interface LegendProps {
  readonly lines: readonly Line[];
  readonly grouped: boolean;
  /** Charts from the first on; values are those of the one under the pointer. */
  readonly metrics: readonly string[];
  /** What a chart is called above its values. */
  readonly titleOf: (metric: string) => string;
}

/** The lines by name. Values and emphasis follow the pointer without drawing the table again. */
export const Legend = memo(function Legend({ lines, grouped, metrics, titleOf }: LegendProps) {
  const table = useRef<HTMLTableElement>(null);
  const [first] = metrics;
  useEffect(() => {
    const owner = {};
    const write = () => {
      if (table.current !== null) fill(table.current, first, titleOf);
    };
    write();
    const unsubscribe = stage.subscribe(() => writeSoon(owner, write));
    return () => {
      unsubscribe();
      dropDrawing(owner);
    };
  }, [first, titleOf]);
  // New rows begin without values.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lines are a reason to fill them in
  useEffect(() => {
    if (table.current !== null) fill(table.current, first, titleOf);
  }, [lines, grouped, first, titleOf]);

  const key = (event: KeyboardEvent) => {
    const at = lines.findIndex(({ id }) => id === stage.focused());
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 };
    const to = steps[event.key];
    if (to === undefined && event.key !== "Escape") return;
    event.preventDefault();
    const id = to === undefined ? undefined : lines[Math.min(lines.length - 1, Math.max(0, to))]?.id;
    stage.setFocused(id);
    table.current?.querySelector('[data-focused="true"]')?.scrollIntoView({ block: "nearest" });
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a region of the screen, not of a form
    <div
      className="legend"
      role="group"
      aria-label="Lines of the charts; up and down emphasise one"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      onKeyDown={key}
      onBlur={() => stage.setFocused(undefined)}
    >
      <table ref={table}>
        <caption className="legend-of" />
        <colgroup>
          <col className="legend-mark-column" />
          <col />
          {grouped ? <col className="legend-n-column" /> : null}
          <col className={grouped ? "legend-mean-column" : "legend-value-column"} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" colSpan={2}>
              {grouped ? "Group" : "Run"}
            </th>
            {grouped ? (
              <th scope="col" className="number" title="Runs behind the mean">
                n
              </th>
            ) : null}
            <th scope="col" className="number">
              <span className="legend-what">Last</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Row key={line.id} line={line} grouped={grouped} />
          ))}
        </tbody>
      </table>
    </div>
  );
});

const Row = memo(function Row({ line, grouped }: { readonly line: Line; readonly grouped: boolean }) {
  const focused = useSyncExternalStore(stage.subscribe, () => stage.focused() === line.id);
  const [run] = line.runs;
  const style = useMemo(() => sampleStyle(line), [line]);
  return (
    <tr
      data-line={line.id}
      data-focused={focused}
      onPointerEnter={() => stage.setFocused(line.id)}
      onPointerLeave={() => stage.setFocused(undefined)}
    >
      <td className="legend-mark">
        <span className="line-sample" style={style} />
        {grouped || run === undefined ? null : <StatusIcon state={run.state} />}
      </td>
      <td className="legend-name" title={line.title}>
        <span>{line.own}</span>
        {line.name === "" ? null : <span className="dim">{line.name}</span>}
      </td>
      {grouped ? <td className="number legend-n" /> : null}
      <td className="number legend-value" />
    </tr>
  );
});

function sampleStyle({ colour, dash }: Line): React.CSSProperties {
  const [on = 0, off = 0] = dash ?? [];
  if (dash === undefined) return { background: colour };
  return { background: `repeating-linear-gradient(90deg, ${colour} 0 ${on}px, transparent ${on}px ${on + off}px)` };
}

/** Writes the values at the cursor, or the last ones, into the table. */
function fill(table: HTMLTableElement, first: string | undefined, titleOf: (metric: string) => string): void {
  const cursor = stage.cursor();
  const pointed = cursor?.metric.replace("keyboard ", "");
  const metric = pointed ?? first;
  if (metric === undefined) return;
  const lines = new Map(stage.lines(metric).map((line) => [line.id, line]));
  const what = table.querySelector<HTMLElement>(".legend-what");
  if (what !== null) write(what, cursor === undefined ? "Last" : "Here", "");
  const title = titleOf(metric);
  if (table.caption !== null) write(table.caption, title, title);
  for (const row of table.tBodies[0]?.rows ?? []) {
    const line = lines.get(row.dataset.line ?? "");
    const { n, text, value } = told(line, cursor?.x);
    const points = String(line?.x.length ?? 0);
    if (row.dataset.points !== points) row.dataset.points = points;
    const cell = row.querySelector<HTMLElement>(".legend-value");
    if (cell !== null) {
      write(cell, text, text);
      const exact = value === undefined ? "" : String(value);
      if (cell.dataset.value !== exact) cell.dataset.value = exact;
    }
    const count = row.querySelector<HTMLElement>(".legend-n");
    if (count !== null) write(count, n, "");
  }
}

function write(element: HTMLElement, text: string, title: string): void {
  if (element.textContent === text) return;
  element.textContent = text;
  element.title = title;
}

function told(line: DrawnLine | undefined, place: number | undefined) {
  const nothing = { n: "", text: "", value: undefined };
  if (line === undefined || line.x.length === 0) return nothing;
  const { x, y, low, high, n } = line;
  if (place !== undefined && place > (x.at(-1) ?? place)) return nothing;
  const index = place === undefined ? x.length - 1 : countBelow(x, place, true) - 1;
  const value = y[index];
  if (value === undefined) return nothing;
  if (n === undefined || low === undefined || high === undefined) return { n: "1", text: formatValue(value), value };
  return { n: String(n[index]), text: formatSpread(value, ((high[index] ?? 0) - (low[index] ?? 0)) / 2), value };
}
