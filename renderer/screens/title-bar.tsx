import { Button } from "@mantine/core";
import { IconInfoSquareRounded, IconPlus } from "@tabler/icons-react";
import { useMemo } from "react";
import { queueState } from "../model/runs.ts";
import { session, useSession } from "../state/session.ts";
import { projectName } from "./menu-commands.ts";

export function TitleBar() {
  const dataFolder = useSession((state) => state.info?.dataFolder ?? "");
  const runs = useSession((state) => state.runs);
  const queue = useMemo(() => queueState(runs), [runs]);
  return (
    <header className="title-bar">
      <h1 className="project-name" title={dataFolder}>
        {projectName(dataFolder)}
      </h1>
      <span className="spacer" />
      <span className="queue-state" data-running={queue.running} data-waiting={queue.waiting}>
        {queue.running === 0 && queue.waiting === 0
          ? "Nothing is running"
          : `${queue.running} running, ${queue.waiting} waiting`}
      </span>
      <Button
        size="compact-sm"
        title="New run (Ctrl+N)"
        leftSection={<IconPlus size={14} />}
        onClick={() => session.set({ dialog: "start" })}
      >
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
