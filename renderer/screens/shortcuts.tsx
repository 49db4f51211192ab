import { Modal } from "@mantine/core";
import type { Command } from "../commands/command.ts";
import { commands } from "../commands/registry.ts";
import { Keys } from "../parts/keys.tsx";
import { session, useSession } from "../state/session.ts";
import "../styles/shortcuts.css";

/** Keys that lists and fields have of their own. */
const listKeys: readonly (readonly [string, string])[] = [
  ["ArrowDown", "Next row"],
  ["ArrowUp", "Row before"],
  ["Shift+ArrowDown", "Select more rows"],
  ["Space", "Select or open the row"],
  ["Enter", "Open"],
  ["F2", "Rename"],
  ["Delete", "Put into the trash"],
  ["Mod+A", "Select all rows"],
  ["Escape", "Close a dialog, leave a field"],
];

/** Every shortcut, by heading. */
export function Shortcuts() {
  const open = useSession((state) => state.dialog === "shortcuts");
  return (
    <Modal opened={open} onClose={() => session.set({ dialog: undefined })} title="Keyboard shortcuts" size={760}>
      {open ? <ShortcutList /> : null}
    </Modal>
  );
}

function ShortcutList() {
  const withKeys = commands.filter((command): command is Command & { keys: string } => command.keys !== undefined);
  const groups = [...new Set(withKeys.map((command) => command.group))];
  return (
    <div className="shortcuts">
      {groups.map((group) => (
        <section key={group} aria-label={group}>
          <h3>{group}</h3>
          <dl>
            {withKeys
              .filter((command) => command.group === group)
              .map(({ id, title, keys, alsoKeys }) => (
                <div key={id}>
                  <dt>{title}</dt>
                  <dd>
                    <Keys keys={keys} />
                    {alsoKeys === undefined ? null : <Keys keys={alsoKeys} />}
                  </dd>
                </div>
              ))}
          </dl>
        </section>
      ))}
      <section aria-label="In lists">
        <h3>In lists</h3>
        <dl>
          {listKeys.map(([keys, title]) => (
            <div key={keys}>
              <dt>{title}</dt>
              <dd>
                <Keys keys={keys} />
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
