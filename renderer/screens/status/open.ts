import { createStore, type Store } from "../../state/store.ts";

/** Whether the status line shows its details. */
export const statusOpen: Store<{ readonly open: boolean }> = createStore({ open: false });
