import { CloseButton } from "@mantine/core";
import { session, useSession } from "../state/session.ts";
import { EngineTrouble } from "./engine-trouble.tsx";

/** What went wrong last, until it is dismissed; and the connection while it is away. */
export function NoticeLine() {
  const notice = useSession((state) => state.notice);
  const engine = useSession((state) => state.engine);
  return (
    <>
      {engine.state === "connected" ? null : (
        <div className="notice notice-info" role="status" data-engine={engine.state}>
          <span>{engine.text}</span>
          {engine.state === "lost" ? <EngineTrouble text={engine.text} restart="Try again" /> : null}
        </div>
      )}
      {notice === undefined ? null : (
        <div className={`notice notice-${notice.kind}`} role={notice.kind === "error" ? "alert" : "status"}>
          <span>{notice.text}</span>
          {notice.undo === undefined ? null : (
            <button type="button" className="link notice-undo" title="Undo (Ctrl+Z)" onClick={notice.undo}>
              Undo
            </button>
          )}
          <CloseButton size="sm" aria-label="Dismiss" onClick={() => session.set({ notice: undefined })} />
        </div>
      )}
    </>
  );
}
