import { useElementSize } from "@mantine/hooks";
import { type KeyboardEvent, useMemo } from "react";
import { runColour } from "../../model/colours.ts";
import { formatCount } from "../../model/format.ts";
import type { MetricName } from "../../model/metrics.ts";
import { numberAxis, place, ticks } from "../../model/overview/axes.ts";
import { familyOf, type Lane, laneByKey, ledByParent } from "../../model/overview/lineage.ts";
import { progress, runLabel, stateLabels } from "../../model/runs.ts";
import { StatusIcon } from "../../parts/status-icon.tsx";
import { useDark } from "../../parts/use-dark.ts";
import { useBranchCurves } from "../../state/branch-curves.ts";
import { hover, selectFromOverview, useOverview } from "../../state/overview.ts";
import { useSession } from "../../state/session.ts";
import { Section } from "./section.tsx";

const laneHeight = 28;
const curveHeight = 180;
/** Room at both ends of the steps. */
const left = 8;
/** Room for the topmost label of the curve. */
const above = 20;
const right = 16;
/** More curves cannot be told apart. */
const mostCurves = 30;

/** Where the inspected run comes from and what was forked from it: as a tree, and as one branched curve below it. */
export function Lineage({ metric }: { readonly metric: MetricName }) {
  const runs = useSession((state) => state.runs);
  const active = useSession((state) => state.selection.active);
  const lanes = useMemo(() => familyOf(runs, active ?? ""), [runs, active]);
  return (
    <Section title="Lineage" name="lineage">
      {lanes.length < 2 ? (
        <p className="dim">
          The inspected run has no forks. Fork one of its checkpoints with changed parameters to see both branches here.
        </p>
      ) : (
        <Family lanes={lanes} active={active} metric={metric} />
      )}
    </Section>
  );
}

interface FamilyProps {
  readonly lanes: readonly Lane[];
  readonly active: string | undefined;
  readonly metric: MetricName;
}

function Family({ lanes, active, metric }: FamilyProps) {
  const { ref, width } = useElementSize();
  const dark = useDark();
  const hovered = useOverview((state) => state.hovered);
  const end = Math.max(1, ...lanes.map(({ planned }) => planned));
  const room = Math.max(0, width - left - right);
  const xOf = (step: number) => left + (step / end) * room;
  const at = Math.max(
    0,
    lanes.findIndex(({ run }) => run.id === active),
  );
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = laneByKey(lanes, at, event.key);
    const lane = next === undefined ? undefined : lanes[next];
    if (lane === undefined) return;
    event.preventDefault();
    selectFromOverview([lane.run.id]);
    event.currentTarget.querySelector<HTMLElement>(`[data-lane="${next}"]`)?.focus();
  };
  return (
    <div className="lineage">
      <div className="lineage-tree" role="tree" aria-label="Lineage of forks" onKeyDown={press}>
        {lanes.map(({ run, depth, from, parent }, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the keys
          <div
            key={run.id}
            role="treeitem"
            className="lineage-row"
            style={{ paddingLeft: 8 + 14 * depth, height: laneHeight }}
            data-lane={index}
            data-hovered={hovered.has(run.id)}
            aria-level={depth + 1}
            aria-selected={run.id === active}
            aria-label={`${runLabel(run)}, ${stateLabels[run.state].toLowerCase()}${parent === undefined ? "" : `, forked at step ${formatCount(from)}`}`}
            tabIndex={index === at ? 0 : -1}
            title={`${runLabel(run)}\n${run.id}`}
            onClick={() => selectFromOverview([run.id])}
            onPointerEnter={() => hover([run.id])}
            onPointerLeave={() => hover([])}
          >
            <StatusIcon state={run.state} progress={progress(run)} />
            <span className="ellipsis">{runLabel(run)}</span>
          </div>
        ))}
      </div>
      <div className="lineage-drawing" ref={ref}>
        <svg width={width} height={lanes.length * laneHeight} aria-hidden="true">
          {lanes.map((lane, index) => (
            <Bar
              key={lane.run.id}
              lane={lane}
              index={index}
              xOf={xOf}
              colour={runColour(lane.run.ordinal, dark)}
              strong={lane.run.id === active || hovered.has(lane.run.id)}
            />
          ))}
        </svg>
      </div>
      <div className="lineage-curve-side dim">
        {metric.title}
        {metric.unit === "" ? "" : ` (${metric.unit})`}
      </div>
      <BranchedCurve
        lanes={lanes.slice(0, mostCurves)}
        metric={metric}
        width={width}
        xOf={xOf}
        end={end}
        active={active}
      />
      {lanes.length > mostCurves ? (
        <p className="dim overview-caption lineage-note">The curves of the first {mostCurves} runs are drawn.</p>
      ) : null}
    </div>
  );
}

