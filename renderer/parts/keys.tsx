import { shownKeys } from "../model/keys.ts";

/** True where Command takes the place of Ctrl. */
export const isMac = navigator.userAgent.includes("Mac OS");

/** A shortcut, key by key. */
export function Keys({ keys }: { readonly keys: string }) {
  return (
    <span className="keys">
      {shownKeys(keys, isMac).map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}
