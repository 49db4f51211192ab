import { Button } from "@mantine/core";
import { IconInfoSquareRounded, IconPlus } from "@tabler/icons-react";
import { useMemo } from "react";
import { queueText } from "../model/queue.ts";
import { queueState } from "../model/runs.ts";
import { Keys } from "../parts/keys.tsx";
import { useQueue } from "../state/queue.ts";
import { session, useSession } from "../state/session.ts";
import { openStart } from "../state/start-form.ts";
import { projectName } from "./menu-commands.ts";
import { openPalette } from "./palette/open.ts";
import "../styles/palette.css";
import "../styles/queue.css";

export function TitleBar() {
  const dataFolder = useSession((state) => state.info?.dataFolder ?? "");
  const runs = useSession((state) => state.runs);
  const queue = useMemo(() => queueState(runs), [runs]);
  const told = useQueue((state) => state.queue);
  return (
    <header className="title-bar">
      <h1 className="project-name" title={dataFolder}>
        {projectName(dataFolder)}
      </h1>
      <span className="spacer" />
      <button type="button" className="palette-field" onClick={openPalette} aria-haspopup="dialog">
        <span className="ellipsis">Search or do something</span>
        <Keys keys="Mod+K" />
      </button>
      <span className="spacer" />
      <button
        type="button"
        className="queue-state"
        data-running={queue.running}
        data-waiting={queue.waiting}
        title="Show the queue"
        onClick={() => session.set({ tab: "queue" })}
      >
        {queueText(queue.running, queue.waiting, told)}
      </button>
      <Button size="compact-sm" title="New run (Ctrl+N)" leftSection={<IconPlus size={14} />} onClick={openStart}>
        New run
      </Button>
      <Button
        className="inspector-toggle"
        size="compact-sm"
        variant="default"
        leftSection={<IconInfoSquareRounded size={14} />}
        onClick={() => session.set({ drawer: !session.get().drawer })}
      >
        Inspector
      </Button>
    </header>
  );
}
