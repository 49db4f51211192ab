import { ActionIcon } from "@mantine/core";
import { IconArrowLeft, IconArrowRight, IconX } from "@tabler/icons-react";
import { memo, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { XAxis } from "../../../preload/contract.ts";
import { drawnLines } from "../../charts/drawn-lines.ts";
import { dropDrawing, writeSoon } from "../../charts/frames.ts";
import { valueAt } from "../../model/columns.ts";
import type { Line } from "../../model/curve-lines.ts";
import { formatCount, formatDuration, formatValue } from "../../model/format.ts";
import type { MetricName } from "../../model/metrics.ts";
import { stage } from "../../state/curve-stage.ts";
import { curves } from "../../state/session.ts";
import { ChartCanvas } from "./chart-canvas.tsx";

export interface ChartLook {
  readonly axis: XAxis;
  readonly logX: boolean;
  readonly logY: boolean;
  readonly dark: boolean;
}

interface ChartCardProps {
  readonly name: MetricName;
  readonly lines: readonly Line[];
  readonly look: ChartLook;
  readonly small?: boolean;
  /** False while it is scrolled out of sight: then nothing is drawn. */
  readonly mounted: boolean;
  /** Why there is nothing to see. */
  readonly empty: string;
  /** Undefined where charts cannot be changed. */
  readonly onMove?: ((metric: string, places: number) => void) | undefined;
  readonly onRemove?: ((metric: string) => void) | undefined;
  readonly observer: IntersectionObserver | undefined;
}

const arrows = { higher: "↑", lower: "↓", neither: "" } as const;
const directions = { higher: "Higher is better", lower: "Lower is better", neither: "" } as const;

/** One metric's chart with its heading. */
export const ChartCard = memo(function ChartCard(props: ChartCardProps) {
  const { name, lines, look, small = false, mounted, empty, onMove, onRemove, observer } = props;
  const metric = name.id;
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = card.current;
    if (element === null) return;
    observer?.observe(element);
    return () => observer?.unobserve(element);
  }, [observer]);
  const title = `${name.title}${name.unit === "" ? "" : ` (${name.unit})`}`;
  return (
    <section ref={card} className="chart-card" data-small={small} data-metric={metric} aria-label={title}>
      <header className="chart-head">
        <h3 className="ellipsis" title={`${title}\n${metric}`}>
          {title}
          {name.better === "neither" ? null : (
            <span className="direction" title={directions[name.better]}>
              {` ${arrows[name.better]}`}
            </span>
          )}
        </h3>
        <span className="spacer" />
        {onMove === undefined ? null : (
          <span className="chart-tools">
            <Tool label={`Move ${title} back`} icon={<IconArrowLeft size={14} />} onClick={() => onMove(metric, -1)} />
            <Tool label={`Move ${title} on`} icon={<IconArrowRight size={14} />} onClick={() => onMove(metric, 1)} />
            <Tool label={`Remove ${title}`} icon={<IconX size={14} />} onClick={() => onRemove?.(metric)} />
          </span>
        )}
      </header>
      {mounted ? <Drawing metric={metric} title={title} lines={lines} look={look} small={small} empty={empty} /> : null}
    </section>
  );
});

function Tool({ label, icon, onClick }: { label: string; icon: React.ReactNode; onClick: () => void }) {
  return (
    <ActionIcon size={20} variant="subtle" color="gray" aria-label={label} title={label} onClick={onClick}>
      {icon}
    </ActionIcon>
  );
}

interface DrawingProps {
  readonly metric: string;
  readonly title: string;
  readonly lines: readonly Line[];
  readonly look: ChartLook;
  readonly small: boolean;
  readonly empty: string;
}

function Drawing({ metric, title, lines, look, small, empty }: DrawingProps) {
  const version = useSyncExternalStore(curves.subscribe, () => curves.version(metric));
  const zoomed = useSyncExternalStore(stage.subscribe, () => stage.zoom() !== undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` says when the curves have changed
  const drawn = useMemo(() => drawnLines(curves, lines, metric, zoomed), [lines, metric, zoomed, version, look.axis]);
  useEffect(() => stage.setLines(metric, drawn), [metric, drawn]);
  useEffect(() => () => stage.setLines(metric, undefined), [metric]);
  const isEmpty = drawn.every(({ x }) => x.length === 0);
  const leftOut = look.logY && !isEmpty && drawn.some(({ y }) => y.some((value) => value <= 0));
  const nothing = leftOut && drawn.every(({ y }) => !y.some((value) => value > 0));
  return (
    <div className="chart-body">
      <ChartCanvas metric={metric} title={title} {...look} small={small} lines={drawn} />
      <p className="chart-notes">
        <Readout metric={metric} axis={look.axis} />
        {leftOut && !nothing ? <span>Values at or below 0 are left out</span> : null}
      </p>
      {isEmpty || nothing ? (
        <p className="chart-empty">{isEmpty ? empty : "No value above 0, which a logarithmic axis needs"}</p>
      ) : null}
    </div>
  );
}

/** The values under the cursor: of the emphasised line, or from the least to the greatest. */
function Readout({ metric, axis }: { metric: string; axis: XAxis }) {
  const host = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const owner = {};
    const write = () => {
      const element = host.current;
      if (element !== null) element.textContent = readout(metric, axis);
    };
    const unsubscribe = stage.subscribe(() => writeSoon(owner, write));
    return () => {
      unsubscribe();
      dropDrawing(owner);
    };
  }, [metric, axis]);
  return <span ref={host} className="chart-readout" />;
}

function readout(metric: string, axis: XAxis): string {
  const cursor = stage.cursor();
  if (cursor === undefined) return "";
  const focused = stage.focused();
  const drawn = stage.lines(metric);
  const chosen = drawn.filter(({ id }) => focused === undefined || id === focused);
  const values = chosen.map((line) => valueAt(line, cursor.x)).filter((value) => value !== undefined);
  const place = axis === "wall" ? formatDuration(cursor.x) : formatCount(cursor.x);
  if (values.length === 0) return place;
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const text = least === greatest ? formatValue(least) : `${formatValue(least)} to ${formatValue(greatest)}`;
  return `${place}: ${text}`;
}
