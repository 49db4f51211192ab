import { type KeyboardEvent, useEffect, useRef } from "react";
import type { XAxis } from "../../../preload/contract.ts";
import { type DrawnLine, LineChart, xLabels } from "../../charts/line-chart.ts";
import { panShare, zoomFactor } from "../../model/zoom.ts";
import { stage } from "../../state/curve-stage.ts";

interface ChartCanvasProps {
  readonly metric: string;
  readonly title: string;
  readonly axis: XAxis;
  readonly logX: boolean;
  readonly logY: boolean;
  readonly dark: boolean;
  readonly small: boolean;
  readonly lines: readonly DrawnLine[];
}

/** One press of Shift and an arrow moves the cursor by this share of what is shown. */
const cursorShare = 0.02;

const keys: Readonly<Record<string, () => void>> = {
  "+": () => stage.zoomIn(),
  "=": () => stage.zoomIn(),
  "-": () => stage.zoomOut(),
  "0": () => stage.setZoom(undefined),
  ArrowLeft: () => stage.panBy(-panShare),
  ArrowRight: () => stage.panBy(panShare),
};

/** The drawing itself with what the pointer and the keyboard do to it. */
export function ChartCanvas({ metric, title, axis, logX, logY, dark, small, lines }: ChartCanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<LineChart>(null);
  const latest = useRef(lines);
  latest.current = lines;

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = new LineChart(element, stage, { metric, axis, dark, logX, logY, small });
    chart.current = made;
    made.setLines(latest.current);
    const observer = new ResizeObserver(() => made.resize(element.clientWidth, element.clientHeight));
    observer.observe(element);
    const unfollow = stage.subscribe(() => made.follow());
    const unbind = bindPointer(element, made);
    return () => {
      unbind();
      unfollow();
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [metric, axis, dark, logX, logY, small]);

  useEffect(() => chart.current?.setLines(lines), [lines]);

  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (event.shiftKey && arrow !== 0) moveCursor(metric, arrow);
    else if (keys[event.key] !== undefined) keys[event.key]?.();
    else return;
    event.preventDefault();
  };

  const points = lines.reduce((sum, { x }) => sum + x.length, 0);
  return (
    <div
      ref={host}
      className="chart"
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: zooming and moving need the keyboard's focus
      tabIndex={0}
      aria-label={`${title} over ${xLabels[axis].toLowerCase()}, ${lines.length} ${lines.length === 1 ? "line" : "lines"}`}
      aria-description="Plus and minus zoom, arrows move, 0 shows everything, Shift and arrows move the cursor"
      data-metric={metric}
      data-points={points}
      onKeyDown={key}
    />
  );
}

function moveCursor(metric: string, direction: number): void {
  const { from, to } = stage.range;
  const at = stage.cursor()?.x ?? (from + to) / 2;
  const x = Math.min(to, Math.max(from, at + direction * cursorShare * (to - from)));
  // No chart is under the pointer: every chart's cursor line has to be moved.
  stage.setCursor({ x, metric: `keyboard ${metric}` });
}

/** Wheel, Shift-drag and double click; a plain drag selects a stretch, which uPlot does. */
function bindPointer(element: HTMLElement, chart: LineChart): () => void {
  const { over } = chart.plot;
  const wheel = (event: WheelEvent) => {
    // A list of charts scrolls with the wheel, unless this chart has the focus.
    const own = event.ctrlKey || element.contains(document.activeElement);
    if (!own) return;
    event.preventDefault();
    if (event.deltaX !== 0 && Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      stage.panBy(event.deltaX / over.clientWidth);
      return;
    }
    const place = chart.plot.posToVal(event.clientX - over.getBoundingClientRect().left, "x");
    stage.zoomBy(zoomFactor ** -Math.sign(event.deltaY), place);
  };
  const down = (event: PointerEvent) => {
    element.focus({ preventScroll: true });
    if (event.button !== 0 || !event.shiftKey) return;
    let last = event.clientX;
    over.setPointerCapture(event.pointerId);
    over.onpointermove = (move) => {
      stage.panBy((last - move.clientX) / over.clientWidth);
      last = move.clientX;
    };
    over.onpointerup = () => {
      over.onpointermove = null;
      over.onpointerup = null;
    };
  };
  const all = () => stage.setZoom(undefined);
  over.addEventListener("wheel", wheel, { passive: false });
  over.addEventListener("pointerdown", down);
  over.addEventListener("dblclick", all);
  return () => {
    over.removeEventListener("wheel", wheel);
    over.removeEventListener("pointerdown", down);
    over.removeEventListener("dblclick", all);
  };
}
