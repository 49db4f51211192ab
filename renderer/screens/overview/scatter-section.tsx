import { Checkbox, SegmentedControl, Select } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { ScatterPlot, type ScatterPoint } from "../../charts/scatter.tsx";
import { cellValue, formatCellValue } from "../../model/cells.ts";
import { runColour } from "../../model/colours.ts";
import { formatParameter } from "../../model/format.ts";
import { type MetricName, metricName } from "../../model/metrics.ts";
import { type Axis, numberAxis, parameterAxis, place } from "../../model/overview/axes.ts";
import { type Cell, cellLabel } from "../../model/overview/cells.ts";
import { shade } from "../../model/overview/shades.ts";
import { type SweepRun, valueUseTitles } from "../../model/overview/sweep.ts";
import { runLabel } from "../../model/runs.ts";
import { useDark } from "../../parts/use-dark.ts";
import { hover, overview, selectFromOverview, setLog, useOverview } from "../../state/overview.ts";
import { useSession } from "../../state/session.ts";
import { useLastValues } from "../../state/sweep-values.ts";
import { describeRun, valueColour } from "./parallel.tsx";
import { Section } from "./section.tsx";
import { type Sweep, valueKey } from "./use-sweep.ts";

type Columns = ReadonlyMap<string, ReadonlyMap<string, number>>;
const none: ReadonlyMap<string, number> = new Map();

