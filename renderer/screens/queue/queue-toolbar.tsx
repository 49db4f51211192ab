import { ActionIcon, Button, Select, Tooltip } from "@mantine/core";
import {
  IconArrowBarToDown,
  IconArrowBarToUp,
  IconArrowDown,
  IconArrowUp,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { type Priority, prioritySchema } from "../../../preload/contract.ts";
import { priorityLabels, type QueueRow } from "../../model/queue.ts";
import { Keys } from "../../parts/keys.tsx";
import {
  commandSelected,
  holdQueue,
  moveSelected,
  pausedRuns,
  resumePaused,
  setPriority,
  useQueue,
} from "../../state/queue.ts";
import { useSession } from "../../state/session.ts";

const moves: readonly (readonly [
  Parameters<typeof moveSelected>[0],
  string,
  string,
  ComponentType<{ size: number }>,
])[] = [
  ["first", "Move to the front", "Alt+Home", IconArrowBarToUp],
  ["earlier", "Move up", "Alt+ArrowUp", IconArrowUp],
  ["later", "Move down", "Alt+ArrowDown", IconArrowDown],
  ["last", "Move to the end", "Alt+End", IconArrowBarToDown],
];

const priorities = prioritySchema.options.toReversed().map((value) => ({ value, label: priorityLabels[value] }));

interface QueueToolbarProps {
  readonly rows: readonly QueueRow[];
  readonly held: boolean;
}

/** What can be done with the selected runs of the queue, and with the queue. */
export function QueueToolbar({ rows, held }: QueueToolbarProps) {
  const ids = useSession((state) => state.selection.selected);
  const said = useQueue((state) => state.said);
  const paused = useSession((state) => state.runs.reduce((sum, run) => sum + (run.state === "paused" ? 1 : 0), 0));
  const selected = new Set(ids);
  const chosen = rows.filter(({ run }) => selected.has(run));
  const waiting = chosen.some(({ position }) => position > 0);
  const levels = new Set(chosen.map(({ priority }) => priority));
  const [level] = levels;
  return (
    <div className="toolbar" role="toolbar" aria-label="Queue">
      <ActionIcon.Group>
        {moves.map(([to, label, keys, Icon]) => (
          <Tooltip
            key={to}
            label={
              <>
                {label} <Keys keys={keys} />
              </>
            }
          >
            <ActionIcon
              variant="default"
              size={26}
              aria-label={label}
              data-disabled={!waiting || undefined}
              aria-disabled={!waiting}
              onClick={() => {
                if (waiting) void moveSelected(to);
              }}
            >
              <Icon size={15} />
            </ActionIcon>
          </Tooltip>
        ))}
      </ActionIcon.Group>
      <Select
        size="xs"
        className="queue-priority"
        aria-label="Priority of the selected runs"
        placeholder="Priority"
        data={priorities}
        disabled={chosen.length === 0}
        value={levels.size === 1 && level !== undefined ? level : null}
        onChange={(value) =>
          void setPriority(
            chosen.map(({ run }) => run),
            value as Priority,
          )
        }
      />
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPlayerPause size={14} />}
        disabled={chosen.length === 0}
        title="Pauses at a checkpoint. A run that waits leaves the queue. Both can be resumed. (Delete)"
        onClick={() => void commandSelected("pause")}
      >
        Pause
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPlayerStop size={14} />}
        disabled={chosen.length === 0}
        title="Ends for good. What was trained stays, and can be forked."
        onClick={() => void commandSelected("stop")}
      >
        Stop
      </Button>
      <span className="spacer" />
      {paused === 0 || pausedRuns().length === 0 ? null : (
        <Button size="compact-sm" variant="subtle" onClick={() => void resumePaused()}>
          {paused === 1 ? "Resume the paused run" : `Resume ${paused} paused runs`}
        </Button>
      )}
      <Button
        size="compact-sm"
        variant={held ? "filled" : "default"}
        leftSection={held ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
        title={
          held ? "Waiting runs start again (Ctrl+Shift+H)" : "Nothing new starts; what trains goes on (Ctrl+Shift+H)"
        }
        onClick={() => void holdQueue(!held)}
      >
        {held ? "Let the queue go" : "Hold the queue"}
      </Button>
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </div>
  );
}
