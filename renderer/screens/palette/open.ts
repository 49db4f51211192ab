import { createStore, type Store } from "../../state/store.ts";

/** Whether the palette has been asked for yet; it is loaded then. */
export const paletteUse: Store<{ readonly used: boolean }> = createStore({ used: false });

/** Opens the command palette. */
export function openPalette(): void {
  void import("./store.ts").then(({ palette }) => {
    paletteUse.set({ used: true });
    palette.open();
  });
}
