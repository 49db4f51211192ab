import { pick, thinned, withDetail } from "../model/columns.ts";
import type { Line } from "../model/curve-lines.ts";
import type { Curves } from "../state/curves.ts";
import type { DrawnLine } from "./line-chart.ts";

/** Points of all lines of one chart together: what a frame can draw. */
const mostTogether = 55_000;
const leastPoints = 500;
const mostPoints = 2000;

/** Points for each of so many lines, about two a pixel column where there are few. */
export function pointsALine(lines: number): number {
  return Math.round(Math.min(mostPoints, Math.max(leastPoints, mostTogether / Math.max(1, lines))));
}

/** The lines of one chart from what is known of their runs and groups. */
export function drawnLines(curves: Curves, lines: readonly Line[], metric: string, zoomed: boolean): DrawnLine[] {
  const most = pointsALine(lines.length) * 1.5;
  return lines.map((line) =>
    line.runs.length > 1 ? groupLine(curves, line, metric) : runLine(curves, line, metric, zoomed, most),
  );
}

function runLine(
  curves: Curves,
  { id, colour, dash, runs }: Line,
  metric: string,
  zoomed: boolean,
  most: number,
): DrawnLine {
  const { x, y, smooth } = curves.columns(runs[0]?.id ?? id, metric);
  // In a zoomed chart only a part is drawn, of which every point is wanted.
  const kept = zoomed ? undefined : thinned(x.length, most, [y]);
  const shownX = pick(x, kept);
  const shownY = pick(y, kept);
  if (smooth === y || smooth.length !== y.length) return { id, colour, dash, x: shownX, y: shownY };
  return { id, colour, dash, x: shownX, y: pick(smooth, kept), faint: { x: shownX, y: shownY } };
}

function groupLine(curves: Curves, { id, colour, dash }: Line, metric: string): DrawnLine {
  const known = curves.group(id, metric);
  if (known === undefined) return { id, colour, dash, x: new Float64Array(0), y: new Float64Array(0) };
  const { whole, detail } = known;
  const columns = (part: "raw" | "smooth") => {
    const all = whole[part];
    const fine = detail?.[part];
    if (all === undefined) return undefined;
    const list = (group: typeof all) => [group.x, group.mean, group.low, group.high, group.n];
    return withDetail(list(all), fine === undefined ? undefined : list(fine));
  };
  const raw = columns("raw") ?? [];
  const smooth = columns("smooth");
  const [x, y, low, high, n] = smooth ?? raw;
  const none = new Float64Array(0);
  const [faintX = none, faintY = none] = raw;
  const faint = smooth === undefined ? undefined : { x: faintX, y: faintY };
  return { id, colour, dash, x: x ?? none, y: y ?? none, low, high, n, faint };
}
