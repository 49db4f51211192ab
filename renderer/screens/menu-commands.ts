import { setSelection } from "../state/actions.ts";
import { shownRuns } from "../state/desk-view.ts";
import { session } from "../state/session.ts";

/** The element that "Filter runs" turns to. */
export const filterFieldId = "run-filter";

export function selectAll(): void {
  const { selection } = session.get();
  setSelection({ ...selection, selected: shownRuns().map((run) => run.id) });
}

/** A project is called like its data folder. */
export function projectName(dataFolder: string): string {
  return dataFolder.split(/[\\/]/).findLast((part) => part !== "") ?? dataFolder;
}
