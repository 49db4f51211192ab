/** Shortcuts as text: modifiers Mod, Alt and Shift in this order, then one key, joined by plus signs. */

export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** What a text field does itself with these keys comes before any command. */
const fieldKeys: ReadonlySet<string> = new Set(["Mod+A", "Mod+C", "Mod+V", "Mod+X", "Mod+Y", "Mod+Z", "Mod+Shift+Z"]);

/** True for keys that act also while a person types in a field. */
export function worksInFields(keys: string): boolean {
  return /^F\d{1,2}$/.test(keys) || (keys.startsWith("Mod+") && !fieldKeys.has(keys));
}

/** The one way to write a shortcut, so that two can be compared: `shift+mod+n` is `Mod+Shift+N`. */
export function normalKeys(keys: string): string {
  const parts = keys.split("+");
  const key = parts.pop() ?? "";
  const has = new Set(parts.map((part) => part.toLowerCase()));
  return joined(has.has("mod"), has.has("alt"), has.has("shift"), key);
}

/** The shortcut that was pressed. A sign that needs Shift (`?`) is written without it. */
export function pressedKeys(press: KeyPress, mac: boolean): string {
  const mod = mac ? press.metaKey : press.ctrlKey;
  // On a keyboard without Latin letters, the place of the key counts.
  const key = /^[\x20-\x7e]$/.test(press.key) || press.key.length > 1 ? press.key : letterAt(press.code);
  const sign = key.length === 1 && !/[a-z0-9 ]/i.test(key);
  const digit = /^Digit(\d)$/.exec(press.code)?.[1];
  if (digit !== undefined && press.shiftKey && (mod || press.altKey)) return joined(mod, press.altKey, true, digit);
  return joined(mod, press.altKey, press.shiftKey && !sign, key);
}

function letterAt(code: string): string {
  return /^Key([A-Z])$/.exec(code)?.[1] ?? /^Digit(\d)$/.exec(code)?.[1] ?? "";
}

function joined(mod: boolean, alt: boolean, shift: boolean, key: string): string {
  const name = key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key;
  return [mod ? "Mod" : "", alt ? "Alt" : "", shift ? "Shift" : "", name].filter((part) => part !== "").join("+");
}

const shownNames: Readonly<Record<string, string>> = {
  ArrowUp: "Up",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  Escape: "Esc",
};

/** The keys of a shortcut as they are written on the keyboard. */
export function shownKeys(keys: string, mac: boolean): string[] {
  const names = mac ? { ...shownNames, Mod: "Cmd", Alt: "Option" } : { ...shownNames, Mod: "Ctrl" };
  return normalKeys(keys)
    .split("+")
    .map((part) => names[part as keyof typeof names] ?? part);
}