/** Any parameter or metric against any metric; one point a run, or a cell with its interval. */
export function ScatterSection({ sweep }: { readonly sweep: Sweep }) {
  const { varied, metrics, values, metric } = sweep;
  const dark = useDark();
  const scenarios = useSession((state) => state.scenarios);
  const hovered = useOverview((state) => state.hovered);
  const logs = useOverview((state) => state.logs);
  const use = useOverview((state) => state.use);
  const byCell = useOverview((state) => state.scatterCells);
  const chosenX = useOverview((state) => state.scatterX);
  const chosenY = useOverview((state) => state.scatterY);
  const chosenColour = useOverview((state) => state.scatterColour);
  const isParameter = (key: string | undefined) => varied.some((each) => each.key === key);
  const isMetric = (key: string | undefined) => key === valueKey || metrics.includes(key ?? "");
  const xKey = isParameter(chosenX) || isMetric(chosenX) ? chosenX! : (varied[0]?.key ?? valueKey);
  const yKey = isMetric(chosenY) ? chosenY! : valueKey;
  const colourKey = isParameter(chosenColour) ? chosenColour! : valueKey;

  const extra = useMemo(
    () => [...new Set([xKey, yKey])].filter((key) => key !== valueKey && metrics.includes(key)),
    [xKey, yKey, metrics],
  );
  const others = useLastValues("overview scatter", extra);
  const columns: Columns = useMemo(() => new Map([...others, [valueKey, values.values]]), [others, values]);

  const axisFor = (key: string, withIntervals: boolean): Axis => {
    const parameter = varied.find((each) => each.key === key);
    if (parameter !== undefined) return parameterAxis(parameter, logs.get(key));
    const named = key === valueKey ? sweep.valueAxis : lastValueAxis(metricName(key, scenarios));
    const column = columns.get(key) ?? none;
    const shown = sweep.runs.flatMap(({ run }) => column.get(run.id) ?? []);
    const ends = withIntervals ? cellEnds(sweep.cells, column) : [];
    // A log axis cannot reach below 0, as an interval may.
    const log = logs.get(key) ?? false;
    return numberAxis(named, [...shown, ...(log ? ends.filter((end) => end > 0) : ends)], log);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: `axisFor` reads nothing but these
  const [x, y, colours] = useMemo(
    () => [axisFor(xKey, false), axisFor(yKey, byCell), axisFor(colourKey, false)] as const,
    [sweep, columns, logs, scenarios, xKey, yKey, colourKey, byCell],
  );

  const points = useMemo(() => {
    const colourOf = (each: SweepRun, reached: number | undefined) => {
      if (colourKey === valueKey) return valueColour(sweep, reached, dark);
      const value = each.parameters[colourKey];
      if (colours.scale !== "points") return shade(place(colours, value) ?? 0, dark);
      return runColour(Math.max(0, value === undefined ? -1 : colours.levels.indexOf(value)), dark);
    };
    const placed: Placed = { sweep, x, y, columns, colourOf };
    return byCell ? cellPoints(placed) : runPoints(placed);
  }, [sweep, x, y, colours, columns, colourKey, byCell, dark]);
  const pick = useCallback((ids: readonly string[]) => ids.length > 0 && selectFromOverview(ids), []);

  const parameterChoices = varied.map(({ key, title }) => ({ value: key, label: title }));
  const metricChoices = [
    { value: valueKey, label: `${metric.title}, ${valueUseTitles[use].toLowerCase()}` },
    ...metrics.filter((id) => id !== metric.id).map((id) => ({ value: id, label: metricName(id, scenarios).title })),
  ];
  return (
    <Section title="Scatter" name="scatter">
      <div className="scatter-tools">
        <Select
          size="xs"
          label="Horizontal"
          searchable
          data={[
            { group: "Parameters", items: parameterChoices },
            { group: "Metrics", items: metricChoices },
          ]}
          value={xKey}
          onChange={(scatterX) => scatterX !== null && overview.set({ scatterX })}
        />
        <Select
          size="xs"
          label="Vertical"
          searchable
          data={metricChoices}
          value={yKey}
          onChange={(scatterY) => scatterY !== null && overview.set({ scatterY })}
        />
        <Select
          size="xs"
          label="Colour"
          data={[{ value: valueKey, label: "Value" }, ...parameterChoices]}
          value={colourKey}
          onChange={(scatterColour) => scatterColour !== null && overview.set({ scatterColour })}
        />
        <SegmentedControl
          size="xs"
          aria-label="Points"
          value={byCell ? "cells" : "runs"}
          onChange={(value) => overview.set({ scatterCells: value === "cells" })}
          data={[
            { value: "runs", label: "Runs" },
            { value: "cells", label: "Cells" },
          ]}
        />
        <LogSwitch axis={x} what="horizontal" />
        <LogSwitch axis={y} what="vertical" />
      </div>
      {points.length === 0 ? (
        <p className="dim scatter-empty">No run has both values yet.</p>
      ) : (
        <ScatterPlot
          x={x}
          y={y}
          points={points}
          hovered={hovered}
          label={`${y.title} over ${x.title}, ${points.length} ${byCell ? "cells" : "runs"}`}
          onHover={hover}
          onPick={pick}
        />
      )}
      <ColourKey colours={colours} byValue={colourKey === valueKey} dark={dark} />
      <p className="dim overview-caption">
        {byCell
          ? "One point a cell: mean over its finished seeds with the 95% Student-t interval; a cell of one seed has none."
          : "One point a run; hollow: not finished."}
      </p>
    </Section>
  );
}

function lastValueAxis({ id, title, unit }: MetricName) {
  return { key: id, title: `${title}, last value`, unit };
}

interface Placed {
  readonly sweep: Sweep;
  readonly x: Axis;
  readonly y: Axis;
  readonly columns: Columns;
  colourOf(each: SweepRun, value: number | undefined): string;
}

function valueIn({ columns }: Placed, each: SweepRun, axis: Axis) {
  return columns.get(axis.key)?.get(each.run.id) ?? each.parameters[axis.key];
}

function runPoints(placed: Placed): ScatterPoint[] {
  const { sweep, x, y, colourOf } = placed;
  return sweep.runs.flatMap((each): ScatterPoint[] => {
    const at = { x: place(x, valueIn(placed, each, x)), y: place(y, valueIn(placed, each, y)) };
    if (at.x === undefined || at.y === undefined) return [];
    return [
      {
        runs: [each.run.id],
        label: runLabel(each.run),
        detail: describeRun(each, sweep),
        colour: colourOf(each, sweep.values.values.get(each.run.id)),
        x: at.x,
        y: at.y,
        error: undefined,
        open: each.run.state !== "finished",
      },
    ];
  });
}

function cellPoints(placed: Placed): ScatterPoint[] {
  const { sweep, x, y, columns, colourOf } = placed;
  return sweep.cells.flatMap((cell): ScatterPoint[] => {
    const first = cell.runs[0]!;
    const across = columns.has(x.key) ? cellColumn(cell, columns.get(x.key))?.mean : first.parameters[x.key];
    const up = cellColumn(cell, columns.get(y.key));
    const at = { x: place(x, across), y: place(y, up?.mean) };
    if (up === undefined || at.x === undefined || at.y === undefined) return [];
    const { mean, half, n } = up;
    // What a log axis cannot show reaches to its end.
    const reach = (end: number) => Math.abs((place(y, end) ?? 0) - at.y!);
    return [
      {
        runs: cell.runs.map(({ run }) => run.id),
        label: cellLabel(cell, sweep.varied),
        detail: `${formatCellValue(up)}, n = ${n}`,
        colour: colourOf(first, cell.mean),
        x: at.x,
        y: at.y,
        error: half === undefined ? undefined : [reach(mean - half), reach(mean + half)],
        open: false,
      },
    ];
  });
}

function cellColumn({ runs }: Cell, column: ReadonlyMap<string, number> | undefined) {
  return cellValue(runs.map(({ run }) => column?.get(run.id)));
}

/** Means with their intervals reach beyond the runs' own values. */
function cellEnds(cells: readonly Cell[], column: ReadonlyMap<string, number>): number[] {
  return cells.flatMap((cell) => {
    const value = cellColumn(cell, column);
    return value === undefined ? [] : [value.mean - (value.half ?? 0), value.mean + (value.half ?? 0)];
  });
}

/** A colour is said beside the picture: the ends of a sequence, or each choice. */
function ColourKey({
  colours,
  byValue,
  dark,
}: {
  readonly colours: Axis;
  readonly byValue: boolean;
  readonly dark: boolean;
}) {
  if (byValue) return null;
  if (colours.scale === "points") {
    return (
      <p className="colour-key">
        <span className="dim">{colours.title}</span>
        {colours.levels.map((level, index) => (
          <span key={String(level)}>
            <span className="swatch" style={{ background: runColour(index, dark) }} /> {formatParameter(level)}
          </span>
        ))}
      </p>
    );
  }
  const stops = [0, 0.25, 0.5, 0.75, 1].map((at) => shade(at, dark)).join(", ");
  return (
    <p className="colour-key shade-key">
      <span className="dim">{colours.title}</span>
      {formatParameter(colours.low)}
      <span style={{ background: `linear-gradient(to right, ${stops})` }} />
      {formatParameter(colours.high)}
    </p>
  );
}

function LogSwitch({ axis, what }: { readonly axis: Axis; readonly what: string }) {
  if (axis.scale === "points") return null;
  return (
    <Checkbox
      size="xs"
      label={`Log ${what}`}
      disabled={!axis.canLog}
      checked={axis.scale === "log"}
      onChange={(event) => setLog(axis.key, event.currentTarget.checked)}
    />
  );
}
