import { useSyncExternalStore } from "react";
import type { RunSummary } from "../../../preload/contract.ts";
import { desk } from "../../state/desk.ts";
import { deskView, shownRuns } from "../../state/desk-view.ts";
import { session } from "../../state/session.ts";

/** The runs that tree and table show. */
export function useShownRuns(): readonly RunSummary[] {
  return useSyncExternalStore(subscribe, shownRuns);
}

function subscribe(listener: () => void): () => void {
  const stops = [session, desk, deskView].map((store) => store.subscribe(listener));
  return () => {
    for (const stop of stops) stop();
  };
}
