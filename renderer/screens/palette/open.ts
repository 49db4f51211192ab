import { createStore, type Store } from "../../state/store.ts";

/** Whether the palette has been asked for yet; it is loaded then. */
export const paletteUse: Store<{ readonly used: boolean }> = createStore({ used: false });

/** What had the keyboard when the palette was asked for. */
let before: Element | null = null;

/** Opens the command palette. */
export function openPalette(): void {
  const { activeElement } = document;
  if (activeElement?.closest(".mantine-Spotlight-content") === null) before = activeElement;
  void import("./store.ts").then(({ palette }) => {
    paletteUse.set({ used: true });
    palette.open();
  });
}

/** Gives the keyboard back to what had it, so that a command finds it there. */
export function leavePalette(): void {
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
}
