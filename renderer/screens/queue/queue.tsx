import { Button } from "@mantine/core";
import { useMemo } from "react";
import type { Queue } from "../../../preload/contract.ts";
import { formatBytes } from "../../model/format.ts";
import { endText, queueRows, whatKeeps } from "../../model/queue.ts";
import { useQueue } from "../../state/queue.ts";
import { session, useSession } from "../../state/session.ts";
import { openStart } from "../../state/start-form.ts";
import "../../styles/queue.css";
import { QueueTable } from "./queue-table.tsx";
import { QueueToolbar } from "./queue-toolbar.tsx";

/** What trains, what waits, in which order, and until when. */
export function QueueScreen() {
  const queue = useQueue((state) => state.queue);
  const runs = useSession((state) => state.runs);
  const rows = useMemo(() => (queue === undefined ? [] : queueRows(queue, runs)), [queue, runs]);
  if (queue === undefined) return null;
  const keeps = whatKeeps(queue);
  return (
    <div className="queue-screen" data-held={queue.held} data-ends={queue.endsInSeconds ?? ""}>
      <QueueToolbar rows={rows} held={queue.held} />
      {keeps === "" ? null : (
        <p className="queue-keeps" role="status">
          {keeps}
        </p>
      )}
      {rows.length === 0 ? <EmptyQueue /> : <QueueTable rows={rows} />}
      <QueueFoot queue={queue} busy={rows.length > 0} />
    </div>
  );
}

interface QueueFootProps {
  readonly queue: Queue;
  readonly busy: boolean;
}

/** When all is done, and what is left of the computer. */
function QueueFoot({ queue, busy }: QueueFootProps) {
  const info = useSession((state) => state.info);
  const { parallel } = queue;
  return (
    <footer className="queue-foot">
      {busy ? <span>{endText(queue)}</span> : null}
      <span>{parallel === 1 ? "1 run at a time" : `Up to ${parallel} runs at a time`}</span>
      {info === undefined ? null : (
        <>
          <span>{formatBytes(info.memoryFreeBytes)} memory free</span>
          <span>{formatBytes(info.diskFreeBytes)} disk free</span>
        </>
      )}
      <button type="button" className="link" onClick={() => session.set({ dialog: "settings" })}>
        Change what runs may take
      </button>
    </footer>
  );
}

function EmptyQueue() {
  return (
    <div className="plain-screen" data-screen="empty-queue">
      <h2>Nothing trains and nothing waits</h2>
      <p>
        Runs that you start come here: as many train at once as cores and memory allow, the others wait for their turn.
      </p>
      <Button onClick={openStart}>Start a run</Button>
    </div>
  );
}
