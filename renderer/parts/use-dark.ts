import { useSyncExternalStore } from "react";

const query = window.matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}

/** Does the window show its dark appearance? The shell's menu decides it, or the system. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