interface BarProps {
  readonly lane: Lane;
  readonly index: number;
  readonly colour: string;
  readonly strong: boolean;
  xOf(step: number): number;
}

/** Done steps as a bar, planned ones as a thin line; a fork hangs from its parent at the step where it began. */
function Bar({ lane: { from, to, planned, parent }, index, colour, strong, xOf }: BarProps) {
  const y = (index + 0.5) * laneHeight;
  return (
    <g stroke={colour}>
      {parent === undefined ? null : (
        <path
          d={`M${xOf(from)} ${(parent + 0.5) * laneHeight} V${y}`}
          fill="none"
          strokeWidth={1.5}
          strokeDasharray="2 2"
        />
      )}
      <path d={`M${xOf(from)} ${y} H${xOf(planned)}`} strokeWidth={1} opacity={0.5} />
      <path d={`M${xOf(from)} ${y} H${xOf(to)}`} strokeWidth={strong ? 9 : 5} />
      <circle cx={xOf(from)} cy={y} r={4} fill={parent === undefined ? colour : "var(--surface)"} strokeWidth={1.5} />
    </g>
  );
}

interface BranchedCurveProps {
  readonly lanes: readonly Lane[];
  readonly metric: MetricName;
  readonly width: number;
  readonly end: number;
  readonly active: string | undefined;
  xOf(step: number): number;
}

/** The family's curves on the tree's own step axis; each fork leads out of its parent. */
function BranchedCurve({ lanes, metric, width, end, active, xOf }: BranchedCurveProps) {
  const dark = useDark();
  const hovered = useOverview((state) => state.hovered);
  const curves = useBranchCurves(
    useMemo(() => lanes.map(({ run }) => run), [lanes]),
    metric.id,
  );
  const branches = useMemo(
    () =>
      lanes.flatMap((lane) => {
        const own = curves.get(lane.run.id);
        if (own === undefined || own.steps.length === 0) return [];
        const parent = lane.parent === undefined ? undefined : curves.get(lanes[lane.parent]?.run.id ?? "");
        return [{ lane, points: parent === undefined ? own : ledByParent(own, parent, lane.from) }];
      }),
    [lanes, curves],
  );
  const axis = useMemo(
    () =>
      numberAxis(
        { key: "", title: "", unit: "" },
        branches.flatMap(({ points }) => [...points.values]),
        false,
      ),
    [branches],
  );
  const steps = numberAxis({ key: "", title: "", unit: "" }, [0, end], false);
  const plot = curveHeight - 32;
  const yOf = (value: number) => above + (1 - (place(axis, value) ?? 0)) * (plot - above);
  if (branches.length === 0) {
    return <p className="dim lineage-curve">No run of this family has recorded this metric yet.</p>;
  }
  return (
    <svg
      className="lineage-curve"
      width={width}
      height={curveHeight}
      role="img"
      aria-label={`${metric.title} over environment steps, ${branches.length} branches`}
      data-branches={branches.length}
    >
      {ticks(axis, 4).map(({ at, label }) => (
        <g key={label}>
          <line
            x1={left}
            x2={width - right}
            y1={above + (1 - at) * (plot - above)}
            y2={above + (1 - at) * (plot - above)}
            className="pc-line"
          />
          <text x={left + 2} y={above + (1 - at) * (plot - above) - 3} className="pc-tick">
            {label}
          </text>
        </g>
      ))}
      {ticks(steps, Math.max(2, Math.floor(width / 110))).map(({ at, label }) => (
        <text
          key={label}
          x={xOf(at * end)}
          y={curveHeight - 16}
          textAnchor={at === 0 ? "start" : "middle"}
          className="pc-tick"
        >
          {label}
        </text>
      ))}
      <text x={width / 2} y={curveHeight - 2} textAnchor="middle" className="pc-tick">
        Environment steps
      </text>
      {branches.map(({ lane, points }) => (
        <path
          key={lane.run.id}
          data-branch={lane.run.id}
          d={pathOf(points.steps, points.values, xOf, yOf)}
          fill="none"
          stroke={runColour(lane.run.ordinal, dark)}
          strokeWidth={lane.run.id === active || hovered.has(lane.run.id) ? 3 : 1.5}
        />
      ))}
    </svg>
  );
}

function pathOf(
  steps: Float64Array,
  values: Float64Array,
  xOf: (step: number) => number,
  yOf: (value: number) => number,
): string {
  let path = "";
  for (let i = 0; i < steps.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    path += `${path === "" ? "M" : "L"}${xOf(steps[i]!).toFixed(1)} ${yOf(values[i]!).toFixed(1)}`;
  }
  return path;
}
