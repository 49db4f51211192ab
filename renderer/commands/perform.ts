/** Carries out commands: from the palette, the menus and the keyboard alike. */
import { normalKeys, pressedKeys, worksInFields } from "../model/keys.ts";
import { isMac } from "../parts/keys.tsx";
import { bridge, session } from "../state/session.ts";
import { askShell } from "../state/shell.ts";
import type { Command } from "./command.ts";
import { commands } from "./registry.ts";

/** Runs a command, or says why it cannot be done now. */
export function perform(command: Command): void {
  const why = command.unavailable?.();
  if (why === undefined) command.run();
  else session.set({ notice: { kind: "info", text: why } });
}

const byId = new Map(commands.map((command) => [command.id, command]));
const byKeys = new Map(
  commands.flatMap((command) =>
    [command.keys, command.alsoKeys].flatMap((keys) =>
      keys === undefined ? [] : [[normalKeys(keys), command] as const],
    ),
  ),
);

/** Tells the shell the commands, and listens to menus and keys. Called once. */
export function startCommands(): void {
  const listed = commands.map(({ id, title, group, keys }) => ({
    id,
    title,
    group,
    ...(keys === undefined ? {} : { keys }),
  }));
  void askShell(bridge.setCommands(listed));
  bridge.onMenu((id) => {
    const command = byId.get(id);
    if (command !== undefined) perform(command);
  });
  window.addEventListener("keydown", onKeyDown);
}

function onKeyDown(event: KeyboardEvent): void {
  // Whoever has the focus comes first: a list, a dialog, a field.
  if (event.defaultPrevented || event.isComposing) return;
  const keys = pressedKeys(event, isMac);
  const command = byKeys.get(keys);
  if (command === undefined) return;
  // A lone key (Space, a full stop) is a command only where it can be carried out, and never instead of a button's own.
  const lone = keys === "Space" || keys.length === 1;
  if (lone && (command.unavailable?.() !== undefined || pressesItself(event.target))) return;
  if (isField(event.target) && !worksInFields(keys)) return;
  if (dialogIsOpen()) return;
  event.preventDefault();
  perform(command);
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const typed = target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type);
  return typed || target instanceof HTMLTextAreaElement || target.isContentEditable;
}

/** Controls that Space presses. */
function pressesItself(target: EventTarget | null): boolean {
  const controls = "button, a, summary, input[type=checkbox], input[type=radio]";
  return target instanceof HTMLElement && target.matches(controls);
}

/** A dialog has the keyboard to itself; the inspector as a drawer is no dialog in this sense. */
function dialogIsOpen(): boolean {
  return document.querySelector('[aria-modal="true"]:not(.mantine-Drawer-content)') !== null;
}
