import { useDesk } from "../../state/desk.ts";
import { currentFocus, find } from "../../state/desk-view.ts";
import { useSession } from "../../state/session.ts";
import { CheckpointPanel } from "./checkpoint-panel.tsx";
import { PlacePanel } from "./place-panel.tsx";
import { RunPanel } from "./run-panel.tsx";

/** Everything about what was turned to last: a project, experiment, run or checkpoint. */
export function Inspector() {
  // Each part of what is found keeps its identity until it changes.
  useSession((state) => state.focus);
  useSession((state) => state.selection.active);
  useSession((state) => state.runs);
  useSession((state) => state.details);
  useDesk((state) => state.projects);
  useDesk((state) => state.experiments);
  useDesk((state) => state.checkpoints);
  const focus = currentFocus();
  const found = focus === undefined ? undefined : find(focus);
  switch (found?.kind) {
    case "project":
      return <PlacePanel kind="project" place={found.project} />;
    case "experiment":
      return <PlacePanel kind="experiment" place={found.experiment} />;
    case "run":
      return <RunPanel run={found.run} />;
    case "checkpoint":
      return <CheckpointPanel checkpoint={found.checkpoint} />;
    case undefined:
      return <p className="dim pad">Select something in the tree to see what it is made of.</p>;
  }
}
