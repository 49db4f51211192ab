/** Where the person was: tab, axis, metric and selection come back when the window is opened again. */
import { type XAxis, xAxisSchema } from "../../preload/contract.ts";
import type { SessionState } from "./session.ts";
import { type Tab, tabs } from "./tabs.ts";

const key = "view";
type View = Pick<SessionState, "tab" | "xAxis" | "metric" | "selection">;

let last: string | undefined;

/** Keeps the view; cheap when it has not changed. */
export function remember({ tab, xAxis, metric, selection: { selected, active } }: View): void {
  const text = JSON.stringify({ tab, xAxis, metric, selected, active });
  if (text === last) return;
  last = text;
  localStorage.setItem(key, text);
}

/** What was remembered, without runs that are no longer there; nothing where it cannot be read. */
export function recall(runs: ReadonlySet<string>): Partial<View> {
  let stored: unknown;
  try {
    stored = JSON.parse(localStorage.getItem(key) ?? "{}");
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
  if (typeof stored !== "object" || stored === null) return {};
  const { tab, xAxis, metric, selected, active } = stored as Record<string, unknown>;
  const isRun = (id: unknown): id is string => typeof id === "string" && runs.has(id);
  const known = Array.isArray(selected) ? selected.filter(isRun) : [];
  const first = isRun(active) ? active : known[0];
  return {
    ...(isOneOf<Tab>(tab, tabs) ? { tab } : {}),
    ...(isOneOf<XAxis>(xAxis, xAxisSchema.options) ? { xAxis } : {}),
    ...(typeof metric === "string" ? { metric } : {}),
    ...(first === undefined ? {} : { selection: { selected: known, active: first, anchor: first } }),
  };
}

function isOneOf<T extends string>(value: unknown, allowed: readonly T[]): value is T {
  return allowed.some((each) => each === value);
}
