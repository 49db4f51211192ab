import "../../styles/overview.css";
import { Button, Select } from "@mantine/core";
import { useMemo } from "react";
import { metricName } from "../../model/metrics.ts";
import { describeCounts, type ValueUse, valueUses, valueUseTitles } from "../../model/overview/sweep.ts";
import { overview, showExperiment, useOverview } from "../../state/overview.ts";
import { useSession } from "../../state/session.ts";
import { openStart } from "../../state/start-form.ts";
import { Cells } from "./cells.tsx";
import { Comparison } from "./comparison.tsx";
import { Importance } from "./importance.tsx";
import { Lineage } from "./lineage.tsx";
import { Parallel } from "./parallel.tsx";
import { ScatterSection } from "./scatter-section.tsx";
import { Section } from "./section.tsx";
import { type Sweep, useSweep } from "./use-sweep.ts";

/** A sweep as a whole: what varied, what it did to a metric, and where the runs come from. */
export function OverviewScreen() {
  const sweep = useSweep();
  const two = useSession((state) => (state.selection.selected.length === 2 ? state.selection.selected : undefined));
  if (sweep.asked.length === 0) {
    return (
      <div className="plain-screen">
        <h2>Nothing to compare yet</h2>
        <p>Select the runs of a sweep in the list, or start one with several values of a parameter.</p>
        <Button onClick={openStart}>Start a sweep</Button>
      </div>
    );
  }
  return (
    <div className="overview">
      <Toolbar sweep={sweep} />
      <div className="overview-body">
        {two === undefined ? null : (
          <Section title="Differences between the two selected runs" name="differences">
            <Comparison ids={two} />
          </Section>
        )}
        <SweepParts sweep={sweep} />
        <Lineage metric={sweep.metric} />
      </div>
    </div>
  );
}

function SweepParts({ sweep }: { readonly sweep: Sweep }) {
  if (sweep.runs.length < sweep.asked.length) return <p className="dim pad">Reading the runs' parameters.</p>;
  if (sweep.varied.length === 0) {
    return (
      <div className="overview-hint">
        <p>
          {sweep.runs.length === 1
            ? "This run is alone in its experiment."
            : `These ${sweep.runs.length} runs differ in nothing but their seed.`}{" "}
          Select the runs of a sweep, or start one with several values of a parameter, to see what each value does.
        </p>
        <Button size="compact-sm" variant="default" onClick={openStart}>
          Start a sweep
        </Button>
        {sweep.runs.length === 1 ? null : <Cells sweep={sweep} />}
      </div>
    );
  }
  return (
    <>
      <Parallel sweep={sweep} />
      <div className="overview-pair">
        <ScatterSection sweep={sweep} />
        <Importance sweep={sweep} />
      </div>
      <Cells sweep={sweep} />
    </>
  );
}

function Toolbar({ sweep }: { readonly sweep: Sweep }) {
  const use = useOverview((state) => state.use);
  const scope = useOverview((state) => state.scope);
  const ranges = useOverview((state) => state.ranges);
  const scenarios = useSession((state) => state.scenarios);
  const inspected = useSession((state) => state.runs.find(({ id }) => id === state.selection.active)?.experiment);
  const choices = useMemo(() => {
    const named = sweep.metrics.map((id) => metricName(id, scenarios));
    return named.map(({ id, title, unit }) => ({ value: id, label: unit === "" ? title : `${title} (${unit})` }));
  }, [sweep.metrics, scenarios]);
  const mixed = new Set(sweep.asked.map((run) => run.scenario)).size > 1;
  return (
    <div className="toolbar overview-toolbar">
      <Select
        size="xs"
        aria-label="Metric"
        className="metric-select"
        searchable
        data={choices}
        value={sweep.metrics.includes(sweep.metric.id) ? sweep.metric.id : null}
        placeholder="No metric yet"
        onChange={(metric) => metric !== null && overview.set({ metric, ranges: new Map() })}
      />
      <Select
        size="xs"
        aria-label="Value of each run"
        className="use-select"
        data={valueUses
          .filter((each) => each !== "best" || sweep.metric.better !== "neither" || use === "best")
          .map((each) => ({ value: each, label: valueUseTitles[each] }))}
        value={use}
        onChange={(value) => overview.set({ use: value as ValueUse, ranges: new Map() })}
      />
      <span className="dim" data-counts>
        {sweep.values.waiting > 0 ? `Reading the curves of ${sweep.values.waiting} runs` : describeCounts(sweep.counts)}
      </span>
      {scope.kind === "runs" || (inspected !== undefined && inspected !== scope.id) ? (
        <Button size="compact-xs" variant="default" onClick={showExperiment}>
          Show the whole experiment
        </Button>
      ) : null}
      {ranges.size > 0 ? (
        <Button size="compact-xs" variant="default" onClick={() => overview.set({ ranges: new Map() })}>
          Clear {ranges.size === 1 ? "the range" : `${ranges.size} ranges`}
        </Button>
      ) : null}
      {mixed ? (
        <span className="overview-warning">These runs are of different scenarios: their values may not compare.</span>
      ) : null}
    </div>
  );
}
