import { formatBytes } from "../model/format.ts";
import { Ago } from "../parts/ago.tsx";
import { bridge, useSession } from "../state/session.ts";

export function StatusLine() {
  const engine = useSession((state) => state.engine);
  const info = useSession((state) => state.info);
  const lastEvent = useSession((state) => state.lastEvent);
  return (
    <footer className="status-line">
      <span className="status-part" data-engine={engine.state} title={engine.text}>
        <span className={`engine-dot engine-${engine.state}`} aria-hidden="true" />
        {engine.state === "connected" && info !== undefined
          ? `Engine ${info.version}, Node ${info.node}`
          : engineWords[engine.state]}
      </span>
      {info === undefined ? null : (
        <>
          <span className="status-part" title="Kernel build of new runs">
            {info.kernelBuild}
          </span>
          <span className="status-part" title="Memory of the engine">
            {formatBytes(info.memoryBytes)}
          </span>
          <span className="status-part" title="Runs at the same time">
            {info.parallel === 1 ? "1 run at a time" : `${info.parallel} runs at a time`}
          </span>
          <button
            type="button"
            className="status-part status-folder link"
            title={`Show ${info.dataFolder}`}
            onClick={() => void bridge.showFolder(info.dataFolder)}
          >
            {info.dataFolder}
          </button>
        </>
      )}
      <span className="spacer" />
      {lastEvent === undefined ? null : (
        <span className="status-part status-event" title={lastEvent.text}>
          {lastEvent.text}, <Ago time={lastEvent.time} />
        </span>
      )}
    </footer>
  );
}

const engineWords = {
  connected: "Engine connected",
  connecting: "Connecting to the engine",
  lost: "Engine lost",
  refused: "Engine refused",
} as const;
