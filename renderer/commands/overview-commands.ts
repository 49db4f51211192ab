import { overview, showExperiment } from "../state/overview.ts";
import { session } from "../state/session.ts";
import type { Command } from "./command.ts";

function withoutRanges(): string | undefined {
  return overview.get().ranges.size === 0 ? "No range is set on an axis." : undefined;
}

/** Comparing runs. */
export const overviewCommands: readonly Command[] = [
  {
    id: "overview.compare-parameters",
    title: "Compare the selected runs' parameters",
    group: "Run",
    keys: "Mod+Shift+D",
    keywords: ["diff", "difference", "side by side"],
    unavailable: () =>
      session.get().selection.selected.length < 2 ? "Select two runs or more; Ctrl and click adds one." : undefined,
    run: () => session.set({ dialog: "compare-parameters" }),
  },
  {
    id: "overview.show-experiment",
    title: "Show the whole experiment in the overview",
    group: "View",
    keywords: ["sweep", "parallel coordinates", "importance", "lineage"],
    unavailable: () => (session.get().selection.active === undefined ? "Select a run first." : undefined),
    run: () => {
      showExperiment();
      session.set({ tab: "overview" });
    },
  },
  {
    id: "overview.clear-ranges",
    title: "Clear the overview's ranges",
    group: "View",
    keywords: ["brush", "filter", "axis"],
    unavailable: withoutRanges,
    run: () => overview.set({ ranges: new Map() }),
  },
];
