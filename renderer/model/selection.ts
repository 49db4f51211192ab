/** How a click or key changes a selection of rows: alone, added or taken away, or from the anchor to here. */
export type SelectMode = "only" | "toggle" | "range";

export interface Selection {
  /** In the order in which they were selected. */
  readonly selected: readonly string[];
  /** Where the keyboard stands and whose details are shown. */
  readonly active: string | undefined;
  /** Where a range begins. */
  readonly anchor: string | undefined;
}

export const nothingSelected: Selection = { selected: [], active: undefined, anchor: undefined };

/** `order` holds the ids of the visible rows from top to bottom. */
export function select(before: Selection, id: string, mode: SelectMode, order: readonly string[]): Selection {
  if (mode === "toggle") {
    const on = before.selected.includes(id);
    const selected = on ? before.selected.filter((other) => other !== id) : [...before.selected, id];
    return { selected, active: id, anchor: id };
  }
  const from = before.anchor === undefined ? -1 : order.indexOf(before.anchor);
  const to = order.indexOf(id);
  if (mode === "range" && from !== -1 && to !== -1) {
    const selected = order.slice(Math.min(from, to), Math.max(from, to) + 1);
    return { selected, active: id, anchor: before.anchor };
  }
  return { selected: [id], active: id, anchor: id };
}

/** The mode that the modifier keys of a click or key press ask for. */
export function selectMode(event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }): SelectMode {
  if (event.shiftKey) return "range";
  return event.ctrlKey || event.metaKey ? "toggle" : "only";
}
