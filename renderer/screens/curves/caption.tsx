import { useSyncExternalStore } from "react";
import type { Line } from "../../model/curve-lines.ts";
import { smoothingCaption } from "../../model/smoothing.ts";
import { useCurveView } from "../../state/curve-view.ts";
import { curves } from "../../state/session.ts";

interface CurvesCaptionProps {
  readonly metrics: readonly string[];
  readonly lines: readonly Line[];
}

/** What the lines of all charts are, and what was done to them. */
export function CurvesCaption({ metrics, lines }: CurvesCaptionProps) {
  const { grouped, ancestors, halfLife } = useCurveView((view) => view);
  const decimated = useSyncExternalStore(curves.subscribe, () => metrics.some((metric) => curves.decimated(metric)));
  const interpolated = useSyncExternalStore(curves.subscribe, () =>
    metrics.some((metric) => lines.some((line) => curves.group(line.id, metric)?.whole.raw.interpolated)),
  );
  return (
    <p className="dim curves-caption">
      {[
        grouped ? groupCaption(lines) : "One line is one run (one seed), every value as recorded.",
        grouped && interpolated ? "Where runs have no point at the same place they are interpolated linearly." : "",
        smoothingCaption(halfLife, grouped),
        ancestors && !grouped ? "A fork's line begins with its parent's points up to the fork." : "",
        decimated ? "Long curves are drawn from their extremes; zooming in shows every point." : "",
      ]
        .filter((sentence) => sentence !== "")
        .join(" ")}
    </p>
  );
}

function groupCaption(lines: readonly Line[]): string {
  const sizes = lines.map(({ runs }) => runs.length).filter((n) => n > 1);
  if (sizes.length === 0) return "No setting has two seeds yet: one line is one run (n = 1), without a band.";
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const n = least === most ? String(least) : `${least} to ${most}`;
  const single = sizes.length < lines.length ? " A setting with one seed is a line without a band (n = 1)." : "";
  return `Line = mean, band = 95% Student-t over ${n} seeds, from every recorded point.${single}`;
}
