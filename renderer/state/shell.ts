/** What the window knows of the shell, and the way to ask something of it. */
import type { Answer, ShellAction, ShellPreferences } from "../../preload/contract.ts";
import { showError } from "./ask.ts";
import { bridge } from "./session.ts";
import { createStore, type Store } from "./store.ts";

export const shellPreferences: Store<ShellPreferences> = createStore<ShellPreferences>({
  theme: "system",
  whenClosing: "ask",
  notifications: true,
});

/** Follows the preferences, which other windows change too. Called once. */
export function startShell(): void {
  bridge.onPreferences((preferences) => shellPreferences.set(preferences));
}

/** Waits for the shell; an error is shown. Answers whether it was done. */
export async function askShell(answer: Promise<Answer<null>>): Promise<boolean> {
  const done = await answer;
  if (!done.ok) showError(done.error);
  return done.ok;
}

export function act(action: ShellAction): void {
  void askShell(bridge.act(action));
}

export function changePreferences(change: Partial<ShellPreferences>): void {
  void askShell(bridge.setPreferences(change));
}

export function showFolder(folder: string): void {
  void askShell(bridge.showFolder(folder));
}

export function copyText(text: string): Promise<boolean> {
  return askShell(bridge.copyText(text));
}
