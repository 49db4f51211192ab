/** The layout of the table of runs; remembered. */
import { freshLayout, type TableLayout, tableLayoutSchema } from "../model/table.ts";
import { createStore, type Store, useStore } from "./store.ts";

export interface TableState extends TableLayout {
  /** Whether the chooser of columns is open. */
  readonly choosing: boolean;
}

const key = "table";

export const table: Store<TableState> = createStore<TableState>({ ...recalled(), choosing: false });

export function useTableLayout<S>(select: (state: TableState) => S): S {
  return useStore(table, select);
}

export function changeTable(change: Partial<TableLayout>): void {
  table.set(change);
  localStorage.setItem(key, JSON.stringify(tableLayoutSchema.parse(table.get())));
}

/** What was remembered; a fresh layout where it cannot be read. */
function recalled(): TableLayout {
  let stored: unknown;
  try {
    stored = JSON.parse(localStorage.getItem(key) ?? "null");
  } catch (error) {
    if (error instanceof SyntaxError) return freshLayout;
    throw error;
  }
  const layout = tableLayoutSchema.safeParse(stored);
  return layout.success ? layout.data : freshLayout;
}
