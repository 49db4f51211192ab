import { nextHalfLife } from "../model/smoothing.ts";
import { panShare } from "../model/zoom.ts";
import { addMetricId, findInLogId } from "../screens/curves/ids.ts";
import { turnMetric } from "../state/curve-metrics.ts";
import { stage } from "../state/curve-stage.ts";
import { curveView } from "../state/curve-view.ts";
import { session } from "../state/session.ts";
import type { Command } from "./command.ts";

/** Curves are changed where they can be seen. */
function command(id: string, title: string, run: () => void, more: Partial<Command> = {}): Command {
  return {
    id: `curves.${id}`,
    title,
    group: "Curves",
    unavailable: () => (session.get().selection.selected.length === 0 ? "Select runs first." : undefined),
    run: () => {
      session.set({ tab: "curves" });
      run();
    },
    ...more,
  };
}

type Switch = "logX" | "logY" | "grouped" | "ancestors" | "machine" | "log";

function toggle(id: string, title: string, name: Switch, more: Partial<Command> = {}): Command {
  return command(id, title, () => curveView.set({ [name]: !curveView.get()[name] }), more);
}

function smooth(direction: 1 | -1): void {
  curveView.set({ halfLife: nextHalfLife(curveView.get().halfLife, direction) });
}

/** The field is there after the screen has been drawn. */
function focus(id: string): void {
  requestAnimationFrame(() => document.getElementById(id)?.focus());
}

export const curveCommands: readonly Command[] = [
  command("by-step", "Draw over environment steps", () => session.set({ xAxis: "step" }), { keywords: ["axis", "x"] }),
  command("by-iteration", "Draw over iterations", () => session.set({ xAxis: "iteration" }), {
    keywords: ["axis", "x"],
  }),
  command("by-time", "Draw over running time", () => session.set({ xAxis: "wall" }), {
    keywords: ["axis", "x", "wall"],
  }),
  toggle("log-y", "Logarithmic values on or off", "logY", { keys: "Mod+Alt+Y", keywords: ["scale"] }),
  toggle("log-x", "Logarithmic horizontal axis on or off", "logX", { keys: "Mod+Alt+X", keywords: ["scale"] }),
  command("smoother", "Smooth more", () => smooth(1), { keys: "Mod+Alt+.", keywords: ["average"] }),
  command("rougher", "Smooth less", () => smooth(-1), { keys: "Mod+Alt+,", keywords: ["average", "raw"] }),
  toggle("group", "Group by seed on or off", "grouped", {
    keys: "Mod+Alt+G",
    keywords: ["mean", "interval", "band", "seeds"],
  }),
  toggle("ancestors", "Draw forks with their ancestors, on or off", "ancestors", {
    keywords: ["fork", "lineage", "parent"],
  }),
  command("zoom-in", "Zoom in", () => stage.zoomIn(), { keys: "Mod+Alt+=" }),
  command("zoom-out", "Zoom out", () => stage.zoomOut(), { keys: "Mod+Alt+-" }),
  command("pan-left", "Move to the left", () => stage.panBy(-panShare), { keys: "Mod+Alt+ArrowLeft" }),
  command("pan-right", "Move to the right", () => stage.panBy(panShare), { keys: "Mod+Alt+ArrowRight" }),
  command("zoom-all", "Show everything", () => stage.setZoom(undefined), {
    keys: "Mod+Alt+0",
    keywords: ["reset zoom"],
  }),
  command("add-metric", "Add a metric", () => focus(addMetricId), { keys: "Mod+Alt+M", keywords: ["chart"] }),
  command("next-metric", "Next metric in the first chart", () => turnMetric(1), { keys: "Mod+Alt+ArrowDown" }),
  command("previous-metric", "Previous metric in the first chart", () => turnMetric(-1), { keys: "Mod+Alt+ArrowUp" }),
  command("default-metrics", "Show the usual metrics", () => curveView.set({ metrics: undefined }), {
    keywords: ["reset charts"],
  }),
  ...([1, 2, 3] as const).map((columns) =>
    command(`columns-${columns}`, `Charts: ${columns} side by side`, () => curveView.set({ columns })),
  ),
  toggle("machine", "Show or hide the machine", "machine", { keywords: ["cpu", "memory", "gpu", "system"] }),
  toggle("log", "Show or hide the log", "log", { keys: "Mod+Alt+L" }),
  command(
    "find-in-log",
    "Find in the log",
    () => {
      curveView.set({ log: true });
      requestAnimationFrame(() => focus(findInLogId));
    },
    { keywords: ["search"] },
  ),
];
