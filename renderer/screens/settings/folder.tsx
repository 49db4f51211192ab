import { Button, Group } from "@mantine/core";
import { useEffect, useState } from "react";
import { formatBytes } from "../../model/format.ts";
import { bridge, useSession } from "../../state/session.ts";
import { act, askShell } from "../../state/shell.ts";
import { projectName } from "../menu-commands.ts";

/** Which folder this is, how much room it has, and the way to another. */
export function FolderSettings() {
  const info = useSession((state) => state.info);
  const [recent, setRecent] = useState<readonly string[]>([]);
  const read = () => void bridge.recent().then(setRecent);
  useEffect(read, []);
  const others = recent.filter((folder) => folder !== info?.dataFolder);
  return (
    <>
      <p>Everything of a data folder lies in it: runs, checkpoints, names and notes. Each has windows of its own.</p>
      <dl className="settings-list">
        <div>
          <dt>Open now</dt>
          <dd className="breakable">{info?.dataFolder ?? ""}</dd>
        </div>
        <div>
          <dt>Free on its disk</dt>
          <dd>{info === undefined ? "" : formatBytes(info.diskFreeBytes)}</dd>
        </div>
      </dl>
      <Group gap={8}>
        <Button size="compact-sm" onClick={() => act("open-folder")}>
          Open another
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => act("show-data-folder")}>
          Show it
        </Button>
      </Group>
      <h3>Opened before</h3>
      {others.length === 0 ? <p className="dim">No other data folder has been opened yet.</p> : null}
      <ul className="settings-folders">
        {others.map((folder) => (
          <li key={folder}>
            <button type="button" className="link" onClick={() => void askShell(bridge.openRecent(folder))}>
              {projectName(folder)}
            </button>
            <span className="dim breakable">{folder}</span>
          </li>
        ))}
      </ul>
      {others.length === 0 ? null : (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => void askShell(bridge.act("clear-recent")).then(read)}
        >
          Clear the list
        </Button>
      )}
    </>
  );
}
