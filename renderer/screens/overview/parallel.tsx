import { SegmentedControl } from "@mantine/core";
import { useMemo, useState } from "react";
import { type Line, ParallelCoordinates } from "../../charts/parallel-coordinates.tsx";
import { runColour } from "../../model/colours.ts";
import { formatParameter, formatValue } from "../../model/format.ts";
import { type Axis, isWithin, moveAxis, place, type Range } from "../../model/overview/axes.ts";
import { shade } from "../../model/overview/shades.ts";
import { type SweepRun, valueUseTitles } from "../../model/overview/sweep.ts";
import { runLabel } from "../../model/runs.ts";
import { useDark } from "../../parts/use-dark.ts";
import { hover, overview, selectFromOverview, setLog, setRange, useOverview } from "../../state/overview.ts";
import { Section } from "./section.tsx";
import { directionOf, type Sweep, valueKey } from "./use-sweep.ts";

export function Parallel({ sweep }: { readonly sweep: Sweep }) {
  const { runs, parameterAxes, valueAxis, values, metric } = sweep;
  const dark = useDark();
  const stored = useOverview((state) => state.ranges);
  const hovered = useOverview((state) => state.hovered);
  const colourBy = useOverview((state) => state.colourBy);
  const use = useOverview((state) => state.use);
  const [dragged, setDragged] = useState<{ readonly axis: string; readonly range: Range | undefined }>();
  const axes = useMemo(() => [...parameterAxes, valueAxis], [parameterAxes, valueAxis]);
  const ranges = useMemo(() => (dragged === undefined ? stored : replaced(stored, dragged)), [stored, dragged]);

  // The expensive part does not depend on the ranges, which change with every step of a drag.
  const drawn = useMemo(
    () =>
      runs.map((each) => ({
        each,
        places: axes.map((axis) => place(axis, valueOn(each, axis, values.values))),
        colour:
          colourBy === "run"
            ? runColour(each.run.ordinal, dark)
            : valueColour(sweep, values.values.get(each.run.id), dark),
      })),
    [runs, axes, values, colourBy, dark, sweep],
  );
  const lines = useMemo(
    () =>
      drawn.map(
        ({ each, places, colour }): Line => ({
          id: each.run.id,
          label: runLabel(each.run),
          colour,
          places,
          kept: isKept(each, axes, ranges, values.values),
          open: each.run.state !== "finished",
        }),
      ),
    [drawn, axes, ranges, values],
  );

  const change = (axis: string, range: Range | undefined, final: boolean) => {
    if (!final) {
      setDragged({ axis, range });
      return;
    }
    setDragged(undefined);
    if (range === undefined && !overview.get().ranges.has(axis)) return;
    setRange(axis, range);
    const after = overview.get().ranges;
    selectFromOverview(runs.filter((each) => isKept(each, axes, after, values.values)).map(({ run }) => run.id));
  };
  const kept = lines.filter((line) => line.kept).length;
  return (
    <Section
      title="Parallel coordinates"
      name="parallel"
      tools={
        <>
          <SegmentedControl
            size="xs"
            aria-label="Colour of the lines"
            value={colourBy}
            onChange={(value) => overview.set({ colourBy: value as "value" | "run" })}
            data={[
              { value: "value", label: "Colour by value" },
              { value: "run", label: "By run" },
            ]}
          />
          {colourBy === "value" ? <ShadeKey dark={dark} better={metric.better} /> : null}
        </>
      }
    >
      <ParallelCoordinates
        axes={axes}
        lines={lines}
        label={`${lines.length} runs over ${axes.map(({ title }) => title).join(", ")}`}
        ranges={ranges}
        hovered={hovered}
        dark={dark}
        onRange={change}
        onMove={(axis, by) =>
          overview.set({
            order: moveAxis(
              parameterAxes.map(({ key }) => key),
              axis,
              by,
            ),
          })
        }
        onLog={setLog}
        onHover={hover}
        onPick={(id) => selectFromOverview([id])}
      />
      <Caption
        text={
          ranges.size > 0
            ? `${kept} of ${lines.length} runs lie in the ranges and are selected.`
            : `One line a run; ${valueUseTitles[use].toLowerCase()} at the right. Drag along an axis, or move its ends with the arrow keys, to select runs. Dashed: not finished.`
        }
        sweep={sweep}
      />
    </Section>
  );
}

/** The run under the pointer in words, else what the picture is. */
function Caption({ text, sweep }: { readonly text: string; readonly sweep: Sweep }) {
  const hovered = useOverview((state) => state.hovered);
  const one = hovered.size === 1 ? sweep.runs.find(({ run }) => hovered.has(run.id)) : undefined;
  return (
    <p className="dim overview-caption" data-caption>
      {one === undefined ? text : `${runLabel(one.run)}: ${describeRun(one, sweep)}`}
    </p>
  );
}

/** What was set and what came out. */
export function describeRun(each: SweepRun, { varied, values }: Sweep): string {
  const set = varied.flatMap(({ key, title }) => {
    const value = each.parameters[key];
    return value === undefined ? [] : [`${title} ${formatParameter(value)}`];
  });
  const value = values.values.get(each.run.id);
  return [...set, value === undefined ? "no value" : formatValue(value)].join(", ");
}

function ShadeKey({ dark, better }: { readonly dark: boolean; readonly better: "higher" | "lower" | "neither" }) {
  const stops = [0, 0.25, 0.5, 0.75, 1].map((at) => shade(at, dark)).join(", ");
  return (
    <span className="shade-key dim">
      {better === "neither" ? "low" : "worse"}
      <span style={{ background: `linear-gradient(to right, ${stops})` }} />
      {better === "neither" ? "high" : "better"}
    </span>
  );
}

/** Better stands out more; a run without a value is grey. */
export function valueColour({ valueAxis, metric }: Sweep, value: number | undefined, dark: boolean): string {
  const at = place(valueAxis, value);
  if (at === undefined) return dark ? "#7a8494" : "#8a93a0";
  return shade(directionOf(metric) === "higher" ? at : 1 - at, dark);
}

function valueOn(each: SweepRun, axis: Axis, values: ReadonlyMap<string, number>) {
  return axis.key === valueKey ? values.get(each.run.id) : each.parameters[axis.key];
}

function isKept(
  each: SweepRun,
  axes: readonly Axis[],
  ranges: ReadonlyMap<string, Range>,
  values: ReadonlyMap<string, number>,
): boolean {
  return axes.every((axis) => {
    const range = ranges.get(axis.key);
    return range === undefined || isWithin(axis, range, valueOn(each, axis, values));
  });
}

function replaced(
  ranges: ReadonlyMap<string, Range>,
  { axis, range }: { readonly axis: string; readonly range: Range | undefined },
): ReadonlyMap<string, Range> {
  const changed = new Map(ranges);
  if (range === undefined) changed.delete(axis);
  else changed.set(axis, range);
  return changed;
}
