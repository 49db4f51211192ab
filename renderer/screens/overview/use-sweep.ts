import { useMemo } from "react";
import type { RunSummary } from "../../../preload/contract.ts";
import { allMetrics, type MetricName, metricName, shownMetric } from "../../model/metrics.ts";
import { type Axis, numberAxis, orderAxes, parameterAxis } from "../../model/overview/axes.ts";
import { type Cell, cellsOf, type RankedCell, rankCells } from "../../model/overview/cells.ts";
import {
  countStates,
  parameterNames,
  type StateCounts,
  type SweepRun,
  sweepRuns,
  type Varied,
  variedParameters,
} from "../../model/overview/sweep.ts";
import { useDesk } from "../../state/desk.ts";
import { type Scope, useOverview } from "../../state/overview.ts";
import { useSession } from "../../state/session.ts";
import { type SweepValues, useSweepValues } from "../../state/sweep-values.ts";

/** The axis of the metric; no parameter is called so. */
export const valueKey = "= value";

export interface Sweep {
  /** Runs in scope, of which some may still lack their parameters. */
  readonly asked: readonly RunSummary[];
  readonly runs: readonly SweepRun[];
  readonly varied: readonly Varied[];
  readonly metrics: readonly string[];
  readonly metric: MetricName;
  readonly values: SweepValues;
  readonly cells: readonly RankedCell[];
  readonly counts: StateCounts;
  /** One a varied parameter, in a person's order. */
  readonly parameterAxes: readonly Axis[];
  readonly valueAxis: Axis;
}

const none: readonly Cell[] = [];

/** Everything that the parts of the overview draw. */
export function useSweep(): Sweep {
  const scope = useOverview((state) => state.scope);
  const runs = useSession((state) => state.runs);
  const scenarios = useSession((state) => state.scenarios);
  const learners = useSession((state) => state.learners);
  const parameters = useDesk((state) => state.parameters);
  const recorded = useDesk((state) => state.metrics);
  const chosen = useOverview((state) => state.metric);
  const use = useOverview((state) => state.use);
  const order = useOverview((state) => state.order);
  const logs = useOverview((state) => state.logs);

  const asked = useMemo(() => inScope(runs, scope), [runs, scope]);
  const metrics = useMemo(() => allMetrics([recorded]), [recorded]);
  const id = shownMetric(chosen ?? "", metrics);
  const metric = useMemo(() => metricName(id, scenarios), [id, scenarios]);
  const values = useSweepValues(asked, id, use, directionOf(metric));

  const names = useMemo(() => parameterNames(scenarios, learners), [scenarios, learners]);
  const swept = useMemo(
    () => sweepRuns(runs, new Set(asked.map((run) => run.id)), parameters),
    [runs, asked, parameters],
  );
  const varied = useMemo(() => variedParameters(swept, names), [swept, names]);
  const cells = useMemo(
    () => rankCells(swept.length === 0 ? none : cellsOf(swept, varied, values.values), directionOf(metric)),
    [swept, varied, values, metric],
  );
  const counts = useMemo(
    () => countStates(swept, values.values, new Set(cells.flatMap((cell) => cell.runs.map(({ run }) => run.id)))),
    [swept, values, cells],
  );
  const parameterAxes = useMemo(
    () =>
      orderAxes(
        varied.map((each) => parameterAxis(each, logs.get(each.key))),
        order,
      ),
    [varied, order, logs],
  );
  const valueAxis = useMemo(() => {
    const shown = swept.flatMap(({ run }) => values.values.get(run.id) ?? []);
    return numberAxis({ key: valueKey, title: titleOf(metric), unit: metric.unit }, shown, logs.get(valueKey) ?? false);
  }, [swept, values, metric, logs]);
  return useMemo(
    () => ({ asked, runs: swept, varied, metrics, metric, values, cells, counts, parameterAxes, valueAxis }),
    [asked, swept, varied, metrics, metric, values, cells, counts, parameterAxes, valueAxis],
  );
}

const arrows = { higher: " ↑", lower: " ↓", neither: "" } as const;

function titleOf(metric: MetricName): string {
  return `${metric.title}${arrows[metric.better]}`;
}

/** A metric without a direction is sorted from high to low, and nothing is called better. */
export function directionOf({ better }: MetricName): "higher" | "lower" {
  return better === "lower" ? "lower" : "higher";
}

function inScope(runs: readonly RunSummary[], scope: Scope): readonly RunSummary[] {
  const there = runs.filter((run) => run.trashedAt === null);
  if (scope.kind === "runs") {
    const ids = new Set(scope.ids);
    return there.filter(({ id }) => ids.has(id));
  }
  return there.filter((run) => run.experiment === scope.id);
}
