import { CloseButton } from "@mantine/core";
import { session, useSession } from "../state/session.ts";

/** What went wrong last, until it is dismissed; and the connection while it is away. */
export function NoticeLine() {
  const notice = useSession((state) => state.notice);
  const engine = useSession((state) => state.engine);
  return (
    <>
      {engine.state === "connected" ? null : (
        <div className="notice notice-info" role="status" data-engine={engine.state}>
          <span>{engine.text}</span>
          {engine.state === "lost" ? (
            <button type="button" className="link" onClick={() => void window.edgeloom.reconnect()}>
              Try again
            </button>
          ) : null}
        </div>
      )}
      {notice === undefined ? null : (
        <div className={`notice notice-${notice.kind}`} role={notice.kind === "error" ? "alert" : "status"}>
          <span>{notice.text}</span>
          <CloseButton size="sm" aria-label="Dismiss" onClick={() => session.set({ notice: undefined })} />
        </div>
      )}
    </>
  );
}
